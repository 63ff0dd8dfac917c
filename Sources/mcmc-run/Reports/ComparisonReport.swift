// What `compare` says: where maximum entropy and gradient descent agree, regime by regime, and where they do not.

import Foundation
import JSON
import Networks

/// Drawn and trained networks, compared.
struct ComparisonReport: StudyReport {
  /// One number of contexts and one weight scale.
  struct Regime: Sendable {
    let contexts: Int
    let weightScale: Double
    let json: JSONValue
    /// Of the ensemble's run, if there is one, and of the training; nil if they were never judged.
    let diagnosis: RunDiagnosis?

    var sets: [String] { if case .object(let members)? = json["sets"]?.content { members.map(\.key) } else { [] } }

    func number(_ path: String...) -> Double? { json.value(at: path)?.realNumber }

    /// A statistic of a set of networks.
    func estimate(_ set: String, _ name: String) -> Estimate? {
      guard let value = json.value(at: ["sets", set, name]) else { return nil }
      if let estimate = value.estimate { return estimate }
      guard let number = value.realNumber else { return nil }
      return Estimate(value: number, standardError: nil)
    }

    /// c_1 of a set of networks.
    func specialisedShare(_ set: String) -> Estimate? {
      guard let shares = json.value(at: ["sets", set, "readoutShare"])?.array, shares.count > 1 else { return nil }
      return shares[1].estimate
    }

    /// What could not be computed, and why.
    var notes: [String] {
      (json["notes"]?.array ?? []).compactMap { if case .string(let note) = $0.content { note } else { nil } }
    }

    func title(_ set: String) -> String {
      guard case .string(let title)? = json.value(at: ["sets", set, "title"])?.content else { return set }
      return title
    }

    /// The sets that the trained networks' neurons were held against.
    var others: [String] { sets.filter { json.value(at: ["distances", $0]) != nil } }

    /// Whether populations agree: correlation of their readouts at least 0.99, 0.95, or less.
    var verdict: String {
      guard
        let correlation = number("flow", "correlationMatched")
          ?? number("distances", "ensemble", "populationCorrelation")
      else { return "" }
      return correlation >= 0.99 ? "agree" : correlation >= 0.95 ? "nearly agree" : "differ"
    }
  }

  let experiment: Experiment
  let settings: TrainingSettings
  let regimes: [Regime]
  let isClosedForm: Bool

  var title: String { "\(experiment.name): maximum entropy and gradient descent" }

  var judgement: StudyJudgement {
    StudyJudgement(
      points: regimes.map {
        ("K = \($0.contexts), scale \(NumberText.significant($0.weightScale, digits: 4))", $0.diagnosis)
      })
  }

  var json: JSONValue {
    [
      "training": settings.json,
      "regimes": .array(
        regimes.map { regime in
          var members: [(String, JSONValue)] = [
            ("contexts", .integer(regime.contexts)), ("weightScale", .number(regime.weightScale)),
            ("verdict", .string(regime.verdict)),
          ]
          members += RunDiagnosis.members(regime.diagnosis)
          if case .object(let rest) = regime.json.content {
            members += rest.filter { $0.key != "diagnosis" }.map { ($0.key, $0.value) }
          }
          return .object(members)
        }),
    ]
  }

  private static let flowColumns = [
    "K", "scale", "corr., matched", "corr., initial", "<rho> flow", "<rho> matched", "<rho> initial", "populations",
  ]

  /// THEORY section 7's table: gradient flow of infinitely wide networks against the closed form.
  private var flowRows: [[String]] {
    regimes.filter { $0.number("flow", "correlationMatched") != nil }.map { regime in
      func text(_ name: String, _ digits: Int) -> String {
        regime.number("flow", name).map { String(format: "%.\(digits)f", $0) } ?? ""
      }
      return [
        "\(regime.contexts)", NumberText.significant(regime.weightScale, digits: 4), text("correlationMatched", 3),
        text("correlationInitial", 3), text("meanStructure", 4), text("meanStructureMatched", 4),
        text("meanStructureInitial", 4), regime.verdict,
      ]
    }
  }

  private static let setColumns = [
    "K", "scale", "networks", "loss", "accuracy", "c_1", "<rho>", "KL", "mean w^2", "mean |m|^2", "part. ratio",
    "ePAIRS (p)",
  ]

  private var setRows: [[String]] {
    regimes.flatMap { regime in regime.sets.map { setRow(regime, $0) } }
  }

  private func setRow(_ regime: Regime, _ set: String) -> [String] {
    func text(_ name: String) -> String { regime.estimate(set, name).map(NumberText.estimate) ?? "" }
    var pairs = ""
    if let effect = regime.number("pairs", set, "effect"), let p = regime.number("pairs", set, "pValue") {
      pairs = "\(NumberText.significant(effect, digits: 2)) (\(NumberText.significant(p, digits: 2)))"
    }
    return [
      "\(regime.contexts)", NumberText.significant(regime.weightScale, digits: 4), regime.title(set), text("loss"),
      text("signAccuracy"), regime.specialisedShare(set).map(NumberText.estimate) ?? "", text("meanStructure"),
      text("patternKL"), text("outputSecondMoment"), text("inputSecondMoment"), text("participationRatio"), pairs,
    ]
  }

  private static let distanceColumns = [
    "K", "scale", "trained against", "energy", "p", "sliced Wasserstein", "of one law", "p",
    "corr. of populations",
  ]

  private var distanceRows: [[String]] {
    regimes.flatMap { regime in regime.others.map { distanceRow(regime, $0) } }
  }

  private func distanceRow(_ regime: Regime, _ set: String) -> [String] {
    func short(_ name: String, _ key: String) -> String {
      regime.number("distances", set, name, key).map { NumberText.significant($0, digits: 3) } ?? ""
    }
    let energy = regime.json.value(at: ["distances", set, "energy"])?.estimate.map(NumberText.estimate) ?? ""
    let sliced = ["value", "nullMean", "pValue"].map { short("slicedWasserstein", $0) }
    var correlation = ""
    if let found = regime.number("distances", set, "populationCorrelation") {
      correlation = String(format: "%.3f", found)
    }
    return ["\(regime.contexts)", NumberText.significant(regime.weightScale, digits: 4), regime.title(set)]
      + [energy, short("energy", "pValue")] + sliced + [correlation]
  }

  private var tablesForPeople: [(heading: String, columns: [String], rows: [[String]])] {
    let all: [(heading: String, columns: [String], rows: [[String]])] = [
      (
        "Gradient flow (N -> infinity) against maximum entropy: correlation of population-resolved readouts",
        Self.flowColumns, flowRows
      ),
      ("Networks of \(isClosedForm ? "finite size" : "the spec's size")", Self.setColumns, setRows),
      ("Distances between clouds of neurons (w, m and gains or drives)", Self.distanceColumns, distanceRows),
    ]
    return all.filter { !$0.rows.isEmpty }
  }

  func text(_ style: TextStyle) -> String {
    var text = "\(title)\n"
    for part in tablesForPeople {
      let table = TextTable(part.columns, keys: part.columns == Self.flowColumns ? 2 : 3, rows: part.rows)
      text += "\n\(part.heading)\n\n" + table.text(style)
    }
    for regime in regimes {
      for note in regime.notes {
        text +=
          "\nnot computed (K = \(regime.contexts), scale \(NumberText.significant(regime.weightScale, digits: 3))): \(note)"
      }
    }
    if regimes.contains(where: { !$0.notes.isEmpty }) { text += "\n" }
    text +=
      "\nDistances: errors by the jackknife over networks; \"of one law\" is what two sets of one law would be apart on average.\n"
    if !flowRows.isEmpty {
      text +=
        "\npopulations: \"agree\" where gradient flow and maximum entropy at the flow's second moments correlate by 0.99 or more, "
        + "\"nearly\" by 0.95.\nTrained gains stay as drawn, so that gradient descent leaves KL at 0 and maximum entropy does not.\n"
    }
    return text
  }

  var sections: [(heading: String, columns: [String], rows: [[String]])] {
    tablesForPeople.map { ($0.heading, $0.columns, $0.rows.map { $0.map(HTML.escaped) }) }
  }

  var tables: [(file: String, csv: String)] {
    [
      (
        "compare.csv",
        CSV.text(
          [
            "contexts", "weight_scale", "correlation_matched", "correlation_initial", "set", "energy", "energy_p",
            "sliced_wasserstein", "sliced_wasserstein_p",
          ] + RunDiagnosis.columns,
          regimes.flatMap { regime in
            regime.others.map { set in
              func number(_ name: String, _ key: String) -> Figure.Cell {
                .number(regime.number("distances", set, name, key) ?? .nan)
              }
              return [
                .number(Double(regime.contexts)), .number(regime.weightScale),
                .number(regime.number("flow", "correlationMatched") ?? .nan),
                .number(regime.number("flow", "correlationInitial") ?? .nan), .text(set), number("energy", "value"),
                number("energy", "pValue"), number("slicedWasserstein", "value"), number("slicedWasserstein", "pValue"),
              ] + RunDiagnosis.cells(regime.diagnosis)
            }
          })
      )
    ]
  }

  var figures: [Figure] {
    let known = regimes.filter { $0.number("flow", "correlationMatched") != nil }
    var figures: [Figure] = []
    if known.count > 1 { figures.append(correlations(known)) }
    return figures + regimes.prefix(6).compactMap(populations)
  }

  /// Correlations against the weight scale, a line a number of contexts.
  private func correlations(_ known: [Regime]) -> Figure {
    let counts = Set(known.map(\.contexts)).sorted()
    let scales = Set(known.map(\.weightScale)).sorted()
    let rows = scales.map { scale -> [Figure.Cell] in
      [.number(scale)]
        + counts.map { count in
          known.first { $0.contexts == count && $0.weightScale == scale }?.number("flow", "correlationMatched").map {
            .number($0)
          } ?? .empty
        }
    }
    let values = known.compactMap { $0.number("flow", "correlationMatched") }
    return Figure(
      name: "correlation", title: "Where gradient descent and maximum entropy agree",
      caption:
        "Correlation of population-resolved readouts between gradient flow and maximum entropy at matched second moments, against the initial weight scale.",
      alternativeText:
        "Correlations between \(NumberText.significant(values.min() ?? 0, digits: 3)) and \(NumberText.significant(values.max() ?? 0, digits: 3)), higher at larger weight scales.",
      columns: ["weight scale"] + counts.map { "K = \($0)" }, rows: rows,
      commands: """
        set logscale x
        set xlabel 'weight scale'
        set ylabel 'correlation'
        set yrange [*:1.005]
        set key bottom right
        plot \(counts.indices.map { "DATA using 1:\($0 + 2) with linespoints linetype \($0 + 1) pointtype 7 pointsize 0.6 title 'K = \(counts[$0])'" }.joined(separator: ", "))
        """,
      size: (640, 320))
  }

  /// The populations' readouts of trained networks against maximum entropy at matched moments.
  private func populations(_ regime: Regime) -> Figure? {
    func readout(_ set: String) -> [Double]? {
      guard let values = regime.json.value(at: ["sets", set, "populationReadout"])?.array else { return nil }
      return values.compactMap(\.realNumber)
    }
    let other = ["matched", "ensemble"].first { readout($0) != nil }
    guard let other, let trained = readout("trained"), let drawn = readout(other), trained.count == drawn.count else {
      return nil
    }
    let label = "K = \(regime.contexts), scale \(NumberText.significant(regime.weightScale, digits: 3))"
    return Figure(
      name:
        "populations-K\(regime.contexts)-scale\(RunFigures.fileName(NumberText.significant(regime.weightScale, digits: 3)).replacingOccurrences(of: ".", with: "-"))",
      title: "Populations, \(label)",
      caption:
        "P(g)<w m_d | g> of every population and feature: trained networks against \(regime.title(other)). On the line they agree.",
      alternativeText: "Scatter of \(trained.count) population readouts of trained against drawn networks, \(label).",
      columns: ["drawn", "trained"], rows: zip(drawn, trained).map { [.number($0), .number($1)] },
      commands: """
        set xlabel \(Gnuplot.quoted(regime.title(other)))
        set ylabel 'gradient descent'
        plot DATA using 1:2 with points linetype 1 pointtype 7 pointsize 0.6 title '', x with lines title '' linewidth 0.6 dashtype 2 linecolor rgb '#808080'
        """,
      size: (480, 360))
  }
}
