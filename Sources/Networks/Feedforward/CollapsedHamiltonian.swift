// Hamiltonian Monte Carlo of a feedforward network's hidden weights, with the output weights integrated out and then drawn.

import Sampling

/// Two moves of a step: a trajectory of the hidden weights in ``HiddenDensity``, and a draw of the output weights given these.
///
/// The output weights follow the hidden ones at once, instead of holding every step of a trajectory to the width of their law given the
/// hidden ones. A step costs its evaluations of the hidden density; the log density of the network comes with the draw.
public struct CollapsedHamiltonian: TunableKernel {
  public var target: FeedforwardDensity {
    didSet {
      guard let hidden = HiddenDensity(target) else { preconditionFailure("the new target has no hidden density") }
      inner.target = hidden
    }
  }
  public var tuning: Tuning {
    get { Tuning(stepSize: inner.tuning.stepSize) }
    set { inner.tuning.stepSize = newValue.stepSize }
  }
  private var inner: HamiltonianMonteCarlo<HiddenDensity>

  /// Nil if the target's potential is neither a loss nor a constraint.
  ///
  /// - Parameters:
  ///   - stepSize: in units of the prior, which is the metric.
  ///   - length: of each trajectory.
  /// - Precondition: a finite, positive step size; at least one step.
  public init?(
    _ target: FeedforwardDensity, stepSize: Double, length: TrajectoryLength
  ) {
    self.init(target, stepSize: stepSize, length: length) { _ in }
  }

  /// With a task that is changed: for tests, which must notice.
  init?(
    _ target: FeedforwardDensity, stepSize: Double, length: TrajectoryLength,
    adjust: (inout NeuronSumTask) -> Void
  ) {
    guard let hidden = HiddenDensity(target, adjust: adjust) else { return nil }
    self.target = target
    inner = HamiltonianMonteCarlo(hidden, tuning: Tuning(stepSize: stepSize, inUnitsOf: hidden), length: length)
  }

  public var tuningGoal: TuningGoal {
    var goal = inner.tuningGoal
    goal.usesMetric = false
    return goal
  }

  /// The hidden weights, momentum, noise. Memory without information: what is known of the hidden weights is used only while they are the
  /// chain's.
  public struct Scratch: KernelScratch {
    var hidden: PointState<HiddenDensity>
    var momentum: [Double]
    /// A number an output weight, and one an output.
    var noise: [Double]
  }

  public func makeScratch() -> Scratch {
    Scratch(
      hidden: PointState(unevaluatedAt: [Double](repeating: 0, count: inner.target.dimension), of: inner.target),
      momentum: inner.makeScratch(),
      noise: [Double](repeating: 0, count: inner.target.missing + inner.target.marginal.rows))
  }

  public func step(
    _ point: inout PointState<FeedforwardDensity>, scratch: inout Scratch, using stream: inout RandomStream
  ) -> Transition {
    follow(point.current.position, &scratch.hidden.current)
    // Known but for a chain's first step; not counted there, so that a chain that goes on counts as one that never stopped.
    scratch.hidden.current.evaluateGradient(inner.target, using: &scratch.hidden.workspace)
    var transition = inner.step(&scratch.hidden, scratch: &scratch.momentum, using: &stream)
    if !transition.moved {
      // The workspace has the end of the trajectory that was not taken.
      scratch.hidden.current.invalidate()
      transition.evaluations += scratch.hidden.current.evaluateGradient(inner.target, using: &scratch.hidden.workspace)
    }
    Self.fill(&scratch.noise, using: &stream)
    let missing = inner.target.missing
    let logDensity = point.current.position.withUnsafeMutableBufferPointer { x in
      scratch.noise.withUnsafeMutableBufferPointer { noise in
        scratch.hidden.current.position.withUnsafeBufferPointer {
          (x.baseAddress! + missing).update(from: $0.baseAddress!, count: $0.count)
        }
        return inner.target.logPrior(x.baseAddress! + missing)
          + inner.target.drawOutputs(noise.baseAddress!, into: x.baseAddress!, using: &scratch.hidden.workspace)
      }
    }
    point.current.invalidate()
    point.current.setLogDensity(logDensity)
    transition.moved = true
    return transition
  }

  public func trialAcceptance(
    _ point: inout PointState<FeedforwardDensity>, scratch: inout Scratch, using stream: inout RandomStream
  ) -> Double {
    follow(point.current.position, &scratch.hidden.current)
    return inner.trialAcceptance(&scratch.hidden, scratch: &scratch.momentum, using: &stream)
  }

  /// Takes over the hidden weights of a position, if they are others.
  private func follow(_ position: [Double], _ hidden: inout EvaluatedPoint) {
    let missing = inner.target.missing
    let isSame = position.withUnsafeBufferPointer { position in
      hidden.position.withUnsafeMutableBufferPointer { hidden in
        let from = position.baseAddress! + missing
        guard memcmp(from, hidden.baseAddress!, hidden.count * MemoryLayout<Double>.stride) != 0 else { return true }
        hidden.baseAddress!.update(from: from, count: hidden.count)
        return false
      }
    }
    if !isSame { hidden.invalidate() }
  }

  private static func fill(_ noise: inout [Double], using stream: inout RandomStream) {
    var span = noise.mutableSpan
    stream.fillStandardNormal(&span)
  }
}

extension FeedforwardDensity {
  public func collapsedTrajectoryKernel(stepSize: Double, length: TrajectoryLength) -> CollapsedHamiltonian? {
    CollapsedHamiltonian(self, stepSize: stepSize, length: length)
  }
}
