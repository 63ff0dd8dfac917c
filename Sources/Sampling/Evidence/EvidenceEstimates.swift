// What estimates of a normalising constant look like: a value, its error, and what there is to object to.

/// An estimate of ln Z(1) − ln Z(0) in nats along the path of a ``TemperableLogDensity``.
public struct EvidenceEstimate: Sendable, Equatable {
  /// ln Z(1) − ln Z(0), in nats.
  public let value: Double
  /// Its standard error, in nats, all known sources of error included.
  public let standardError: Double
  /// Why the estimate must not be trusted, a sentence; nil if nothing speaks against it.
  public let problem: String?

  /// An estimate with its error; `problem` says why it must not be trusted.
  public init(value: Double, standardError: Double, problem: String?) {
    self.value = value
    self.standardError = standardError
    self.problem = problem
  }

  /// Whether nothing speaks against the estimate.
  public var isReliable: Bool { problem == nil }
}

/// Estimates of ln Z(1) − ln Z(0) by three methods, and what they rest on.
public struct EvidenceEstimates: Sendable {
  /// ∫ ⟨ℓ⟩_t dt over the rungs of the ladder.
  public let thermodynamicIntegration: EvidenceEstimate
  /// The sum of Bennett's estimates between neighbouring rungs.
  public let steppingStone: EvidenceEstimate
  /// The mean weight of independent annealed runs.
  public let annealedImportanceSampling: EvidenceEstimate
  /// KL(p_1 ‖ p_0) = ⟨ℓ⟩_1 − (ln Z(1) − ln Z(0)), the latter by stepping-stone.
  public let relativeEntropy: EvidenceEstimate
  /// The draws at the rungs of the ladder, from which all but annealed importance sampling was computed.
  public let ladder: LadderDraws
  /// The error of the quadrature in ``thermodynamicIntegration``, by comparing two rules.
  public let quadratureError: Double
  /// Between neighbouring rungs: the probability of mistaking a draw of one for one of the other; ½ if they are equal.
  public let overlaps: [Double]
  /// The annealed runs.
  public let annealing: AnnealedRuns
}
