// Hamiltonian Monte Carlo of a network's other weights, with the output weights integrated out and then drawn.

import Sampling

/// Two moves of a step: a trajectory of the hidden weights in their own density, and a draw of the output weights given these.
///
/// The output weights follow the hidden ones at once, instead of holding every step of a trajectory to the width of their law given the
/// hidden ones. A step costs its evaluations of the hidden density; the log density of the network comes with the draw.
public struct CollapsedHamiltonian<Hidden: OutputlessDensity>: TunableKernel {
  public var target: Hidden.Network {
    didSet {
      guard let hidden = Hidden(target) else { preconditionFailure("the new target has no hidden density") }
      inner.target = hidden
    }
  }
  public var tuning: Tuning {
    get { Tuning(stepSize: inner.tuning.stepSize) }
    set { inner.tuning.stepSize = newValue.stepSize }
  }
  @usableFromInline
  var inner: HamiltonianMonteCarlo<Hidden>

  /// Nil if the target's output weights are not Gaussian given the rest.
  ///
  /// - Parameters:
  ///   - stepSize: in units of the prior, which is the metric.
  ///   - length: of each trajectory.
  /// - Precondition: a finite, positive step size; at least one step.
  public init?(_ target: Hidden.Network, stepSize: Double, length: TrajectoryLength) {
    guard let hidden = Hidden(target) else { return nil }
    self.init(target, hidden, stepSize: stepSize, length: length)
  }

  /// With a density that may be another's than the target: for tests, which must notice.
  init(_ target: Hidden.Network, _ hidden: Hidden, stepSize: Double, length: TrajectoryLength) {
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
    @usableFromInline var hidden: PointState<Hidden>
    @usableFromInline var momentum: [Double]
    /// A number an output weight, and one an output.
    @usableFromInline var noise: [Double]
  }

  public func makeScratch() -> Scratch {
    Scratch(
      hidden: PointState(unevaluatedAt: [Double](repeating: 0, count: inner.target.dimension), of: inner.target),
      momentum: inner.makeScratch(),
      noise: [Double](repeating: 0, count: inner.target.outputWeights + inner.target.outputRows))
  }

  @inlinable
  public func step(
    _ point: inout PointState<Hidden.Network>, scratch: inout Scratch, using stream: inout RandomStream
  ) -> Transition {
    scratch.hidden.current.follow(point.current.position, missing: inner.target.outputWeights)
    // Known but for a chain's first step; not counted there, so that a chain that goes on counts as one that never stopped.
    scratch.hidden.current.evaluateGradient(inner.target, using: &scratch.hidden.workspace)
    // Features that cannot meet a constraint, as those of dead neurons: no others are reached from there, nor it from others.
    if inner.target.isHard, !scratch.hidden.current.logDensity.isFinite { return Transition() }
    var transition = inner.step(&scratch.hidden, scratch: &scratch.momentum, using: &stream)
    if !transition.moved {
      // The workspace has the end of the trajectory that was not taken.
      scratch.hidden.current.invalidate()
      transition.evaluations += scratch.hidden.current.evaluateGradient(inner.target, using: &scratch.hidden.workspace)
    }
    Self.fill(&scratch.noise, using: &stream)
    let missing = inner.target.outputWeights
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

  @inlinable
  public func trialAcceptance(
    _ point: inout PointState<Hidden.Network>, scratch: inout Scratch, using stream: inout RandomStream
  ) -> Double {
    scratch.hidden.current.follow(point.current.position, missing: inner.target.outputWeights)
    return inner.trialAcceptance(&scratch.hidden, scratch: &scratch.momentum, using: &stream)
  }

  @usableFromInline
  static func fill(_ noise: inout [Double], using stream: inout RandomStream) {
    var span = noise.mutableSpan
    stream.fillStandardNormal(&span)
  }
}

extension EvaluatedPoint {
  /// Takes over the weights of a position that begins with `missing` others, if they have changed.
  @usableFromInline
  mutating func follow(_ whole: [Double], missing: Int) {
    let isSame = whole.withUnsafeBufferPointer { whole in
      position.withUnsafeMutableBufferPointer { own in
        let from = whole.baseAddress! + missing
        guard memcmp(from, own.baseAddress!, own.count * MemoryLayout<Double>.stride) != 0 else { return true }
        own.baseAddress!.update(from: from, count: own.count)
        return false
      }
    }
    if !isSame { invalidate() }
  }
}
