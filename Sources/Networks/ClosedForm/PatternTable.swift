// The solved populations: weight and margin of every gain pattern, and averages over them.

import Sampling

/// Averages over patterns (of given gains: over neurons) that a solution reports; t is a pattern's margin 1 - ρ, v = Vᵀg.
struct PatternAverages: Sendable {
  /// E[1/t].
  var inverseMargin = 0.0
  /// E[1/t²].
  var inverseMarginSquared = 0.0
  /// E[ρ].
  var structure = 0.0
  /// Σ P log(P/P0).
  var patternKL = 0.0
  /// E[|g|² (tr S/t + 3 vᵀSv/t²)], the mean square of a neuron's share g w m of the readout.
  var readoutSpread = 0.0
  /// Given gains: E[|g|² vᵀSv/t²], the mean over neurons of the square of that share's mean. Nil where neurons are alike and have
  /// one mean.
  var readoutMeanSquare: Double?
  /// E[(gᵀA v)/t; k contexts active], by k.
  var share: [Double]
}

/// Weights and margins of the populations.
enum PatternTable: Sendable {
  /// One entry a pattern, in ascending binary order.
  case enumerated(contexts: Int, probability: [Double], margin: [Double])
  /// One entry a number of active contexts.
  case symmetric(contexts: Int, probability: [Double], margin: [Double])
  /// All gains are one.
  case saturated(contexts: Int, margin: Double)
  /// Given gains; one margin a distinct pattern.
  case given(GivenGains, margin: [Double])

  /// The averages for scaled multipliers V, target A and stimulus covariance S. O(2^K), symmetric O(K²).
  func averages(_ scaled: Matrix, target: Matrix, covariance: Matrix, gains: GainReference) throws -> PatternAverages {
    switch self {
    case .given(let gains, let margin):
      return givenAverages(gains, margin, scaled, target, covariance)
    case .enumerated(let contexts, let probability, let margin):
      return enumeratedAverages(
        contexts, probability, margin, scaled, target, covariance,
        prior: EnumeratedPatterns.independentPrior(contexts: contexts, activeProbability: gains.activeProbability))
    case .symmetric(let contexts, let probability, let margin):
      return symmetricAverages(
        contexts, probability, margin, scaled, target, covariance,
        logPrior: try SymmetricPatterns.binomialLogPrior(contexts: contexts, activeProbability: gains.activeProbability)
      )
    case .saturated(let contexts, let margin):
      var result = PatternAverages(share: [Double](repeating: 0, count: contexts + 1))
      let v = scaled.transposed * [Double](repeating: 1, count: contexts)
      result.add(
        probability: 1, margin: margin, active: contexts, gainSquare: Double(contexts), trace: covariance.trace,
        spread: dot(v, covariance * v), overlap: target.rowArrays.reduce(0) { $0 + dot($1, v) })
      return result
    }
  }

  private func enumeratedAverages(
    _ contexts: Int, _ probability: [Double], _ margin: [Double], _ scaled: Matrix, _ target: Matrix,
    _ covariance: Matrix, prior: [Double]
  ) -> PatternAverages {
    var sums = PatternSums(contexts: contexts)
    var spread = [Double](repeating: 0, count: sums.count)
    var overlap = spread
    sums.fillQuadraticForm(scaled * covariance * scaled.transposed, into: &spread)
    sums.fillQuadraticForm(target * scaled.transposed, into: &overlap)
    let trace = covariance.trace
    let logPrior = prior.map { log($0) }
    var result = PatternAverages(share: [Double](repeating: 0, count: contexts + 1))
    for g in 0..<sums.count where probability[g] > 0 {
      let active = g.nonzeroBitCount
      result.add(
        probability: probability[g], margin: margin[g], active: active, gainSquare: Double(active), trace: trace,
        spread: spread[g], overlap: overlap[g])
      result.patternKL += probability[g] * (log(probability[g]) - logPrior[active])
    }
    return result
  }

  private func symmetricAverages(
    _ contexts: Int, _ probability: [Double], _ margin: [Double], _ scaled: Matrix, _ target: Matrix,
    _ covariance: Matrix, logPrior: [Double]
  ) -> PatternAverages {
    let count = Double(contexts)
    let trace = covariance.trace
    let total = covariance.elements.reduce(0, +)
    let scale = target[0, 0]
    let b = -scaled[0, 1]
    let s = scaled[0, 0] + b
    var result = PatternAverages(share: [Double](repeating: 0, count: contexts + 1))
    for active in 0...contexts where probability[active] > 0 {
      let k = Double(active)
      // v = s g - b k 1, averaged over the patterns with k active contexts.
      let within = k / count * trace + k * (k - 1) / (count * (count - 1)) * (total - trace)
      let spread = s * s * within - 2 * s * b * k * (k / count) * total + b * b * k * k * total
      result.add(
        probability: probability[active], margin: margin[active], active: active, gainSquare: k, trace: trace,
        spread: spread, overlap: scale * k * (s - b * k))
      result.patternKL += probability[active] * (log(probability[active]) - logPrior[active])
    }
    return result
  }
}

extension PatternTable {
  private func givenAverages(
    _ gains: GivenGains, _ margin: [Double], _ scaled: Matrix, _ target: Matrix, _ covariance: Matrix
  ) -> PatternAverages {
    var result = PatternAverages(share: [Double](repeating: 0, count: gains.contexts + 1))
    var meanSquare = 0.0
    let images = gains.patterns * scaled
    let wanted = gains.patterns * target
    for p in 0..<margin.count {
      let g = gains.patterns.row(p)
      let v = images.row(p)
      let spread = dot(v, covariance * v)
      let gainSquare = dot(g, g)
      result.add(
        probability: gains.fractions[p], margin: margin[p], active: gains.activeContexts(p).count,
        gainSquare: gainSquare, trace: covariance.trace, spread: spread, overlap: dot(v, wanted.row(p)))
      meanSquare += gains.fractions[p] * gainSquare * spread / (margin[p] * margin[p])
    }
    result.readoutMeanSquare = meanSquare
    return result
  }
}

extension PatternAverages {
  mutating func add(
    probability: Double, margin: Double, active: Int, gainSquare: Double, trace: Double, spread: Double,
    overlap: Double
  ) {
    let first = probability / margin
    inverseMargin += first
    inverseMarginSquared += first / margin
    structure += probability * (1 - margin)
    readoutSpread += first * gainSquare * (trace + 3 * spread / margin)
    share[active] += first * overlap
  }
}
