// What `compare` shows people: tables and pictures of where maximum entropy and gradient descent agree.

import Experiments
import Networks
import Sampling

extension ComparisonReport: StudyPresentation {
  private static let flowColumns = [
    "K", "scale", "corr., matched", "corr., initial", "<rho> flow", "<rho> matched", "<rho> initial", "populations",
  ]

  /// THEORY section 7's table: gradient flow of infinitely wide networks against the closed form.
  private var flowRows: [[TextTable.Cell]] {
    regimes.compactMap { regime in
      guard let flow = regime.flow else { return nil }
      func text(_ value: Double, _ places: Int) -> TextTable.Cell {
        .fixed(value.isNaN ? nil : value, places: places)
      }
      return [
        .integer(regime.contexts), .number(regime.weightScale, digits: 4), text(flow.correlationMatched, 3),
        text(flow.correlationInitial, 3), text(flow.meanStructure, 4), text(flow.meanStructureMatched, 4),
        text(flow.meanStructureInitial, 4), .init(regime.verdict),
      ]
    }
  }

  /// Those of populations of independent gains have no meaning for recurrent networks.
  private var setColumns: [String] {
    ["K", "scale", "networks", "loss", "accuracy"] + (areRecurrent ? [] : ["c_1", "<rho>", "KL"])
      + ["mean w^2", areRecurrent ? "mean |I|^2" : "mean |m|^2", "part. ratio", "ePAIRS (p)"]
  }

  private var setRows: [[TextTable.Cell]] {
    regimes.flatMap { regime in regime.sets.map { setRow(regime, $0) } }
  }

  private func setRow(_ regime: Regime, _ set: ComparedSet) -> [TextTable.Cell] {
    func number(_ value: Double?) -> TextTable.Cell {
      .estimate(value.map { Estimate(value: $0, standardError: nil) })
    }
    var pairs = TextTable.Cell.empty
    if let found = set.pairs, !found.effect.isNaN, !found.pValue.isNaN {
      pairs = .number(found.effect, digits: 2).with("p", .number(found.pValue, digits: 2))
    }
    let shares = set.populations?.readoutShare ?? []
    let share = TextTable.Cell.estimate(shares.count > 1 ? shares[1] : nil)
    let populations: [TextTable.Cell] = [
      share, .estimate(set.populations?.meanStructure), .estimate(set.populations?.patternKL),
    ]
    let first: [TextTable.Cell] = [
      .integer(regime.contexts), .number(regime.weightScale, digits: 4), .init(set.title), .estimate(set.loss),
      .estimate(set.signAccuracy),
    ]
    return first + (areRecurrent ? [] : populations) + [
      number(set.outputSecondMoment), number(set.inputSecondMoment), number(set.participationRatio), pairs,
    ]
  }

  private static let recurrentColumns = [
    "K", "scale", "networks", "mean J^2", "mean |B|^2", "rank of J", "spectral radius", "dimensions", "overlap",
    "unmatched", "of J",
  ]

  private var recurrentRows: [[TextTable.Cell]] {
    regimes.flatMap { regime in
      regime.sets.compactMap { set in
        guard let found = set.recurrent else { return nil }
        func short(_ value: Double?) -> TextTable.Cell {
          .number(value.flatMap { $0.isNaN ? nil : $0 }, digits: 3)
        }
        return [
          .integer(regime.contexts), .number(regime.weightScale, digits: 4), .init(set.title),
          short(found.recurrentSecondMoment), short(found.contextSecondMoment), .estimate(found.effectiveRank),
          .estimate(found.spectralRadius), .estimate(found.trajectoryDimension), short(found.overlap?.outer),
          short(found.overlap?.unmatchedOuter), short(found.overlap?.recurrent),
        ]
      }
    }
  }

  private static let contextColumns = ["K", "scale", "networks", "context", "accuracy", "mean squared error"]

  /// Of a single context all is said with the networks.
  private var contextRows: [[TextTable.Cell]] {
    regimes.flatMap { regime in
      regime.sets.flatMap { set in
        Self.shownContexts(set).map { found -> [TextTable.Cell] in
          [
            .integer(regime.contexts), .number(regime.weightScale, digits: 4), .init(set.title),
            .init("\(found.context)"), .estimate(found.accuracy), .estimate(found.meanSquaredError),
          ]
        }
      }
    }
  }

  private static func shownContexts(_ set: ComparedSet) -> [ComparedSet.Recurrent.Context] {
    let contexts = set.recurrent?.contexts ?? []
    return contexts.count > 1 ? contexts : []
  }

  private static let patternColumns = ["K", "scale", "networks", "pattern", "share"]

  private var patternRows: [[TextTable.Cell]] {
    regimes.flatMap { regime in
      regime.sets.flatMap { set in
        (set.recurrent?.patterns ?? []).map { pattern, share in
          [
            .integer(regime.contexts), .number(regime.weightScale, digits: 4), .init(set.title), .init(pattern),
            .estimate(share),
          ]
        }
      }
    }
  }

  private var areRecurrent: Bool { regimes.contains { $0.sets.contains { $0.recurrent != nil } } }

  private static let distanceColumns = [
    "K", "scale", "trained against", "energy", "p of energy", "sliced Wasserstein", "of one law", "p of sliced",
    "corr. of populations",
  ]
  /// Of recurrent networks in place of the last.
  private static let overlapColumns = ["overlap", "unmatched", "of J"]

  private var distanceRows: [[TextTable.Cell]] {
    regimes.flatMap { regime in regime.distances.map { distanceRow(regime, $0) } }
  }

  private func distanceRow(_ regime: Regime, _ found: CloudDistances) -> [TextTable.Cell] {
    func short(_ value: Double) -> TextTable.Cell { .number(value.isNaN ? nil : value, digits: 3) }
    let sliced = found.slicedWasserstein
    return [
      .integer(regime.contexts), .number(regime.weightScale, digits: 4), .init(regime.title(found.name)),
      .estimate(found.energy.estimate), short(found.energy.pValue),
      short(sliced.value), short(sliced.nullMean), short(sliced.pValue),
    ]
      + (found.overlap.map { [short($0.outer), short($0.unmatchedOuter), short($0.recurrent)] }
        ?? [.fixed(found.populationCorrelation, places: 3)])
  }

  private var tablesForPeople: [(heading: String, columns: [String], rows: [[TextTable.Cell]])] {
    let all: [(heading: String, columns: [String], rows: [[TextTable.Cell]])] = [
      (
        "Gradient flow (N -> infinity) against maximum entropy: correlation of population-resolved readouts",
        Self.flowColumns, flowRows
      ),
      ("Networks of \(isClosedForm ? "finite size" : "the spec's size")", setColumns, setRows),
      ("Choices by context", Self.contextColumns, contextRows),
      ("Recurrent weights and trajectories", Self.recurrentColumns, recurrentRows),
      ("Share of neurons that are active in these contexts", Self.patternColumns, patternRows),
      areRecurrent
        ? (
          "Distances between clouds of neurons (w, I and B), and overlaps of pairs of networks",
          Self.distanceColumns.dropLast() + Self.overlapColumns, distanceRows
        ) : ("Distances between clouds of neurons (w, m and gains or drives)", Self.distanceColumns, distanceRows),
    ]
    return all.filter { !$0.rows.isEmpty }
  }

  func text(_ style: TextStyle) -> TextDocument {
    var document = TextDocument(title: title)
    for part in tablesForPeople {
      document.heading(part.heading)
      document.table(
        TextTable(
          part.columns,
          keys: part.columns == Self.flowColumns
            ? 2 : [Self.patternColumns, Self.contextColumns].contains(part.columns) ? 4 : 3,
          rows: part.rows))
    }
    document.prose(
      regimes.flatMap { regime in
        regime.notes.map {
          "not computed (K = \(regime.contexts), scale \(NumberText.significant(regime.weightScale, digits: 3))): \($0)"
        }
      }.joined(separator: "\n"))
    document.prose(
      "Distances: errors by the jackknife over networks; \"of one law\" is what two sets of one law would be apart on average."
    )
    if let found = regimes.first?.sets.first?.recurrent {
      document.prose(
        "Loss and accuracy: on \(found.words). The scale is that of w and I before training; J and B keep the spec's. "
          + "Overlap: of (w, I, B), neurons of two networks matched by them, on average over pairs of networks of one set or of "
          + "both; unmatched: neurons as they stand; of J: the recurrent weights under the matching.")
    }
    if !flowRows.isEmpty {
      document.prose(
        "populations: \"agree\" where gradient flow and maximum entropy at the flow's second moments correlate by 0.99 or more, "
          + "\"nearly\" by 0.95.\nTrained gains stay as drawn, so that gradient descent leaves KL at 0 and maximum entropy does not."
      )
    }
    return document
  }

  var pageSections: [(heading: String, columns: [String], rows: [[String]])] {
    tablesForPeople.map { ($0.heading, $0.columns, $0.rows.map { $0.map { HTML.escaped($0.text) } }) }
  }

  var figures: [Figure] {
    let known = regimes.filter { $0.flow != nil }
    var figures: [Figure] = []
    if known.count > 1 { figures.append(correlations(known)) }
    return figures + regimes.prefix(6).compactMap(populations)
  }

  /// Correlations against the weight scale, a line a number of contexts.
  private func correlations(_ known: [Regime]) -> Figure {
    let counts = Set(known.map(\.contexts)).sorted()
    let scales = Set(known.map(\.weightScale)).sorted()
    let values = known.compactMap { $0.flow?.correlationMatched }
    return Figure(
      name: "correlation", title: "Where gradient descent and maximum entropy agree",
      caption:
        "Correlation of population-resolved readouts between gradient flow and maximum entropy at matched second moments, against the initial weight scale.",
      alternativeText:
        "Correlations between \(NumberText.significant(values.min() ?? 0, digits: 3)) and \(NumberText.significant(values.max() ?? 0, digits: 3)), higher at larger weight scales.",
      panels: [
        Panel(
          x: Axis("initial weight scale", scale: .logarithmic), y: Axis("correlation"),
          series: counts.enumerated().map { index, count in
            let line = scales.map { scale in
              known.first { $0.contexts == count && $0.weightScale == scale }?.flow?.correlationMatched ?? .nan
            }
            return .points("K = \(count)", x: scales, y: line, isJoined: true, .series(index))
          })
      ])
  }

  /// The populations' readouts of trained networks against maximum entropy at matched moments.
  private func populations(_ regime: Regime) -> Figure? {
    func readout(_ set: String) -> [Double]? {
      regime.sets.first { $0.name == set }?.populations?.readout
    }
    let other = ["matched", "ensemble"].first { readout($0) != nil }
    guard let other, let trained = readout("trained"), let drawn = readout(other), trained.count == drawn.count else {
      return nil
    }
    let label = "K = \(regime.contexts), scale \(NumberText.significant(regime.weightScale, digits: 3))"
    return Figure(
      name:
        "populations-K\(regime.contexts)-scale\(Figure.fileName(NumberText.significant(regime.weightScale, digits: 3)).replacingOccurrences(of: ".", with: "-"))",
      title: "Populations, \(label)",
      caption:
        "P(g)<w m_d | g> of every population and feature: trained networks against \(regime.title(other)). On the line they agree.",
      alternativeText: "Scatter of \(trained.count) population readouts of trained against drawn networks, \(label).",
      panels: [
        Panel(
          x: Axis("P(g)⟨w m | g⟩, \(regime.title(other))"), y: Axis("P(g)⟨w m | g⟩, gradient descent"),
          series: [
            Series("equal", .diagonal, .muted),
            .points("a population and feature", name: "trained", x: drawn, y: trained, .series(0)),
          ], height: .square)
      ])
  }
}
