// teacher-student: what students of many teachers learn from more and more labels, and whether they are drawn from the posterior.

import JSON
import Networks
import Sampling
import Storage

/// Students of many teachers at several numbers of labels, from several starts.
package struct TeacherStudentStudy: Study {
  package static let name = "teacher-student"
  package static let tables = ["teacher-student.csv", "teacher-student-teachers.csv", "teacher-student-nishimori.csv"]
  /// The teachers of one number of labels are kept in so many parts: an interrupt loses at most those that were being computed.
  private static let partsPerPoint = 50
  /// Draws of the prior that show what networks have in common with a teacher whom they do not know.
  private static let unrelatedNetworks = 50
  /// Students that are looked at where record.weights is "all": matching them takes longer than drawing them.
  private static let mostLooks = 1000
  /// Students that are looked at however few networks the spec keeps: R-hat of fewer exceeds its limit by chance.
  private static let fewestLooks = 100
  package static let mostTeachers = 100_000
  /// Fewer teachers decide nothing of identities.
  package static let fewestTeachers = NishimoriTest.fewest
  /// Chains whose R-hat is larger disagree.
  package static let largestRHat = TeacherRecord.largestRHat

  package let folder: StudyFolder
  let settings: TeacherStudentSettings

  package init(_ folder: StudyFolder) throws {
    self.folder = folder
    settings = TeacherStudentSettings(folder.options)
    try validate()
  }

  private func validate() throws {
    let experiment = folder.experiment
    guard !settings.stimuli.isEmpty else {
      throw StudyError("teacher-student needs --stimuli P1,P2,...: how many labels students learn from", .usage)
    }
    guard !settings.starts.isEmpty else {
      throw StudyError("--starts: found none; allowed: prior, teacher, or both", .usage)
    }
    guard let teacher = try experiment.teacher() else {
      throw UnsupportedExperiment(
        "task.kind",
        "teacher-student asks what is learnt of a teacher, and this task has none; say {\"kind\": \"teacher\", \"contexts\": 1, "
          + "\"features\": \(experiment.task.features), \"noise\": 0.05}")
    }
    guard case .gibbs = experiment.ensemble else {
      throw UnsupportedExperiment(
        "ensemble",
        "students are drawn from the posterior given the labels; say {\"kind\": \"gibbs\"}, which takes the tightness from the noise, or "
          + "give the tightness")
    }
    if settings.starts.contains(.teacher), !teacher.isOfStudentsKind {
      throw UnsupportedExperiment(
        "task.network",
        "chains cannot begin at a teacher of another architecture than the students'; say --starts prior")
    }
    if let most = rowsOfFile, let larger = settings.stimuli.first(where: { $0 > most }) {
      throw StudyError(
        "--stimuli \(larger): the file of stimuli has \(most) rows; allowed: up to \(most), or stimuli of the kind \"sampled\""
      )
    }
    let streams = settings.stimuli.count * settings.teachers * chainsPerTeacher
    guard streams < StreamKey.maximumChains else {
      throw StudyError(
        "\(settings.stimuli.count) numbers of stimuli, \(settings.teachers) teachers and \(chainsPerTeacher) chains for each are "
          + "\(streams) chains; allowed: fewer than \(StreamKey.maximumChains)", .usage)
    }
    // What has no meaning is refused before anything is drawn.
    for p in settings.stimuli { _ = try self.experiment(stimuli: p, teacher: 0).networkEnsemble() }
  }

  /// Rows of a file of stimuli; nil for stimuli that are drawn.
  private var rowsOfFile: Int? {
    if case .file(let file) = folder.experiment.stimuli { return file.table.rows }
    return nil
  }

  /// How many draws of a chain are looked at.
  private var looks: Int {
    switch folder.experiment.record.weights {
    case .atMost(let count): min(max(count, Self.fewestLooks), folder.experiment.sampler.draws)
    case .all: min(Self.mostLooks, folder.experiment.sampler.draws)
    }
  }

  private var chainsPerTeacher: Int { settings.starts.count * folder.experiment.sampler.chains.count }

  /// The experiment with so many labels of a teacher of a number: seeds of teacher and stimuli are the spec's plus that number.
  private func experiment(stimuli count: Int, teacher number: Int) throws -> Experiment {
    let spec = folder.experiment
    func seed(_ seed: Int) throws -> JSONValue {
      let (sum, overflows) = seed.addingReportingOverflow(number)
      guard !overflows else { throw StudyError("task.seed and stimuli.seed leave no room for \(number) teachers") }
      return .integer(sum)
    }
    var changes: [(path: [String], value: JSONValue)] = []
    if let own = spec.resolvedJSON["task"]?["seed"]?.wholeNumber { changes.append((["task", "seed"], try seed(own))) }
    if case .sampled(_, let own) = spec.stimuli {
      changes.append((["stimuli", "count"], .integer(count)))
      changes.append((["stimuli", "seed"], try seed(Int(own))))
    }
    return try folder.experiment(with: changes, firstStimuli: rowsOfFile == nil ? nil : count)
  }

  package func answer(_ execution: Execution) throws -> TeacherStudentReport {
    let size = max(1, (settings.teachers + Self.partsPerPoint - 1) / Self.partsPerPoint)
    let firsts = Array(stride(from: 0, to: settings.teachers, by: size))
    let places = settings.stimuli.flatMap { p in firsts.map { (stimuli: p, first: $0) } }
    let names = places.map { "P=\($0.stimuli),teacher=\($0.first)" }
    let threads = max(1, execution.threads / max(1, places.count))
    let parts: [TeacherRecords] = try folder.parts(
      names, execution, threads: execution.threads, costs: places.map { Double($0.stimuli) }
    ) { index, execution in
      let (p, first) = places[index]
      var records: [TeacherRecord] = []
      for number in first..<min(settings.teachers, first + size) {
        guard let record = try record(stimuli: p, teacher: number, execution, threads: threads) else { return nil }
        records.append(record)
      }
      return TeacherRecords(records)
    }
    for (name, part) in zip(names, parts) where part.teachers.contains(where: { !isComplete($0) }) {
      throw folder.malformed(name, "its teachers do not have students from \(settings.starts.map(\.rawValue))")
    }
    let count = firsts.count
    let points = try settings.stimuli.indices.map { index -> (Int, [TeacherRecord]) in
      let records = parts[index * count..<(index + 1) * count].flatMap(\.teachers)
      guard records.map(\.number) == Array(0..<settings.teachers) else {
        throw folder.malformed(
          names[index * count], "teachers are missing, or stand twice, in it or in the parts after it")
      }
      return (settings.stimuli[index], records)
    }
    let example = try experiment(stimuli: settings.stimuli[0], teacher: 0)
    return try TeacherStudentReport(
      experiment: folder.experiment, settings: settings, points: points, noise: try example.teacher()!.noise,
      parameters: try parameters(example.networkEnsemble()),
      bayesOptimal: try settings.stimuli.map { try experiment(stimuli: $0, teacher: 0).isBayesOptimal })
  }

  private func isComplete(_ record: TeacherRecord) -> Bool { record.students.map(\.start) == settings.starts }

  private func parameters(_ ensemble: some SampledEnsemble) throws -> Int { try ensemble.density().layout.dimension }

  // MARK: - One teacher

  private func record(
    stimuli: Int, teacher number: Int, _ execution: Execution, threads: Int
  ) throws -> TeacherRecord? {
    let experiment = try experiment(stimuli: stimuli, teacher: number)
    let teacher = try experiment.teacher()!
    return try record(
      try experiment.networkEnsemble(), experiment, teacher, stimuli: stimuli, number: number, execution,
      threads: threads)
  }

  private func record<Ensemble: SampledEnsemble>(
    _ ensemble: Ensemble, _ experiment: Experiment, _ teacher: Teacher, stimuli: Int, number: Int,
    _ execution: Execution, threads: Int
  ) throws -> TeacherRecord? {
    let density = try ensemble.density()
    let weight = ensemble.taskLikelihood()?.weight
    let task = try experiment.studentTask(teacher, density.layout, weight: weight ?? 0)
    let sampling = try StudentSampling(
      ensemble, task, seed: experiment.sampler.seed, generator: experiment.sampler.generator)
    let sampler = try experiment.studentSampler(ensemble, sampling)
    let perStart = experiment.sampler.chains.count
    let place = settings.stimuli.firstIndex(of: stimuli)!
    let first = (number * settings.stimuli.count + place) * chainsPerTeacher
    let looks = looks
    let chains = try parallelMap(chainsPerTeacher, threads: threads) { index in
      let start = settings.starts[index / perStart] == .teacher ? teacher.position : nil
      return try sampler.chain(first + index, start, looks) { !execution.isStopped }
    }
    let complete = chains.compactMap { $0 }
    guard complete.count == chains.count else { return nil }
    let own = sampling.ofTeacher
    let students = try settings.starts.enumerated().map { index, start in
      let results = try StudentResults(
        Array(complete[index * perStart..<(index + 1) * perStart]), task: task, measures: sampling.measures.names)
      let differences = NishimoriDifferences(
        results, task: task, quantities: sampling.quantities, teacher: own, binds: weight != nil)
      return TeacherRecord.Students(
        start: start, results: results.kept, differences: differences.values, response: differences.response)
    }
    let between =
      settings.starts.count > 1
      ? try StudentResults(complete, task: task, measures: sampling.measures.names) : nil
    let unrelated = try sampling.ofPrior(draws: Self.unrelatedNetworks, chain: first)
    return TeacherRecord(
      number: number, students: students, rHatBetween: between?.largestRHat, worstBetween: between?.worst,
      answerSquare: task.heldOutAnswers.squaredNorm / Double(task.heldOutAnswers.elements.count),
      unrelated: Dictionary(
        zip(sampling.measures.names, unrelated).filter { !$0.0.contains("[") }, uniquingKeysWith: { $1 }),
      theory: try experiment.learningPredictions(task, weight: weight ?? 0),
      evidence: settings.evidence ? try evidence(experiment, execution) : nil)
  }

  private func evidence(_ experiment: Experiment, _ execution: Execution) throws -> TeacherRecord.Evidence? {
    var quiet = execution
    quiet.threads = 1
    quiet.say = { _ in }
    let report = try quiet.entropy(of: experiment, annealedRuns: nil, rungs: nil)
    guard let found = report.estimates.first(where: { $0.name == "steppingStone" })?.estimate else { return nil }
    return TeacherRecord.Evidence(
      value: found.value, standardError: found.standardError, exact: report.exact?.value, problem: found.problem)
  }
}

extension StudentResults {
  /// Without what no table of a study shows: entries of readouts and shares of populations.
  fileprivate var kept: StudentResults {
    let left = means.filter { name, _ in
      !name.hasPrefix("readout[") && !name.hasPrefix("population_") && !name.hasPrefix("active_fraction")
    }
    return StudentResults(means: left, largestRHat: largestRHat, worst: worst, smallestESS: smallestESS)
  }
}
