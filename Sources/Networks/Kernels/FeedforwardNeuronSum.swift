// One-hidden-layer networks as sums over neurons.

import Sampling

/// One hidden layer: h_i has the activities φ(m_i·x_p + b_ic), S = K P of them, or P without context drives.
extension FeedforwardDensity: NeuronSumDensity {
  public typealias NeuronKernel = NeuronGibbs<FeedforwardDensity>

  public var neurons: Int { architecture.lastWidth }

  public func neuronKernel() -> NeuronGibbs<FeedforwardDensity>? { NeuronGibbs(self) }

  public var responseCount: Int { pass.rows }

  /// κ = t β n/P and f = 1/N (standard scaling: 1/√N). Without context drives all contexts share one output, which the K wanted
  /// ones bind as their mean does with K times the precision.
  public func neuronSumTask() -> NeuronSumTask? {
    guard architecture.depth == 1, case .loss(let tightness, let wanted) = potential else { return nil }
    let precision = inverseTemperature * tightness * taskFactor / Double(stimuli.rows)
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

  public func writeResponses(
    at position: Span<Double>, into responses: inout MutableSpan<Double>, using workspace: inout Workspace
  ) {
    precondition(architecture.depth == 1 && responses.count == neurons * responseCount)
    let n = neurons
    let count = stimuli.rows
    let features = architecture.features
    let groups = pass.groups
    let drives = architecture.isDriven(0) ? n * (1 + features) : nil
    position.withUnsafeBufferPointer { position in
      pass.stimuliByFeature.elements.withUnsafeBufferPointer { stimuli in
        responses.withUnsafeMutableBufferPointer { responses in
          // The gains, which nobody needs, go to the workspace. One neuron at a time stays in the first-level cache.
          workspace.memory.withUnsafeMutableBufferPointer { memory in
            let x = position.baseAddress!
            for i in 0..<n {
              let row = responses.baseAddress! + i * groups * count
              if architecture.activation == .tanh, let drives,
                VectorKernels.hiddenTanh(
                  x + n + i, drives: x + drives + i, stride: n, stimuli: stimuli.baseAddress!, into: row,
                  features: features, groups: groups, count: count)
              {
                continue
              }
              VectorKernels.hiddenInputs(
                x + n + i, drives: drives.map { x + $0 + i }, stride: n, stimuli: stimuli.baseAddress!, into: row,
                features: features, groups: groups, count: count)
              architecture.activation.apply(row, values: row, gains: memory.baseAddress!, count: groups * count)
            }
          }
        }
      }
    }
  }
}
