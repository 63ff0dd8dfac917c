// The No-U-Turn sampler: trajectories that double until they turn back, with multinomial choice of the draw.

/// The No-U-Turn sampler with multinomial sampling, as in current Stan (Hoffman & Gelman 2014; Betancourt 2017, appendix A).
///
/// A trajectory of leapfrog steps doubles, forwards or backwards at random, until it makes a U-turn: until, with ρ the sum
/// of the momenta over the trajectory or over any of the binary subtrees it was built of, the momentum of either end has
/// no positive product with ρ; likewise with ρ of either half extended by the neighbouring state of the other half. A
/// subtree that turns is discarded and ends the transition. The draw is chosen among the states of a new subtree with
/// probability ∝ e^{−H}, and replaces that of the older trajectory with probability min(1, weight of new/weight of old).
/// In whitened momenta the criterion needs no metric: pᵀΣρ = r·ρ_r.
///
/// Given the trajectory, the choice is reversible with respect to e^{−H}, hence so is the kernel. One evaluation with
/// gradient a leapfrog step; memory 3 (depth + 1) + 11 vectors.
public struct NoUTurn<Target: DifferentiableLogDensity>: TunableKernel {
  public var target: Target
  public var tuning: Tuning
  /// At most this many doublings: 2^depth − 1 leapfrog steps.
  public let maximumDepth: Int

  /// - Precondition: `maximumDepth` in 1 ... 30.
  public init(_ target: Target, tuning: Tuning, maximumDepth: Int = 10) {
    precondition((1...30).contains(maximumDepth), "the maximum tree depth is 1 ... 30")
    self.target = target
    self.tuning = tuning
    self.maximumDepth = maximumDepth
  }

  public var isReversible: Bool { true }
  /// Mean acceptance rate 0.8 over the trajectory, as in Stan.
  public var tuningGoal: TuningGoal { TuningGoal(acceptanceRate: 0.8) }

  public func makeScratch() -> NoUTurnScratch {
    NoUTurnScratch(layout: target.layout, maximumDepth: maximumDepth)
  }

  public func prepare(_ point: inout PointState<Target>) throws { try point.requireFiniteGradient(of: target) }

  @inlinable
  public func evaluateStart(_ point: inout PointState<Target>) -> Int {
    point.current.evaluateGradient(target, using: &point.workspace)
  }

  @inlinable
  public func trialAcceptance(
    _ point: inout PointState<Target>, scratch: inout NoUTurnScratch, using stream: inout RandomStream
  ) -> Double {
    point.current.evaluateGradient(target, using: &point.workspace)
    stream.fillStandardNormal(&scratch.forwardMomentum)
    let start = point.current.energy(momentum: scratch.forwardMomentum)
    point.proposed.copy(from: point.current)
    point.proposed.leapfrog(
      target, momentum: &scratch.forwardMomentum, by: tuning.stepSize, metric: tuning.inverseMetric,
      using: &point.workspace)
    let end = point.proposed.energy(momentum: scratch.forwardMomentum)
    return end.isFinite ? MetropolisRule.probability(start - end) : 0
  }

  @inlinable
  public func step(
    _ point: inout PointState<Target>, scratch: inout NoUTurnScratch, using stream: inout RandomStream
  ) -> Transition {
    var transition = Transition()
    transition.stepSize = tuning.stepSize
    transition.evaluations = point.current.evaluateGradient(target, using: &point.workspace)
    stream.fillStandardNormal(&scratch.forwardMomentum)
    let start = point.current.energy(momentum: scratch.forwardMomentum)
    scratch.begin(at: point.current)
    var tree = Subtree(startEnergy: start)
    var drawEnergy = start
    var logWeight = 0.0

    while transition.treeDepth < maximumDepth {
      let forwards = stream.bernoulli(0.5)
      scratch.setTrunk(growingForwards: forwards)
      tree.reset()
      let complete: Bool
      if forwards {
        complete = grow(
          &scratch.forward, momentum: &scratch.forwardMomentum, by: tuning.stepSize, depth: transition.treeDepth,
          tree: &tree, candidate: &scratch.candidate, nodes: &scratch.nodes, workspace: &point.workspace,
          using: &stream)
      } else {
        complete = grow(
          &scratch.backward, momentum: &scratch.backwardMomentum, by: -tuning.stepSize, depth: transition.treeDepth,
          tree: &tree, candidate: &scratch.candidate, nodes: &scratch.nodes, workspace: &point.workspace,
          using: &stream)
      }
      guard complete else { break }
      transition.treeDepth += 1
      if MetropolisRule.accepts(MetropolisRule.probability(tree.logWeight - logWeight), using: &stream) {
        swap(&point.proposed, &scratch.candidate)
        drawEnergy = tree.candidateEnergy
        transition.moved = true
      }
      logWeight = logSumExp(logWeight, tree.logWeight)
      guard scratch.nodes.merge(intoSlot: 0) else { break }
    }

    if transition.moved { point.accept() }
    transition.steps = tree.steps
    transition.evaluations += tree.steps
    transition.acceptanceRate = tree.acceptanceSum / Double(tree.steps)
    transition.tunedAcceptanceRate = transition.acceptanceRate
    transition.diverging = tree.diverged
    transition.nonFinite = tree.nonFinite
    transition.energy = drawEnergy
    transition.energyError = drawEnergy - start
    return transition
  }

  /// What is known of the subtree being built, and of all subtrees of the transition.
  @usableFromInline
  struct Subtree {
    @usableFromInline let startEnergy: Double
    /// Of this subtree.
    @usableFromInline var logWeight = -Double.infinity
    @usableFromInline var candidateEnergy = Double.nan
    /// Of all subtrees.
    @usableFromInline var steps = 0
    @usableFromInline var acceptanceSum = 0.0
    @usableFromInline var diverged = false
    @usableFromInline var nonFinite = 0

    @usableFromInline
    init(startEnergy: Double) { self.startEnergy = startEnergy }

    @usableFromInline
    mutating func reset() { logWeight = -.infinity }
  }

  /// Extends the trajectory from `end` by 2^depth steps; false if they turn or diverge.
  ///
  /// The recursion over subtrees is a binary counter: state number k completes as many subtrees as k + 1 has trailing
  /// zero bits, and each is merged into the one before it. The candidate is replaced by each new state with probability
  /// weight of state/weight so far, which chooses among all with probability ∝ weight.
  @inlinable
  func grow(
    _ end: inout EvaluatedPoint, momentum: inout [Double], by step: Double, depth: Int, tree: inout Subtree,
    candidate: inout EvaluatedPoint, nodes: inout TrajectoryNodes, workspace: inout Target.Workspace,
    using stream: inout RandomStream
  ) -> Bool {
    var slot = 0
    for number in 1...(1 << depth) {
      end.leapfrog(target, momentum: &momentum, by: step, metric: tuning.inverseMetric, using: &workspace)
      tree.steps += 1
      let energy = end.energy(momentum: momentum)
      guard energy.isFinite else {
        tree.nonFinite += 1
        tree.diverged = true
        return false
      }
      let logRatio = tree.startEnergy - energy
      tree.acceptanceSum += MetropolisRule.probability(logRatio)
      guard -logRatio <= Transition.divergenceThreshold else {
        tree.diverged = true
        return false
      }
      tree.logWeight = logSumExp(tree.logWeight, logRatio)
      if MetropolisRule.accepts(MetropolisRule.probability(logRatio - tree.logWeight), using: &stream) {
        candidate.copy(from: end)
        tree.candidateEnergy = energy
      }
      slot += 1
      nodes.setLeaf(momentum, slot: slot)
      for _ in 0..<number.trailingZeroBitCount {
        slot -= 1
        guard nodes.merge(intoSlot: slot) else { return false }
      }
    }
    return true
  }
}

/// ln(e^a + e^b).
@usableFromInline
func logSumExp(_ a: Double, _ b: Double) -> Double {
  let larger = max(a, b)
  return larger == -.infinity ? larger : larger + log1p(exp(min(a, b) - larger))
}

/// The scratch memory of ``NoUTurn``: both ends of the trajectory, a candidate, and the subtrees being built.
public struct NoUTurnScratch: KernelScratch {
  @usableFromInline var forward: EvaluatedPoint
  @usableFromInline var backward: EvaluatedPoint
  @usableFromInline var candidate: EvaluatedPoint
  @usableFromInline var forwardMomentum: [Double]
  @usableFromInline var backwardMomentum: [Double]
  @usableFromInline var nodes: TrajectoryNodes

  init(layout: ParameterLayout, maximumDepth: Int) {
    let n = layout.realCount
    let point = EvaluatedPoint(position: [Double](repeating: 0, count: layout.dimension), realCount: n)
    (forward, backward, candidate) = (point, point, point)
    forwardMomentum = [Double](repeating: 0, count: n)
    backwardMomentum = forwardMomentum
    nodes = TrajectoryNodes(count: n, slots: maximumDepth + 1)
  }

  /// A trajectory of one state with the momentum drawn into `forwardMomentum`.
  @usableFromInline
  mutating func begin(at point: EvaluatedPoint) {
    forward.copy(from: point)
    backward.copy(from: point)
    VectorOperations.copy(forwardMomentum, into: &backwardMomentum, range: 0..<forwardMomentum.count)
    nodes.setLeaf(forwardMomentum, slot: 0)
  }

  /// Orders the trajectory's ends, in slot 0, as the growth of its next half will see them.
  @usableFromInline
  mutating func setTrunk(growingForwards: Bool) {
    if growingForwards {
      nodes.setEnds(first: backwardMomentum, last: forwardMomentum, slot: 0)
    } else {
      nodes.setEnds(first: forwardMomentum, last: backwardMomentum, slot: 0)
    }
  }
}

/// Momenta of a stack of subtrees: of each, those of the first and the last state in order of growth, and their sum ρ.
@usableFromInline
struct TrajectoryNodes: Sendable {
  /// Narrower than other sums: six of them then fit into the registers of any processor.
  private typealias Lanes = SIMD4<Double>
  private let count: Int
  private var values: [Double]

  init(count: Int, slots: Int) {
    self.count = count
    values = [Double](repeating: 0, count: 3 * count * slots)
  }

  /// Makes a slot a subtree of one state.
  @usableFromInline
  mutating func setLeaf(_ momentum: [Double], slot: Int) {
    setEnds(first: momentum, last: momentum, slot: slot)
    store(momentum, at: 3 * slot + 2)
  }

  /// Sets first and last momentum of a slot.
  @usableFromInline
  mutating func setEnds(first: [Double], last: [Double], slot: Int) {
    store(first, at: 3 * slot)
    store(last, at: 3 * slot + 1)
  }

  private mutating func store(_ vector: [Double], at index: Int) {
    precondition(vector.count == count && (index + 1) * count <= values.count)
    values.withUnsafeMutableBufferPointer { values in
      vector.withUnsafeBufferPointer { vector in
        guard let from = vector.baseAddress else { return }
        (values.baseAddress! + index * count).update(from: from, count: count)
      }
    }
  }

  /// Joins the subtree of `slot` and the next into `slot`; false if the joint one makes a U-turn.
  ///
  /// With ρ = ρ_a + ρ_b it turns unless first_a·ρ, last_b·ρ, first_a·(ρ_a + first_b), first_b·(ρ_a + first_b),
  /// last_a·(ρ_b + last_a) and last_b·(ρ_b + last_a) are all positive.
  @usableFromInline
  mutating func merge(intoSlot slot: Int) -> Bool {
    let n = count
    precondition(3 * (slot + 2) * n <= values.count)
    return values.withUnsafeMutableBufferPointer { values in
      guard n > 0 else { return false }
      let firstA = values.baseAddress! + 3 * slot * n
      let (lastA, sumA, firstB) = (firstA + n, firstA + 2 * n, firstA + 3 * n)
      let (lastB, sumB) = (firstA + 4 * n, firstA + 5 * n)
      var whole = (Lanes.zero, Lanes.zero)
      var left = whole
      var right = whole
      var i = 0
      while i < n {
        let (fa, la, sa) = (Self.lanes(firstA, i, n), Self.lanes(lastA, i, n), Self.lanes(sumA, i, n))
        let (fb, lb, sb) = (Self.lanes(firstB, i, n), Self.lanes(lastB, i, n), Self.lanes(sumB, i, n))
        let (sum, leftSum, rightSum) = (sa + sb, sa + fb, sb + la)
        whole.0 += fa * sum
        whole.1 += lb * sum
        left.0 += fa * leftSum
        left.1 += fb * leftSum
        right.0 += la * rightSum
        right.1 += lb * rightSum
        i += 4
      }
      let persists =
        whole.0.sum() > 0 && whole.1.sum() > 0 && left.0.sum() > 0 && left.1.sum() > 0 && right.0.sum() > 0
        && right.1.sum() > 0
      for i in 0..<n { sumA[i] += sumB[i] }
      lastA.update(from: lastB, count: n)
      return persists
    }
  }

  /// Four entries from `index` on, zeros past the end.
  @inline(__always)
  private static func lanes(_ pointer: UnsafeMutablePointer<Double>, _ index: Int, _ count: Int)
    -> Lanes
  {
    if index + 4 <= count { return UnsafeRawPointer(pointer + index).loadUnaligned(as: Lanes.self) }
    var lanes = Lanes.zero
    for i in index..<count { lanes[i - index] = pointer[i] }
    return lanes
  }
}
