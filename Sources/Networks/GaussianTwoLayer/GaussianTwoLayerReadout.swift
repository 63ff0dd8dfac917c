// Two-layer networks on Gaussian stimuli as something whose output weights can be integrated out.

import Sampling

/// The error Σ_c E[(y_c − A_c·x)²] is a quadratic form in w, with Σ_c E[φ_ic φ_jc]/N² and Σ_c ḡ_ic (A S)_c·m_i/N; κ = β N.
struct GaussianTwoLayerReadout: GaussianReadout {
  let probes: ReadoutProbes
  let lossUnit = 0.5
  let lossOffset = 0.0
  let rows = 0
  private let density: GaussianTwoLayerDensity
  private let heldOut: FeedforwardPass
  private let tightness: Double

  /// Nil if the density's potential is no loss of positive tightness.
  init?(_ density: GaussianTwoLayerDensity, architecture: FeedforwardArchitecture, heldOut stimuli: Matrix) {
    guard density.pairs != nil else { return nil }
    self.density = density
    tightness = density.tightness
    heldOut = FeedforwardPass(architecture, stimuli: stimuli)
    probes = ReadoutProbes(contexts: density.contexts, features: density.features, isLinear: false)
  }

  var neurons: Int { density.neurons }
  var work: (conditioning: Double, evaluation: Double) {
    let pairs = Double(neurons * neurons / 2) * (Double(density.features) + 60 * Double(density.contexts))
    return (pairs + ReadoutPosterior.work(neurons: neurons, rows: rows), pairs)
  }

  struct Workspace: Sendable {
    var density: GaussianTwoLayerDensity.Workspace
    var heldOut: [Double]
    var outputs: [Double]
    /// The quadratic form, [neuron, neuron], and what it is pulled by, [neuron].
    var gram: [Double]
    var pull: [Double]
  }

  func makeWorkspace() -> Workspace {
    func zeros(_ count: Int) -> [Double] { [Double](repeating: 0, count: count) }
    return Workspace(
      density: density.makeWorkspace(), heldOut: zeros(heldOut.memoryCount), outputs: zeros(heldOut.rows),
      gram: zeros(neurons * neurons), pull: zeros(neurons))
  }

  func makePosterior() -> ReadoutPosterior {
    ReadoutPosterior(
      neurons: neurons, rows: rows, precision: tightness * Double(neurons),
      scale: density.weightPrior.blocks[0].scale)
  }

  func condition(
    _ posterior: inout ReadoutPosterior, at position: Span<Double>, using workspace: inout Workspace
  ) -> Double? {
    let n = neurons
    return position.withUnsafeBufferPointer { x in
      let x = x.baseAddress!
      workspace.heldOut.withUnsafeMutableBufferPointer { heldOut.forward(x, $0.baseAddress!) }
      density.prepare(x, &workspace.density)
      density.writeQuadraticError(x, workspace.density, gram: &workspace.gram, pull: &workspace.pull)
      let power = 2 * density.targetPower / tightness
      guard posterior.condition(on: workspace.gram, pull: workspace.pull, power: power) else { return nil }
      var error = power
      for i in 0..<n {
        let row = workspace.gram.withUnsafeBufferPointer { VectorKernels.dot($0.baseAddress! + i * n, x, count: n) }
        error += x[i] * (row - 2 * workspace.pull[i])
      }
      return error
    }
  }

  func writeProbes(
    of weights: UnsafePointer<Double>, at position: Span<Double>, into values: UnsafeMutablePointer<Double>,
    using workspace: inout Workspace
  ) {
    workspace.heldOut.withUnsafeBufferPointer {
      heldOut.lastActivities(in: $0.baseAddress!).multiply(
        weights, into: &workspace.outputs, scale: 1 / Double(neurons))
    }
    let held = heldOut.stimuli.rows
    for s in 0..<probes.stimuli {
      for c in 0..<probes.contexts { values[s * probes.contexts + c] = workspace.outputs[c * held + s] }
    }
    guard probes.readout.contexts > 0 else { return }
    density.writeReadout(weights, workspace.density, to: values + probes.stimuli * probes.contexts)
  }
}

extension GaussianTwoLayerDensity {
  /// Writes Σ_c E[φ_ic φ_jc]/N², [neuron, neuron], and Σ_c ḡ_ic (A S)_c·m_i/N, [neuron], of the point that the workspace was prepared
  /// for. O(N² (K + D)).
  ///
  /// - Precondition: a loss of positive tightness.
  func writeQuadraticError(
    _ x: UnsafePointer<Double>, _ workspace: borrowing Workspace, gram: inout [Double], pull vector: inout [Double]
  ) {
    guard let pairs else { preconditionFailure("the loss has no quadratic form") }
    let n = neurons
    let m = x + n
    for i in 0..<n {
      for j in 0...i {
        var covariance = workspace.variances[i]
        if i != j {
          covariance = 0
          for d in 0..<features { covariance += workspace.shaped[d * n + i] * m[d * n + j] }
        }
        let joint = GaussianCorrelation(workspace.inputs[i], workspace.inputs[j], covariance: covariance)
        var product = 0.0
        for c in 0..<contexts {
          product += pairs.pair(workspace.inputs[c * n + i], workspace.inputs[c * n + j], joint).value
        }
        gram[i * n + j] = product / Double(n * n)
        gram[j * n + i] = gram[i * n + j]
      }
      var sum = 0.0
      for c in 0..<contexts {
        var projection = 0.0
        for d in 0..<features { projection += pull.elements[c * features + d] * m[d * n + i] }
        sum += workspace.gains[c * n + i].gain * projection
      }
      vector[i] = sum / (tightness * Double(n))
    }
  }
}
