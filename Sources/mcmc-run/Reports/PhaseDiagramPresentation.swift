// What `phase-diagram` shows people: order parameters over the grid, crossovers, sampled points, and their pictures.

import Experiments
import JSON
import Networks
import Sampling

extension PhaseDiagramReport: StudyPresentation {
  /// Which ensemble theory is of, and where it holds.
  private var kind: String {
    isProduct ? "product ensemble, closed form" : "Gibbs ensemble, closed form for N -> infinity"
  }

  private var pointRows: [[TextTable.Cell]] {
    points.map { point in
      let found = point.order.map { found in
        Self.orders.map { TextTable.Cell.fixed($0.value(found), places: 4) }
      }
      return [.integer(point.contexts), .number(point.weightScale, digits: 4)]
        + (found ?? [.missing(point.isFeasible ? "-" : "infeasible")])
    }
  }

  private var sampledRows: [[TextTable.Cell]] {
    sampled.map { sample in
      let found = Self.orders.map { order in
        (sample.values[order.name].map { TextTable.Cell.estimate($0) } ?? .missing("-"))
          .with("theory", .fixed(theory(sample, order.value), places: 4))
      }
      return [.integer(sample.contexts), .number(sample.weightScale, digits: 4)]
        + found + [.init(sample.isFit ? "" : "NOT CONVERGED")]
    }
  }

  private var crossoverRows: [[TextTable.Cell]] {
    structureCrossovers.map {
      [
        .init("K = \($0.contexts)"),
        .init($0.weightScale.map { "scale \(NumberText.significant($0, digits: 4))" } ?? "not within the range"),
        "<rho> falls fastest",
      ]
    }
      + contextCrossovers.map {
        [
          .init("scale \(NumberText.significant($0.weightScale, digits: 4))"),
          .init(
            $0.crossover.map { "K = \($0.contexts) (\(NumberText.significant($0.interpolated, digits: 3)))" }
              ?? "at no K up to \(mostContexts)"),
          "c_1 at most half its value for K = 2",
        ]
      }
  }

  private static let columns = ["K", "scale"] + orders.map(\.title)
  private static let crossoverColumns = ["at", "crossover", "where"]

  func text(_ style: TextStyle) -> TextDocument {
    var document = TextDocument(title: "\(title), \(convention.rawValue) convention, \(kind)")
    document.table(TextTable(Self.columns, keys: 2, rows: pointRows))
    if points.contains(where: { !$0.isFeasible }) {
      document.prose("infeasible: the weight scale is too small for the task")
    }
    if points.contains(where: { $0.isFeasible && $0.order == nil }) { document.prose("-: theory says nothing here") }
    if !crossoverRows.isEmpty {
      document.heading("Crossovers")
      document.table(TextTable(Self.crossoverColumns, rows: crossoverRows))
    }
    if !sampled.isEmpty {
      document.heading("Sampled (\(isProduct ? "closed form" : "N -> infinity") in brackets)")
      document.table(TextTable(Self.columns + ["diagnosis"], keys: 2, rows: sampledRows))
    }
    return document
  }

  var pageSections: [(heading: String, columns: [String], rows: [[String]])] {
    func escaped(_ rows: [[TextTable.Cell]]) -> [[String]] { rows.map { $0.map { HTML.escaped($0.text) } } }
    return [("Crossovers", Self.crossoverColumns, escaped(crossoverRows))]
      + (sampled.isEmpty
        ? [] : [("Sampled points, \(kind) in brackets", Self.columns + ["diagnosis"], escaped(sampledRows))])
      + [("Theory: \(kind)", Self.columns, escaped(pointRows))]
  }

  var figures: [Figure] {
    let (counts, scales) = (Set(points.map(\.contexts)).count, Set(points.map(\.weightScale)).count)
    return (counts > 1 ? [specialisation] : []) + (scales > 1 ? Self.orders.map(curves) : [])
      + (counts > 1 && scales > 1 ? [map] : [])
  }

  /// Theory at a place, and what was drawn there with its standard error: in one pair of columns if its run has converged, in another if not.
  private func cells(
    _ contexts: Int, _ scale: Double,
    _ order: (name: String, title: String, value: @Sendable (OrderParameters) -> Double)
  ) -> [Figure.Cell] {
    let closed = points.first { $0.contexts == contexts && $0.weightScale == scale }?.order.map(order.value)
    let sample = sampled.first { $0.contexts == contexts && $0.weightScale == scale }
    let drawn = sample?.values[order.name]
    let pair = [
      drawn.map { Figure.Cell.number($0.value) } ?? .empty, drawn.map { .number($0.standardError ?? 0) } ?? .empty,
    ]
    let none: [Figure.Cell] = [.empty, .empty]
    return [closed.map { .number($0) } ?? .empty] + (sample?.isFit ?? true ? pair + none : none + pair)
  }

  /// The columns of ``cells(_:_:_:)``.
  private static func columns(_ line: String) -> [String] {
    [line, "drawn", "standard error", "drawn, not converged", "standard error, not converged"]
  }

  /// A line of theory with its drawn points, those that have not converged hollow.
  private func plot(_ index: Int, _ title: String, _ drawn: [Sampled]) -> String {
    let type = "linetype \(index % Figure.colours.count + 1)"
    let column = 5 * index + 2
    func points(_ first: Int, _ shape: Int, _ size: Double) -> String {
      ", DATA using 1:\(first):\(first + 1) with yerrorbars \(type) pointtype \(shape) pointsize \(size) title ''"
    }
    return "DATA using 1:\(column) with lines \(type) title '\(title)'"
      + (drawn.contains { $0.isFit } ? points(column + 1, 7, 0.6) : "")
      + (drawn.contains { !$0.isFit } ? points(column + 3, 6, 0.9) : "")
  }

  private var legend: String {
    "Lines: \(kind)." + (sampled.isEmpty ? "" : " Points: drawn networks, with standard errors.")
      + (sampled.contains { !$0.isFit } ? " Hollow points have not converged." : "")
  }

  /// c_1 against the number of contexts, a line a weight scale (the smallest, the largest and up to three between).
  private var specialisation: Figure {
    let counts = Set(points.map(\.contexts)).sorted()
    let all = Set(points.map(\.weightScale)).sorted()
    let number = min(5, all.count)
    let scales = (0..<number).map { all[number == 1 ? 0 : $0 * (all.count - 1) / (number - 1)] }
    let rows = counts.map { count -> [Figure.Cell] in
      [.number(Double(count))] + scales.flatMap { cells(count, $0, Self.orders[0]) }
    }
    let plots = scales.enumerated().map { index, scale in
      plot(index, "scale \(NumberText.significant(scale, digits: 3))", sampled.filter { $0.weightScale == scale })
    }
    return Figure(
      name: "phase-contexts", title: "c_1 against the number of contexts",
      caption:
        "The share of the readout that context-specialised neurons carry. \(legend)",
      alternativeText:
        "The share c_1 against K = \(counts.map(String.init).joined(separator: ", ")) for \(scales.count) weight scales.",
      columns: ["K"] + scales.flatMap { Self.columns("scale \($0)") }, rows: rows,
      commands: """
        set xlabel 'contexts K'
        set ylabel 'c_1'
        set yrange [0:*]
        set key outside right
        plot \(plots.joined(separator: ", "))
        """,
      size: (640, 320))
  }

  /// One order parameter against the weight scale, a line a number of contexts.
  private func curves(_ order: (name: String, title: String, value: @Sendable (OrderParameters) -> Double)) -> Figure {
    let counts = Set(points.map(\.contexts)).sorted()
    let scales = Set(points.map(\.weightScale)).sorted()
    let rows = scales.map { scale -> [Figure.Cell] in
      [.number(scale)] + counts.flatMap { cells($0, scale, order) }
    }
    let plots = counts.enumerated().map { index, count in
      plot(index, "K = \(count)", sampled.filter { $0.contexts == count })
    }
    let values = points.compactMap { $0.order.map(order.value) }
    return Figure(
      name: "phase-\(order.name)", title: "\(order.title) against the weight scale",
      caption: legend,
      alternativeText:
        "\(order.title) against the weight scale for K = \(counts.map(String.init).joined(separator: ", ")), between \(NumberText.significant(values.min() ?? 0, digits: 3)) and \(NumberText.significant(values.max() ?? 0, digits: 3)).",
      columns: ["weight scale"] + counts.flatMap { Self.columns("K = \($0)") }, rows: rows,
      commands: """
        set logscale x
        set xlabel 'weight scale'
        set ylabel '\(order.title == "<rho>" ? "mean structure" : order.title)'
        set key outside right
        plot \(plots.joined(separator: ", "))
        """,
      size: (640, 320))
  }

  /// The mean structure over contexts and scales.
  private var map: Figure {
    let counts = Set(points.map(\.contexts)).sorted()
    let scales = Set(points.map(\.weightScale)).sorted()
    let rows = points.compactMap { point -> [Figure.Cell]? in
      guard let order = point.order, let row = counts.firstIndex(of: point.contexts),
        let column = scales.firstIndex(of: point.weightScale)
      else { return nil }
      return [
        .number(Double(column)), .number(Double(row)), .number(order.meanStructure), .number(point.weightScale),
        .number(Double(point.contexts)),
      ]
    }
    let step = max(1, scales.count / 6)
    let xtics = stride(from: 0, to: scales.count, by: step).map {
      "'\(NumberText.significant(scales[$0], digits: 2))' \($0)"
    }
    let ytics = counts.enumerated().map { "'\($1)' \($0)" }
    return Figure(
      name: "phase-map", title: "Structured and random",
      caption:
        "Mean selectivity structure <rho> over contexts K and weight scale: dark is structured, light is random.",
      alternativeText:
        "Map of the mean selectivity structure over \(counts.count) numbers of contexts and \(scales.count) weight scales.",
      columns: ["column", "row", "mean structure", "weight scale", "contexts"], rows: rows,
      commands: """
        set palette defined (0 '#f4f6f9', 0.5 '#7fb4f0', 1 '#1f4f86')
        set cbrange [0:1]
        set xlabel 'weight scale'
        set ylabel 'contexts K'
        set xrange [-0.5:\(scales.count - 1).5]
        set yrange [-0.5:\(counts.count - 1).5]
        set xtics (\(xtics.joined(separator: ", "))) scale 0
        set ytics (\(ytics.joined(separator: ", "))) scale 0
        plot DATA using 1:2:3 with image pixels title ''
        """,
      size: (640, 320))
  }
}
