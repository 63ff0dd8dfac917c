// What `teacher-student` shows people: learning curves, where starts part, identities and theory.

import Experiments
import JSON
import Networks
import Sampling

extension TeacherStudentReport: StudyPresentation {
  /// What the first table shows, where points have it.
  private static let shown = [
    "generalisation_error", "bayes_error", "training_error", "answer_overlap", "overlap", "specialisation",
    "log_evidence",
  ]

  private var shownColumns: [(key: String, column: String, words: String)] {
    columns.filter { Self.shown.contains($0.column) }
  }

  var subtitle: String? {
    let teachers = settings.teachers == 1 ? "One teacher" : "\(settings.teachers) teachers"
    return
      "Students: \(experiment.network.model.words), \(parameters) weights. \(teachers), labels with noise of variance T = "
      + "\(NumberText.significant(noise, digits: 3)). "
      + (isBayesOptimal
        ? "Students are drawn from the posterior of the law that teacher and labels come from."
        : "Students are not Bayes-optimal: temperature, weights or architecture are not those of teacher and labels.")
  }

  private var curveHeading: [String] {
    ["P", "P / weight", "start"] + shownColumns.map(\.words) + (judgement.isSound ? [] : ["chains"])
  }

  private var curveRows: [[TextTable.Cell]] {
    points.map { point in
      let cells = shownColumns.map { TextTable.Cell.estimate(point.estimate($0.column)) }
      return [.integer(point.stimuli), .number(ratio(point.stimuli), digits: 3), .init(point.start.rawValue)] + cells
        + (judgement.isSound ? [] : [.init(isFit(point.stimuli, point.start) ? "" : "not converged")])
    }
  }

  private static let startHeading = [
    "P", "teachers that agree", "median R-hat", "largest R-hat", "of", "chains of all starts",
  ]

  private var startRows: [[TextTable.Cell]] {
    comparisons.map { found in
      [
        .integer(found.stimuli), .count(found.agreeing, of: found.teachers, "teachers"),
        .number(found.medianRHat, digits: 4), .number(found.largestRHat, digits: 4), .init(found.worst ?? ""),
        .init(found.agree ? "agree" : "PART"),
      ]
    }
  }

  private var theoryHeading: [String] {
    ["P", "law", "", "quantity", "theory"] + settings.starts.map { "drawn from the \($0.rawValue) less theory" }
  }

  private var theoryRows: [[TextTable.Cell]] {
    theory.flatMap { theory in
      theory.expected.compactMap { name, expected -> [TextTable.Cell]? in
        let own = settings.starts.map { start in
          theory.differences.first { $0.start == start && $0.name == name }?.estimate
        }
        guard own.contains(where: { $0 != nil }) else { return nil }
        return [
          .integer(theory.stimuli), .init(Self.words(theory.law)), .init(theory.law.isExact ? "exact" : "~"),
          .init(Self.told.first { $0.column == name }?.words ?? name), .number(expected, digits: 4),
        ] + own.map { TextTable.Cell.estimate($0) }
      }
    }
  }

  static func words(_ law: LearningPrediction.Law) -> String {
    switch law {
    case .linear: "linear network"
    case .gaussianProcess: "Gaussian process"
    case .kernelRenormalisation: "kernel renormalisation"
    }
  }

  private static let identityHeading = ["identity", "rows", "largest |z| at", "difference", "z", "p-value"]

  /// Each identity where it is farthest from holding, of the points that can decide.
  private var identityRows: [(cells: [TextTable.Cell], isBad: Bool)] {
    var names: [String] = []
    for row in nishimori.rows where !names.contains(row.name) { names.append(row.name) }
    return names.compactMap { name in
      let own = nishimori.rows.filter { $0.name == name }
      guard let worst = own.min(by: { $0.pValue < $1.pValue }) else { return nil }
      return (
        [
          .init(name), .integer(own.count), .init(worst.place), .plusMinus(worst.mean, worst.standardError),
          .number(worst.z, digits: 3), .pValue(worst.pValue),
        ], nishimori.decision == .rejected && worst.pValue < nishimori.rowRate
      )
    }
  }

  /// What the identities say, in a sentence or two.
  private var verdict: String {
    let count = nishimori.rows.count
    let rate = NumberText.significant(nishimori.falseAlarmRate, digits: 2)
    let threshold = (try? nishimori.threshold()).map { NumberText.significant($0, digits: 3) } ?? "?"
    switch nishimori.decision {
    case .inconclusive: return "INCONCLUSIVE: " + (nishimori.reason ?? "") + "."
    case .holds:
      return
        "The Nishimori identities HOLD over \(settings.teachers) teachers: all \(count) rows have |z| below \(threshold), which a "
        + "right sampler exceeds with probability \(rate) at most."
    case .rejected:
      let cause =
        isBayesOptimal
        ? "students are not drawn from the posterior of their labels"
        : "as they may be, since students are not Bayes-optimal"
      return
        "The Nishimori identities are REJECTED over \(settings.teachers) teachers: \(nishimori.rejected.count) of \(count) rows have |z| "
        + "above \(threshold); \(cause)."
    }
  }

  /// How sharp the test is.
  private var sharpness: String {
    guard let needed else { return "" }
    let all = settings.teachers == 1 ? "this study has one" : "this study has \(settings.teachers)"
    return
      "A temperature that is wrong by 5 % would be found with probability 0.95 by \(needed.teachers) teachers (\(needed.row.name), "
      + "\(needed.row.place)); \(all)."
  }

  private var leftOut: String {
    let left = rows.count { !$0.counts }
    return left == 0
      ? "" : "\(left) rows are left out: their chains, or those of the two starts, disagree."
  }

  func text(_ style: TextStyle) -> TextDocument {
    var document = TextDocument(title: "\(title)\n" + (subtitle ?? ""))
    document.heading("Learning curves: means over teachers")
    document.table(TextTable(curveHeading, keys: 3, rows: curveRows))
    if !comparisons.isEmpty {
      document.heading("Chains from the prior and from the teacher")
      document.table(TextTable(Self.startHeading, rows: startRows))
      document.prose(partingWords)
    }
    if !theoryRows.isEmpty {
      document.heading("Theory")
      document.table(TextTable(theoryHeading, keys: 4, rows: theoryRows))
      if theory.contains(where: { !$0.law.isExact }) { document.prose("~ as networks grow wide; it decides nothing.") }
    }
    if !nishimori.rows.isEmpty {
      document.heading("Nishimori identities: differences that are 0 on average over teachers")
      document.table(
        TextTable(
          Self.identityHeading,
          rows: identityRows.map { row in row.cells.map { cell in cell.dressed { row.isBad ? $0.bad($1) : $1 } } }))
    }
    let decided: (String) -> String =
      switch nishimori.decision {
      case .holds: style.good
      case .rejected: style.bad
      case .inconclusive: style.doubtful
      }
    document.prose([decided(verdict), leftOut, sharpness].filter { !$0.isEmpty }.joined(separator: "\n"))
    return document
  }

  /// Where starts part, in words.
  private var partingWords: String {
    let parting = comparisons.filter { !$0.agree }
    guard let first = parting.first, let last = parting.last else {
      return "Chains forget where they began at every P: both starts draw from one law."
    }
    let places =
      parting.count == 1
      ? "P = \(first.stimuli)" : "\(parting.count) of \(comparisons.count) P, from \(first.stimuli) to \(last.stimuli)"
    return
      "The starts part at \(places): students that know nothing of the teacher do not find it in this time, and averages depend on "
      + "where chains began."
  }

  var pageSections: [(heading: String, columns: [String], rows: [[String]])] {
    func html(_ rows: [[TextTable.Cell]]) -> [[String]] { rows.map { $0.map { HTML.escaped($0.text) } } }
    var sections = [(heading: "Learning curves: means over teachers", columns: curveHeading, rows: html(curveRows))]
    if !comparisons.isEmpty {
      sections.append(("Chains from the prior and from the teacher", Self.startHeading, html(startRows)))
    }
    if !theoryRows.isEmpty { sections.append(("Theory", theoryHeading, html(theoryRows))) }
    if !nishimori.rows.isEmpty {
      sections.append(("Nishimori identities", Self.identityHeading, html(identityRows.map(\.cells))))
    }
    return sections
  }

  var answers: [(question: String, answer: String)] {
    var answers = [(question: "Are students drawn from the posterior?", answer: verdict + " " + sharpness)]
    if !comparisons.isEmpty {
      answers.append(("Do chains forget where they began?", partingWords))
    }
    return answers
  }
}
