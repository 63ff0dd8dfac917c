// The log density of a recurrent network without its output weights, which are integrated out.

import Sampling

/// ln ∫ dw p(Θ) of a ``RecurrentDensity``: a density of all weights but the output weights.
///
/// Given the rest, output channels are independent, each with the masked activities of its channel as features, [entry, neuron]: tied weights
/// change nothing (THEORY section 10). Position: the blocks of the network's layout without the first. One evaluation costs that of the network
/// and of integrating out the output weights of each channel.
public struct RecurrentHiddenDensity: Sendable {
  public let layout: ParameterLayout
  public let priorScales: [Double]
  public let outputWeights: Int
  public let outputRows: Int
  private let pass: RecurrentPass
  private let prior: WeightPrior
  private let channels: [Channel]
  /// σ_w.
  private let spread: Double
  private let memoryCount: Int

  /// An output channel, and where its memory lies.
  private struct Channel: Sendable {
    /// nil where nothing is wanted of the channel: its output weights are those of the prior.
    let marginal: OutputMarginal?
    let rows: WantedTrials.Channel
    /// Of gathered features, and of the marginal.
    let featureOffset, marginalOffset: Int
    /// The first of its normal numbers of noise.
    let noiseOffset: Int
  }

  public init?(_ density: RecurrentDensity) { self.init(density) { _ in } }

  /// With tasks that are changed: for tests, which must notice.
  init(_ density: RecurrentDensity, adjust: (inout NeuronSumTask) -> Void) {
    pass = density.pass
    let neurons = density.architecture.neurons
    outputWeights = density.architecture.outputChannels * neurons
    prior = WeightPrior(Array(density.weightPrior.blocks.dropFirst()))
    layout = prior.layout
    priorScales = prior.scales
    var (next, noise) = (pass.memoryCount, 0)
    var channels: [Channel] = []
    spread = density.scales.output
    for rows in density.wanted.channels {
      guard !rows.rows.isEmpty else {
        channels.append(Channel(marginal: nil, rows: rows, featureOffset: 0, marginalOffset: 0, noiseOffset: noise))
        noise += neurons
        continue
      }
      var task = NeuronSumTask(
        wanted: rows.wanted, precision: density.inverseTemperature * density.precision,
        factor: density.architecture.readoutFactor)
      adjust(&task)
      let marginal = OutputMarginal(task, neurons: neurons, spread: density.scales.output)
      let features = rows.areContiguous ? 0 : rows.rows.count * neurons
      channels.append(
        Channel(
          marginal: marginal, rows: rows, featureOffset: next, marginalOffset: next + features, noiseOffset: noise))
      next += features + marginal.memoryCount
      noise += neurons + rows.rows.count
    }
    self.channels = channels
    memoryCount = next
    outputRows = channels.reduce(0) { $0 + $1.rows.rows.count }
  }

  /// The masked activities of a channel, [entry, neuron].
  private func features(
    _ channel: Channel, _ memory: UnsafeMutablePointer<Double>, gathering: Bool
  ) -> ReadoutFeatures {
    let neurons = pass.architecture.neurons
    let activities = pass.activities(in: memory)
    let rows = channel.rows.rows
    guard !channel.rows.areContiguous else {
      return ReadoutFeatures(activities + rows[0] * neurons, rows: rows.count, neurons: neurons, order: .byRow)
    }
    let gathered = memory + channel.featureOffset
    if gathering {
      for s in 0..<rows.count {
        (gathered + s * neurons).update(from: activities + rows[s] * neurons, count: neurons)
      }
    }
    return ReadoutFeatures(gathered, rows: rows.count, neurons: neurons, order: .byRow)
  }

  /// The passes count offsets from the first output weight, of which they touch none.
  private func likelihood(_ x: UnsafePointer<Double>, _ memory: UnsafeMutablePointer<Double>) -> Double {
    pass.forwardHidden(x - outputWeights, memory)
    var sum = 0.0
    for index in channels.indices {
      guard let marginal = channels[index].marginal else { continue }
      sum += marginal.value(
        features(channels[index], memory, gathering: true), memory + channels[index].marginalOffset)
    }
    return sum
  }
}

extension RecurrentHiddenDensity: DifferentiableLogDensity, GaussianPriorLogDensity {
  /// What the pass and the marginals leave of the last evaluation.
  public struct Workspace: Sendable {
    var memory: [Double]
  }

  public func makeWorkspace() -> Workspace { Workspace(memory: [Double](repeating: 0, count: memoryCount)) }

  public func logDensity(at position: Span<Double>, using workspace: inout Workspace) -> Double {
    workspace.memory.withUnsafeMutableBufferPointer { memory in
      position.withUnsafeBufferPointer { x in
        prior.logDensity(x.baseAddress!) + likelihood(x.baseAddress!, memory.baseAddress!)
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
          let value = prior.logDensity(x) + likelihood(x, memory)
          prior.writeGradient(x, to: gradient)
          writePulls(memory)
          pass.reverseHidden(x - outputWeights, memory, addingTo: gradient - outputWeights)
          return value
        }
      }
    }
  }

  /// Adds up what the marginals say of the activities, where the reverse pass expects it.
  private func writePulls(_ memory: UnsafeMutablePointer<Double>) {
    let neurons = pass.architecture.neurons
    let pulls = pass.pulls(in: memory)
    for k in 0..<pass.rows * neurons { pulls[k] = 0 }
    for index in channels.indices {
      guard let marginal = channels[index].marginal else { continue }
      let rows = channels[index].rows.rows
      let slopes = marginal.slopes(
        features(channels[index], memory, gathering: false), memory + channels[index].marginalOffset)
      if channels[index].rows.areContiguous {
        VectorKernels.add(1, times: slopes, to: pulls + rows[0] * neurons, count: rows.count * neurons)
      } else {
        for s in 0..<rows.count {
          VectorKernels.add(1, times: slopes + s * neurons, to: pulls + rows[s] * neurons, count: neurons)
        }
      }
    }
  }

  public func logLikelihood(at position: Span<Double>, using workspace: inout Workspace) -> Double {
    workspace.memory.withUnsafeMutableBufferPointer { memory in
      position.withUnsafeBufferPointer { likelihood($0.baseAddress!, memory.baseAddress!) }
    }
  }
}

extension RecurrentHiddenDensity: OutputlessDensity {
  public var isHard: Bool { false }

  public func logPrior(_ position: UnsafePointer<Double>) -> Double { prior.logDensity(position) }

  public func drawOutputs(
    _ noise: UnsafeMutablePointer<Double>, into weights: UnsafeMutablePointer<Double>, using workspace: inout Workspace
  ) -> Double {
    let neurons = pass.architecture.neurons
    return workspace.memory.withUnsafeMutableBufferPointer { memory in
      let memory = memory.baseAddress!
      var sum = 0.0
      for index in channels.indices {
        let own = weights + index * neurons
        let noise = noise + channels[index].noiseOffset
        if let marginal = channels[index].marginal {
          sum += marginal.draw(
            features(channels[index], memory, gathering: false), noise: noise, into: own,
            memory + channels[index].marginalOffset)
        } else {
          for i in 0..<neurons { own[i] = spread * noise[i] }
        }
        sum -= sumOfSquares(own, neurons) / (2 * spread * spread)
      }
      return sum
    }
  }
}
