// Why a maximum-entropy distribution is refused, in words that name the bound and a way out.

/// What can be wrong with a maximum-entropy problem.
public enum MaxEntropyError: Error, Sendable, Equatable, CustomStringConvertible {
  /// A parameter outside its range.
  case invalidParameter(name: String, value: Double, allowed: String)
  /// The stimulus covariance is not D x D, not symmetric or not positive definite.
  case invalidCovariance(reason: String)
  /// The moment convention has no meaning for networks that are drawn whole.
  case momentWithGibbs
  /// All gains are one, so that all rows of the readout are equal, but these rows of the target differ.
  case unequalRows(first: Int, second: Int)
  /// Too many contexts to enumerate the gain patterns.
  case tooManyContexts(contexts: Int, maximum: Int)
  /// The moment convention asks for less weight than the task needs.
  ///
  /// `scale` is the given σ_w σ_m, `smallest` the bound that it has to exceed.
  case infeasibleScale(scale: Double, smallest: Double)
  /// Given gains of the wrong shape, or with an entry that is not finite.
  case invalidGains(reason: String)
  /// The given gains obey a linear identity, which every readout must obey too, but the target misses it.
  ///
  /// `violation` is by how much, in `feature`, where it is largest.
  case dependentGains(identity: GainIdentity, feature: Int, violation: Double)
  /// Newton's method stopped short of the tolerance.
  case notConverged(residual: Double, iterations: Int, smallestMargin: Double)

  public var description: String {
    switch self {
    case .invalidParameter(let name, let value, let allowed):
      return "\(name) is \(value); allowed: \(allowed)"
    case .invalidCovariance(let reason):
      return "the stimulus covariance \(reason); it must be a symmetric positive-definite features x features matrix"
    case .momentWithGibbs:
      return "the moment convention fixes the second moments of independent neurons and has no meaning for networks "
        + "that are drawn whole; use the prior convention with it, or the product ensemble"
    case .unequalRows(let first, let second):
      return "with active probability 1 every gain is 1, so that all contexts share one readout, but rows \(first) and "
        + "\(second) of the target differ; make them equal or choose an active probability below 1"
    case .tooManyContexts(let contexts, let maximum):
      return "\(contexts) contexts have 2^\(contexts) gain patterns; the sum over patterns is exact up to \(maximum) "
        + "contexts. Beyond that the target must be a multiple of the identity (input selection; Gibbs: with a stimulus "
        + "covariance that is one too), for which any number up to \(MaxEntropyProblem.maximumSymmetricContexts) works"
    case .infeasibleScale(let scale, let smallest):
      return
        "weights with output scale x input scale = \(scale) cannot carry this target in the moment convention: the "
        + "product of the scales must exceed \(smallest) (the target's atomic norm over sqrt(features)); enlarge the "
        + "scales, shrink the target, or use the prior convention, which is always feasible"
    case .invalidGains(let reason):
      return "the given gains \(reason)"
    case .dependentGains(let identity, let feature, let violation):
      return "the given gains obey \(identity.text("g")) for every neuron (contexts counted from 0), so that every "
        + "network's readout obeys \(identity.text("R")), but the target misses that by \(violation) in feature "
        + "\(feature); change the target's rows to obey it, change the gains, or use the Gibbs ensemble, which comes as "
        + "close as the gains allow"
    case .notConverged(let residual, let iterations, let smallestMargin):
      return
        "the multipliers did not converge: after \(iterations) Newton steps the largest residual is \(residual), with "
        + "the most structured population \(smallestMargin) away from where the distribution ceases to exist; in double "
        + "precision larger weight scales or a smaller target are needed"
    }
  }
}
