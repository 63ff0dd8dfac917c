// Recurrent networks as something whose output weights can be integrated out at some draws.

import Sampling

/// The error |y − Y|² is a quadratic form of the output weights, of which each channel has a block: Σ over its masked entries of f² h hᵀ.
///
/// The probes are outputs after trials of constant inputs, the held-out stimuli, in each context.
struct RecurrentReadout: GaussianReadout {
  let probes: ReadoutProbes
  let lossUnit: Double
  let lossOffset = 0.0
  /// The number of output weights, of all channels.
  let neurons: Int
  /// None: the error is a quadratic form.
  let rows = 0
  private let density: RecurrentDensity
  private let pass: RecurrentPass
  private let heldOut: RecurrentPass
  private let power: Double

  /// Nil if stimuli [stimulus, input channel] are no inputs.
  init?(_ density: RecurrentDensity, heldOut stimuli: Matrix) {
    let architecture = density.architecture
    let contexts = architecture.contexts
    let times = density.batch.times
    probes = ReadoutProbes(contexts: contexts, features: 0, isLinear: false)
    let trials = stimuli.rows * contexts
    let inputs = (0..<stimuli.rows).flatMap { s in
      (0..<contexts * times).flatMap { _ in stimuli.row(s) }
    }
    let ones = [Double](repeating: 1, count: trials * times * architecture.outputChannels)
    guard stimuli.columns == architecture.inputChannels,
      let batch = try? TrialBatch(
        trials: trials, times: times, inputChannels: architecture.inputChannels,
        outputChannels: architecture.outputChannels, inputs: inputs, targets: ones, mask: ones,
        contextOfTrial: (0..<trials).map { $0 % contexts }, contexts: contexts)
    else { return nil }
    self.density = density
    pass = density.pass
    heldOut = RecurrentPass(architecture, trials: batch)
    neurons = architecture.outputChannels * architecture.neurons
    lossUnit = density.wanted.unit
    power = density.wanted.values.reduce(0) { $0 + $1 * $1 }
  }

  var work: (conditioning: Double, evaluation: Double) {
    let own = density.wanted.channels.reduce(0.0) { $0 + Double($1.rows.count) }
    let width = Double(pass.architecture.neurons)
    return (
      pass.work + heldOut.work + own * width * width + ReadoutPosterior.work(neurons: neurons, rows: 0), 3 * pass.work
    )
  }

  struct Workspace: Sendable {
    var memory: [Double]
    var heldOut: [Double]
    /// G of all channels, that of one, its features and its pull.
    var gram, block, features, pull: [Double]
  }

  func makeWorkspace() -> Workspace {
    func zeros(_ count: Int) -> [Double] { [Double](repeating: 0, count: count) }
    let width = pass.architecture.neurons
    return Workspace(
      memory: zeros(pass.memoryCount), heldOut: zeros(heldOut.memoryCount), gram: zeros(neurons * neurons),
      block: zeros(width * width), features: zeros(pass.rows * width), pull: zeros(neurons))
  }

  func makePosterior() -> ReadoutPosterior {
    ReadoutPosterior(
      neurons: neurons, rows: 0, precision: density.inverseTemperature * density.precision,
      scale: density.scales.output)
  }

  func condition(
    _ posterior: inout ReadoutPosterior, at position: Span<Double>, using workspace: inout Workspace
  ) -> Double? {
    position.withUnsafeBufferPointer { x in
      workspace.heldOut.withUnsafeMutableBufferPointer { heldOut.forwardHidden(x.baseAddress!, $0.baseAddress!) }
      let error = workspace.memory.withUnsafeMutableBufferPointer { memory in
        pass.forward(x.baseAddress!, memory.baseAddress!)
        writeForm(memory.baseAddress!, &workspace.gram, &workspace.block, &workspace.features, &workspace.pull)
        return density.squaredError(memory.baseAddress!, scale: 0)
      }
      return posterior.condition(on: workspace.gram, pull: workspace.pull, power: power) ? error : nil
    }
  }

  /// The quadratic form of the error, of the network that a pass has gone through.
  private func writeForm(
    _ memory: UnsafeMutablePointer<Double>, _ gram: inout [Double], _ block: inout [Double],
    _ features: inout [Double], _ pull: inout [Double]
  ) {
    let width = pass.architecture.neurons
    let factor = pass.architecture.readoutFactor
    let activities = pass.activities(in: memory)
    for channel in density.wanted.channels.indices {
      let (rows, wanted) = (density.wanted.channels[channel].rows, density.wanted.channels[channel].wanted)
      features.withUnsafeMutableBufferPointer { features in
        let features = features.baseAddress!
        for s in 0..<rows.count { (features + s * width).update(from: activities + rows[s] * width, count: width) }
        let known = ReadoutFeatures(features, rows: rows.count, neurons: width, order: .byRow)
        known.writeNeuronProducts(into: &block, scale: factor * factor)
        pull.withUnsafeMutableBufferPointer {
          known.multiply(transposed: wanted, into: $0.baseAddress! + channel * width, scale: factor)
        }
      }
      for i in 0..<width {
        let first = (channel * width + i) * neurons + channel * width
        for j in 0..<width { gram[first + j] = block[i * width + j] }
      }
    }
  }

  func writeProbes(
    of weights: UnsafePointer<Double>, at position: Span<Double>, into values: UnsafeMutablePointer<Double>,
    using workspace: inout Workspace
  ) {
    let architecture = pass.architecture
    workspace.heldOut.withUnsafeMutableBufferPointer { memory in
      let last = heldOut.activities(in: memory.baseAddress!) + (heldOut.rows - heldOut.trials) * architecture.neurons
      for s in 0..<probes.stimuli {
        for c in 0..<probes.contexts {
          // Of several channels the first.
          values[s * probes.contexts + c] =
            architecture.readoutFactor
            * VectorKernels.dot(
              weights, last + (s * architecture.contexts + c) * architecture.neurons, count: architecture.neurons)
        }
      }
    }
  }
}
