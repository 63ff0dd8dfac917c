// What the Gibbs ensemble predicts exactly at a given number of neurons (THEORY section 5).

import Sampling

/// Averages of the Gibbs ensemble at finite N, by deterministic quadrature with an error estimate.
public struct GibbsPrediction: Sendable {
  /// Number of neurons, N.
  public let neurons: Int
  /// <R>, `[context, feature]`.
  public let readout: Matrix
  /// <L>.
  public let loss: Double
  /// <mean w²>.
  public let outputSecondMoment: Double
  /// <mean |m|²>.
  public let inputSecondMoment: Double
  /// Expected fraction of neurons with each gain pattern, in ascending binary order; nil if K > 12 or if gains are given.
  public let patternWeights: [Double]?
  /// Cov(R_cd, R_c'd'), rows and columns c·D + d; nil if K·D > 16.
  public let readoutCovariance: Matrix?
  /// ln Z(β) = ln <exp(-βNL)> over the prior, in nats; no constants are left out: Z(0) = 1.
  public let logEvidence: Double
  /// The estimated absolute error of ``logEvidence``: the difference between two orders or steps of quadrature.
  public let logEvidenceError: Double
  /// Estimated largest relative error of the above (readout: relative to the target's largest entry).
  ///
  /// The difference between two orders of quadrature, or the violation of the exact identity for <mean w²> if larger.
  public let relativeError: Double
}
