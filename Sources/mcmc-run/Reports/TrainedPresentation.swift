// What `compare --trained` shows people: three answers first, then what they rest on.

import Experiments
import Networks
import Sampling

extension TrainedReport: StudyPresentation {
  /// The level of the words; the p-value stands beside them.
  private static let level = 0.05

  /// `p = 0.03`, `p < 1e-12`.
  private func pWords(_ value: Double?) -> String {
    let text = TextTable.Cell.pValue(value).text
    return text.hasPrefix("<") ? "p \(text)" : "p = \(text)"
  }

  /// What a test asks.
  private func question(_ test: TrainedTest) -> String {
    test.name == "F" && !experiment.respondsLinearly ? "w: no stimuli matter but the task's" : test.question
  }

  /// The exact tests, without that of patterns.
  private var exactTests: [TrainedTest] { found.tests.filter { $0.name != "patterns" } }

  var subtitle: String? {
    "\(found.networks) \(found.networks == 1 ? "network" : "networks") of \(found.neurons) neurons from \(run), beside the ensemble of \(experiment.name)"
  }

  // MARK: - Three answers

  /// Are they maximum-entropy networks?
  private var areTheyAnswer: String {
    guard let p = found.combinedPValue else {
      return "Not testable: " + (exactTests.first?.reason ?? "no test could be done") + "."
    }
    let done = exactTests.filter { $0.pValue != nil }
    guard p <= Self.level else {
      return
        "Nothing speaks against it: \(pWords(p)) over \(done.count) exact tests. That is no proof: with few neurons or networks a test sees only large differences."
    }
    let against = done.filter { ($0.adjustedPValue ?? 1) <= Self.level }
    return "No: \(pWords(p)) over \(done.count) exact tests. What speaks against it: "
      + against.map { "\($0.name) (\(question($0)))" }.joined(separator: ", ") + "."
  }

  /// Which populations?
  private var populationAnswer: String {
    guard !found.populations.isEmpty else {
      guard !found.derivedPopulations.isEmpty else {
        return found.notes.first { $0.hasPrefix("populations") } ?? "They are not counted for so many contexts."
      }
      let shares = found.derivedPopulations.map { population in
        "\(population.pattern) \(NumberText.estimate(population.share))"
          + (population.predicted.map { " (\(NumberText.estimate($0)))" } ?? "")
      }
      return
        "By the contexts in which a neuron's mean slope is more than half of the largest"
        + (found.ensemble == nil ? ": " : ", and in brackets the experiment's ensemble: ")
        + shares.joined(separator: ", ") + "."
    }
    let values = found.populations.flatMap { rows($0) }
    let outside = values.count { !$0.value.isInside }
    var text = "\(found.populations.count) gain \(found.populations.count == 1 ? "pattern" : "patterns")"
    let shares = found.populations.compactMap(\.share)
    if !shares.isEmpty {
      let off = shares.count { !($0.low...$0.high).contains($0.predicted) }
      let patterns = found.tests.first { $0.name == "patterns" }
      text +=
        ", of which \(off == 0 ? "none has" : off == 1 ? "one has" : "\(off) have") another share of neurons than maximum entropy with their moments gives it (95 % together"
      if let p = patterns?.pValue { text += "; approximate \(pWords(p))" }
      text += ")"
    }
    return text + ". Of \(values.count) second moments within populations \(outside) lie outside of its 95 % bands."
  }

  /// What does theory say at this width?
  private var theoryAnswer: String {
    let own = found.sets[0]
    func moment(_ name: String, _ value: (ComparedSet) -> Double) -> String {
      let theirs = NumberText.significant(value(own), digits: 3)
      guard let theory = found.ensemble.map(value) else { return "\(name) \(theirs)" }
      return "\(name) \(theirs) (\(NumberText.significant(theory, digits: 3)))"
    }
    var text =
      "At N = \(found.neurons), yours"
      + (found.ensemble == nil ? ": " : " and in brackets those of the experiment's ensemble: ")
      + [
        moment("mean w^2", \.outputSecondMoment), moment("mean |m|^2", \.inputSecondMoment),
        moment("participation ratio", \.participationRatio),
      ].joined(separator: ", ") + "."
    if let tightness = found.tightness, let loss = found.trainingLoss {
      let value = NumberText.estimate(Estimate(value: tightness.value, standardError: tightness.standardError))
      text += " Their loss on the task's own stimuli, \(NumberText.estimate(loss)), is that of tightness \(value)"
      text += tightness.standardError == nil ? " (the limit of small losses)." : "."
    }
    return text
  }

  var answers: [(question: String, answer: String)] {
    [
      ("Are they maximum-entropy networks?", areTheyAnswer), ("Which populations do they have?", populationAnswer),
      ("What does theory say at their width?", theoryAnswer),
    ]
  }

  // MARK: - Tables

  private static let testColumns = ["test", "asks", "statistic", "df", "p", "p, Holm", "networks"]

  private var testRows: [[TextTable.Cell]] {
    found.tests.map { test in
      [
        .init(test.name == "patterns" ? "X^2 (approximate)" : test.name), .init(question(test)),
        test.statistic.map { .number($0, digits: 4) } ?? .missing("not testable"),
        .init(test.degreesOfFreedom.map(String.init).joined(separator: ", ")), .pValue(test.pValue),
        .pValue(test.adjustedPValue), TextTable.Cell.integer(test.testableNetworks).marked(" of \(found.networks)"),
      ]
    }
  }

  private static let populationColumns = ["gains", "neurons", "quantity", "yours", "matched", "95 % band", "place"]

  private var populationRows: [[TextTable.Cell]] {
    found.populations.flatMap { population -> [[TextTable.Cell]] in
      func row(_ name: String, _ observed: Double, _ predicted: Double, _ low: Double, _ high: Double) -> [TextTable
        .Cell]
      {
        func text(_ value: Double) -> String { NumberText.significant(value, digits: 3) }
        return [
          .init(population.name), .integer(population.neurons), .init(name), .number(observed, digits: 3),
          .number(predicted, digits: 3), .range(low, high, words: text),
          .init((low...high).contains(observed) ? "" : "outside"),
        ]
      }
      var list: [[TextTable.Cell]] = []
      if let share = population.share {
        // The interval is the share's own: it should hold the prediction.
        let holds = (share.low...share.high).contains(share.predicted)
        var cells = row("share", share.value, share.predicted, share.low, share.high)
        cells[6] = holds ? .empty : "outside"
        list.append(cells)
      }
      return list
        + rows(population).map { row($0.name, $0.value.observed, $0.value.predicted, $0.value.low, $0.value.high) }
    }
  }

  private static let derivedColumns = ["active contexts", "share of neurons", "the experiment's ensemble"]

  private var derivedRows: [[TextTable.Cell]] {
    found.derivedPopulations.map {
      [.init($0.pattern), .estimate($0.share), .estimate($0.predicted)]
    }
  }

  private static let setColumns = [
    "networks", "loss, held out", "accuracy", "c_1", "<rho>", "KL", "mean w^2", "mean |m|^2", "part. ratio",
    "ePAIRS (p)",
  ]

  private var setRows: [[TextTable.Cell]] {
    found.sets.map { set in
      func number(_ value: Double?) -> TextTable.Cell {
        .estimate(value.map { Estimate(value: $0, standardError: nil) })
      }
      let pairs = set.pairs.flatMap { found -> TextTable.Cell? in
        found.effect.isNaN ? nil : .number(found.effect, digits: 2).with("p", .pValue(found.pValue))
      }
      let shares = set.populations?.readoutShare ?? []
      return [
        .init(set.title), .estimate(set.loss), .estimate(set.signAccuracy),
        .estimate(shares.count > 1 ? shares[1] : nil), .estimate(set.populations?.meanStructure),
        .estimate(set.populations?.patternKL), number(set.outputSecondMoment), number(set.inputSecondMoment),
        number(set.participationRatio), pairs ?? .empty,
      ]
    }
  }

  private static let distanceColumns = [
    "your networks against", "energy", "p of energy", "sliced Wasserstein", "of one law", "p of sliced",
    "corr. of populations",
  ]

  private var distanceRows: [[TextTable.Cell]] {
    found.distances.map { distance in
      func short(_ value: Double) -> TextTable.Cell { .number(value.isNaN ? nil : value, digits: 3) }
      let sliced = distance.slicedWasserstein
      return [
        .init(title(distance.name)), .estimate(distance.energy.estimate),
        short(distance.energy.pValue), short(sliced.value), short(sliced.nullMean), short(sliced.pValue),
        .fixed(distance.populationCorrelation, places: 3),
      ]
    }
  }

  private static let overlapColumns = ["pairs of", "pairs", "overlap, matched", "as they stand", "distance, matched"]

  private var overlapRows: [[TextTable.Cell]] {
    found.overlaps.map { name, value in
      func text(_ summary: NetworkOverlaps.Summary) -> TextTable.Cell {
        .fixed(summary.mean, places: 3).with("standard deviation", .number(summary.sd, digits: 2))
      }
      let parts = name.split(separator: "-").map { title(String($0)) }
      return [
        .init(parts.count > 1 ? "\(parts[0]) with \(parts[1])" : parts[0]), .integer(value.pairs), text(value.overlap),
        text(value.unmatchedOverlap), text(value.distance),
      ]
    }
  }

  private func title(_ set: String) -> String { found.sets.first { $0.name == set }?.title ?? set }

  private var tablesForPeople: [(heading: String, columns: [String], rows: [[TextTable.Cell]], keys: Int)] {
    [
      ("Exact tests of maximum entropy (\(found.rotations) rotations)", Self.testColumns, testRows, 2),
      ("Populations, beside the law with the same moments", Self.populationColumns, populationRows, 3),
      ("Populations by thresholded slopes (a digit per context)", Self.derivedColumns, derivedRows, 1),
      ("What the networks are", Self.setColumns, setRows, 1),
      ("Distances between clouds of neurons", Self.distanceColumns, distanceRows, 1),
      (
        "How alike two networks are, their neurons matched: means over pairs (standard deviations)",
        Self.overlapColumns, overlapRows, 1
      ),
    ].filter { !$0.rows.isEmpty }
  }

  func text(_ style: TextStyle) -> TextDocument {
    var document = TextDocument(title: title)
    for (question, answer) in answers { document.prose("\(style.good(question))\n\(answer)") }
    for part in tablesForPeople {
      document.heading(part.heading)
      document.table(TextTable(part.columns, keys: part.keys, rows: part.rows))
    }
    let untested = found.tests.compactMap { test in test.reason.map { "not testable: \(test.name): \($0)" } }
    document.prose((untested + found.notes.map { "not computed: \($0)" }).joined(separator: "\n"))
    return document
  }

  // MARK: - The page

  var pageSections: [(heading: String, columns: [String], rows: [[String]])] {
    tablesForPeople.map { ($0.heading, $0.columns, $0.rows.map { $0.map { HTML.escaped($0.text) } }) }
  }

  var figures: [Figure] { [populationFigure, derivedFigure, sizeFigure].compactMap { $0 } }

  /// Shares of neurons by active contexts.
  private var derivedFigure: Figure? {
    guard !found.derivedPopulations.isEmpty else { return nil }
    let hasTheory = found.derivedPopulations.contains { $0.predicted != nil }
    return Figure(
      name: "populations", title: "Your populations",
      caption:
        "Shares of neurons by the contexts in which their mean slope is more than half of the largest, with standard errors over networks"
        + (hasTheory ? "; beside them those of the experiment's ensemble." : "."),
      alternativeText: populationAnswer,
      panels: [
        Panel(
          x: Axis("share of neurons", from: 0),
          y: .names("active contexts (a digit each)", found.derivedPopulations.map(\.pattern)),
          series: [estimates("yours", found.derivedPopulations.map(\.share), .series(0))]
            + (hasTheory ? [estimates("maximum entropy", found.derivedPopulations.map(\.predicted), .theory)] : []),
          height: .rows(found.derivedPopulations.count))
      ])
  }

  /// A row for each estimate, with its standard error.
  private func estimates(_ title: String, _ values: [Estimate?], _ look: Look) -> Series {
    .rows(
      title, values.map { $0?.value ?? .nan }, bars: .standardErrors(values.map { $0?.standardError ?? 0 }), look)
  }

  /// Second moments of populations, with the bands of the matched law.
  private var populationFigure: Figure? {
    let values = found.populations.flatMap { population in
      rows(population).map { (name: "\($0.name) | \(population.name)", value: $0.value) }
    }
    guard !values.isEmpty else { return nil }
    let shown = Array(values.prefix(80))
    let outside = shown.count { !$0.value.isInside }
    return Figure(
      name: "populations", title: "Your populations beside maximum entropy",
      caption:
        "Second moments of output weights w and input weights m within populations (gains, a digit per context): yours, and the 95 % bands of as many neurons of the law with the same moments. \(outside) of \(shown.count) lie outside; one in twenty would by chance.",
      alternativeText: "\(shown.count) second moments within populations, \(outside) of them outside of their bands.",
      panels: [
        Panel(
          x: Axis("second moment"), y: .names("moment | population", shown.map(\.name)),
          series: [
            .rows(
              "maximum entropy, 95 %", shown.map(\.value.predicted),
              bars: .intervals(low: shown.map(\.value.low), high: shown.map(\.value.high)), .theory),
            .rows("yours", shown.map(\.value.observed), .series(1)),
          ], height: .rows(shown.count))
      ])
  }

  /// p-values of the exact tests.
  private var sizeFigure: Figure? {
    let done = exactTests.compactMap { test in test.pValue.map { (name: test.name, value: $0) } }
    guard !done.isEmpty else { return nil }
    let smallest = max(1e-12, done.map(\.value).min() ?? 1)
    return Figure(
      name: "p-values", title: "Exact tests of maximum entropy",
      caption:
        "p-values of the tests. Under maximum entropy each is below a line with at most the line's probability; together: \(pWords(found.combinedPValue)) (Holm).",
      alternativeText: done.map { "\($0.name): \(pWords($0.value))" }.joined(separator: ", "),
      panels: [
        Panel(
          x: Axis("p-value", from: min(1e-3, smallest / 3), to: 1.5, scale: .logarithmic),
          y: .names("test", done.map(\.name)),
          series: [
            .upright(0.05, "0.05", Look.muted), .upright(0.01, "0.01", Look.series(1).solid(1)),
            .rows("p-value", done.map { max(1e-12, $0.value) }, .series(0)),
          ], height: .rows(done.count))
      ])
  }
}
