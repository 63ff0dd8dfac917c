// What `compare` shows people: tables and pictures of where maximum entropy and gradient descent agree.

import Experiments
import Networks
import Sampling

extension ComparisonReport: StudyPresentation {
  private static let flowColumns = [
    "K", "scale", "corr., matched", "corr., initial", "<rho> flow", "<rho> matched", "<rho> initial", "populations",
  ]

  /// THEORY section 7's table: gradient flow of infinitely wide networks against the closed form.
  private var flowRows: [[String]] {
    regimes.compactMap { regime in
      guard let flow = regime.flow else { return nil }
      func text(_ value: Double, _ digits: Int) -> String {
        value.isNaN ? "" : String(format: "%.\(digits)f", value)
      }
      return [
        "\(regime.contexts)", NumberText.significant(regime.weightScale, digits: 4), text(flow.correlationMatched, 3),
        text(flow.correlationInitial, 3), text(flow.meanStructure, 4), text(flow.meanStructureMatched, 4),
        text(flow.meanStructureInitial, 4), regime.verdict,
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

  private func setRow(_ regime: Regime, _ set: ComparedSet) -> [String] {
    func text(_ estimate: Estimate?) -> String {
      estimate.flatMap { $0.value.isNaN ? nil : NumberText.estimate($0) } ?? ""
    }
    func text(_ value: Double) -> String { text(Estimate(value: value, standardError: nil)) }
    var pairs = ""
    if let found = set.pairs, !found.effect.isNaN, !found.pValue.isNaN {
      pairs =
        "\(NumberText.significant(found.effect, digits: 2)) (\(NumberText.significant(found.pValue, digits: 2)))"
    }
    let shares = set.populations?.readoutShare ?? []
    return [
      "\(regime.contexts)", NumberText.significant(regime.weightScale, digits: 4), set.title, text(set.loss),
      text(set.signAccuracy), text(shares.count > 1 ? shares[1] : nil), text(set.populations?.meanStructure),
      text(set.populations?.patternKL), text(set.outputSecondMoment), text(set.inputSecondMoment),
      text(set.participationRatio), pairs,
    ]
  }

  private static let distanceColumns = [
    "K", "scale", "trained against", "energy", "p", "sliced Wasserstein", "of one law", "p",
    "corr. of populations",
  ]

  private var distanceRows: [[String]] {
    regimes.flatMap { regime in regime.distances.map { distanceRow(regime, $0) } }
  }

  private func distanceRow(_ regime: Regime, _ found: CloudDistances) -> [String] {
    func short(_ value: Double) -> String { value.isNaN ? "" : NumberText.significant(value, digits: 3) }
    let sliced = found.slicedWasserstein
    return [
      "\(regime.contexts)", NumberText.significant(regime.weightScale, digits: 4), regime.title(found.name),
      found.energy.value.isNaN ? "" : NumberText.estimate(found.energy.estimate), short(found.energy.pValue),
      short(sliced.value), short(sliced.nullMean), short(sliced.pValue),
      found.populationCorrelation.map { String(format: "%.3f", $0) } ?? "",
    ]
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

  var pageSections: [(heading: String, columns: [String], rows: [[String]])] {
    tablesForPeople.map { ($0.heading, $0.columns, $0.rows.map { $0.map(HTML.escaped) }) }
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
