// Feedforward networks on a list of stimuli as something whose output weights can be integrated out.

import Sampling

/// H has the activities of the last hidden layer, a row for each context and stimulus (without context drives one for each stimulus).
struct FeedforwardReadout: GaussianReadout {
  let probes: ReadoutProbes
  let lossUnit: Double
  let lossOffset: Double
  private let pass: FeedforwardPass
  private let heldOut: FeedforwardPass
  private let task: NeuronSumTask
  private let scale: Double

  /// Nil if the density's potential is no loss, or output weights are not normal.
  init?(_ density: FeedforwardDensity, heldOut stimuli: Matrix) {
    guard case .loss(_, let wanted) = density.potential, density.architecture.drawsNormalOutputs,
      let task = density.outputTask()
    else { return nil }
    self.task = task
    pass = density.pass
    heldOut = FeedforwardPass(density.architecture, stimuli: stimuli)
    scale = density.scales.output
    let contexts = wanted.rows / pass.groups
    let count = Double(2 * pass.stimuli.rows)
    lossUnit = Double(contexts) / count
    // What no output that contexts share can avoid.
    var scatter = 0.0
    if contexts > 1 {
      for c in 0..<wanted.rows {
        for p in 0..<wanted.columns {
          let rest = wanted[c, p] - task.wanted[p]
          scatter += rest * rest
        }
      }
    }
    lossOffset = scatter / count
    probes = ReadoutProbes(contexts: pass.groups, features: pass.stimuli.columns, isLinear: false)
  }

  var neurons: Int { pass.architecture.lastWidth }
  var rows: Int { pass.rows }
  var work: (conditioning: Double, evaluation: Double) {
    (pass.work + heldOut.work + ReadoutPosterior.work(neurons: neurons, rows: rows), 3 * pass.work)
  }

  struct Workspace: Sendable {
    var memory: [Double]
    var heldOut: [Double]
    /// Outputs, one a row.
    var outputs: [Double]
  }

  func makeWorkspace() -> Workspace {
    func zeros(_ count: Int) -> [Double] { [Double](repeating: 0, count: count) }
    return Workspace(
      memory: zeros(pass.memoryCount), heldOut: zeros(heldOut.memoryCount), outputs: zeros(max(rows, heldOut.rows)))
  }

  func makePosterior() -> ReadoutPosterior {
    ReadoutPosterior(neurons: neurons, rows: rows, precision: task.precision, scale: scale)
  }

  func condition(
    _ posterior: inout ReadoutPosterior, at position: Span<Double>, using workspace: inout Workspace
  ) -> Double? {
    position.withUnsafeBufferPointer { x in
      workspace.heldOut.withUnsafeMutableBufferPointer { heldOut.forward(x.baseAddress!, $0.baseAddress!) }
      return workspace.memory.withUnsafeMutableBufferPointer { memory in
        pass.forward(x.baseAddress!, memory.baseAddress!)
        let features = pass.lastActivities(in: memory.baseAddress!)
        guard posterior.condition(on: features, wanted: task.wanted, factor: task.factor) else { return nil }
        let outputs = pass.outputs(in: memory.baseAddress!)
        var error = 0.0
        for s in 0..<rows { error += (outputs[s] - task.wanted[s]) * (outputs[s] - task.wanted[s]) }
        return error
      }
    }
  }

  func writeProbes(
    of weights: UnsafePointer<Double>, at position: Span<Double>, into values: UnsafeMutablePointer<Double>,
    using workspace: inout Workspace
  ) {
    Self.answer(heldOut, workspace.heldOut, weights, task.factor, &workspace.outputs)
    let held = heldOut.stimuli.rows
    for s in 0..<probes.stimuli {
      for c in 0..<probes.contexts { values[s * probes.contexts + c] = workspace.outputs[c * held + s] }
    }
    guard probes.readout.contexts > 0 else { return }
    Self.answer(pass, workspace.memory, weights, task.factor, &workspace.outputs)
    let count = pass.stimuli.rows
    pass.stimuli.elements.withUnsafeBufferPointer { stimuli in
      VectorKernels.product(
        workspace.outputs, stimuli.baseAddress!, into: values + probes.stimuli * probes.contexts,
        rows: probes.readout.contexts, inner: count, columns: probes.readout.features, scale: 1 / Double(count))
    }
  }

  /// The outputs of the network that a pass has gone through, with other output weights.
  private static func answer(
    _ pass: FeedforwardPass, _ memory: [Double], _ weights: UnsafePointer<Double>, _ factor: Double,
    _ outputs: inout [Double]
  ) {
    memory.withUnsafeBufferPointer {
      pass.lastActivities(in: $0.baseAddress!).multiply(weights, into: &outputs, scale: factor)
    }
  }
}
