// What `sweep` shows people: tables, sentences and pictures of observables over the axes.

import Experiments
import JSON
import Networks
import Sampling

extension SweepReport: StudyPresentation {
  /// Observables that are shown in full at most: those that the spec asks for, loss and second moments. All are in the tables.
  private static let mostShown = 10

  private var shown: [String] {
    let asked = experiment.observableNames
    let usual = ["loss", "output_second_moment", "input_second_moment"]
    let all = names
    return Array((asked + usual).filter(all.contains).prefix(Self.mostShown))
  }

  private func heading(_ observable: String) -> [String] {
    axes.map(\.title) + ["mean", "theory", "N variance", "Binder", "tau (draws)"]
      + (judgement.isSound ? [] : ["run"])
  }

  private func rows(_ observable: String) -> [[TextTable.Cell]] {
    points.indices.compactMap { index -> [TextTable.Cell]? in
      guard let found = points[index].observable(observable) else { return nil }
      let theory = TextTable.Cell.number(found.theory, digits: 5)
      return points[index].values.map(Self.cell)
        + [
          .estimate(found.estimate), found.exact == nil && found.theory != nil ? theory.marked(" ~") : theory,
          .estimate(susceptibility(index, found)), .estimate(found.fluctuations?.binder),
          .estimate(found.fluctuations?.autocorrelationTime),
        ] + (judgement.isSound ? [] : [.init(points[index].isFit ? "" : "not converged")])
    }
  }

  private static func cell(_ value: Double) -> TextTable.Cell { .number(value) { SweepAxis.text($0) } }

  private var curveRows: [[TextTable.Cell]] {
    curves.filter(\.isTold).map { curve in
      [.init(curve.observable)] + lines[curve.line].values.map(Self.cell) + [
        .estimate(curve.mean.steepest), .estimate(curve.mean.halfWay), .estimate(curve.susceptibility.peak),
      ]
    }
  }

  private var curveHeading: [String] {
    ["observable"] + axes.dropFirst().map(\.title) + ["steepest at", "half way at", "N variance largest at"]
  }

  private static let approachTitle = "How Gibbs ensembles approach the hard one"

  private var approachHeading: [String] {
    ["observable"] + axes.dropFirst().map(\.title) + ["limit", "hard", "z", "slope in 1/tightness", "theory", "z"]
  }

  private var approachRows: [[TextTable.Cell]] {
    approaches.filter { shown.contains($0.observable) || $0.predictedSlope != nil }.map { limit in
      [.init(limit.observable)] + lines[limit.line].values.map(Self.cell) + [
        .estimate(limit.fit.limit), .estimate(limit.hard), .number(limit.z, digits: 2),
        .estimate(limit.fit.coefficient(1)), .number(limit.predictedSlope, digits: 5), .number(limit.slopeZ, digits: 2),
      ]
    }
  }

  func text(_ style: TextStyle) -> TextDocument {
    var document = TextDocument(
      title: "\(title), \(points.count) ensembles\n" + (subtitle ?? ""))
    for name in shown {
      document.heading(name)
      document.table(TextTable(heading(name), keys: axes.count, rows: rows(name)))
    }
    if points.contains(where: { $0.ensemble.observables.contains { $0.asymptotic != nil && $0.exact == nil } }) {
      document.prose("~ theory as N grows; without it, theory is exact at this N.")
    }
    if !curveRows.isEmpty {
      document.heading("Where they change along \(axes[0].title)")
      document.table(TextTable(curveHeading, keys: axes.count, rows: curveRows))
    }
    if !approachRows.isEmpty {
      document.heading(Self.approachTitle)
      document.table(TextTable(approachHeading, keys: axes.count, rows: approachRows))
      document.prose(
        "Gibbs ensembles fitted as <O> = limit + slope/tightness (and 1/tightness^2 from four points on), beside the hard ensemble."
      )
    }
    if let collapse {
      document.heading("Collapse of \(collapse.observable): N^a f((\(collapseAxis.title) - xc) N^b)")
      if let found = collapse.found {
        document.table(
          TextTable(
            ["xc", "a", "b", "S", "points compared"],
            rows: [
              [
                .estimate(found.centre), .estimate(found.value), .estimate(found.width),
                .number(found.quality, digits: 3),
                .integer(found.compared),
              ]
            ]))
        document.prose(
          "S is the mean squared distance of the points from one curve, in errors: near 1 if they are on it.")
      } else {
        document.prose("No collapse: \(collapse.reason).")
      }
    }
    let rest = names.count - shown.count
    if rest > 0 { document.prose("\(rest) more observables are in sweep.csv, sweep.nc and --json.") }
    return document
  }

  var subtitle: String? {
    "Spec: " + experiment.summary + " Over it: \(axes.map(\.name).joined(separator: "; "))."
      + (isFollowing ? " Chains start from the networks of the point before." : "")
  }

  private var collapseAxis: SweepAxis { axes.first { !$0.isNeurons } ?? axes[0] }

  var pageSections: [(heading: String, columns: [String], rows: [[String]])] {
    func html(_ rows: [[TextTable.Cell]]) -> [[String]] { rows.map { $0.map { HTML.escaped($0.text) } } }
    return shown.map { ($0, heading($0), html(rows($0))) }
      + (curveRows.isEmpty
        ? [] : [("Where they change along \(axes[0].title)", curveHeading, html(curveRows))])
      + (approachRows.isEmpty ? [] : [(Self.approachTitle, approachHeading, html(approachRows))])
  }

  // MARK: - Pictures

  var figures: [Figure] { shown.map(figure) + maps + collapsed }

  /// Lines that a picture can hold.
  private static let mostLines = 8

  private var xAxis: Axis { Axis(axes[0].name, scale: axes[0].isLogarithmic && areXPositive ? .logarithmic : .linear) }

  private var areXPositive: Bool { axes[0].values.allSatisfy { $0 > 0 } }

  /// The averages of hard ensembles, at which nothing stands on the axis: lines.
  private func hardSeries(_ name: String, _ line: Line, number: Int, _ title: String) -> Series? {
    let ends = axes[0].values.filter(\.isFinite)
    guard let last = line.points.last, points[last].values[0].isInfinite, let low = ends.min(), let high = ends.max(),
      low < high, let value = points[last].observable(name)?.estimate.value, value.isFinite
    else { return nil }
    return .points(
      number == 0 ? "hard" : nil, name: "hard, \(title)", x: [low, high], y: [value, value], isJoined: true, .muted)
  }

  private func lineTitle(_ line: Line) -> String? {
    line.values.isEmpty
      ? nil
      : zip(axes.dropFirst(), line.values).map { $0.words($1) }.joined(separator: ", ")
  }

  /// An observable along the first axis, and below it N times its variance; a series for each choice of the other axes.
  private func figure(_ name: String) -> Figure {
    let drawnLines = Array(lines.prefix(Self.mostLines))
    var means: [Series] = []
    var spreads: [Series] = []
    for (number, line) in drawnLines.enumerated() {
      let title = lineTitle(line) ?? "drawn"
      if let hard = hardSeries(name, line, number: number, title) { means.append(hard) }
      let theory = line.points.filter { points[$0].values[0].isFinite }.compactMap { index in
        points[index].observable(name)?.theory.map { (points[index].values[0], $0) }
      }
      if !theory.isEmpty {
        means.append(
          .points(
            number == 0 ? "theory" : nil, name: "theory, \(title)", x: theory.map(\.0), y: theory.map(\.1),
            isJoined: true, .theory))
      }
      for isFit in [true, false] {
        let members = line.points.filter {
          points[$0].isFit == isFit && points[$0].values[0].isFinite && points[$0].observable(name) != nil
        }
        guard !members.isEmpty else { continue }
        let x = members.map { points[$0].values[0] }
        let found = members.map { points[$0].observable(name)! }
        let look = isFit ? Look.series(number) : Look.series(number).hollow
        let words = isFit ? title : number == 0 ? "not converged" : nil
        means.append(
          .points(
            words, name: "mean, \(title)\(isFit ? "" : ", not converged")", x: x, y: found.map(\.estimate.value),
            bars: .standardErrors(found.map { $0.estimate.standardError ?? 0 }), isJoined: isFit && lines.count > 1,
            look))
        let variances = zip(members, found).map { susceptibility($0, $1) }
        spreads.append(
          .points(
            nil, name: "N variance, \(title)\(isFit ? "" : ", not converged")", x: x,
            y: variances.map { $0?.value ?? .nan },
            bars: .standardErrors(variances.map { $0?.standardError ?? 0 }), isJoined: isFit, look))
      }
    }
    let found = curves.filter { $0.observable == name && $0.line == 0 }.first
    let sentences = [
      found?.mean.steepest.map { "Steepest at \(NumberText.estimate($0))." },
      found?.mean.halfWay.map { "Half way at \(NumberText.estimate($0))." },
      found?.susceptibility.peak.map { "N times the variance is largest at \(NumberText.estimate($0))." },
    ].compactMap { $0 }
    let which = lines.count > 1 ? lineTitle(lines[0]).map { " (\($0))" } ?? "" : ""
    let mean = Panel(x: xAxis, y: Axis(name), series: means)
    let spread = Panel(x: xAxis, y: Axis("N × variance"), series: spreads, height: .low)
    let values = points.compactMap { $0.observable(name)?.estimate.value }
    return Figure(
      name: "sweep-" + Figure.fileName(name), title: "\(name) over \(axes[0].title)",
      caption: "Bars are standard errors. "
        + (sentences.isEmpty ? "" : sentences.joined(separator: " ") + which)
        + (lines.count > Self.mostLines ? " \(lines.count - Self.mostLines) more lines are in the table." : ""),
      alternativeText:
        "\(name) at \(points.count) ensembles over \(axes.map(\.name).joined(separator: " and ")), from \(NumberText.significant(values.min() ?? .nan, digits: 4)) to \(NumberText.significant(values.max() ?? .nan, digits: 4)).",
      stacks: [spread.isEmpty ? [mean] : [mean, spread]])
  }

  /// Of two axes with three values each at least: the means as a map.
  private var maps: [Figure] {
    guard axes.count == 2, axes.allSatisfy({ $0.values.count > 2 }) else { return [] }
    return shown.compactMap { name in
      let order = axes.map { axis in axis.values.indices.sorted { axis.values[$0] < axis.values[$1] } }
      var (x, y, values, texts): ([Double], [Double], [Double], [[String]]) = ([], [], [], [])
      let length = axes[0].values.count
      for (row, j) in order[1].reversed().enumerated() {
        for (column, i) in order[0].enumerated() {
          let point = points[j * length + i]
          let value = point.observable(name)?.estimate.value ?? .nan
          x.append(Double(column))
          y.append(Double(row))
          values.append(value)
          let mark = point.isFit ? "" : "?"
          texts.append([3, 2].map { NumberText.significant(value, digits: $0) + mark })
        }
      }
      let finite = values.filter(\.isFinite)
      guard let low = finite.min(), let high = finite.max(), high > low else { return nil }
      let isDiverging = low < 0 && high > 0
      let largest = max(abs(low), abs(high))
      func labels(_ axis: Int) -> [String] {
        order[axis].map { SweepAxis.text(axes[axis].values[$0]) }
      }
      return Figure(
        name: "map-" + Figure.fileName(name), title: "\(name) over \(axes[0].title) and \(axes[1].title)",
        caption: "Means over the drawn networks."
          + (points.allSatisfy(\.isFit) ? "" : " A question mark: the run has not converged."),
        alternativeText:
          "Map of \(name), from \(NumberText.significant(low, digits: 4)) to \(NumberText.significant(high, digits: 4)).",
        panels: [
          Panel(
            x: .names(axes[0].name, labels(0)), y: .names(axes[1].name, labels(1).reversed()),
            series: [
              Series(
                nil, name: name,
                .image(
                  x: x, y: y, value: values,
                  colours: .init(
                    label: name, low: isDiverging ? -largest : low, high: isDiverging ? largest : high,
                    isDiverging: isDiverging), texts: texts), .series(0))
            ], height: .square)
        ])
    }
  }

  /// The collapsed curves.
  private var collapsed: [Figure] {
    guard let collapse, let found = collapse.found else { return [] }
    let sizes = Set(found.collapsed.map(\.size)).sorted()
    let series = sizes.enumerated().map { number, size -> Series in
      let own = found.collapsed.filter { $0.size == size }.sorted { $0.x < $1.x }
      return .points(
        "N = \(SweepAxis.text(size))", x: own.map(\.x), y: own.map(\.y),
        bars: .standardErrors(own.map(\.standardError)), isJoined: true, .series(number))
    }
    return [
      Figure(
        name: "collapse", title: "Collapse of \(collapse.observable)",
        caption:
          "xc = \(NumberText.estimate(found.centre)), a = \(NumberText.estimate(found.value)), b = \(NumberText.estimate(found.width)); "
          + "S = \(NumberText.significant(found.quality, digits: 3)), near 1 if the points are on one curve. Bars are standard errors.",
        alternativeText:
          "\(collapse.observable) of \(sizes.count) sizes against the scaled \(collapseAxis.title); quality \(NumberText.significant(found.quality, digits: 3)).",
        panels: [
          Panel(
            x: Axis("(\(collapseAxis.title) − xc) N^b"), y: Axis("\(collapse.observable) / N^a"), series: series)
        ])
    ]
  }
}
