// Hamiltonian Monte Carlo with a momentum that persists, and rejections that come together (Horowitz 1991; Neal 2020).

/// Generalized Hamiltonian Monte Carlo over the real coordinates.
///
/// The whitened momentum r and the level u, uniform on [−1, 1], stay from one step to the next. A step
/// refreshes the momentum in part, r ← a r + √(1 − a²) n with n ~ N(0, I) and a = e^{−Lε/T}; follows the dynamics for L leapfrog steps of
/// size ε; moves the level, u ← u + δ, wrapped into [−1, 1]; accepts the end if |u| < e^{H(start) − H(end)}, and then divides u by that
/// ratio; otherwise the momentum is turned round. Each part leaves p(x) N(r; 0, I) U(u; −1, 1) invariant, but not reversibly: by the
/// level rejections come in a row, and between them the chain keeps its direction over many steps (Neal 2020, arXiv:2001.11950).
/// One evaluation with gradient a leapfrog step.
public struct GeneralizedHamiltonianMonteCarlo<Target: DifferentiableLogDensity>: TunableKernel {
  public var target: Target
  public var tuning: Tuning
  /// L: leapfrog steps of a step of the chain.
  public let steps: Int
  /// T: the time, in units of the metric's standard deviations, in which all but 1/e of a momentum is forgotten.
  public let persistence: Double
  /// δ: how far the level moves in a step.
  public let levelShift: Double

  /// The defaults of persistence and shift are round numbers, not the result of a measurement.
  ///
  /// - Precondition: at least one step, a positive persistence, a shift between 0 and 1.
  public init(_ target: Target, tuning: Tuning, steps: Int = 1, persistence: Double = 1.5, levelShift: Double = 0.03) {
    precondition(steps >= 1, "a trajectory has at least one step")
    precondition(persistence > 0 && levelShift > 0 && levelShift < 1, "no such persistence or shift")
    self.target = target
    self.tuning = tuning
    self.steps = steps
    self.persistence = persistence
    self.levelShift = levelShift
  }

  /// Acceptance rate 0.9: a rejection turns the chain round, which costs more than one of a momentum that is drawn anew.
  public var tuningGoal: TuningGoal { TuningGoal(acceptanceRate: 0.9) }

  public func makeScratch() -> PersistentMomentum { PersistentMomentum(count: target.layout.realCount) }

  public func prepare(_ point: inout PointState<Target>) throws { try point.requireFiniteGradient(of: target) }

  @inlinable
  public func evaluateStart(_ point: inout PointState<Target>) -> Int {
    point.current.evaluateGradient(target, using: &point.workspace)
  }

  @inlinable
  public func step(
    _ point: inout PointState<Target>, scratch memory: inout PersistentMomentum, using stream: inout RandomStream
  ) -> Transition {
    memory.refresh(keeping: exp(-Double(steps) * tuning.stepSize / persistence), using: &stream)
    var transition = point.followTrajectory(of: target, tuning, momentum: &memory.end, steps: steps)
    transition.stepSize = tuning.stepSize
    let ratio = transition.nonFinite == 0 ? exp(-transition.energyError) : 0
    if memory.accepts(ratio, shift: levelShift) {
      point.accept()
      transition.energy += transition.energyError
      transition.moved = true
    }
    return transition
  }

  @inlinable
  public func trialAcceptance(
    _ point: inout PointState<Target>, scratch memory: inout PersistentMomentum, using stream: inout RandomStream
  ) -> Double {
    stream.fillStandardNormal(&memory.end)
    return point.followTrajectory(of: target, tuning, momentum: &memory.end, steps: 1).acceptanceRate
  }
}

/// What ``GeneralizedHamiltonianMonteCarlo`` carries from step to step: momentum and level.
public struct PersistentMomentum: KernelScratch {
  /// r.
  public internal(set) var momentum: [Double]
  /// u, in −1 ... 1; NaN before the first step.
  public internal(set) var level = Double.nan
  /// Where a trajectory ends: carries nothing over.
  @usableFromInline var end: [Double]

  init(count: Int) {
    momentum = [Double](repeating: 0, count: count)
    end = momentum
  }

  /// Draws both before the first step, later the momentum in part; a trajectory then starts with what ``end`` holds.
  @usableFromInline
  mutating func refresh(keeping kept: Double, using stream: inout RandomStream) {
    stream.fillStandardNormal(&end)
    if level.isNaN {
      level = 2 * stream.uniform() - 1
      VectorOperations.copy(end, into: &momentum, range: 0..<end.count)
    } else {
      let fresh = (1 - kept * kept).squareRoot()
      for index in momentum.indices { momentum[index] = kept * momentum[index] + fresh * end[index] }
      VectorOperations.copy(momentum, into: &end, range: 0..<end.count)
    }
  }

  /// Moves the level and decides; keeps the momentum of the end, or turns that of the start round.
  @usableFromInline
  mutating func accepts(_ ratio: Double, shift: Double) -> Bool {
    level += shift
    if level > 1 { level -= 2 }
    guard abs(level) < ratio else {
      for index in momentum.indices { momentum[index] = -momentum[index] }
      return false
    }
    level /= ratio
    swap(&momentum, &end)
    return true
  }

  public func save(to archive: inout [Double]) {
    archive.append(level)
    archive.append(contentsOf: momentum)
  }

  public mutating func restore(from archive: inout ArraySlice<Double>) throws {
    level = try archive.next()
    guard level.isNaN || abs(level) <= 1 else { throw ArchiveError("the saved level \(level) is not in -1 ... 1") }
    momentum = try archive.next(momentum.count)
  }
}
