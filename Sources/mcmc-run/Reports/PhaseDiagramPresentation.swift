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
      return [.integer(point.contexts), .number(point.value, digits: 4)]
        + (found ?? [.missing(point.isFeasible ? "-" : "infeasible")])
    }
  }

  private var sampledRows: [[TextTable.Cell]] {
    sampled.map { sample in
      let found = Self.orders.map { order in
        (sample.values[order.name].map { TextTable.Cell.estimate($0) } ?? .missing("-"))
          .with("theory", .fixed(theory(sample, order.value), places: 4))
      }
      return [.integer(sample.contexts), .number(sample.value, digits: 4)]
        + found + [.init(sample.isFit ? "" : "NOT CONVERGED")]
    }
  }

  private var crossoverRows: [[TextTable.Cell]] {
    structureCrossovers.map {
      [
        .init("K = \($0.contexts)"),
        .init($0.value.map { axis.words($0) } ?? "not within the range"),
        "<rho> changes fastest",
      ]
    }
      + contextCrossovers.map {
        [
          .init(axis.words($0.value)),
          .init(
            $0.crossover.map { "K = \($0.contexts) (\(NumberText.significant($0.interpolated, digits: 3)))" }
              ?? "at no K up to \(mostContexts)"),
          "c_1 at most half its value for K = 2",
        ]
      }
  }

  private var columns: [String] { ["K", axis.shortTitle] + Self.orders.map(\.title) }
  private static let crossoverColumns = ["at", "crossover", "where"]

  func text(_ style: TextStyle) -> TextDocument {
    var document = TextDocument(title: "\(title), \(convention.rawValue) convention, \(kind)")
    document.table(TextTable(columns, keys: 2, rows: pointRows))
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
      document.table(TextTable(columns + ["diagnosis"], keys: 2, rows: sampledRows))
    }
    return document
  }

  var pageSections: [(heading: String, columns: [String], rows: [[String]])] {
    func escaped(_ rows: [[TextTable.Cell]]) -> [[String]] { rows.map { $0.map { HTML.escaped($0.text) } } }
    return [("Crossovers", Self.crossoverColumns, escaped(crossoverRows))]
      + (sampled.isEmpty
        ? [] : [("Sampled points, \(kind) in brackets", columns + ["diagnosis"], escaped(sampledRows))])
      + [("Theory: \(kind)", columns, escaped(pointRows))]
  }

  var figures: [Figure] {
    let (counts, scales) = (Set(points.map(\.contexts)).count, Set(points.map(\.value)).count)
    return (counts > 1 ? [specialisation] : []) + (scales > 1 ? Self.orders.map(curves) : [])
      + (counts > 1 && scales > 1 ? [map] : [])
  }

  /// A line of theory along `places` (numbers of contexts or values of the second axis) and the drawn points of that line, those that have not converged hollow.
  private func series(
    _ index: Int, _ title: String, _ places: [(x: Double, contexts: Int, scale: Double)],
    _ order: (name: String, title: String, value: @Sendable (OrderParameters) -> Double)
  ) -> [Series] {
    let closed = places.map { place in
      points.first { $0.contexts == place.contexts && $0.value == place.scale }?.order.map(order.value) ?? .nan
    }
    let look = Look.series(index)
    return [.line(title, x: places.map(\.x), y: closed, look)]
      + [true, false].compactMap { isFit in
        let drawn = places.compactMap { place -> (x: Double, value: Estimate)? in
          let sample = sampled.first { $0.contexts == place.contexts && $0.value == place.scale }
          return sample.flatMap { sample in
            sample.isFit == isFit ? sample.values[order.name].map { (place.x, $0) } : nil
          }
        }
        guard !drawn.isEmpty else { return nil }
        return .points(
          nil, name: "\(title), drawn\(isFit ? "" : ", not converged")", x: drawn.map(\.x), y: drawn.map(\.value.value),
          bars: .standardErrors(drawn.map { $0.value.standardError ?? 0 }), isFit ? look : look.hollow)
      }
  }

  private var legend: String {
    "Lines: \(kind)." + (sampled.isEmpty ? "" : " Points: drawn networks, with standard errors.")
      + (sampled.contains { !$0.isFit } ? " Hollow points have not converged." : "")
  }

  /// c_1 against the number of contexts, a line per value of the second axis (the smallest, the largest and up to three between).
  private var specialisation: Figure {
    let counts = Set(points.map(\.contexts)).sorted()
    let all = Set(points.map(\.value)).sorted()
    let number = min(5, all.count)
    let scales = (0..<number).map { all[number == 1 ? 0 : $0 * (all.count - 1) / (number - 1)] }
    return Figure(
      name: "phase-contexts", title: "c_1 against the number of contexts",
      caption:
        "The share of the readout that context-specialised neurons carry. \(legend)",
      alternativeText:
        "The share c_1 against K = \(counts.map(String.init).joined(separator: ", ")) for \(scales.count) values of \(axis.title).",
      panels: [
        Panel(
          x: Axis("contexts K", scale: .whole), y: Axis("c₁", from: 0),
          series: scales.enumerated().flatMap { index, scale in
            series(
              index, axis.words(scale), counts.map { (Double($0), $0, scale) },
              Self.orders[0])
          })
      ])
  }

  /// One order parameter against the second axis, a line a number of contexts.
  private func curves(_ order: (name: String, title: String, value: @Sendable (OrderParameters) -> Double)) -> Figure {
    let counts = Set(points.map(\.contexts)).sorted()
    let scales = Set(points.map(\.value)).sorted()
    let values = points.compactMap { $0.order.map(order.value) }
    return Figure(
      name: "phase-\(order.name)", title: "\(order.title) against the \(axis.title)",
      caption: legend,
      alternativeText:
        "\(order.title) against the \(axis.title) for K = \(counts.map(String.init).joined(separator: ", ")), between \(NumberText.significant(values.min() ?? 0, digits: 3)) and \(NumberText.significant(values.max() ?? 0, digits: 3)).",
      panels: [
        Panel(
          x: Axis(axis.title, scale: axis.sweep.isLogarithmic && scales[0] > 0 ? .logarithmic : .linear),
          y: Axis(order.title == "<rho>" ? "mean structure ⟨ρ⟩" : order.title),
          series: counts.enumerated().flatMap { index, count in
            series(index, "K = \(count)", scales.map { ($0, count, $0) }, order)
          })
      ])
  }

  /// The mean structure over contexts and the second axis.
  private var map: Figure {
    let counts = Set(points.map(\.contexts)).sorted()
    let scales = Set(points.map(\.value)).sorted()
    let known = points.filter { $0.order != nil }
    let colours = Series.ColourMap(label: "mean structure ⟨ρ⟩", low: 0, high: 1, isDiverging: false)
    return Figure(
      name: "phase-map", title: "Structured and random",
      caption:
        "Mean selectivity structure ⟨ρ⟩ over contexts K and \(axis.title): dark is structured, light is random.",
      alternativeText:
        "Map of the mean selectivity structure over \(counts.count) numbers of contexts and \(scales.count) values of \(axis.title).",
      panels: [
        Panel(
          x: .names(axis.title, scales.map { NumberText.significant($0, digits: 2) }),
          y: .names("contexts K", counts.map(String.init)),
          series: [
            Series(
              nil, name: "mean structure",
              .image(
                x: known.map { Double(scales.firstIndex(of: $0.value)!) },
                y: known.map { Double(counts.firstIndex(of: $0.contexts)!) },
                value: known.map { $0.order!.meanStructure }, colours: colours), .theory)
          ], height: .rows(max(6, 2 * counts.count)))
      ])
  }
}
