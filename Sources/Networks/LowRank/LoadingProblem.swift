// The maximum-entropy problem of a neuron with several loadings.

import Sampling

/// The least biased law of a neuron's loadings θ and gains g with given averages ⟨g_c θ_a θ_b⟩ (THEORY section 12).
///
/// Of all laws with these averages the one closest to the prior N(0, σ_a²) × P0(g): p(θ, g) ∝ P0(g) exp(−½ θᵀA_gθ),
/// A_g = diag(1/σ_a²) − Σ_j Λ_j g_cj (e_a e_bᵀ + e_b e_aᵀ).
public struct LoadingProblem: Sendable {
  /// The most contexts with drawn gains: all patterns are summed.
  public static let maximumContexts = 12

  /// The loadings' names.
  public let loadings: [String]
  /// σ_a [loading].
  public let scales: [Double]
  /// K.
  public let contexts: Int
  /// The averages that are asked for.
  public let constraints: [LoadingConstraint]
  /// The gains.
  public let gains: GainReference

  /// A problem; nothing is solved yet.
  ///
  /// - Throws: ``MaxEntropyError`` for gains of another shape, a scale that is not positive, too many contexts.
  public init(
    loadings: [String], scales: [Double], contexts: Int, constraints: [LoadingConstraint], gains: GainReference
  ) throws {
    precondition(!loadings.isEmpty && loadings.count == scales.count, "a scale per loading")
    precondition(
      constraints.allSatisfy { $0.first >= 0 && $0.second < loadings.count && ($0.context ?? 0) < contexts },
      "constraints are on loadings and contexts that there are")
    try gains.validate(contexts: contexts)
    for (name, scale) in zip(loadings, scales) where !(scale > 0 && scale.isFinite) {
      throw MaxEntropyError.invalidParameter(name: "the scale of loading \(name)", value: scale, allowed: "above 0")
    }
    if gains.areDrawn, contexts > Self.maximumContexts {
      throw MaxEntropyError.tooManyContexts(contexts: contexts, maximum: Self.maximumContexts)
    }
    self.loadings = loadings
    self.scales = scales
    self.contexts = contexts
    self.constraints = constraints
    self.gains = gains
  }

  /// Solves it.
  ///
  /// Newton's method on the dual with its exact Hessian, damped so that all A_g stay positive definite. A step costs O(2^K (L³ + J²)) for L
  /// loadings and J constraints.
  ///
  /// - Throws: ``LoadingError`` naming what bounds the averages, where no law has them.
  public func solve() throws -> LoadingSolution {
    let kinds = LoadingKinds(gains, contexts: contexts)
    try LoadingBounds(self, kinds).require()
    let independent = try LoadingSpan(self, kinds).independent
    var dual = LoadingDual(self, kinds, independent.map { constraints[$0] })
    let found = try dual.minimize()
    var multipliers = [Double](repeating: 0, count: constraints.count)
    for (place, value) in zip(independent, found.multipliers) {
      multipliers[place] = value / (scales[constraints[place].first] * scales[constraints[place].second])
    }
    return LoadingSolution(
      problem: self, kinds: kinds, multipliers: multipliers, rank: independent.count, found: found)
  }
}
