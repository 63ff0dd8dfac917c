// What a Gaussian, or a mixture of Gaussians of different scale, becomes under the task: kernel ridge regression.

import Sampling

/// The Gibbs ensemble's outputs on its stimuli where contexts share one function that is Gaussian given a scale τ.
///
/// With the prior y ~ N(0, τ𝒦) on P stimuli, K contexts and the task factor n (THEORY section 6) the loss is K times that
/// of the mean target t, up to a constant, and the Gibbs weight a Gaussian likelihood of variance T = P/(β n K).
public struct OutputPosterior: Sendable {
  /// <y_p>, `[stimulus]`, alike in all contexts.
  public let outputs: [Double]
  /// <R>, the projection (1/P) Σ_p y_p x_pᵀ, `[context, feature]`; all rows are equal.
  public let readout: Matrix
  /// Cov(R_cd, R_ce), `[feature, feature]`, alike in all contexts.
  public let readoutCovariance: Matrix
  /// <L>.
  public let loss: Double
  /// The mean over stimuli of <y²>.
  public let outputSquare: Double
  /// The mean over stimuli of <y⁴>.
  public let outputFourth: Double
  /// <Σ_c (1/P) Σ_p (y_p - Y_c(x_p)) y_p>, which fixes the second moments of the weights (THEORY section 5).
  public let errorAlongOutput: Double
  /// ln Z(β) = ln E_prior[exp(-β n L)], in nats; no constants are left out: Z(0) = 1.
  public let logEvidence: Double
  /// <τ>.
  public let meanScale: Double

  private let basis: Matrix
  private let componentCovariance: Matrix

  /// Cov(y_p, y_q), `[stimulus, stimulus]`. O(P²·rank).
  public var outputCovariance: Matrix { basis * componentCovariance * basis.transposed }

  /// Averages over scales e^ℓ with weights exp(logWeight), which sum to one without the task.
  ///
  /// O(nodes · rank · (P + rank) + P D rank).
  init(_ regression: RidgeRegression, scales: [(scale: Double, logWeight: Double)]) {
    let basis = regression.basis
    let rank = basis.columns
    let stimuli = regression.stimuli
    let count = Double(stimuli.rows)
    let logs = scales.map { $0.logWeight + regression.logEvidence(scale: $0.scale) }
    let largest = logs.max()!
    let total = logs.reduce(0) { $0 + exp($1 - largest) }
    logEvidence = largest + log(total) - regression.excessLoss
    var mean = [Double](repeating: 0, count: rank)
    var products = Matrix(rows: rank, columns: rank)
    var square = 0.0
    var fourth = 0.0
    var scaleSum = 0.0
    var error = 0.0
    var along = 0.0
    for (node, log) in zip(scales, logs) {
      let weight = exp(log - largest) / total
      guard weight > 1e-25 else { continue }
      scaleSum += weight * node.scale
      let (center, spread) = regression.components(scale: node.scale)
      for j in 0..<rank {
        // The distance to the target by itself: where the task is tight, differences would have no digits left.
        let rest = regression.targets[j] / (1 + regression.gain(j, scale: node.scale))
        error += weight * (rest * rest + spread[j])
        along += weight * (spread[j] - rest * center[j])
        mean[j] += weight * center[j]
        products[j, j] += weight * spread[j]
        for k in 0..<rank { products[j, k] += weight * center[j] * center[k] }
      }
      for p in 0..<stimuli.rows {
        var y = 0.0
        var v = 0.0
        for j in 0..<rank {
          y += basis[p, j] * center[j]
          v += basis[p, j] * basis[p, j] * spread[j]
        }
        square += weight * (y * y + v)
        fourth += weight * (y * y * y * y + 6 * y * y * v + 3 * v * v)
      }
    }
    meanScale = scaleSum
    outputSquare = square / count
    outputFourth = fourth / count
    var covariance = products
    for j in 0..<rank { for k in 0..<rank { covariance[j, k] -= mean[j] * mean[k] } }
    let contexts = Double(regression.contexts)
    loss = 0.5 * contexts / count * error + regression.targetSpread
    errorAlongOutput = contexts / count * along
    componentCovariance = covariance
    self.basis = basis
    outputs = basis * mean
    let projection = (1 / count) * (stimuli.transposed * basis)
    let row = projection * mean
    readout = Matrix([[Double]](repeating: row, count: regression.contexts))
    readoutCovariance = projection * covariance * projection.transposed
  }
}

/// Ridge regression of a linear task in the eigenbasis of a kernel: components z = Uᵀy ~ N(0, τ λ_j) are independent.
struct RidgeRegression: Sendable {
  /// X, `[stimulus, feature]`.
  let stimuli: Matrix
  /// Number of contexts, K.
  let contexts: Int
  /// U, `[stimulus, component]`, with orthonormal columns.
  let basis: Matrix
  /// λ_j.
  let variances: [Double]
  /// Uᵀt, t the targets' mean over contexts.
  let targets: [Double]
  /// 1/T = β n K/P.
  let precision: Double
  /// The loss that no single function can avoid, (1/2P) Σ_cp (t_cp - t_p)².
  let targetSpread: Double
  /// β n times ``targetSpread``.
  let excessLoss: Double

  /// - Parameter sharpness: β n.
  /// - Precondition: the mean target lies in the span of `basis`.
  init(task: LearningTask, stimuli: Matrix, sharpness: Double, basis: Matrix, variances: [Double]) {
    let contexts = Double(task.contexts)
    let count = Double(stimuli.rows)
    let wanted = task.wantedOutputs(for: stimuli).transposed
    let mean = wanted.rowArrays.map { $0.reduce(0, +) / contexts }
    var spread = 0.0
    for p in 0..<stimuli.rows {
      for c in 0..<task.contexts { spread += (wanted[p, c] - mean[p]) * (wanted[p, c] - mean[p]) }
    }
    self.stimuli = stimuli
    self.contexts = task.contexts
    self.basis = basis
    self.variances = variances
    targets = basis.transposed * mean
    precision = sharpness * contexts / count
    targetSpread = spread / (2 * count)
    excessLoss = sharpness * targetSpread
  }

  /// τλ_j/T.
  func gain(_ j: Int, scale: Double) -> Double { precision * variances[j] * scale }

  /// ln E[exp(-|z - t|²/2T)] = -½ Σ_j [ln(1 + τλ_j/T) + t_j²/(T + τλ_j)]. O(rank).
  func logEvidence(scale: Double) -> Double {
    var sum = 0.0
    for j in 0..<variances.count {
      let gain = gain(j, scale: scale)
      sum += log1p(gain) + precision * targets[j] * targets[j] / (1 + gain)
    }
    return -0.5 * sum
  }

  /// Mean τλ_j t_j/(T + τλ_j) and variance τλ_j T/(T + τλ_j) of every component.
  func components(scale: Double) -> (mean: [Double], variance: [Double]) {
    let gains = variances.indices.map { gain($0, scale: scale) }
    return (
      zip(gains, targets).map { $0 / (1 + $0) * $1 }, zip(gains, variances).map { scale * $1 / (1 + $0) }
    )
  }
}
