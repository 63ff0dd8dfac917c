// What a finite-size study found: every observable against N, its fit in 1/N, and theory.

import JSON
import Networks
import Sampling
import Storage

/// Observables at several widths, fitted.
package struct FiniteSizeReport: StudyReport {
  /// An observable at one width.
  package struct Point: Sendable {
    package let neurons: Int
    package let estimate: Estimate
    /// Over networks.
    let standardDeviation: Double
    /// What the closed form says at this width: of the Gibbs ensemble to the order in 1/N that is known.
    let theory: Double?
    /// What holds exactly at this width, where that is known.
    let exact: Double?
    /// Of the width's run; nil if it was never judged.
    let diagnosis: RunDiagnosis?

    /// Whether the point can be fitted: its run has converged, or was never judged.
    package var isFit: Bool { diagnosis?.converged ?? true }
  }

  /// An observable over all widths.
  package struct Row: Sendable {
    package let name: String
    package let points: [Point]
    /// nil where the observable does not vary, or has no error, or too few widths have converged.
    package let fit: FiniteSizeFit?
    /// Why there is no fit.
    package var refusal = ""
    package let theory: LargeNExpansion?
    /// |⟨O⟩_N − O_∞| that counts as close, and whether that is the accuracy times the limit.
    package let tolerance: (value: Double, isRelative: Bool)?
    package let neuronsNeeded: Estimate?

    /// Standard errors between a fitted coefficient and theory's.
    package func z(_ power: Int) -> Double? {
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

  package let experiment: Experiment
  package let neurons: [Int]
  package let judgement: StudyJudgement
  package let rows: [Row]
  package let accuracy: Double
  /// Whether theory holds at every N, not only as N grows.
  package let isExact: Bool

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
  package var rejectionLevel: Double { Self.rejectionRate / Double(max(1, rows.count { $0.fit != nil })) }

  /// Whether the points contradict the curve.
  package func isRejected(_ row: Row) -> Bool { row.fit?.pValue.map { $0 < rejectionLevel } ?? false }

  package var title: String { "\(experiment.name): finite size" }

  package var json: JSONValue {
    [
      "neurons": .integers(neurons), "accuracy": .number(accuracy),
      "ensemble": .string(experiment.ensemble.name),
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

  package var tables: [(file: String, csv: String)] {
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
}
