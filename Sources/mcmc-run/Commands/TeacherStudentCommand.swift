// mcmc-run teacher-student: what students of many teachers learn from more and more labels.

import Experiments
import JSON

/// The `teacher-student` command.
enum TeacherStudentCommand: Command {
  private static let stimuli = Option(
    "stimuli", .integers(in: 1...100_000_000, placeholder: "8,32,128"),
    "how many labels students learn from, in place of stimuli.count")
  private static let teachers = Option(
    "teachers", .integer(in: 1...TeacherStudentStudy.mostTeachers),
    "teachers, each with labels, noise and stimuli of its own (default: 20)")
  private static let starts = Option(
    "starts", OptionValue.starts,
    "where chains begin: at draws of the prior, at the teacher, or from both (default: prior,teacher)")
  private static let evidence = Flag("evidence", "estimate the log evidence for every teacher too, as entropy does")
  private static let falseAlarmRate = Option(
    "false-alarm-rate", .number(in: 1e-12...0.5),
    "probability that the identities of a right sampler are rejected (default: 0.01)")

  static let description = CommandDescription(
    name: TeacherStudentStudy.name,
    abstract: "learning curves of students of many teachers, from two starts, and whether they are Bayes-optimal",
    examples: [
      CommandExample(
        "mcmc-run teacher-student experiments/teacher-tanh.json --stimuli 8,32,128",
        "three numbers of labels, 20 teachers, chains from the prior and from the teacher"),
      CommandExample(
        "mcmc-run teacher-student spec.json --stimuli 64 --teachers 200 --starts prior --json",
        "the Nishimori identities over 200 teachers"),
    ],
    discussion: """
      The spec has a task of the kind teacher. For every number of labels and every teacher, students are drawn from the posterior of the labels by the \
      spec's sampler: sampler.chains chains from each start. Told are, as means over teachers with their standard errors: the error of a student on held-out \
      stimuli (Gibbs error) and that of the posterior mean (Bayes-optimal), without noise; the training error; the overlap of answers, and of weights \
      after the best permutation and signs of neurons (Hungarian method); how specialised neurons are, |cos| with their own partner less the mean with all others. \
      Chains from the prior and from the teacher that agree (R-hat at most \(TeacherStudentStudy.largestRHat)) have forgotten where they began; where they do \
      not, the table says so, and the status is 1.

      Where students have the teacher's own law (the tightness left out, or that of the noise) the Nishimori identities hold on average over teachers: the training \
      error is T, students are as like each other as like their teacher, moments are the teacher's. They are tested together at one false-alarm rate, by \
      Student's t over teachers; fewer than \(TeacherStudentStudy.fewestTeachers) teachers decide nothing. How many would show a temperature that is wrong by 5 % is told.

      Teacher j (from 0) has the seeds task.seed + j and stimuli.seed + j, so that mcmc-run sample draws its students too. Of a file of stimuli the first P rows are taken. \
      record.weights draws of a chain are looked at, but 100 at least where there are as many. Theory stands beside: exact for linear networks; for standard scaling the Gaussian process and its \
      kernel renormalisation, as networks grow wide. Finished teachers are kept: the same command goes on after an interrupt (status 75). The tables are in \
      teacher-student.csv, teacher-student-teachers.csv (every teacher) and teacher-student-nishimori.csv; mcmc-run report draws the pictures.
      """,
    parameters: [Parameters.experimentOrRun],
    options: [stimuli, teachers, starts, evidence, falseAlarmRate] + StudyOptions.all)

  static var isParallel: Bool { true }

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    var settings = TeacherStudentSettings(stimuli: context.arguments[stimuli] ?? [])
    settings.teachers = context.arguments[teachers] ?? settings.teachers
    settings.starts = context.arguments[starts] ?? settings.starts
    settings.evidence = context.arguments[evidence]
    settings.falseAlarmRate = context.arguments[falseAlarmRate] ?? settings.falseAlarmRate
    return try context.run(TeacherStudentStudy.self, suffix: TeacherStudentStudy.name, options: settings.json)
  }
}

extension OptionValue where Value == [TeacherStudentSettings.Start] {
  /// Where chains begin, with commas between.
  fileprivate static let starts: OptionValue = {
    let known = TeacherStudentSettings.Start.allCases
    return OptionValue(placeholder: "LIST", allowed: "prior, teacher or prior,teacher") { text in
      let words = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      guard !words.isEmpty, Set(words).count == words.count else { return nil }
      let found = words.compactMap { TeacherStudentSettings.Start(rawValue: $0) }
      return found.count == words.count ? known.filter(found.contains) : nil
    }
  }()
}
