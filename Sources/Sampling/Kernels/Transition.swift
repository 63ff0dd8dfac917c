// What a kernel reports of one step.

/// The report of one transition.
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
  /// Evaluations of the log density, with or without gradient (`n_evaluations`).
  public var evaluations = 0

  /// A transition of which nothing is known yet.
  @inlinable
  public init() {}

  /// All figures, beside those of another transition: what is recorded, exchanged or added up goes through this list.
  ///
  /// To add a figure: a property above and a row here. A row has the name in files, ArviZ's where it has one (nil: not recorded), and
  /// by its kind what two transitions together have: the later `real` that is there, the sum of a `count`, the `largest`, whether one
  /// has a `flag`. Recorded figures stand in files in this order.
  @inlinable @inline(__always)
  mutating func visit(beside other: Transition, _ visitor: inout some TransitionVisitor) {
    visitor.real("acceptance_rate", &acceptanceRate, other.acceptanceRate)
    visitor.real(nil, &tunedAcceptanceRate, other.tunedAcceptanceRate)
    visitor.real("step_size", &stepSize, other.stepSize)
    visitor.count("n_steps", &steps, other.steps)
    visitor.largest("tree_depth", &treeDepth, other.treeDepth)
    visitor.flag("diverging", &diverging, other.diverging)
    visitor.real("energy", &energy, other.energy)
    visitor.real("energy_error", &energyError, other.energyError)
    visitor.real("flip_acceptance_rate", &flipAcceptanceRate, other.flipAcceptanceRate)
    visitor.count("non_finite", &nonFinite, other.nonFinite)
    visitor.flag("moved", &moved, other.moved)
    visitor.count("n_evaluations", &evaluations, other.evaluations)
  }

  /// The report of this transition followed by another on the same chain; the later one's figures win where both have one.
  @inlinable
  public func followed(by next: Transition) -> Transition {
    var both = self
    var sum = TransitionSum()
    both.visit(beside: next, &sum)
    return both
  }
}
