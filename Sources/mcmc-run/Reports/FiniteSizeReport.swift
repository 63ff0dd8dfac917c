// What `finite-size` says: every observable against N, its fit in 1/N, and theory.

import Foundation
import JSON
import Networks
import Sampling

/// Observables at several widths, fitted.
struct FiniteSizeReport: StudyReport {
  /// An observable at one width.
  struct Point: Sendable {
    let neurons: Int
    let estimate: Estimate
    /// Over networks.
    let standardDeviation: Double
  }

  /// An observable over all widths.
  struct Row: Sendable {
    let name: String
    let points: [Point]
    /// nil where the observable does not vary, or has no error.
    let fit: FiniteSizeFit?
    let theory: LargeNExpansion?
    /// |⟨O⟩_N − O_∞| that counts as close, and whether that is the accuracy times the limit.
    let tolerance: (value: Double, isRelative: Bool)?
    let neuronsNeeded: Estimate?

    /// Standard errors between a fitted coefficient and theory's.
    func z(_ power: Int) -> Double? {
      guard let fit, let expected = power == 0 ? theory?.leading : theory?.firstCorrection else { return nil }
      let found = fit.coefficient(power)
      guard let error = found.standardError, error > 0 else { return nil }
      return (found.value - expected) / error
    }
  }

  let experiment: Experiment
  let rows: [Row]
  let accuracy: Double

  /// Fits every observable up to 1/N²; up to 1/N where theory has no further power, or there are only three widths.
  ///
  /// A square that is there but too small to be seen would bias c1 by more than its error: it is not left out by a test.
  ///
  /// - Throws: ``StatisticsError``, ``GSLError``.
  init(
    experiment: Experiment, names: [String], points: [String: [Point]], theory: FiniteSizeTheory?, accuracy: Double
  ) throws {
    self.experiment = experiment
    self.accuracy = accuracy
    rows = try names.map { name in
      let list = points[name] ?? []
      let expansion = theory?.expansions[name]
      let measured = list.compactMap { point -> FiniteSizePoint? in
        guard let error = point.estimate.standardError, error > 0, error.isFinite else { return nil }
        return FiniteSizePoint(neurons: point.neurons, value: point.estimate.value, standardError: error)
      }
      guard measured.count == list.count, list.count >= 3 else {
        return Row(name: name, points: list, fit: nil, theory: expansion, tolerance: nil, neuronsNeeded: nil)
      }
      let fit = try FiniteSizeFit(measured, order: theory?.isExact == true || measured.count == 3 ? 1 : 2)
      let limit = fit.limit
      let isZero = abs(limit.value) < 3 * (limit.standardError ?? 0)
      let tolerance = isZero ? accuracy : accuracy * abs(limit.value)
      return Row(
        name: name, points: list, fit: fit, theory: expansion, tolerance: (tolerance, !isZero),
        neuronsNeeded: try fit.neuronsNeeded(accuracy: tolerance))
    }
  }

  var title: String { "\(experiment.name): finite size" }

  var json: JSONValue {
    [
      "neurons": .integers(rows.first?.points.map(\.neurons) ?? []), "accuracy": .number(accuracy),
      "ensemble": .string(experiment.ensemble == .product ? "product" : "gibbs"),
      "observables": .object(
        rows.map { row in
          let points = row.points.map { point -> JSONValue in
            [
              "neurons": .integer(point.neurons), "value": .number(point.estimate.value),
              "standardError": .number(point.estimate.standardError),
              "standardDeviation": .number(point.standardDeviation),
              "theory": .number(row.theory?.value(neurons: point.neurons)),
            ]
          }
          return (row.name, ["points": .array(points), "fit": fit(row), "theory": theory(row)])
        }),
    ]
  }

  private func fit(_ row: Row) -> JSONValue {
    guard let fit = row.fit else { return .null }
    return [
      "order": .integer(fit.order), "limit": .estimate(fit.limit), "c1": .estimate(fit.coefficient(1)),
      "c2": fit.order > 1 ? .estimate(fit.coefficient(2)) : .null, "chiSquared": .number(fit.chiSquared),
      "degreesOfFreedom": .integer(fit.degreesOfFreedom), "pValue": .number(fit.pValue),
      "tolerance": .number(row.tolerance?.value),
      "toleranceIsRelative": row.tolerance.map { .bool($0.isRelative) } ?? .null,
      "neuronsNeeded": .estimate(row.neuronsNeeded),
    ]
  }

  private func theory(_ row: Row) -> JSONValue {
    row.theory.map {
      [
        "limit": .number($0.leading), "c1": .number($0.firstCorrection), "zLimit": .number(row.z(0)),
        "zC1": .number(row.z(1)),
      ]
    } ?? .null
  }

  private func cells(_ row: Row) -> [String] {
    guard let fit = row.fit else { return [row.name, "does not vary"] }
    func theory(_ value: Double?, _ z: Double?) -> String {
      guard let value else { return "" }
      return NumberText.significant(value, digits: 5)
        + (z.map { " (z \(NumberText.significant($0, digits: 2)))" } ?? "")
    }
    return [
      row.name, NumberText.estimate(fit.limit), theory(row.theory?.leading, row.z(0)),
      NumberText.estimate(fit.coefficient(1)), theory(row.theory?.firstCorrection, row.z(1)),
      fit.order > 1 ? NumberText.estimate(fit.coefficient(2)) : "",
      fit.pValue.map { NumberText.significant($0, digits: 2) } ?? "",
      row.neuronsNeeded.map { String(format: "%.0f", $0.value.rounded(.up)) + (row.tolerance!.isRelative ? "" : " *") }
        ?? "",
    ]
  }

  private static let columns = [
    "observable", "N -> infinity", "theory", "c1", "theory's c1", "c2", "p of fit", "N for accuracy",
  ]

  func text(_ style: TextStyle) -> String {
    let table = TextTable(Self.columns, rows: rows.map(cells))
    let widths = rows.first?.points.map { "\($0.neurons)" }.joined(separator: ", ") ?? ""
    return "\(title), N = \(widths)\n\n" + table.text(style)
      + "\nO(N) = O + c1/N (+ c2/N^2, unless theory has no such term), weighted by Monte Carlo errors.\n"
      + "N for accuracy: from there on O(N) is within \(NumberText.significant(100 * accuracy, digits: 3)) % of its limit "
      + "(* within \(NumberText.significant(accuracy, digits: 3)), the limit being 0).\n"
  }

  var tables: [(file: String, csv: String)] {
    [
      (
        "finite-size.csv",
        CSV.text(
          ["observable", "neurons", "value", "standard_error", "standard_deviation", "fit", "theory"],
          rows.flatMap { row in
            row.points.map { point in
              [
                .text(row.name), .number(Double(point.neurons)), .number(point.estimate.value),
                .number(point.estimate.standardError ?? .nan), .number(point.standardDeviation),
                .number(row.fit?.value(neurons: Double(point.neurons)).value ?? .nan),
                .number(row.theory?.value(neurons: point.neurons) ?? .nan),
              ]
            }
          })
      )
    ]
  }

  var sections: [(heading: String, columns: [String], rows: [[String]])] {
    [("Every observable against N", Self.columns, rows.map { cells($0).map(HTML.escaped) })]
  }

  var figures: [Figure] {
    let wanted = ["loss", "output_second_moment", "input_second_moment", "readout[0,0]", "active_fraction[1]"]
    return rows.filter { wanted.contains($0.name) && $0.fit != nil }.map(figure)
  }

  /// An observable against 1/N.
  private func figure(_ row: Row) -> Figure {
    let fit = row.fit!
    let smallest = row.points.first!.neurons
    let curve = (0...48).map { Double($0) / 48 / Double(smallest) }
    let rows = (0..<max(curve.count, row.points.count)).map { k -> [Figure.Cell] in
      let x = k < curve.count ? curve[k] : .nan
      let theory = row.theory.map { $0.leading + ($0.firstCorrection ?? 0) * x }
      let line: [Figure.Cell] =
        k < curve.count
        ? [
          .number(x), .number(x == 0 ? fit.limit.value : fit.value(neurons: 1 / x).value),
          theory.map { .number($0) } ?? .empty,
        ]
        : [.empty, .empty, .empty]
      guard k < row.points.count else { return line + [.empty, .empty, .empty] }
      let point = row.points[k]
      return line + [
        .number(1 / Double(point.neurons)), .number(point.estimate.value), .number(point.estimate.standardError ?? 0),
      ]
    }
    let c1 = NumberText.estimate(fit.coefficient(1))
    let theory = row.theory.map {
      " Theory: \(NumberText.significant($0.leading, digits: 5))"
        + ($0.firstCorrection.map { " and c1 = \(NumberText.significant($0, digits: 5))" } ?? ", limit only") + "."
    }
    return Figure(
      name: "finite-size-" + RunFigures.fileName(row.name), title: "\(row.name) against 1/N",
      caption: "Limit \(NumberText.estimate(fit.limit)), c1 = \(c1).\(theory ?? "") Bars are standard errors.",
      alternativeText:
        "\(row.name) against 1/N at \(row.points.count) widths, from \(NumberText.significant(row.points.first!.estimate.value, digits: 4)) at N = \(smallest) to \(NumberText.significant(row.points.last!.estimate.value, digits: 4)) at N = \(row.points.last!.neurons).",
      columns: ["1/N", "fit", "theory", "1/N of point", "value", "standard error"], rows: rows,
      commands: """
        set xlabel '1/N'
        set xrange [0:*]
        set key top left
        plot DATA using 1:2 with lines linetype 1 title 'fit'\(row.theory == nil ? "" : ", DATA using 1:3 with lines linetype 2 dashtype 2 title 'theory'"), DATA using 4:5:6 with yerrorbars linetype 1 pointtype 7 pointsize 0.6 title 'drawn'
        """,
      size: (640, 320))
  }
}
