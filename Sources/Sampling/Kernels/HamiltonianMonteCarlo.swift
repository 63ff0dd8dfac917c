// Hamiltonian Monte Carlo with a trajectory of given or random length.

/// How many leapfrog steps a trajectory has.
public enum TrajectoryLength: Sendable, Equatable {
  /// Always as many.
  case fixed(Int)
  /// Drawn uniformly anew for each trajectory, so that no direction of the target is stuck on a multiple of its period.
  case uniform(ClosedRange<Int>)
  /// As many as a time takes that is drawn uniformly between half of this one and all of it, in units of the metric, whatever
  /// the step size: t/ε, rounded, at least one and at most ``HamiltonianMonteCarlo/maximumSteps``.
  case time(upTo: Double)
}

/// Hamiltonian Monte Carlo over the real coordinates (Duane et al. 1987; Neal 2011).
///
/// Draws a whitened momentum r ~ N(0, I), follows the dynamics for a number of leapfrog steps of size ε, and accepts the
/// end with probability min(1, e^{H(start) − H(end)}). One evaluation with gradient a leapfrog step.
public struct HamiltonianMonteCarlo<Target: DifferentiableLogDensity>: TunableKernel {
  /// The most steps of a trajectory of a given time, where steps turn out to be tiny.
  public static var maximumSteps: Int { 1024 }

  public var target: Target
  public var tuning: Tuning
  /// How many leapfrog steps a trajectory has.
  public let length: TrajectoryLength

  /// - Precondition: at least one step.
  public init(_ target: Target, tuning: Tuning, length: TrajectoryLength) {
    switch length {
    case .fixed(let count): precondition(count >= 1, "a trajectory has at least one step")
    case .uniform(let range): precondition(range.lowerBound >= 1, "a trajectory has at least one step")
    case .time(let longest): precondition(longest > 0 && longest.isFinite, "a trajectory takes some time")
    }
    self.target = target
    self.tuning = tuning
    self.length = length
  }

  public var isReversible: Bool { true }
  /// Acceptance rate 0.8: the optimum 0.65 of Beskos et al. 2013 with a margin for targets of varying curvature.
  public var tuningGoal: TuningGoal { TuningGoal(acceptanceRate: 0.8) }

  /// The momentum r.
  public func makeScratch() -> [Double] { [Double](repeating: 0, count: target.layout.realCount) }

  public func prepare(_ point: inout PointState<Target>) throws { try point.requireFiniteGradient(of: target) }

  @inlinable
  public func evaluateStart(_ point: inout PointState<Target>) -> Int {
    point.current.evaluateGradient(target, using: &point.workspace)
  }

  @inlinable
  public func step(
    _ point: inout PointState<Target>, scratch momentum: inout [Double], using stream: inout RandomStream
  ) -> Transition {
    let count =
      switch length {
      case .fixed(let count): count
      case .uniform(let range): range.lowerBound + stream.integer(below: range.count)
      case .time(let longest): steps(of: longest * (0.5 + 0.5 * stream.uniform()))
      }
    stream.fillStandardNormal(&momentum)
    var transition = point.followTrajectory(of: target, tuning, momentum: &momentum, steps: count)
    transition.stepSize = tuning.stepSize
    if MetropolisRule.accepts(transition.acceptanceRate, using: &stream) {
      point.accept()
      transition.energy += transition.energyError
      transition.moved = true
    }
    return transition
  }

  /// As many steps as a time takes.
  @inlinable
  func steps(of time: Double) -> Int {
    Int(max(1, min((time / tuning.stepSize).rounded(), Double(Self.maximumSteps))))
  }

  @inlinable
  public func trialAcceptance(
    _ point: inout PointState<Target>, scratch momentum: inout [Double], using stream: inout RandomStream
  ) -> Double {
    stream.fillStandardNormal(&momentum)
    return point.followTrajectory(of: target, tuning, momentum: &momentum, steps: 1).acceptanceRate
  }
}
