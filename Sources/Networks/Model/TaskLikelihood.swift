// The data that a Gibbs ensemble is the posterior of: what a posterior predictive check draws anew.

import CGSL
import Sampling

/// The task's data with Gaussian noise, whose likelihood given a network is what binds it to the task: exp(−n β L).
///
/// In context c the squared distance of the data from a network, in units of the noise, is
/// χ²_c = n β · mean over ``stimuli`` of (y_c(x) − Y_c(x))². For data drawn given the network it has the law of ν squared standard
/// normal numbers (THEORY sections 10 and 15).
public struct TaskLikelihood: Sendable, Equatable {
  /// The stimuli of that mean, [stimulus, feature]: the task's list, or sigma points of its Gaussian.
  public let stimuli: Matrix
  /// n β, n the ``NetworkDensity/taskFactor``.
  public let weight: Double
  /// ν: the numbers that the data have in a context.
  public let degrees: Int
  /// T = P/(n β), the variance of the noise of an output; nil where the data are readouts.
  public let temperature: Double?

  /// Outputs on a list of stimuli, Y_cp = y_c(x_p) + √T ξ: ν = P. Nil at tightness 0, where nothing binds.
  init?(outputsOn stimuli: Matrix, weight: Double) {
    guard weight > 0 else { return nil }
    self.stimuli = stimuli
    self.weight = weight
    degrees = stimuli.rows
    temperature = Double(stimuli.rows) / weight
  }

  /// Readouts, A_c = R_c + (n β S)^(−1/2) ξ on the span of S: ν is the rank of S. Nil at tightness 0, and where S has entries that
  /// are not finite.
  init?(readoutsUnder covariance: Matrix, weight: Double) {
    guard weight > 0, let eigen = try? SymmetricEigen(covariance), eigen.rank > 0,
      let points = try? GaussianStimuli.sigmaPoints(covariance: covariance)
    else { return nil }
    stimuli = points
    self.weight = weight
    degrees = eigen.rank
    temperature = nil
  }

  /// The probability that data drawn given a network are farther from it than the wanted ones: that ν squared normal numbers exceed χ².
  ///
  /// - Parameter meanSquaredError: of the network's outputs on ``stimuli`` in a context.
  public func exceedance(meanSquaredError: Double) -> Double {
    let distance = weight * meanSquaredError
    guard distance.isFinite else { return 0 }
    // What underflows is 0.
    return (try? GSL.checked { gsl_cdf_chisq_Q(distance, Double(degrees)) }) ?? 0
  }
}
