// One-hidden-layer networks as sums over neurons.

import Sampling

/// One hidden layer: h_i has the activities φ(m_i·x_p + b_ic), S = K P of them, or P without context drives.
extension FeedforwardDensity: NeuronSumDensity {
  public var neurons: Int { architecture.lastWidth }

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
    position.withUnsafeBufferPointer { x in
      stimuli.elements.withUnsafeBufferPointer { stimuli in
        responses.withUnsafeMutableBufferPointer { responses in
          for i in 0..<n {
            let row = responses.baseAddress! + i * groups * count
            // Contexts backwards: the first one's place holds m_i·x_p until it is its turn.
            for p in 0..<count {
              var sum = 0.0
              for d in 0..<features { sum += x[n * (1 + d) + i] * stimuli[p * features + d] }
              row[p] = sum
            }
            guard let drives else { continue }
            for c in stride(from: groups - 1, through: 0, by: -1) {
              let drive = x[drives + c * n + i]
              for p in 0..<count { row[c * count + p] = row[p] + drive }
            }
          }
          // The workspace has room for the activities and the gains of all rows.
          workspace.memory.withUnsafeMutableBufferPointer { memory in
            architecture.activation.apply(
              responses.baseAddress!, values: responses.baseAddress!, gains: memory.baseAddress!,
              count: n * groups * count)
          }
        }
      }
    }
  }
}
