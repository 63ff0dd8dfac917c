// How Gibbs ensembles of growing tightness approach the hard one: their limit and slope, fitted, beside its own average.

import Networks
import Sampling

/// One observable of a line of a sweep that ends at the hard ensemble: ⟨O⟩_β = O_∞ + c_1/β + c_2/β², fitted to the Gibbs ensembles.
package struct HardLimit: Sendable {
  package let observable: String
  /// Its number among ``SweepReport/lines``.
  package let line: Int
  /// Of the Gibbs ensembles, with β in the place of N.
  package let fit: FiniteSizeFit
  /// The average that was drawn in the hard ensemble.
  package let hard: Estimate
  /// What theory says of c_1; nil where it has no formula.
  package let predictedSlope: Double?

  /// Points below which a fit is not tried.
  private static let leastPoints = 3
  /// A fit with a smaller p goes on without its loosest point, for which further powers of 1/β matter.
  private static let leastProbability = 1e-3

  /// Nil without three Gibbs ensembles and a hard one that have converged, or for what does not vary.
  init?(_ name: String, line number: Int, _ line: SweepReport.Line, _ points: [SweepReport.Point]) throws {
    func measured(_ index: Int) -> (estimate: Estimate, error: Double)? {
      guard points[index].isFit, let estimate = points[index].observable(name)?.estimate,
        let error = estimate.standardError, error.isFinite, estimate.value.isFinite
      else { return nil }
      return (estimate, error)
    }
    guard let last = line.points.last, points[last].values[0].isInfinite, let hard = measured(last) else { return nil }
    var gibbs = line.points.compactMap { index -> FiniteSizePoint? in
      let tightness = points[index].values[0]
      guard tightness > 0, tightness.isFinite, let found = measured(index), found.error > 0 else { return nil }
      return FiniteSizePoint(size: tightness, value: found.estimate.value, standardError: found.error)
    }
    guard gibbs.count >= Self.leastPoints else { return nil }
    var fit = try FiniteSizeFit(gibbs, order: gibbs.count > Self.leastPoints ? 2 : 1)
    while let p = fit.pValue, p < Self.leastProbability, gibbs.count > Self.leastPoints {
      gibbs.removeFirst()
      fit = try FiniteSizeFit(gibbs, order: gibbs.count > Self.leastPoints ? 2 : 1)
    }
    // Three points that no line meets: a parabola meets them, with errors but without a test.
    if let p = fit.pValue, p < Self.leastProbability { fit = try FiniteSizeFit(gibbs, order: 2) }
    observable = name
    self.line = number
    self.fit = fit
    self.hard = hard.estimate
    predictedSlope = points[last].observable(name)?.approach
  }

  /// Standard errors between the limit of the Gibbs ensembles and the hard ensemble's own average.
  package var z: Double? {
    guard let error = fit.limit.standardError, let other = hard.standardError else { return nil }
    let both = (error * error + other * other).squareRoot()
    return both > 0 ? (fit.limit.value - hard.value) / both : nil
  }

  /// Standard errors between the fitted slope and theory's.
  package var slopeZ: Double? {
    let slope = fit.coefficient(1)
    guard let predictedSlope, let error = slope.standardError, error > 0 else { return nil }
    return (slope.value - predictedSlope) / error
  }
}
