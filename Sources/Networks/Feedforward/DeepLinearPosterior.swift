// Deep linear networks with drives in the first layer or none: exact at any depth, any widths and any tightness (THEORY section 6a).

import Sampling

/// The Gibbs ensemble of a linear network of any depth, by quadrature.
///
/// Given the weights above the first layer the linear map f is Gaussian, f | τ ~ N(0, s²τ I_D) with τ = Π_l χ²_{n_l}/n_l and
/// s² = σ_m² σ_h^{2(L-1)} σ_w², divided by n_L in mean-field scaling (Zavatone-Veth & Pehlevan 2021): every average is one
/// integral over ln τ, by the trapezoid rule, which converges exponentially. A drive of the first layer is a weight from a feature
/// e_c that is 1 in context c alone: features (x, (σ_b/σ_m) e_c), D + K of them, and outputs in K contexts. Without drives contexts
/// share one function.
///
/// A readout that is given, or of signs, has the same norm in every network: its layer is left out of τ and |w|²/n_L stands for σ_w². With one
/// hidden layer τ is 1, and the ensemble is ridge regression.
public struct DeepLinearPosterior: Sendable {
  /// Averages over outputs, readout and loss; its scale is τ.
  public let posterior: OutputPosterior
  /// <mean w²>; of a given readout its own.
  public let outputSecondMoment: Double
  /// <mean |m|²>, over the first layer's neurons.
  public let inputSecondMoment: Double
  /// <mean |b|²>, likewise, b the drives in K contexts; nil without drives.
  public let contextSecondMoment: Double?
  /// The mean square of a weight between hidden layers, of layers 2 ... L.
  public let hiddenSecondMoments: [Double]
  /// The estimated absolute error of ln Z, from halving the step.
  public let logEvidenceError: Double
  /// The estimated largest relative error of loss, squares and outputs (these relative to the largest), likewise.
  public let relativeError: Double

  /// The ensemble on stimuli `[stimulus, feature]`, which may be sigma points; nil unless the network is linear, context drives
  /// enter the first layer or none, no weights but output weights are signs, and not all given output weights are 0. With F = D + K features and K P outputs, without drives D and P, O(K P F² + F³ + nodes · F (K P + F)),
  /// some hundred nodes.
  ///
  /// - Throws: ``MaxEntropyError`` for a tightness that is negative or not finite, ``GSLError``.
  public init?(
    _ architecture: FeedforwardArchitecture, scales: WeightScales, task: LearningTask, stimuli: Matrix,
    tightness: Double
  ) throws {
    guard architecture.hasGaussianMap, architecture.outputMeanSquare(scales) > 0 else { return nil }
    try Self.validate(tightness: tightness)
    let factor = architecture.taskFactor
    let regression = try Self.regression(
      architecture, scales: scales, task: task, stimuli: stimuli, sharpness: tightness * factor)
    let quadrature = try ScaleQuadrature(widths: architecture.scatteringWidths) { regression.logEvidence(scale: $0) }
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
    let outputMeanSquare = architecture.outputMeanSquare(scales)
    outputSecondMoment =
      architecture.drawsNormalOutputs
      ? outputMeanSquare * (1 - moved / Double(architecture.lastWidth)) : outputMeanSquare
    // The first layer's weights and drives each make a part of the output.
    let first = fine.errorAlongParts.map { tightness * factor * $0 / Double(widths[0]) }
    inputSecondMoment = scales.input * scales.input * (Double(architecture.features) - first[0])
    contextSecondMoment =
      first.count > 1 ? scales.context * scales.context * (Double(architecture.contexts) - first[1]) : nil
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

  /// The regression in the eigenbasis of 𝒦 = s² F Fᵀ, found from the smaller matrix FᵀF, F `[output, feature]`.
  private static func regression(
    _ architecture: FeedforwardArchitecture, scales: WeightScales, task: LearningTask, stimuli: Matrix,
    sharpness: Double
  ) throws -> RidgeRegression {
    let scale =
      scales.input * (architecture.outputMeanSquare(scales) * Double(architecture.lastWidth)).squareRoot()
      * architecture.readoutFactor * pow(scales.hidden, Double(architecture.depth - 1))
    let features = architecture.drivenFeatures(of: stimuli, relativeDrive: scales.context / scales.input)
    let eigen = try SymmetricEigen(features.transposed * features)
    let kept = eigen.values.indices.filter { eigen.values[$0] > 1e-14 * eigen.values[eigen.values.count - 1] }
    let turned = features * eigen.vectors
    var basis = Matrix(rows: features.rows, columns: kept.count)
    var weights = Matrix(rows: features.columns, columns: kept.count)
    for (column, j) in kept.enumerated() {
      let root = eigen.values[j].squareRoot()
      for row in 0..<features.rows { basis[row, column] = turned[row, j] / root }
      // Weights of 𝒦's scale: the outputs are U Λ Wᵀ of them.
      for w in 0..<features.columns { weights[w, column] = eigen.vectors[w, j] / (scale * root) }
    }
    var parts = [Matrix(weights.rowArrays.prefix(architecture.features).map { $0 })]
    if architecture.isDriven(0) { parts.append(Matrix(Array(weights.rowArrays.dropFirst(architecture.features)))) }
    return RidgeRegression(
      task: task, stimuli: stimuli, sharpness: sharpness, basis: basis,
      variances: kept.map { scale * scale * eigen.values[$0] }, parts: parts)
  }
}

extension FeedforwardArchitecture {
  /// Whether context drives enter the first hidden layer or none.
  var drivesFirstLayerAtMost: Bool { drivenLayers == .none || drivenLayers == .first || depth == 1 }

  /// The first layer's features of every output, `[set · P + stimulus, feature]`: x, and with drives e_c times `relativeDrive`.
  fileprivate func drivenFeatures(of stimuli: Matrix, relativeDrive: Double) -> Matrix {
    guard isDriven(0) else { return stimuli }
    var result = Matrix(rows: contexts * stimuli.rows, columns: features + contexts)
    for c in 0..<contexts {
      for p in 0..<stimuli.rows {
        for d in 0..<features { result[c * stimuli.rows + p, d] = stimuli[p, d] }
        result[c * stimuli.rows + p, features + c] = relativeDrive
      }
    }
    return result
  }
}
