// Draws against predictions, at one stated false-alarm rate for the whole family of checks.

import CGSL
import Foundation
import Sampling

/// The outcome of holding one prediction against draws.
public struct CheckResult: Sendable, Equatable {
  /// What the comparison is worth.
  public enum Status: String, Sendable {
    /// The prediction holds at this number of neurons and there were draws enough: it decides.
    case exact
    /// The prediction holds up to terms of some order: shown, never decides.
    case asymptotic
    /// Too few draws to tell.
    case inconclusive
  }

  /// The quantity.
  public let name: String
  /// Its average over the draws.
  public let estimate: Double
  /// The Monte Carlo standard error of `estimate`.
  public let standardError: Double
  /// The prediction.
  public let expected: Double
  /// (estimate − expected) / error, the error being that of the draws and of the prediction together.
  public let z: Double
  /// What the comparison is worth.
  public let status: Status
  /// Where the prediction comes from, with its order if it is asymptotic.
  public let source: String
}

/// All checks of a run.
public struct Check: Sendable {
  /// Averages over fewer events than this are too skewed for a normal test.
  ///
  /// For the same reason an average is tested only if its standard error is at most 5 % of the draws' standard deviation
  /// (400 effective draws), or at most 5 % of the prediction and 10 % of the standard deviation (100 effective draws).
  public static let minimumEvents = 1000.0

  /// The outcome of every prediction that the draws can be held against.
  public let results: [CheckResult]
  /// The probability that a correct sampler fails.
  public let falseAlarmRate: Double
  /// The largest |z| that passes.
  public let threshold: Double

  /// The largest split R-hat of all quantities with an exact prediction; NaN for fewer than four draws a chain.
  public let worstRHat: Double

  /// Whether some exact prediction could be tested, none was missed, and the chains agree with each other.
  ///
  /// Chains that disagree have large standard errors, so that no prediction contradicts them: they prove nothing.
  public var passed: Bool {
    let decisive = results.filter { $0.status == .exact }
    return !decisive.isEmpty && decisive.allSatisfy { abs($0.z) <= threshold } && chainsAgree
  }

  /// Whether ``worstRHat`` is at most ``largestRHat``.
  public var chainsAgree: Bool { worstRHat <= Self.largestRHat }
  /// Chains with a larger R-hat have not found the same distribution.
  public static let largestRHat = 1.1

  /// The exact predictions that the draws contradict.
  public var failures: [CheckResult] { results.filter { $0.status == .exact && !(abs($0.z) <= threshold) } }

  /// Compares draws with predictions.
  ///
  /// The z-scores use Monte Carlo standard errors. The threshold is Bonferroni's for all exact predictions, tested or
  /// not: P(|Z| > threshold) = falseAlarmRate / number.
  ///
  /// - Parameter falseAlarmRate: family-wise, in (0, 1).
  public init(_ predictions: [Prediction], against draws: DrawTable, falseAlarmRate: Double = 1e-4) {
    self.falseAlarmRate = falseAlarmRate
    let exact = predictions.count { $0.status == .exact }
    threshold = gsl_cdf_ugaussian_Qinv(falseAlarmRate / 2 / Double(max(exact, 1)))
    results = predictions.compactMap { Self.compare($0, with: draws) }
    worstRHat =
      predictions.filter { $0.status == .exact && !$0.quantity.isBatched }
      .compactMap { draws.series($0.quantity).map { Diagnostics.rHat(Self.comparable($0)) } }
      .filter { !$0.isNaN }.max() ?? .nan
  }

  /// The chains, or the halves of a single one, which has nothing else to agree with.
  private static func comparable(_ series: [[Double]]) -> [[Double]] {
    guard series.count == 1 else { return series }
    let half = series[0].count / 2
    return [Array(series[0].prefix(half)), Array(series[0].suffix(half))]
  }

  private static func compare(_ prediction: Prediction, with draws: DrawTable) -> CheckResult? {
    guard let series = draws.series(prediction.quantity) else { return nil }
    if case .law(_, let leavingOutZero, let distribution) = prediction.quantity {
      return compareLaw(prediction, leavingOutZero ? series.map { $0.filter { $0 != 0 } } : series, distribution)
    }
    let estimate = RunningMoments(series.joined()).mean
    let spread = draws.standardDeviation(prediction.quantity, series: series)
    let standardError = Diagnostics.mcseMean(series)
    let error = (standardError * standardError + prediction.expectedError * prediction.expectedError).squareRoot()
    let difference = estimate - prediction.expected
    let isConstant = spread <= 1e-12 * max(abs(estimate), abs(prediction.expected))
    // What never varies has no standard error: it agrees to rounding, or nothing can be said.
    let agrees = abs(difference) <= 1e-9 * max(abs(prediction.expected), 1e-300)
    let z = isConstant && agrees ? 0 : difference / error

    let source: String
    var status = CheckResult.Status.exact
    switch prediction.status {
    case .exact: source = prediction.source
    case .asymptotic(let order):
      source = "\(prediction.source), up to \(order)"
      status = .asymptotic
    }
    if status == .exact {
      let isPrecise =
        isConstant
        ? agrees
        : standardError <= 0.05 * spread
          || standardError <= 0.05 * abs(prediction.expected) && standardError <= 0.1 * spread
      let events = prediction.eventsPerDraw.map { $0 * Double(draws.draws) } ?? .infinity
      if !isPrecise || events < minimumEvents || prediction.expectedError > standardError { status = .inconclusive }
    }
    return CheckResult(
      name: prediction.name, estimate: estimate, standardError: isConstant ? 0 : standardError,
      expected: prediction.expected, z: z, status: status, source: source)
  }

  /// Kolmogorov and Smirnov's distance between the draws and their law.
  ///
  /// Correlated draws are thinned to a third of their effective number, at which they hardly are. z is the normal deviate of the
  /// p-value 2 exp(−2 n d²) (Massart 1990), which is an upper bound at every n.
  private static func compareLaw(
    _ prediction: Prediction, _ series: [[Double]], _ distribution: (Double) -> Double
  ) -> CheckResult {
    let count = series.reduce(0) { $0 + $1.count }
    let shortest = series.map(\.count).min() ?? 0
    let effective = shortest < 4 ? 0 : Diagnostics.essBulk(series.map { Array($0.prefix(shortest)) })
    let every =
      effective > 0.8 * Double(count) ? 1 : (1...max(1, count)).wholeNumber(roundingUp: 3 * Double(count) / effective)
    let values = series.flatMap { chain in
      stride(from: 0, to: chain.count, by: max(1, every)).map { distribution(chain[$0]) }
    }
    let distance = KolmogorovSmirnov.distanceFromUniform(values)
    let pValue = KolmogorovSmirnov.oneSamplePValue(distance: distance, count: values.count)
    return CheckResult(
      name: prediction.name, estimate: distance, standardError: 0.5 / Double(max(1, values.count)).squareRoot(),
      expected: 0,
      z: gsl_cdf_ugaussian_Qinv(pValue / 2), status: values.count < 400 ? .inconclusive : .exact,
      source: prediction.source)
  }
}
