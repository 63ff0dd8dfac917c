// Networks moved neuron by neuron, with the neuron's output weight integrated out.

import Sampling

/// Sweeps over the neurons of a ``NeuronSumDensity``.
///
/// For neuron i, with e = Y − f Σ_{j≠i} w_j h_j what the others leave to explain, the output weight is Gaussian given h_i and is
/// integrated out,
///
///     ln ∫ dw_i p = const − ½ ln(1 + v) + ½ σ_w² q²/(1 + v),  v = σ_w² κ f² |h_i|²,  q = κ f e·h_i.
///
/// The neuron's other parameters take a Crank–Nicolson step x' = √(1 − ε²) x + ε s z (a gain is redrawn with probability ε),
/// accepted with that function's ratio, and w_i ~ N(σ_w² q/(1 + v), σ_w²/(1 + v)) is drawn anew. One neuron changes the log
/// density by O(1) at any N, so that steps are long, where a trajectory of all neurons must follow the stiffest direction that
/// they have in common; that direction is held by a restoring force that every update obeys.
///
/// A sweep costs N S responses, made in one batch, and O(N S) besides; a transition one batch more. The log density's value
/// comes with it. Warm-up tunes ε. `acceptance_rate` is that of the steps, `n_steps` the number of sweeps.
public struct NeuronGibbs<Target: NeuronSumDensity>: TunableKernel {
  public var target: Target {
    didSet {
      guard let task = target.neuronSumTask() else {
        preconditionFailure("the new target's neurons do not meet in a sum only")
      }
      self.task = task
    }
  }
  /// The step size is ε, in (0, 1]; the inverse metric is not used.
  public var tuning: Tuning
  /// Sweeps a transition.
  public let sweeps: Int
  private var task: NeuronSumTask
  private let scales: [Double]
  /// ln(π/(1 − π)) of the coins.
  private let logOdds: Double

  /// Nil if the target's neurons do not meet in a sum only (``NeuronSumDensity/neuronSumTask()``).
  ///
  /// - Precondition: `0 < stepSize <= 1`; at least one sweep.
  public init?(_ target: Target, stepSize: Double = 0.5, sweeps: Int = 16) {
    precondition(stepSize > 0 && stepSize <= 1, "a Crank-Nicolson step size is in (0, 1]")
    precondition(sweeps >= 1, "a transition has at least one sweep")
    guard let task = target.neuronSumTask() else { return nil }
    self.target = target
    self.task = task
    self.sweeps = sweeps
    tuning = Tuning(stepSize: stepSize)
    scales = target.priorScales
    logOdds = log(target.activeProbability / (1 - target.activeProbability))
  }

  /// With a task that is changed: for tests, which must notice.
  init?(_ target: Target, stepSize: Double, sweeps: Int, adjust: (inout NeuronSumTask) -> Void) {
    self.init(target, stepSize: stepSize, sweeps: sweeps)
    adjust(&task)
  }

  /// The acceptance rate at which a step in a few dimensions is most efficient (Gelman, Roberts & Gilks 1996).
  public var tuningGoal: TuningGoal { TuningGoal(acceptanceRate: 0.28, maximumStepSize: 1, usesMetric: false) }

  /// Responses at the position and at the proposed one, [neuron, response]; what is left to explain; noise.
  public struct Scratch: KernelScratch {
    var responses: [Double]
    var proposedResponses: [Double]
    var residual: [Double]
    var noise: [Double]
  }

  public func makeScratch() -> Scratch {
    let zeros = [Double](repeating: 0, count: target.neurons * target.responseCount)
    return Scratch(
      responses: zeros, proposedResponses: zeros, residual: [Double](repeating: 0, count: target.responseCount),
      noise: [Double](repeating: 0, count: scales.count))
  }

  public func step(
    _ point: inout PointState<Target>, scratch: inout Scratch, using stream: inout RandomStream
  ) -> Transition {
    var transition = Transition()
    start(&point, &scratch)
    var accepted = 0
    for _ in 0..<sweeps {
      propose(&point, &scratch, using: &stream)
      accepted += sweep(&point.current.position, point.proposed.position, &scratch, using: &stream)
    }
    point.proposed.invalidate()
    point.current.invalidate()
    point.current.setLogDensity(logDensity(of: point.current.position, residual: scratch.residual))
    transition.energy = -point.current.logDensity
    transition.acceptanceRate = Double(accepted) / Double(sweeps * target.neurons)
    transition.tunedAcceptanceRate = transition.acceptanceRate
    transition.stepSize = tuning.stepSize
    transition.steps = sweeps
    transition.moved = true
    return transition
  }

  /// The mean over neurons, each moved alone.
  public func trialAcceptance(
    _ point: inout PointState<Target>, scratch: inout Scratch, using stream: inout RandomStream
  ) -> Double {
    start(&point, &scratch)
    propose(&point, &scratch, using: &stream)
    let count = target.responseCount
    return scratch.responses.withUnsafeBufferPointer { responses in
      scratch.proposedResponses.withUnsafeBufferPointer { proposedResponses in
        scratch.residual.withUnsafeBufferPointer { residual in
          var sum = 0.0
          for i in 0..<target.neurons {
            let (here, there) = laws(
              weight: point.current.position[i], prior: scales[i], from: responses.baseAddress! + i * count,
              to: proposedResponses.baseAddress! + i * count, residual: residual.baseAddress!, count)
            sum += min(1, exp(there.logWeight(over: here)))
          }
          return sum / Double(target.neurons)
        }
      }
    }
  }

  /// Takes the arrays apart, which exclusivity checking would not let both be reached through one value.
  private static func respond(
    _ target: Target, at position: [Double], into responses: inout [Double], using workspace: inout Target.Workspace
  ) {
    var span = responses.mutableSpan
    target.writeResponses(at: position.span, into: &span, using: &workspace)
  }

  /// Writes the responses at the present position and Y − f Σ_i w_i h_i.
  private func start(_ point: inout PointState<Target>, _ scratch: inout Scratch) {
    Self.respond(target, at: point.current.position, into: &scratch.responses, using: &point.workspace)
    let count = target.responseCount
    scratch.residual.withUnsafeMutableBufferPointer { residual in
      scratch.responses.withUnsafeBufferPointer { responses in
        for s in 0..<count { residual[s] = task.wanted[s] }
        for i in 0..<target.neurons {
          VectorKernels.add(
            -task.factor * point.current.position[i], times: responses.baseAddress! + i * count,
            to: residual.baseAddress!, count: count)
        }
      }
    }
  }

  /// Writes a step of every parameter but the output weights into the proposed point, and the responses there.
  private func propose(
    _ point: inout PointState<Target>, _ scratch: inout Scratch, using stream: inout RandomStream
  ) {
    Self.fill(&scratch.noise, using: &stream)
    let step = tuning.stepSize
    let kept = (1 - step * step).squareRoot()
    Self.propose(
      from: point.current.position, into: &point.proposed.position, noise: scratch.noise, scales: scales,
      persistence: kept, spread: step)
    for j in target.layout.binaryRange {
      let isRedrawn = stream.bernoulli(step)
      point.proposed.position[j] =
        isRedrawn ? (stream.bernoulli(target.activeProbability) ? 1 : 0) : point.current.position[j]
    }
    Self.respond(target, at: point.proposed.position, into: &scratch.proposedResponses, using: &point.workspace)
  }

  private static func fill(_ noise: inout [Double], using stream: inout RandomStream) {
    var span = noise.mutableSpan
    stream.fillStandardNormal(&span)
  }

  private static func propose(
    from position: [Double], into proposed: inout [Double], noise: [Double], scales: [Double], persistence: Double,
    spread: Double
  ) {
    proposed.withUnsafeMutableBufferPointer { proposed in
      position.withUnsafeBufferPointer { position in
        noise.withUnsafeBufferPointer { noise in
          scales.withUnsafeBufferPointer { scales in
            for j in 0..<scales.count {
              proposed[j] = persistence * position[j] + spread * (scales[j] * noise[j])
            }
          }
        }
      }
    }
  }

  /// ln p of a position, given what is left to explain there.
  private func logDensity(of position: [Double], residual: [Double]) -> Double {
    var squares = 0.0
    var ones = 0.0
    position.withUnsafeBufferPointer { position in
      scales.withUnsafeBufferPointer { scales in
        for j in 0..<scales.count { squares += (position[j] / scales[j]) * (position[j] / scales[j]) }
      }
      for j in target.layout.binaryRange { ones += position[j] }
    }
    let left = residual.withUnsafeBufferPointer { sumOfSquares($0.baseAddress!, $0.count) }
    return -squares / 2 + logOdds * ones - task.precision / 2 * left + task.offset
  }

  /// Visits every neuron once; returns how many proposals were accepted.
  private func sweep(
    _ position: inout [Double], _ proposed: [Double], _ scratch: inout Scratch, using stream: inout RandomStream
  ) -> Int {
    let n = target.neurons
    let count = target.responseCount
    let dimension = target.dimension
    var accepted = 0
    position.withUnsafeMutableBufferPointer { position in
      proposed.withUnsafeBufferPointer { proposed in
        scratch.responses.withUnsafeMutableBufferPointer { responses in
          scratch.proposedResponses.withUnsafeBufferPointer { proposedResponses in
            scratch.residual.withUnsafeMutableBufferPointer { residual in
              let left = residual.baseAddress!
              for i in 0..<n {
                let present = responses.baseAddress! + i * count
                let candidate = proposedResponses.baseAddress! + i * count
                let moves = move(
                  &position[i], prior: scales[i], noise: scratch.noise[i], from: present, to: candidate,
                  residual: left, count, using: &stream)
                if moves {
                  accepted += 1
                  present.update(from: candidate, count: count)
                  for j in stride(from: n + i, to: dimension, by: n) { position[j] = proposed[j] }
                }
              }
            }
          }
        }
      }
    }
    return accepted
  }

  /// The laws of a neuron's output weight where it is and where it is proposed to be.
  @inline(__always)
  private func laws(
    weight: Double, prior scale: Double, from h: UnsafePointer<Double>, to candidate: UnsafePointer<Double>,
    residual: UnsafePointer<Double>, _ count: Int
  ) -> (here: OutputWeightLaw, there: OutputWeightLaw) {
    let products = ResponseProducts(h, candidate, residual, count)
    let own = task.factor * weight
    return (
      OutputWeightLaw(
        square: products.square, overlap: products.residual + own * products.square, scale: scale, task),
      OutputWeightLaw(
        square: products.candidateSquare, overlap: products.candidateResidual + own * products.cross, scale: scale,
        task)
    )
  }

  /// Decides on a neuron's proposal, draws its output weight, and brings the residual up to date.
  @inline(__always)
  private func move(
    _ weight: inout Double, prior scale: Double, noise: Double, from h: UnsafePointer<Double>,
    to candidate: UnsafePointer<Double>, residual: UnsafeMutablePointer<Double>, _ count: Int,
    using stream: inout RandomStream
  ) -> Bool {
    let old = task.factor * weight
    let (here, there) = laws(weight: weight, prior: scale, from: h, to: candidate, residual: residual, count)
    let moves = stream.uniformPositive() < exp(there.logWeight(over: here))
    let law = moves ? there : here
    weight = law.mean + law.deviation * noise
    let new = task.factor * weight
    if moves {
      VectorKernels.add(old, times: h, -new, times: candidate, to: residual, count: count)
    } else {
      VectorKernels.add(old - new, times: h, to: residual, count: count)
    }
    return moves
  }
}

/// The Gaussian law of a neuron's output weight given all else, and what is left of ln p once the weight is integrated out:
/// `exponent` − ½ ln `shrinkage`.
struct OutputWeightLaw {
  /// 1 + v.
  let shrinkage: Double
  /// ½ σ_w² q²/(1 + v).
  let exponent: Double
  let mean: Double
  let deviation: Double

  /// - Parameters:
  ///   - square: |h|².
  ///   - overlap: e·h.
  @inline(__always)
  init(square: Double, overlap: Double, scale: Double, _ task: NeuronSumTask) {
    let variance = scale * scale
    let slope = task.precision * task.factor
    shrinkage = 1 + variance * slope * task.factor * square
    mean = variance * slope * overlap / shrinkage
    exponent = 0.5 * mean * slope * overlap
    deviation = scale / shrinkage.squareRoot()
  }

  /// ln of the ratio of what the weight's integral is here and at another's place.
  @inline(__always)
  func logWeight(over other: OutputWeightLaw) -> Double {
    exponent - other.exponent - 0.5 * log(shrinkage / other.shrinkage)
  }
}

/// The scalar products of a neuron's responses h, the proposed ones h' and the residual r, in one pass.
struct ResponseProducts {
  /// |h|², h·r.
  let square: Double
  let residual: Double
  /// |h'|², h'·r, h'·h.
  let candidateSquare: Double
  let candidateResidual: Double
  let cross: Double

  @inline(__always)
  init(_ h: UnsafePointer<Double>, _ candidate: UnsafePointer<Double>, _ residual: UnsafePointer<Double>, _ count: Int)
  {
    let products = VectorKernels.responseProducts(h, candidate, residual, count: count)
    square = products.hh
    self.residual = products.hr
    candidateSquare = products.cc
    candidateResidual = products.cr
    cross = products.ch
  }
}
