// Deep linear networks without context drives: exact at any depth, any widths and any tightness (THEORY section 6a).

import Sampling

/// The Gibbs ensemble of a linear network of any depth whose contexts share one function, by quadrature.
///
/// Given the weights above the first layer the linear map f is Gaussian, f | τ ~ N(0, s²τ I_D) with τ = Π_l χ²_{n_l}/n_l and
/// s² = σ_m² σ_h^{2(L-1)} σ_w², divided by n_L in mean-field scaling (Zavatone-Veth & Pehlevan 2021): every average is one
/// integral over ln τ, by the trapezoid rule, which converges exponentially.
public struct DeepLinearPosterior: Sendable {
  /// Averages over outputs, readout and loss; its scale is τ.
  public let posterior: OutputPosterior
  /// <mean w²>.
  public let outputSecondMoment: Double
  /// <mean |m|²>, over the first layer's neurons.
  public let inputSecondMoment: Double
  /// The mean square of a weight between hidden layers, of layers 2 ... L.
  public let hiddenSecondMoments: [Double]
  /// The estimated absolute error of ln Z, from halving the step.
  public let logEvidenceError: Double
  /// The estimated largest relative error of loss, squares and outputs (these relative to the largest), likewise.
  public let relativeError: Double

  /// The ensemble on stimuli `[stimulus, feature]`, which may be sigma points; nil unless the network is linear and without
  /// context drives. O(P D² + D³ + nodes · D (P + D)), some hundred nodes.
  ///
  /// - Throws: ``MaxEntropyError`` for a tightness that is negative or not finite, ``GSLError``.
  public init?(
    _ architecture: FeedforwardArchitecture, scales: WeightScales, task: LearningTask, stimuli: Matrix,
    tightness: Double
  ) throws {
    guard architecture.activation.isLinear, architecture.drivenLayers == .none else { return nil }
    try Self.validate(tightness: tightness)
    let factor = architecture.taskFactor
    let regression = try Self.regression(
      architecture, scales: scales, task: task, stimuli: stimuli, sharpness: tightness * factor)
    let quadrature = try ScaleQuadrature(widths: architecture.widths) { regression.logEvidence(scale: $0) }
    let coarse = OutputPosterior(regression, scales: try quadrature.nodes(refinement: 1))
    let fine = OutputPosterior(regression, scales: try quadrature.nodes(refinement: 2))
    posterior = fine
    logEvidenceError = abs(coarse.logEvidence - fine.logEvidence) + 1e-14 * (1 + abs(fine.logEvidence))
    var error = 1e-14
    for (a, b) in [
      (coarse.loss, fine.loss), (coarse.outputSquare, fine.outputSquare), (coarse.outputFourth, fine.outputFourth),
      (coarse.meanScale, fine.meanScale),
    ] where b > 0 { error = max(error, abs(a / b - 1)) }
    let largest = fine.outputs.reduce(0) { max($0, abs($1)) }
    for (a, b) in zip(coarse.outputs, fine.outputs) where largest > 0 { error = max(error, abs(a - b) / largest) }
    relativeError = error
    // Schwinger-Dyson: the output is linear in every layer's weights.
    let moved = tightness * factor * fine.errorAlongOutput
    let widths = architecture.widths
    outputSecondMoment = scales.output * scales.output * (1 - moved / Double(architecture.lastWidth))
    inputSecondMoment =
      scales.input * scales.input * (Double(architecture.features) - moved / Double(widths[0]))
    hiddenSecondMoments = (1..<widths.count).map {
      scales.hidden * scales.hidden * (1 - moved / Double(widths[$0 - 1] * widths[$0]))
    }
  }

  static func validate(tightness: Double) throws {
    guard tightness >= 0, tightness.isFinite else {
      throw MaxEntropyError.invalidParameter(
        name: "the tightness", value: tightness, allowed: "a finite number that is not negative")
    }
  }

  /// The regression in the eigenbasis of 𝒦 = s² X Xᵀ, found from the smaller matrix XᵀX.
  private static func regression(
    _ architecture: FeedforwardArchitecture, scales: WeightScales, task: LearningTask, stimuli: Matrix,
    sharpness: Double
  ) throws -> RidgeRegression {
    let scale =
      scales.input * scales.output * architecture.readoutFactor * Double(architecture.lastWidth).squareRoot()
      * pow(scales.hidden, Double(architecture.depth - 1))
    let eigen = try SymmetricEigen(stimuli.transposed * stimuli)
    let kept = eigen.values.indices.filter { eigen.values[$0] > 1e-14 * eigen.values[eigen.values.count - 1] }
    let turned = stimuli * eigen.vectors
    var basis = Matrix(rows: stimuli.rows, columns: kept.count)
    for (column, j) in kept.enumerated() {
      let root = eigen.values[j].squareRoot()
      for p in 0..<stimuli.rows { basis[p, column] = turned[p, j] / root }
    }
    return RidgeRegression(
      task: task, stimuli: stimuli, sharpness: sharpness, basis: basis,
      variances: kept.map { scale * scale * eigen.values[$0] })
  }
}
