// Gain-modulated linear networks as something whose output weights can be integrated out.

import Sampling

/// H has the K D numbers g_ic (Bᵀ m_i)_k, S = B Bᵀ: with f = 1/N and Y = A B, ½|f H w − Y|² is the loss, and κ = β N.
struct GainModulatedReadout: GaussianReadout {
  /// Where the gains of a network come from.
  enum Gains: Sendable {
    /// Given, [context, neuron].
    case given(Matrix)
    /// Drawn: [context, neuron] at an offset of the position.
    case drawn(at: Int)
    /// The slopes of an activation at drives [context, neuron] at an offset of the position.
    case slopes(Activation, at: Int)
  }

  let neurons: Int
  let probes: ReadoutProbes
  let lossUnit = 0.5
  let lossOffset = 0.0
  private let gains: Gains
  private let contexts, features: Int
  /// B, [feature, eigenvector].
  private let root: Matrix
  private let wanted: [Double]
  private let precision: Double
  private let scale: Double
  private let heldOut: Matrix

  /// Nil if the potential is no loss, or if S has no eigendecomposition.
  init?(neurons: Int, potential: ReadoutPotential, gains: Gains, outputScale: Double, heldOut: Matrix) {
    guard case .loss(let tightness, let target, _) = potential, let root = potential.stimulusRoot else { return nil }
    self.neurons = neurons
    self.gains = gains
    self.root = root
    self.heldOut = heldOut
    (contexts, features) = (target.rows, target.columns)
    wanted = (target * root).elements
    precision = tightness * Double(neurons)
    scale = outputScale
    probes = ReadoutProbes(contexts: target.rows, features: target.columns, isLinear: true)
  }

  var rows: Int { contexts * features }
  var work: (conditioning: Double, evaluation: Double) {
    let readout = Double(neurons * contexts * features)
    // Conditioned on, and read out with two sets of output weights; evaluated with a gradient. Each goes through memory.
    return (
      ReadoutPosterior.work(neurons: neurons, rows: rows) + (4 + Double(features)) * readout, 4 * readout
    )
  }

  struct Workspace: Sendable {
    /// Bᵀ m_i, [eigenvector, neuron].
    var turned: [Double]
    /// φ(b_ic), and the gains where they are its slopes, [context, neuron].
    var values: [Double]
    var gains: [Double]
    /// H, [context and eigenvector, neuron].
    var responses: [Double]
    /// y, and R, [context, feature].
    var outputs: [Double]
  }

  func makeWorkspace() -> Workspace {
    func zeros(_ count: Int) -> [Double] { [Double](repeating: 0, count: count) }
    let hasSlopes = if case .slopes = gains { true } else { false }
    return Workspace(
      turned: zeros(features * neurons), values: zeros(hasSlopes ? contexts * neurons : 0),
      gains: zeros(hasSlopes ? contexts * neurons : 0), responses: zeros(rows * neurons), outputs: zeros(rows))
  }

  func makePosterior() -> ReadoutPosterior {
    ReadoutPosterior(neurons: neurons, rows: rows, precision: precision, scale: scale)
  }

  func condition(
    _ posterior: inout ReadoutPosterior, at position: Span<Double>, using workspace: inout Workspace
  ) -> Double? {
    let n = neurons
    let factor = 1 / Double(n)
    return position.withUnsafeBufferPointer { x in
      let x = x.baseAddress!
      if case .slopes(let activation, let offset) = gains {
        activation.apply(x + offset, values: &workspace.values, gains: &workspace.gains, count: contexts * n)
      }
      VectorKernels.product(
        transposed: root.elements, x + n, into: &workspace.turned, rows: features, inner: features, columns: n)
      withGains(x, workspace.gains) { g in
        Self.modulate(workspace.turned, g, contexts, features, n, &workspace.responses)
      }
      return workspace.responses.withUnsafeBufferPointer { responses in
        let features = ReadoutFeatures(responses.baseAddress!, rows: rows, neurons: n, order: .byRow)
        guard posterior.condition(on: features, wanted: wanted, factor: factor) else { return nil }
        features.multiply(x, into: &workspace.outputs, scale: factor)
        var error = 0.0
        for k in 0..<rows { error += (workspace.outputs[k] - wanted[k]) * (workspace.outputs[k] - wanted[k]) }
        return error
      }
    }
  }

  func writeProbes(
    of weights: UnsafePointer<Double>, at position: Span<Double>, into values: UnsafeMutablePointer<Double>,
    using workspace: inout Workspace
  ) {
    position.withUnsafeBufferPointer { x in
      withGains(x.baseAddress!, workspace.gains) { g in
        VectorKernels.gatedReadout(
          outputWeights: weights, inputWeights: x.baseAddress! + neurons, gains: g, into: &workspace.outputs,
          contexts: contexts, features: features, neurons: neurons)
      }
    }
    for k in 0..<rows { workspace.outputs[k] /= Double(neurons) }
    for s in 0..<probes.stimuli {
      for c in 0..<probes.contexts {
        var answer = 0.0
        for d in 0..<features { answer += workspace.outputs[c * features + d] * heldOut[s, d] }
        values[s * probes.contexts + c] = answer
      }
    }
    let first = probes.stimuli * probes.contexts
    for k in first..<probes.count { values[k] = workspace.outputs[k - first] }
  }

  private func withGains(
    _ position: UnsafePointer<Double>, _ slopes: [Double], _ body: (UnsafePointer<Double>) -> Void
  ) {
    switch gains {
    case .given(let matrix): matrix.elements.withUnsafeBufferPointer { body($0.baseAddress!) }
    case .drawn(let offset): body(position + offset)
    case .slopes: slopes.withUnsafeBufferPointer { body($0.baseAddress!) }
    }
  }

  /// Writes g_ic (Bᵀ m_i)_k.
  private static func modulate(
    _ turned: [Double], _ gains: UnsafePointer<Double>, _ contexts: Int, _ features: Int, _ n: Int,
    _ responses: inout [Double]
  ) {
    responses.withUnsafeMutableBufferPointer { responses in
      turned.withUnsafeBufferPointer { turned in
        for c in 0..<contexts {
          for k in 0..<features {
            let row = responses.baseAddress! + (c * features + k) * n
            let (g, m) = (gains + c * n, turned.baseAddress! + k * n)
            for i in 0..<n { row[i] = g[i] * m[i] }
          }
        }
      }
    }
  }
}
