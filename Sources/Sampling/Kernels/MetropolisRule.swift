// The accept step shared by all Metropolis kernels.

/// The Metropolis rule: accept with probability min(1, e^{log ratio}).
@usableFromInline
enum MetropolisRule {
  /// min(1, e^{log ratio}); 0 for NaN.
  @usableFromInline
  static func probability(_ logRatio: Double) -> Double {
    logRatio.isNaN ? 0 : min(1, exp(logRatio))
  }

  /// Accepts with the given probability. Draws exactly one number whatever the probability is, so that the stream's
  /// position depends on the number of steps only; positive numbers, because 0 would accept anything.
  @usableFromInline
  static func accepts(_ probability: Double, using stream: inout RandomStream) -> Bool {
    stream.uniformPositive() < probability
  }
}
