// What a Gaussian, or a mixture of Gaussians of different scale, becomes under the task: kernel ridge regression.

import Sampling

/// The Gibbs ensemble's outputs on its stimuli where they are Gaussian given a scale τ.
///
/// Contexts that are told apart have outputs of their own, G = K sets; else they share G = 1. With the prior y ~ N(0, τ𝒦) on
/// G P outputs and the task factor n (THEORY section 6) the loss is K/G times that of the mean target t, up to a constant, and the
/// Gibbs weight a Gaussian likelihood of variance T = P G/(β n K).
public struct OutputPosterior: Sendable {
  /// <y_cp>, `[set · P + stimulus]`, G P numbers.
  public let outputs: [Double]
  /// <R>, the projection (1/P) Σ_p y_cp x_pᵀ, `[context, feature]`; without drives all rows are equal.
  public let readout: Matrix
  /// <L>.
  public let loss: Double
  /// The mean over outputs of <y²>.
  public let outputSquare: Double
  /// The mean over outputs of <y⁴>.
  public let outputFourth: Double
  /// <Σ_c (1/P) Σ_p (y_cp - Y_c(x_p)) y_cp>, which fixes the second moments of the weights (THEORY section 5).
  public let errorAlongOutput: Double
  /// The same along the part of y that each block of ``RidgeRegression/parts`` makes; they add up to ``errorAlongOutput``.
  let errorAlongParts: [Double]
  /// ln Z(β) = ln E_prior[exp(-β n L)], in nats; no constants are left out: Z(0) = 1.
  public let logEvidence: Double
  /// <τ>.
  public let meanScale: Double

  private let basis: Matrix
  private let componentCovariance: Matrix
  /// (1/P) Σ_p x_pd U_cp, `[set · D + feature, component]`.
  private let projection: Matrix

  /// Cov(y_cp, y_c'q), rows and columns `set · P + stimulus`. O((G P)²·rank).
  public var outputCovariance: Matrix { basis * componentCovariance * basis.transposed }
  /// Cov(R_cd, R_c'e), rows and columns `set · D + feature`. O((G D)²·rank).
  public var readoutCovariance: Matrix { projection * componentCovariance * projection.transposed }
  /// Var(R_cd), `[set · D + feature]`. O(G D·rank²).
  var readoutVariances: [Double] {
    let half = projection * componentCovariance
    return (0..<projection.rows).map { max(0, dot(half.row($0), projection.row($0))) }
  }

  /// Averages over scales e^ℓ with weights exp(logWeight), which sum to one without the task.
  ///
  /// O(nodes · rank · (G P + rank + D + K) + G P D rank).
  init(_ regression: RidgeRegression, scales: [(scale: Double, logWeight: Double)]) {
    let basis = regression.basis
    let rank = basis.columns
    let stimuli = regression.stimuli
    let rows = basis.rows
    let perLoss = Double(regression.sharing) / Double(stimuli.rows)
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
    var parts = [Double](repeating: 0, count: regression.parts.count)
    for (node, log) in zip(scales, logs) {
      let weight = exp(log - largest) / total
      guard weight > 1e-25 else { continue }
      scaleSum += weight * node.scale
      let (center, spread) = regression.components(scale: node.scale)
      // The distance to the target by itself: where the task is tight, differences would have no digits left.
      let rests = (0..<rank).map { regression.targets[$0] / (1 + regression.gain($0, scale: node.scale)) }
      for j in 0..<rank {
        let rest = rests[j]
        error += weight * (rest * rest + spread[j])
        along += weight * (spread[j] - rest * center[j])
        mean[j] += weight * center[j]
        products[j, j] += weight * spread[j]
        for k in 0..<rank { products[j, k] += weight * center[j] * center[k] }
      }
      for k in parts.indices { parts[k] += weight * regression.along(part: k, center, spread, rests) }
      for p in 0..<rows {
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
    outputSquare = square / Double(rows)
    outputFourth = fourth / Double(rows)
    var covariance = products
    for j in 0..<rank { for k in 0..<rank { covariance[j, k] -= mean[j] * mean[k] } }
    loss = 0.5 * perLoss * error + regression.targetSpread
    errorAlongOutput = perLoss * along
    errorAlongParts = parts.map { perLoss * $0 }
    componentCovariance = covariance
    self.basis = basis
    outputs = basis * mean
    projection = regression.projection
    let features = stimuli.columns
    let sets = projection * mean
    readout = Matrix(
      (0..<regression.contexts).map { context in
        let set = regression.sharing == 1 ? context : 0
        return Array(sets[set * features..<(set + 1) * features])
      })
  }
}

/// Ridge regression of a task in the eigenbasis of a kernel: components z = Uᵀy ~ N(0, τ λ_j) are independent.
struct RidgeRegression: Sendable {
  /// X, `[stimulus, feature]`.
  let stimuli: Matrix
  /// Number of contexts, K.
  let contexts: Int
  /// How many contexts share an output: 1 where contexts are told apart, else K.
  let sharing: Int
  /// U, `[set · P + stimulus, component]`, with orthonormal columns.
  let basis: Matrix
  /// λ_j.
  let variances: [Double]
  /// Uᵀt, t the targets' mean over the contexts that share an output.
  let targets: [Double]
  /// 1/T = β n K/(G P).
  let precision: Double
  /// The loss that no such outputs can avoid: what contexts want apart, and what lies outside the span of the basis.
  let targetSpread: Double
  /// β n times ``targetSpread``.
  let excessLoss: Double
  /// Blocks of weights that the outputs are linear in, as W with weights W z, `[weight, component]`; y = Σ_blocks of their parts.
  let parts: [Matrix]

  /// - Parameters:
  ///   - sharpness: β n.
  ///   - basis: G P rows; K or one set of them.
  init(
    task: LearningTask, stimuli: Matrix, sharpness: Double, basis: Matrix, variances: [Double], parts: [Matrix] = []
  ) {
    let wanted = SharedTargets(task, stimuli: stimuli, sets: basis.rows / stimuli.rows)
    precondition(wanted.mean.count == basis.rows)
    let targets = basis.transposed * wanted.mean
    let outside = zip(wanted.mean, basis * targets).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    // Of targets inside the span rounding leaves this much.
    let isInside = outside <= 1e-26 * wanted.mean.reduce(0) { $0 + $1 * $1 }
    self.stimuli = stimuli
    self.contexts = task.contexts
    sharing = wanted.sharing
    self.basis = basis
    self.variances = variances
    self.targets = targets
    self.parts = parts
    precision = sharpness * wanted.weight
    targetSpread = wanted.scatter + (isInside ? 0 : wanted.weight / 2 * outside)
    excessLoss = sharpness * targetSpread
  }

  /// (1/P) Σ_p x_pd U_cp, `[set · D + feature, component]`. O(G P D rank).
  var projection: Matrix {
    let count = stimuli.rows
    var result = Matrix(rows: basis.rows / count * stimuli.columns, columns: basis.columns)
    for row in 0..<basis.rows {
      let (set, p) = row.quotientAndRemainder(dividingBy: count)
      for d in 0..<stimuli.columns {
        let factor = stimuli[p, d] / Double(count)
        for j in 0..<basis.columns { result[set * stimuli.columns + d, j] += factor * basis[row, j] }
      }
    }
    return result
  }

  /// <(z - t)·z_B> at one scale, z_B the components of the outputs' part that a block makes.
  ///
  /// With weights W z and outputs U Λ Wᵀ of them it is Σ_j λ_j |W_j|² Var z_j - (W Λ r)·(W z̄), r = t - z̄. O(weights · rank).
  func along(part: Int, _ center: [Double], _ spread: [Double], _ rests: [Double]) -> Double {
    let weights = parts[part]
    var sum = 0.0
    for w in 0..<weights.rows {
      var pulled = 0.0
      var reached = 0.0
      for j in variances.indices {
        let entry = weights[w, j]
        pulled += entry * variances[j] * rests[j]
        reached += entry * center[j]
        sum += variances[j] * entry * entry * spread[j]
      }
      sum -= pulled * reached
    }
    return sum
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
