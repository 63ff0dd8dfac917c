// What a teacher-student study found: errors, overlaps and identities against the number of labels.

import JSON
import Networks
import Sampling
import Storage

/// Learning curves over teachers, from every start.
package struct TeacherStudentReport: StudyReport {
  /// Students at one number of labels from one start.
  package struct Point: Sendable {
    /// P.
    package let stimuli: Int
    package let start: TeacherStudentSettings.Start
    /// What is told of it, means over teachers with their standard errors (none for one teacher), by name.
    package let estimates: [(name: String, estimate: Estimate)]
    /// Teachers whose chains from this start agree.
    package let converged: Int
    /// Over teachers.
    package let largestRHat, medianRHat: Double?
    package let smallestESS: Double?
    package let diagnosis: RunDiagnosis

    package func estimate(_ name: String) -> Estimate? { estimates.first { $0.name == name }?.estimate }
  }

  /// The starts beside each other at one number of labels.
  package struct Comparison: Sendable {
    package let stimuli: Int
    /// Teachers whose chains from all starts agree.
    package let agreeing: Int
    package let teachers: Int
    package let largestRHat, medianRHat: Double?
    /// What has the largest R-hat.
    package let worst: String?
    package let diagnosis: RunDiagnosis

    package var agree: Bool { diagnosis.converged }
  }

  /// What a law says at one number of labels, and by how much students differ from it.
  package struct Theory: Sendable {
    package let stimuli: Int
    package let law: LearningPrediction.Law
    /// Means over teachers, by the name of what they are compared with.
    package let expected: [(name: String, value: Double)]
    /// Drawn less expected, teacher by teacher, the mean over teachers.
    package let differences: [(start: TeacherStudentSettings.Start, name: String, estimate: Estimate)]
  }

  /// A share of teachers whose chains may disagree by chance: of a right sampler with enough draws about one R-hat in a hundred is too large.
  static let shareOfFailures = 0.05
  /// The error of a temperature that the report counts teachers for.
  package static let wrongBy = 0.05
  /// More standard errors between drawn and exact contradict a law.
  static let largestZ = 5.0

  /// What is told of students, in the order of tables: JSON's name, the column's name, and words.
  package static let told: [(key: String, column: String, words: String)] = [
    ("generalisationError", "generalisation_error", "generalisation error"),
    ("bayesError", "bayes_error", "Bayes-optimal error"),
    ("trainingError", "training_error", "training error"),
    ("answerOverlap", "answer_overlap", "overlap of answers"),
    ("overlap", "overlap", "overlap"),
    ("rawOverlap", "raw_overlap", "raw overlap"),
    ("specialisation", "specialisation", "specialisation"),
    ("specialisedShare", "specialised_share", "specialised share"),
    ("unrelatedOverlap", "unrelated_overlap", "overlap of unrelated networks"),
    ("unrelatedSpecialisation", "unrelated_specialisation", "specialisation of unrelated networks"),
    ("logEvidence", "log_evidence", "log evidence"),
  ]

  package let experiment: Experiment
  package let settings: TeacherStudentSettings
  /// T, the variance of a label's noise.
  package let noise: Double
  /// The numbers that a student is drawn with.
  package let parameters: Int
  /// Whether students are drawn from the posterior of the law that teachers and labels come from, at every P.
  package let isBayesOptimal: Bool
  /// Of every P and start, the starts of one P one after the other.
  package let points: [Point]
  /// Of every P; none for one start.
  package let comparisons: [Comparison]
  package let theory: [Theory]
  package let nishimori: NishimoriTest
  /// Of `nishimori`'s rows: P, start and whether their points can decide anything. All rows, those that stay out of the test too.
  package let rows: [(stimuli: Int, start: TeacherStudentSettings.Start, row: NishimoriTest.Row, counts: Bool)]
  /// How many teachers would show a temperature that is wrong by ``wrongBy``, and by which row.
  package let needed: (teachers: Int, row: NishimoriTest.Row)?
  /// [P][teacher].
  let records: [(stimuli: Int, teachers: [TeacherRecord])]

  init(
    experiment: Experiment, settings: TeacherStudentSettings, points records: [(Int, [TeacherRecord])], noise: Double,
    parameters: Int, bayesOptimal: [Bool]
  ) throws {
    self.experiment = experiment
    self.settings = settings
    self.noise = noise
    self.parameters = parameters
    isBayesOptimal = bayesOptimal.allSatisfy { $0 }
    self.records = records.map { (stimuli: $0.0, teachers: $0.1) }
    points = records.flatMap { stimuli, teachers in
      settings.starts.map { Self.point(stimuli, $0, teachers) }
    }
    comparisons = settings.starts.count > 1 ? records.map { Self.comparison($0.0, $0.1) } : []
    theory = records.flatMap { Self.theory($0.0, $0.1, settings.starts) }
    var rows: [(stimuli: Int, start: TeacherStudentSettings.Start, row: NishimoriTest.Row, counts: Bool)] = []
    for (place, (stimuli, teachers)) in records.enumerated() {
      for (index, start) in settings.starts.enumerated() {
        let point = points[place * settings.starts.count + index]
        let counts = point.diagnosis.converged && (comparisons.isEmpty || comparisons[place].agree)
        for row in try Self.rows(stimuli, start, teachers) { rows.append((stimuli, start, row, counts)) }
      }
    }
    self.rows = rows
    let counted = rows.filter(\.counts).map(\.row)
    var undecided: String?
    if settings.teachers < 2 {
      undecided =
        "one teacher tells nothing: the identities hold on average over teachers; say --teachers \(NishimoriTest.fewest) at least"
    } else if counted.isEmpty, !rows.isEmpty {
      undecided = "no number of labels has chains that agree"
    }
    let test = NishimoriTest(counted, falseAlarmRate: settings.falseAlarmRate, undecided: undecided)
    nishimori = test
    needed = try test.teachersNeeded(wrongBy: Self.wrongBy)
  }

  // MARK: - Averages over teachers

  private static func estimate(_ values: [Double]) -> Estimate? {
    let moments = RunningMoments(values)
    guard !values.isEmpty, values.allSatisfy(\.isFinite) else { return nil }
    let count = Double(values.count)
    return Estimate(
      value: moments.mean, standardError: values.count > 1 ? (moments.variance / count).squareRoot() : nil)
  }

  /// A value of each teacher's students, by the column's name; nil where any has none.
  static func values(
    _ name: String, _ start: TeacherStudentSettings.Start, _ teachers: [TeacherRecord]
  ) -> [Double]? {
    let values = teachers.compactMap { teacher -> Double? in
      guard let means = teacher.students(from: start)?.results.means else { return nil }
      switch name {
      case "answer_overlap":
        guard let product = means["teacher_product"], let square = means["answer_square"] else { return nil }
        let size = (square * teacher.answerSquare).squareRoot()
        return size > 0 ? product / size : 0
      case "unrelated_overlap": return teacher.unrelated["overlap"]
      case "unrelated_specialisation": return teacher.unrelated["specialisation"]
      case "log_evidence": return teacher.evidence?.value
      default: return means[name]
      }
    }
    return values.count == teachers.count ? values : nil
  }

  private static func median(_ values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  private static func point(
    _ stimuli: Int, _ start: TeacherStudentSettings.Start, _ teachers: [TeacherRecord]
  ) -> Point {
    let students = teachers.compactMap { $0.students(from: start) }
    let blocks = (students.first?.results.means.keys.sorted() ?? []).filter {
      $0.contains("overlap") && $0.contains("[")
    }
    let estimates = (told.map(\.column) + blocks).compactMap { name in
      values(name, start, teachers).flatMap(estimate).map { (name: name, estimate: $0) }
    }
    let rHats = students.compactMap(\.results.largestRHat)
    let converged = students.count(where: \.converged)
    let worst = students.max { ($0.results.largestRHat ?? 0) < ($1.results.largestRHat ?? 0) }
    var findings: [Finding] = []
    if isFailing(students.count - converged, of: students.count) {
      findings.append(
        Finding(
          severity: .failure, check: "R-hat",
          measured:
            "the chains from the \(start.rawValue) disagree for \(students.count - converged) of \(students.count) teachers: "
            + "R-hat up to \(words(rHats.max())) (\(worst?.results.worst ?? "?"))",
          meaning: "Averages over their draws are not those of the posterior.",
          advice: "Ask for a longer warm-up and more draws (--warmup, --draws), or for another sampler."))
    }
    let ess = students.compactMap(\.results.smallestESS).min()
    return Point(
      stimuli: stimuli, start: start, estimates: estimates, converged: converged, largestRHat: rHats.max(),
      medianRHat: median(rHats), smallestESS: ess,
      diagnosis: RunDiagnosis(smallestESS: ess, largestRHat: rHats.max(), findings: findings))
  }

  private static func isFailing(_ failures: Int, of count: Int) -> Bool {
    Double(failures) > shareOfFailures * Double(count)
  }

  private static func words(_ rHat: Double?) -> String {
    rHat.map { $0 >= Double.greatestFiniteMagnitude ? "infinity" : NumberText.significant($0, digits: 3) } ?? "?"
  }

  private static func comparison(_ stimuli: Int, _ teachers: [TeacherRecord]) -> Comparison {
    let agreeing = teachers.count(where: \.startsAgree)
    let rHats = teachers.compactMap(\.rHatBetween)
    let worst = teachers.max { ($0.rHatBetween ?? 0) < ($1.rHatBetween ?? 0) }?.worstBetween
    var findings: [Finding] = []
    if isFailing(teachers.count - agreeing, of: teachers.count) {
      findings.append(
        Finding(
          severity: .failure, check: "starts",
          measured:
            "chains from the prior and from the teacher disagree for \(teachers.count - agreeing) of \(teachers.count) "
            + "teachers: R-hat up to \(words(rHats.max())) (\(worst ?? "?"))",
          meaning:
            "Students that know nothing of the teacher do not find it in this time: the phase is hard, or the chains are short.",
          advice:
            "Ask for a longer warm-up and more draws (--warmup, --draws), or for the sampler tempering; what is hard stays so."
        ))
    }
    return Comparison(
      stimuli: stimuli, agreeing: agreeing, teachers: teachers.count, largestRHat: rHats.max(),
      medianRHat: median(rHats), worst: worst,
      diagnosis: RunDiagnosis(smallestESS: nil, largestRHat: rHats.max(), findings: findings))
  }

  private static func theory(
    _ stimuli: Int, _ teachers: [TeacherRecord], _ starts: [TeacherStudentSettings.Start]
  ) -> [Theory] {
    LearningPrediction.Law.allCases.compactMap { law in
      let found = teachers.compactMap { teacher in teacher.theory.first { $0.law == law } }
      guard found.count == teachers.count, !found.isEmpty else { return nil }
      let compared: [(String, [Double])] = [
        ("generalisation_error", found.map(\.generalisationError)), ("bayes_error", found.map(\.bayesError)),
        ("training_error", found.map(\.trainingError)), ("log_evidence", found.map(\.logEvidence)),
      ]
      return Theory(
        stimuli: stimuli, law: law,
        expected: compared.compactMap { name, values in estimate(values).map { (name, $0.value) } },
        differences: starts.flatMap { start in
          compared.compactMap { name, expected in
            values(name, start, teachers).flatMap { drawn in estimate(zip(drawn, expected).map(-)) }.map {
              (start, name, $0)
            }
          }
        })
    }
  }

  private static func rows(
    _ stimuli: Int, _ start: TeacherStudentSettings.Start, _ teachers: [TeacherRecord]
  ) throws -> [NishimoriTest.Row] {
    let students = teachers.compactMap { $0.students(from: start) }
    let names = students.first?.differences.map(\.name) ?? []
    let responses = students.compactMap(\.response)
    let response = responses.count == students.count ? estimate(responses)?.value : nil
    return try names.enumerated().compactMap { index, name in
      let differences = students.compactMap {
        $0.differences.indices.contains(index) ? $0.differences[index].value : nil
      }
      guard differences.count == students.count else { return nil }
      // With the temperature the loss itself changes by `response`, and T, which nishimori_error is measured in, by 1.
      let own = name == "nishimori_error" ? response.map { $0 - 1 } : name == "nishimori_loss" ? response : nil
      return try NishimoriTest.Row(name, at: "P = \(stimuli), \(start.rawValue)", differences, response: own)
    }
  }

  // MARK: - What follows

  package var sampler: SamplerName { SamplerChoice(experiment).kind }

  package var title: String { "\(experiment.name): teacher and students" }

  /// The names of ``told`` that any point has.
  package var columns: [(key: String, column: String, words: String)] {
    Self.told.filter { entry in points.contains { $0.estimate(entry.column) != nil } }
  }

  /// P over the number of parameters.
  package func ratio(_ stimuli: Int) -> Double {
    Double(stimuli * experiment.task.contexts) / Double(parameters)
  }

  package var judgement: StudyJudgement {
    let points = self.points.map {
      (name: "P = \($0.stimuli), from the \($0.start.rawValue)", diagnosis: $0.diagnosis as RunDiagnosis?)
    }
    let between = comparisons.map { (name: "P = \($0.stimuli), all starts", diagnosis: $0.diagnosis as RunDiagnosis?) }
    var refusals: [String] = []
    if nishimori.decision == .rejected, isBayesOptimal, let worst = nishimori.rejected.first {
      refusals.append(
        "\(worst.name) at \(worst.place) is \(NumberText.plusMinus(worst.mean, worst.standardError)) and should be 0: students are not "
          + "drawn from the posterior of their labels")
    }
    for entry in contradictions {
      refusals.append(
        "\(entry.name) of linear networks at P = \(entry.stimuli) from the \(entry.start.rawValue) is off its exact value by "
          + "\(NumberText.significant(entry.z, digits: 3)) standard errors")
    }
    return StudyJudgement(points: points + between, refusals: refusals)
  }

  /// Exact values that students contradict where chains agree.
  private var contradictions: [(stimuli: Int, start: TeacherStudentSettings.Start, name: String, z: Double)] {
    theory.filter(\.law.isExact).flatMap { theory in
      theory.differences.compactMap { start, name, estimate in
        guard name != "log_evidence", settings.teachers >= NishimoriTest.fewest, let error = estimate.standardError,
          error > 0, isFit(theory.stimuli, start), abs(estimate.value / error) > Self.largestZ
        else { return nil }
        return (theory.stimuli, start, name, estimate.value / error)
      }
    }
  }

  /// Whether chains of a point agree, with those of other starts too.
  package func isFit(_ stimuli: Int, _ start: TeacherStudentSettings.Start) -> Bool {
    (points.first { $0.stimuli == stimuli && $0.start == start }?.diagnosis.converged ?? false)
      && (comparisons.first { $0.stimuli == stimuli }?.agree ?? true)
  }
}
