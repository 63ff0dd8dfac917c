// One-hidden-layer networks as sums over neurons.

import Sampling

/// One hidden layer: h_i has the activities φ(m_i·x_p + b_ic), S = K P of them, or P without context drives.
extension FeedforwardDensity: NeuronSumDensity {
  public typealias NeuronKernel = NeuronGibbs<FeedforwardDensity>

  public var neurons: Int { architecture.lastWidth }

  public func neuronKernel() -> NeuronGibbs<FeedforwardDensity>? {
    architecture.isPlain ? NeuronGibbs(self) : nil
  }

  public var responseCount: Int { pass.rows }

  /// κ = t β n/P and f = 1/N (standard scaling: 1/√N). Without context drives all contexts share one output, which the K wanted
  /// ones bind as their mean does with K times the precision.
  public func neuronSumTask() -> NeuronSumTask? {
    guard architecture.depth == 1, let task = outputTask(), !task.isHard else { return nil }
    return task
  }

  /// The same of the last hidden layer's neurons at any depth; nil for multipliers. A constraint's κ makes κ f² σ_w² H Hᵀ a mean over neurons.
  func outputTask() -> NeuronSumTask? {
    let precision: Double
    let wanted: Matrix
    switch potential {
    case .multipliers: return nil
    case .loss(let tightness, let outputs):
      precision = inverseTemperature * tightness * taskFactor / Double(stimuli.rows)
      wanted = outputs
    case .constraint(let outputs), .readoutConstraint(let outputs):
      let reach = architecture.readoutFactor * scales.output
      let shared = architecture.drivenLayers == .none
      return NeuronSumTask(
        wanted: shared ? outputs.row(0) : outputs.elements,
        precision: 1 / (reach * reach * Double(architecture.lastWidth)), factor: architecture.readoutFactor,
        isHard: true)
    }
    guard architecture.drivenLayers == .none else {
      return NeuronSumTask(wanted: wanted.elements, precision: precision, factor: architecture.readoutFactor)
    }
    let contexts = Double(wanted.rows)
    let means = (0..<wanted.columns).map { p in (0..<wanted.rows).reduce(0) { $0 + wanted[$1, p] } / contexts }
    var scatter = 0.0
    for c in 0..<wanted.rows {
      for p in 0..<wanted.columns { scatter += (wanted[c, p] - means[p]) * (wanted[c, p] - means[p]) }
    }
    return NeuronSumTask(
      wanted: means, precision: contexts * precision, factor: architecture.readoutFactor,
      offset: -precision / 2 * scatter)
  }

  /// What a constraint on the readout sees of the outputs; nil for whatever else binds the network.
  var constrainedReadout: ReadoutRows? {
    guard case .readoutConstraint = potential else { return nil }
    return ReadoutRows(stimuli, sets: architecture.outputSets)
  }

  public func writeResponses(
    at position: Span<Double>, into responses: inout MutableSpan<Double>, using workspace: inout Workspace
  ) {
    precondition(architecture.depth == 1 && responses.count == neurons * responseCount)
    guard let pass = pass.oneLayer else { preconditionFailure("one hidden layer") }
    let rows = responseCount
    position.withUnsafeBufferPointer { position in
      pass.stimuliByFeature.elements.withUnsafeBufferPointer { stimuli in
        responses.withUnsafeMutableBufferPointer { responses in
          // The gains, which nobody needs, go to the workspace.
          workspace.memory.withUnsafeMutableBufferPointer { memory in
            for i in 0..<neurons {
              _ = pass.respond(
                i, position.baseAddress!, stimuli.baseAddress!, into: responses.baseAddress! + i * rows,
                gains: memory.baseAddress!)
            }
          }
        }
      }
    }
  }
}
