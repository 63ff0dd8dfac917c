// Feedforward networks with the wanted output at every stimulus: whether there are any, and what holds of them.

import Sampling

extension FeedforwardEnsemble {
  /// That all Q wanted outputs, or entries of the readout, can be met by n output weights, Q < n, by features that are independent at one of 100 draws of the
  /// prior.
  ///
  /// At Q = n the density of the hidden weights has so heavy a tail that no average is safe.
  ///
  /// - Throws: ``FeedforwardEnsembleError``.
  func requireInterpolation() throws {
    let wanted = binding == .hard ? task.wantedOutputs(for: stimuli) : task.readout(over: stimuli)
    let outputs = wanted.columns * architecture.outputSets
    guard outputs < architecture.lastWidth else {
      throw FeedforwardEnsembleError.tooManyOutputs(outputs: outputs, neurons: architecture.lastWidth)
    }
    if architecture.drivenLayers == .none {
      let size = wanted.largestMagnitude
      for c in 1..<max(1, wanted.rows) {
        for p in 0..<wanted.columns where abs(wanted[c, p] - wanted[0, p]) > 1e-12 * size {
          throw FeedforwardEnsembleError.contextsNotToldApart
        }
      }
    }
    let density = density()
    guard let hidden = HiddenDensity(density) else { preconditionFailure("a constraint has a hidden density") }
    var stream = try RandomStream(StreamKey(seed: 0, chain: 0, purpose: .solver))
    var workspace = hidden.makeWorkspace()
    for _ in 0..<100 {
      let position = Array(density.drawPrior(using: &stream).dropFirst(architecture.lastWidth))
      if hidden.featuresAreIndependent(at: position.span, using: &workspace) { return }
    }
    throw FeedforwardEnsembleError.dependentOutputs
  }
}

extension FeedforwardEnsemble {
  /// A draw of the prior; where outputs are exact, of those whose features can meet them: relu neurons may all be silent at a stimulus.
  public func startingPosition(using stream: inout RandomStream) throws -> [Double] {
    let density = density()
    var position = density.drawPrior(using: &stream)
    guard binding.isHard, let hidden = HiddenDensity(density) else { return position }
    var workspace = hidden.makeWorkspace()
    for _ in 0..<1000 {
      let rest = Array(position.dropFirst(architecture.lastWidth))
      if hidden.featuresAreIndependent(at: rest.span, using: &workspace) { return position }
      position = density.drawPrior(using: &stream)
    }
    throw FeedforwardEnsembleError.dependentOutputs
  }
}

extension Prediction {
  /// That the largest error of all draws is 0 but for rounding (THEORY section 11).
  ///
  /// - Parameter wanted: Y, [context, stimulus], or the readout, [context, feature].
  static func interpolation(wanted: Matrix) -> [Prediction] {
    [
      Prediction(
        "hard_residual", expected: 0, status: .exact, source: "THEORY 11: wanted outputs in every draw, to rounding",
        quantity: .largest(
          of: ["hard_residual"], unit: max(1e-11 * wanted.largestMagnitude, 1e-13), { $0[0] }))
    ]
  }
}
