// What a kernel reports of one step.

/// The report of one transition. Names in files are ArviZ's.
public struct Transition: Sendable, Equatable {
  /// The energy error in nats beyond which a trajectory counts as diverging.
  public static let divergenceThreshold = 1000.0

  /// Mean acceptance probability of the moves of the real coordinates, 0 ... 1 (`acceptance_rate`).
  public var acceptanceRate = Double.nan
  /// Acceptance rate that warm-up steers by the step size; NaN if the tuned kernel made no step in this transition.
  public var tunedAcceptanceRate = Double.nan
  /// Step size in force (`step_size`); NaN for a kernel that has none.
  public var stepSize = Double.nan
  /// Leapfrog steps, or proposals of a kernel without leapfrog steps (`n_steps`).
  public var steps = 0
  /// Depth of the trajectory's tree, 0 without one (`tree_depth`).
  public var treeDepth = 0
  /// Whether the energy error exceeded 1000 nats, a sign of a step too large for the curvature (`diverging`).
  public var diverging = false
  /// The Hamiltonian in nats, or −ln p without momenta (`energy`).
  public var energy = Double.nan
  /// The Hamiltonian's change over the proposal, in nats (`energy_error`).
  public var energyError = Double.nan
  /// Fraction of the proposed flips of binary coordinates that were accepted; NaN without flips (`flip_acceptance_rate`).
  public var flipAcceptanceRate = Double.nan
  /// Proposals rejected because the log density or gradient was not finite (`non_finite`).
  public var nonFinite = 0
  /// Whether the position changed.
  public var moved = false
  /// Evaluations of the log density, with or without gradient.
  public var evaluations = 0

  @inlinable
  public init() {}

  /// The report of this transition followed by another on the same chain; the later one's figures win where both have one.
  @inlinable
  public func followed(by next: Transition) -> Transition {
    func later(_ a: Double, _ b: Double) -> Double { b.isNaN ? a : b }
    var both = self
    both.acceptanceRate = later(acceptanceRate, next.acceptanceRate)
    both.tunedAcceptanceRate = later(tunedAcceptanceRate, next.tunedAcceptanceRate)
    both.stepSize = later(stepSize, next.stepSize)
    both.steps += next.steps
    both.treeDepth = max(treeDepth, next.treeDepth)
    both.diverging = diverging || next.diverging
    both.energy = later(energy, next.energy)
    both.energyError = later(energyError, next.energyError)
    both.flipAcceptanceRate = later(flipAcceptanceRate, next.flipAcceptanceRate)
    both.nonFinite += next.nonFinite
    both.moved = moved || next.moved
    both.evaluations += next.evaluations
    return both
  }
}
