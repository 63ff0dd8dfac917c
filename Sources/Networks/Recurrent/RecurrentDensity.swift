// The log density of a whole recurrent network, bound to its task by trials.

import Sampling

/// ln p(Θ) = −½ Σ_j (θ_j/s_j)² − t n β L, L = (K/2M) Σ (y − Y)² over the masked entries of trials, n = N in mean-field and 1 in standard scaling.
///
/// Position: the blocks of ``RecurrentArchitecture/prior(_:)``. Constants are omitted. With T steps of B trials one evaluation costs
/// 2 T B N² multiplications and additions, with its gradient, by back-propagation through time, 6 T B N²; nothing is allocated.
public struct RecurrentDensity: Sendable {
  public let architecture: RecurrentArchitecture
  /// The prior standard deviations, σ_J as that of hidden weights.
  public let scales: WeightScales
  /// The trials that bind networks.
  public let batch: TrialBatch
  /// β ≥ 0.
  public let tightness: Double
  /// t, in 0 ... 1.
  public private(set) var inverseTemperature = 1.0
  public let weightPrior: WeightPrior
  public var layout: ParameterLayout { weightPrior.layout }

  let pass: RecurrentPass
  private(set) var wanted: WantedTrials

  /// - Precondition: trials of the architecture's channels and contexts; a finite tightness that is not negative.
  public init(architecture: RecurrentArchitecture, scales: WeightScales, trials: TrialBatch, tightness: Double) {
    precondition(tightness >= 0 && tightness.isFinite, "a tightness is not negative")
    self.architecture = architecture
    self.scales = scales
    self.tightness = tightness
    batch = trials
    weightPrior = architecture.prior(scales)
    pass = RecurrentPass(architecture, trials: trials)
    wanted = WantedTrials(trials)
  }

  /// κ at t = 1: exp(−κ |y − Y|²/2) is the task's weight.
  var precision: Double { 2 * wanted.unit * tightness * taskFactor }

  /// The identities of the weights; where activations have no slope only that of the output weights, in which outputs are linear.
  var weightIdentities: WeightIdentities {
    guard !architecture.activation.isDifferentiable else { return weightPrior.identities }
    var outputs = ParameterLayout()
    outputs.append(layout.blocks[0].name, shape: layout.blocks[0].shape)
    return WeightIdentities(outputs)
  }

  /// y on any trials, [trial, time, output channel].
  ///
  /// Allocates its memory anew. - Precondition: trials of the architecture's channels and contexts.
  public func outputs(at position: Span<Double>, trials: TrialBatch) -> [Double] {
    Self.inTrials(trajectory(at: position, trials: trials).outputs, trials, channels: architecture.outputChannels)
  }

  /// h on any trials, [trial, time, neuron]. As ``outputs(at:trials:)``.
  public func activities(at position: Span<Double>, trials: TrialBatch) -> [Double] {
    Self.inTrials(trajectory(at: position, trials: trials).activities, trials, channels: architecture.neurons)
  }

  /// y, h and φ' by rows.
  func trajectory(
    at position: Span<Double>, trials: TrialBatch
  ) -> (outputs: [Double], activities: [Double], gains: [Double]) {
    let pass = RecurrentPass(architecture, trials: trials)
    var memory = [Double](repeating: 0, count: pass.memoryCount)
    return memory.withUnsafeMutableBufferPointer { memory in
      let memory = memory.baseAddress!
      position.withUnsafeBufferPointer { pass.forward($0.baseAddress!, memory) }
      func copy(_ values: UnsafeMutablePointer<Double>, _ count: Int) -> [Double] {
        Array(UnsafeBufferPointer(start: values, count: pass.rows * count))
      }
      return (
        copy(pass.outputs(in: memory), architecture.outputChannels),
        copy(pass.activities(in: memory), architecture.neurons), copy(pass.gains(in: memory), architecture.neurons)
      )
    }
  }

  /// From [time, trial, channel] to [trial, time, channel].
  static func inTrials(_ rows: [Double], _ batch: TrialBatch, channels: Int) -> [Double] {
    var result: [Double] = []
    result.reserveCapacity(rows.count)
    for trial in 0..<batch.trials {
      for t in 0..<batch.times {
        let first = (t * batch.trials + trial) * channels
        result += rows[first..<first + channels]
      }
    }
    return result
  }
}

extension RecurrentDensity: DifferentiableLogDensity {
  /// The trajectories of the network last evaluated.
  public struct Workspace: Sendable {
    var memory: [Double]
  }

  public func makeWorkspace() -> Workspace { Workspace(memory: [Double](repeating: 0, count: pass.memoryCount)) }

  public func logDensity(at position: Span<Double>, using workspace: inout Workspace) -> Double {
    workspace.memory.withUnsafeMutableBufferPointer { memory in
      position.withUnsafeBufferPointer { x in
        weightPrior.logDensity(x.baseAddress!) + inverseTemperature * logLikelihood(x.baseAddress!, memory.baseAddress!)
      }
    }
  }

  public func logDensity(
    at position: Span<Double>, gradient: inout MutableSpan<Double>, using workspace: inout Workspace
  ) -> Double {
    workspace.memory.withUnsafeMutableBufferPointer { memory in
      position.withUnsafeBufferPointer { x in
        gradient.withUnsafeMutableBufferPointer { gradient in
          let (x, memory, gradient) = (x.baseAddress!, memory.baseAddress!, gradient.baseAddress!)
          let value = weightPrior.logDensity(x) + inverseTemperature * logLikelihood(x, memory)
          weightPrior.writeGradient(x, to: gradient)
          pass.reverse(x, memory, addingTo: gradient)
          return value
        }
      }
    }
  }

  /// −n β L, leaving −t n β ∂L/∂y where the reverse pass expects it.
  private func logLikelihood(_ x: UnsafePointer<Double>, _ memory: UnsafeMutablePointer<Double>) -> Double {
    pass.forward(x, memory)
    return -precision / 2 * squaredError(memory, scale: -inverseTemperature * precision)
  }

  /// Σ (y − Y)² of the network that a forward pass left in memory.
  func squaredError(_ memory: UnsafeMutablePointer<Double>, scale: Double) -> Double {
    wanted.squaredError(pass.outputs(in: memory), scale: scale, slopes: pass.slopes(in: memory))
  }
}

extension RecurrentDensity: TemperableLogDensity {
  public func tempered(to inverseTemperature: Double) -> Self {
    precondition(inverseTemperature >= 0 && inverseTemperature <= 1, "an inverse temperature is in 0 ... 1")
    var copy = self
    copy.inverseTemperature = inverseTemperature
    return copy
  }

  /// −n β L.
  public func temperatureSlope(at position: Span<Double>, using workspace: inout Workspace) -> Double {
    workspace.memory.withUnsafeMutableBufferPointer { memory in
      position.withUnsafeBufferPointer { logLikelihood($0.baseAddress!, memory.baseAddress!) }
    }
  }
}

extension RecurrentDensity: NetworkDensity {
  public typealias CollapsedTrajectoryKernel = CollapsedHamiltonian<RecurrentHiddenDensity>

  public var taskFactor: Double { architecture.taskFactor }

  public func collapsedTrajectoryKernel(
    stepSize: Double, length: TrajectoryLength
  ) -> CollapsedHamiltonian<RecurrentHiddenDensity>? {
    CollapsedHamiltonian(self, stepSize: stepSize, length: length)
  }

  /// The wanted outputs drawn from Y ~ N(y, M/(t K β n)), where the mask asks for them.
  public func withTask(drawnGiven position: Span<Double>, using stream: inout RandomStream) -> Self? {
    let precision = inverseTemperature * precision
    guard precision > 0 else { return nil }
    var copy = self
    copy.wanted = wanted.drawn(
      given: trajectory(at: position, trials: batch).outputs, spread: 1 / precision.squareRoot(), using: &stream)
    return copy
  }

  public var taskData: [Double] { wanted.values }
}
