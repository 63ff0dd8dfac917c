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

  private var pointRows: [[String]] {
    points.map { point in
      ["\(point.contexts)", NumberText.significant(point.weightScale, digits: 4)]
        + (point.order.map { found in Self.orders.map { String(format: "%.4f", $0.value(found)) } }
          ?? [point.isFeasible ? "-" : "infeasible"])
    }
  }

  private var sampledRows: [[String]] {
    sampled.map { sample in
      ["\(sample.contexts)", NumberText.significant(sample.weightScale, digits: 4)]
        + Self.orders.map { order in
          (sample.values[order.name].map(NumberText.estimate) ?? "-")
            + (theory(sample, order.value).map { " (\(String(format: "%.4f", $0)))" } ?? "")
        } + [sample.isFit ? "" : "NOT CONVERGED"]
    }
  }

  private var crossoverRows: [[String]] {
    structureCrossovers.map {
      [
        "K = \($0.contexts)",
        $0.weightScale.map { "scale \(NumberText.significant($0, digits: 4))" } ?? "not within the range",
        "<rho> falls fastest",
      ]
    }
      + contextCrossovers.map {
        [
          "scale \(NumberText.significant($0.weightScale, digits: 4))",
          $0.crossover.map { "K = \($0.contexts) (\(NumberText.significant($0.interpolated, digits: 3)))" }
            ?? "at no K up to \(mostContexts)",
          "c_1 at most half its value for K = 2",
        ]
      }
  }

  private static let columns = ["K", "scale"] + orders.map(\.title)
  private static let crossoverColumns = ["at", "crossover", "where"]

  func text(_ style: TextStyle) -> String {
    func table(_ columns: [String], _ rows: [[String]], keys: Int) -> String {
      TextTable(columns, keys: keys, rows: rows).text(style)
    }
    var text =
      "\(title), \(convention.rawValue) convention, \(kind)\n\n" + table(Self.columns, pointRows, keys: 2)
    if points.contains(where: { !$0.isFeasible }) {
      text += "infeasible: the weight scale is too small for the task\n"
    }
    if points.contains(where: { $0.isFeasible && $0.order == nil }) { text += "-: theory says nothing here\n" }
    if !crossoverRows.isEmpty {
      text += "\nCrossovers\n\n" + table(Self.crossoverColumns, crossoverRows, keys: 1)
    }
    if !sampled.isEmpty {
      text +=
        "\nSampled (\(isProduct ? "closed form" : "N -> infinity") in brackets)\n\n"
        + table(Self.columns + [""], sampledRows, keys: 2)
    }
    return text
  }

  var pageSections: [(heading: String, columns: [String], rows: [[String]])] {
    func escaped(_ rows: [[String]]) -> [[String]] { rows.map { $0.map(HTML.escaped) } }
    return [("Crossovers", Self.crossoverColumns, escaped(crossoverRows))]
      + (sampled.isEmpty ? [] : [("Sampled points, \(kind) in brackets", Self.columns + [""], escaped(sampledRows))])
      + [("Theory: \(kind)", Self.columns, escaped(pointRows))]
  }

  var figures: [Figure] {
    let (counts, scales) = (Set(points.map(\.contexts)).count, Set(points.map(\.weightScale)).count)
    return (counts > 1 ? [specialisation] : []) + (scales > 1 ? Self.orders.map(curves) : [])
      + (counts > 1 && scales > 1 ? [map] : [])
  }

  /// A line of theory along `places` (numbers of contexts or weight scales) and the drawn points of that line, those that have not converged hollow.
  private func series(
    _ index: Int, _ title: String, _ places: [(x: Double, contexts: Int, scale: Double)],
    _ order: (name: String, title: String, value: @Sendable (OrderParameters) -> Double)
  ) -> [Series] {
    let closed = places.map { place in
      points.first { $0.contexts == place.contexts && $0.weightScale == place.scale }?.order.map(order.value) ?? .nan
    }
    let look = Look.series(index)
    return [.line(title, x: places.map(\.x), y: closed, look)]
      + [true, false].compactMap { isFit in
        let drawn = places.compactMap { place -> (x: Double, value: Estimate)? in
          let sample = sampled.first { $0.contexts == place.contexts && $0.weightScale == place.scale }
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

  /// c_1 against the number of contexts, a line a weight scale (the smallest, the largest and up to three between).
  private var specialisation: Figure {
    let counts = Set(points.map(\.contexts)).sorted()
    let all = Set(points.map(\.weightScale)).sorted()
    let number = min(5, all.count)
    let scales = (0..<number).map { all[number == 1 ? 0 : $0 * (all.count - 1) / (number - 1)] }
    return Figure(
      name: "phase-contexts", title: "c_1 against the number of contexts",
      caption:
        "The share of the readout that context-specialised neurons carry. \(legend)",
      alternativeText:
        "The share c_1 against K = \(counts.map(String.init).joined(separator: ", ")) for \(scales.count) weight scales.",
      panels: [
        Panel(
          x: Axis("contexts K", scale: .whole), y: Axis("c₁", from: 0),
          series: scales.enumerated().flatMap { index, scale in
            series(
              index, "scale \(NumberText.significant(scale, digits: 3))", counts.map { (Double($0), $0, scale) },
              Self.orders[0])
          })
      ])
  }

  /// One order parameter against the weight scale, a line a number of contexts.
  private func curves(_ order: (name: String, title: String, value: @Sendable (OrderParameters) -> Double)) -> Figure {
    let counts = Set(points.map(\.contexts)).sorted()
    let scales = Set(points.map(\.weightScale)).sorted()
    let values = points.compactMap { $0.order.map(order.value) }
    return Figure(
      name: "phase-\(order.name)", title: "\(order.title) against the weight scale",
      caption: legend,
      alternativeText:
        "\(order.title) against the weight scale for K = \(counts.map(String.init).joined(separator: ", ")), between \(NumberText.significant(values.min() ?? 0, digits: 3)) and \(NumberText.significant(values.max() ?? 0, digits: 3)).",
      panels: [
        Panel(
          x: Axis("weight scale", scale: .logarithmic),
          y: Axis(order.title == "<rho>" ? "mean structure ⟨ρ⟩" : order.title),
          series: counts.enumerated().flatMap { index, count in
            series(index, "K = \(count)", scales.map { ($0, count, $0) }, order)
          })
      ])
  }

  /// The mean structure over contexts and scales.
  private var map: Figure {
    let counts = Set(points.map(\.contexts)).sorted()
    let scales = Set(points.map(\.weightScale)).sorted()
    let known = points.filter { $0.order != nil }
    let colours = Series.ColourMap(label: "mean structure ⟨ρ⟩", low: 0, high: 1, isDiverging: false)
    return Figure(
      name: "phase-map", title: "Structured and random",
      caption:
        "Mean selectivity structure ⟨ρ⟩ over contexts K and weight scale: dark is structured, light is random.",
      alternativeText:
        "Map of the mean selectivity structure over \(counts.count) numbers of contexts and \(scales.count) weight scales.",
      panels: [
        Panel(
          x: .names("weight scale", scales.map { NumberText.significant($0, digits: 2) }),
          y: .names("contexts K", counts.map(String.init)),
          series: [
            Series(
              nil, name: "mean structure",
              .image(
                x: known.map { Double(scales.firstIndex(of: $0.weightScale)!) },
                y: known.map { Double(counts.firstIndex(of: $0.contexts)!) },
                value: known.map { $0.order!.meanStructure }, colours: colours), .theory)
          ], height: .rows(max(6, 2 * counts.count)))
      ])
  }
}
