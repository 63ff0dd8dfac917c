// Feedforward networks with the wanted output at every stimulus: whether there are any, and what holds of them.

import Sampling

extension FeedforwardEnsemble {
  /// That all Q wanted outputs can be met by n output weights, Q < n, by features that are independent at a draw of the prior: then they are
  /// at almost all.
  ///
  /// At Q = n the density of the hidden weights has so heavy a tail that no average is safe.
  ///
  /// - Throws: ``FeedforwardEnsembleError``.
  static func requireInterpolation(
    _ task: LearningTask, _ architecture: FeedforwardArchitecture, _ stimuli: Matrix, _ scales: WeightScales
  ) throws {
    let outputs = stimuli.rows * architecture.outputSets
    guard outputs < architecture.lastWidth else {
      throw FeedforwardEnsembleError.tooManyOutputs(outputs: outputs, neurons: architecture.lastWidth)
    }
    let wanted = task.wantedOutputs(for: stimuli)
    if architecture.drivenLayers == .none {
      let size = wanted.largestMagnitude
      for c in 1..<max(1, wanted.rows) {
        for p in 0..<wanted.columns where abs(wanted[c, p] - wanted[0, p]) > 1e-12 * size {
          throw FeedforwardEnsembleError.contextsNotToldApart
        }
      }
    }
    let density = FeedforwardDensity(
      architecture: architecture, scales: scales, stimuli: stimuli, potential: .constraint(wantedOutputs: wanted))
    guard let hidden = HiddenDensity(density) else { preconditionFailure("a constraint has a hidden density") }
    var stream = try RandomStream(StreamKey(seed: 0, chain: 0, purpose: .solver))
    var workspace = hidden.makeWorkspace()
    let position = Array(density.drawPrior(using: &stream).dropFirst(architecture.lastWidth))
    guard hidden.featuresAreIndependent(at: position.span, using: &workspace) else {
      throw FeedforwardEnsembleError.dependentOutputs
    }
  }
}

extension Prediction {
  /// That the largest root mean squared error of all draws is 0 but for rounding (THEORY section 11).
  ///
  /// - Parameter wanted: Y, [context, stimulus].
  static func interpolation(stimuli: Int, wanted: Matrix) -> [Prediction] {
    [
      Prediction(
        "hard_residual", expected: 0, status: .exact, source: "THEORY 11: wanted outputs in every draw, to rounding",
        quantity: .largest(
          of: ["hard_residual"], unit: max(1e-11 * wanted.largestMagnitude, 1e-13), { $0[0] }))
    ]
  }
}
