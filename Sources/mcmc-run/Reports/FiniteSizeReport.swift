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
    /// What the closed form says at this width: of the Gibbs ensemble to the order in 1/N that is known.
    let theory: Double?
    /// What holds exactly at this width, where that is known.
    let exact: Double?
    /// Of the width's run; nil if it was never judged.
    let diagnosis: RunDiagnosis?

    /// Whether the point can be fitted: its run has converged, or was never judged.
    var isFit: Bool { diagnosis?.converged ?? true }
  }

  /// An observable over all widths.
  struct Row: Sendable {
    let name: String
    let points: [Point]
    /// nil where the observable does not vary, or has no error, or too few widths have converged.
    let fit: FiniteSizeFit?
    /// Why there is no fit.
    var refusal = ""
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

  /// Widths that a fit and its test need.
  private static let leastWidths = 3
  /// A fit is rejected if its p is below this over the number of fits: by chance in one study of a hundred.
  private static let rejectionRate = 0.01

  let experiment: Experiment
  let neurons: [Int]
  let judgement: StudyJudgement
  let rows: [Row]
  let accuracy: Double
  /// Whether theory holds at every N, not only as N grows.
  let isExact: Bool

  /// Fits every observable up to 1/N²; up to 1/N where theory has no further power, or there are only three widths. Points whose runs have
  /// not converged are left out.
  ///
  /// A square that is there but too small to be seen would bias c1 by more than its error: it is not left out by a test.
  ///
  /// - Throws: ``StatisticsError``, ``GSLError``.
  init(
    experiment: Experiment, neurons: [Int], diagnoses: [RunDiagnosis?], names: [String], points: [String: [Point]],
    theory: FiniteSizeTheory?, accuracy: Double
  ) throws {
    self.experiment = experiment
    self.neurons = neurons
    self.accuracy = accuracy
    isExact = theory?.isExact == true
    let exact = isExact
    let good = diagnoses.count { $0?.converged ?? true }
    judgement = StudyJudgement(
      points: zip(neurons, diagnoses).map { ("N = \($0)", $1) },
      refusals: good < Self.leastWidths
        ? [
          "no fit in 1/N: \(good) of \(neurons.count) widths have converged, and a fit and its test need \(Self.leastWidths)"
        ] : [])
    rows = try names.map { name in
      let list = points[name] ?? []
      let expansion = theory?.expansions[name]
      let converged = list.filter(\.isFit)
      let measured = converged.compactMap { point -> FiniteSizePoint? in
        guard point.estimate.value.isFinite, let error = point.estimate.standardError, error > 0, error.isFinite else {
          return nil
        }
        return FiniteSizePoint(neurons: point.neurons, value: point.estimate.value, standardError: error)
      }
      guard measured.count == converged.count, measured.count >= Self.leastWidths else {
        let refusal = measured.count == converged.count ? "too few widths have converged" : "does not vary"
        return Row(
          name: name, points: list, fit: nil, refusal: refusal, theory: expansion, tolerance: nil, neuronsNeeded: nil)
      }
      let fit = try FiniteSizeFit(measured, order: exact || measured.count == 3 ? 1 : 2)
      let limit = fit.limit
      let isZero = abs(limit.value) < 3 * (limit.standardError ?? 0)
      let tolerance = isZero ? accuracy : accuracy * abs(limit.value)
      return Row(
        name: name, points: list, fit: fit, theory: expansion, tolerance: (tolerance, !isZero),
        neuronsNeeded: try fit.neuronsNeeded(accuracy: tolerance))
    }
  }

  /// The p below which a fit is rejected.
  private var rejectionLevel: Double { Self.rejectionRate / Double(max(1, rows.count { $0.fit != nil })) }

  /// Whether the points contradict the curve.
  private func isRejected(_ row: Row) -> Bool { row.fit?.pValue.map { $0 < rejectionLevel } ?? false }

  var title: String { "\(experiment.name): finite size" }

  var json: JSONValue {
    [
      "neurons": .integers(neurons), "accuracy": .number(accuracy),
      "ensemble": .string(experiment.ensemble == .product ? "product" : "gibbs"),
      "points": .array(
        zip(neurons, judgement.points).map {
          .object([("neurons", .integer($0))] + RunDiagnosis.members($1.diagnosis))
        }),
      "observables": .object(
        rows.map { row in
          let points = row.points.map { point -> JSONValue in
            .object(
              [
                ("neurons", .integer(point.neurons)), ("value", .number(point.estimate.value)),
                ("standardError", .number(point.estimate.standardError)),
                ("standardDeviation", .number(point.standardDeviation)), ("theory", .number(point.theory)),
                ("exact", .number(point.exact)),
              ] + RunDiagnosis.members(point.diagnosis))
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
      "rejected": .bool(isRejected(row)), "rejectionLevel": .number(rejectionLevel),
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
    guard let fit = row.fit else { return [row.name, row.refusal] }
    func theory(_ value: Double?, _ z: Double?) -> String {
      guard let value else { return "" }
      return NumberText.significant(value, digits: 5)
        + (z.map { " (z \(NumberText.significant($0, digits: 2)))" } ?? "")
    }
    return [
      row.name, NumberText.estimate(fit.limit), theory(row.theory?.leading, row.z(0)),
      NumberText.estimate(fit.coefficient(1)), theory(row.theory?.firstCorrection, row.z(1)),
      fit.order > 1 ? NumberText.estimate(fit.coefficient(2)) : "",
      fit.pValue.map { NumberText.significant($0, digits: 2) + (isRejected(row) ? " !" : "") } ?? "",
      row.neuronsNeeded.map { String(format: "%.0f", $0.value.rounded(.up)) + (row.tolerance!.isRelative ? "" : " *") }
        ?? "",
    ]
  }

  private static let columns = [
    "observable", "N -> infinity", "theory", "c1", "theory's c1", "c2", "p of fit", "N for accuracy",
  ]

  func text(_ style: TextStyle) -> String {
    let table = TextTable(Self.columns, rows: rows.map(cells))
    let widths = neurons.map(String.init).joined(separator: ", ")
    let kind =
      isExact
      ? "product ensemble: theory holds at every N"
      : experiment.ensemble == .product
        ? "product ensemble" : "Gibbs ensemble: theory is that of N -> infinity"
    return "\(title), N = \(widths)\n\(kind)\n\n" + table.text(style) + rejections
      + "\nO(N) = O + c1/N (+ c2/N^2, unless theory has no such term), weighted by Monte Carlo errors.\n"
      + "N for accuracy: from there on O(N) is within \(NumberText.significant(100 * accuracy, digits: 3)) % of its limit "
      + "(* within \(NumberText.significant(accuracy, digits: 3)), the limit being 0).\n" + pointTable(style)
  }

  /// Every point with its error, where some cannot be believed and so are in no fit; empty otherwise.
  private func pointTable(_ style: TextStyle) -> String {
    guard !judgement.isSound else { return "" }
    let heading = zip(neurons, judgement.points).map {
      "N = \($0)" + ($1.diagnosis?.converged == false ? " (not converged)" : "")
    }
    let cells = rows.map { row in
      [row.name]
        + neurons.map { width in
          row.points.first { $0.neurons == width }.map { NumberText.estimate($0.estimate) } ?? "-"
        }
    }
    return "\nAll points, those that have not converged with errors that are too small\n\n"
      + TextTable(["observable"] + heading, rows: cells).text(style)
  }

  /// Which fits the points contradict, in a sentence; empty if none.
  private var rejections: String {
    let names = rows.filter(isRejected).map(\.name)
    guard !names.isEmpty else { return "" }
    let level = NumberText.significant(rejectionLevel, digits: 2)
    return "! The points reject the fit (p below \(level)): \(names.joined(separator: ", ")). "
      + "Its limit and c1 are off by more than their errors; leave out the smallest N.\n"
  }

  var tables: [(file: String, csv: String)] {
    [
      (
        "finite-size.csv",
        CSV.text(
          ["observable", "neurons", "value", "standard_error", "standard_deviation", "fit", "theory", "exact"]
            + RunDiagnosis.columns,
          rows.flatMap { row in
            row.points.map { point in
              [
                .text(row.name), .number(Double(point.neurons)), .number(point.estimate.value),
                .number(point.estimate.standardError ?? .nan), .number(point.standardDeviation),
                .number(row.fit?.value(neurons: Double(point.neurons)).value ?? .nan),
                .number(point.theory ?? .nan), .number(point.exact ?? .nan),
              ] + RunDiagnosis.cells(point.diagnosis)
            }
          })
      )
    ]
  }

  var sections: [(heading: String, columns: [String], rows: [[String]])] {
    [("Every observable against N", Self.columns, rows.map { cells($0).map(HTML.escaped) })]
      + (rejections.isEmpty
        ? [] : [("Fits that the points reject", ["which, and what to do"], [[HTML.escaped(rejections)]])])
  }

  var figures: [Figure] {
    let wanted = ["loss", "output_second_moment", "input_second_moment", "readout[0,0]", "active_fraction[1]"]
    return rows.filter { wanted.contains($0.name) && $0.points.contains { $0.estimate.value.isFinite } }.map(figure)
  }

  /// An observable against 1/N; points whose runs have not converged are hollow.
  private func figure(_ row: Row) -> Figure {
    let smallest = row.points.first!.neurons
    let curve = row.fit == nil && row.theory == nil ? [] : (0...48).map { Double($0) / 48 / Double(smallest) }
    func cells(_ point: Point) -> [Figure.Cell] {
      [
        .number(1 / Double(point.neurons)), .number(point.estimate.value), .number(point.estimate.standardError ?? 0),
      ]
    }
    let rows = (0..<max(curve.count, row.points.count)).map { k -> [Figure.Cell] in
      var line: [Figure.Cell] = [.empty, .empty, .empty]
      if k < curve.count {
        let x = curve[k]
        let fitted = row.fit.map { x == 0 ? $0.limit.value : $0.value(neurons: 1 / x).value }
        let theory = row.theory.map { $0.leading + ($0.firstCorrection ?? 0) * x }
        line = [.number(x), fitted.map { .number($0) } ?? .empty, theory.map { .number($0) } ?? .empty]
      }
      let none: [Figure.Cell] = [.empty, .empty, .empty]
      guard k < row.points.count else { return line + none + none }
      let point = row.points[k]
      return line + (point.isFit ? cells(point) + none : none + cells(point))
    }
    let result =
      row.fit.map {
        "Limit \(NumberText.estimate($0.limit)), c1 = \(NumberText.estimate($0.coefficient(1)))."
          + (isRejected(row) ? " The points reject the fit." : "")
      } ?? "No fit: \(row.refusal)."
    let theory = row.theory.map {
      " Theory: \(NumberText.significant($0.leading, digits: 5))"
        + ($0.firstCorrection.map { " and c1 = \(NumberText.significant($0, digits: 5))" } ?? ", limit only") + "."
    }
    let unfit = row.points.filter { !$0.isFit }
    let plots = [
      row.fit == nil ? nil : "DATA using 1:2 with lines linetype 1 title 'fit'",
      row.theory == nil ? nil : "DATA using 1:3 with lines linetype 2 dashtype 2 title 'theory'",
      unfit.count == row.points.count
        ? nil : "DATA using 4:5:6 with yerrorbars linetype 1 pointtype 7 pointsize 0.6 title 'drawn'",
      unfit.isEmpty
        ? nil : "DATA using 7:8:9 with yerrorbars linetype 2 pointtype 6 pointsize 0.9 title 'not converged'",
    ]
    return Figure(
      name: "finite-size-" + RunFigures.fileName(row.name), title: "\(row.name) against 1/N",
      caption: result + (theory ?? "") + " Bars are standard errors."
        + (unfit.isEmpty
          ? "" : " Not converged, and left out: N = \(unfit.map { "\($0.neurons)" }.joined(separator: ", "))."),
      alternativeText:
        "\(row.name) against 1/N at \(row.points.count) widths, from \(NumberText.significant(row.points.first!.estimate.value, digits: 4)) at N = \(smallest) to \(NumberText.significant(row.points.last!.estimate.value, digits: 4)) at N = \(row.points.last!.neurons).",
      columns: [
        "1/N", "fit", "theory", "1/N of point", "value", "standard error", "1/N of point not converged",
        "value not converged", "standard error not converged",
      ], rows: rows,
      commands: """
        set xlabel '1/N'
        set xrange [0:*]
        set key top left
        plot \(plots.compactMap { $0 }.joined(separator: ", "))
        """,
      size: (640, 320))
  }
}
