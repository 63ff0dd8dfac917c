// How much the loss varies from one network of independent neurons to the next, exactly at every number of neurons.

import Sampling

/// The variance of N·L over networks of N independent neurons.
///
/// With y_i the contribution g_c w m_d − E of neuron i, q_i = Σ_c y_icᵀ S y_ic and C = Cov(y),
/// Var(N L) = ¼ [κ/N + 2 tr (C S)²], κ = E q² − (tr C S)² − 2 tr (C S)²: THEORY section 4, by Wick's theorem within each
/// population. Given gains: κ and C are averages over the neurons.
///
/// Where C has too many entries (``ProductPrediction/readoutCovarianceTimesN``), and for a large symmetric task with a general S,
/// this is a bound from above: an error that is too large accuses nobody.
struct LossFluctuation: Sendable {
  /// The unit of N·L: the largest variance of a stimulus over α_w α_m.
  private let unit: Double
  /// κ/4, in squared units.
  private let ofOneNeuron: Double
  /// tr (C S)²/2, in squared units.
  private let ofPairs: Double

  /// O(2^K) beside the covariance of the readout; symmetric O(K²), given gains O(K D + D²) for each of their patterns.
  ///
  /// - Precondition: `prediction` is that of `solution`.
  init(_ solution: MaxEntropySolution, _ prediction: ProductPrediction) {
    let problem = solution.problem
    let contexts = problem.task.contexts
    let precision = solution.outputPrecision * solution.inputPrecision
    let covariance = problem.covariance
    let largest = (0..<problem.task.features).reduce(0) { max($0, covariance[$1, $1]) }
    unit = largest / precision
    let scale = problem.covarianceScale.map { $0 / largest }
    let stimuli = StimulusForm((1 / largest) * covariance, isotropic: scale)
    let target = precision.squareRoot() * solution.readout

    let mean = 2 * prediction.lossTimesN / unit
    var pairs = mean * mean
    var squares = 0.0
    // tr (C_i S)² and (tr C_i S)² of neurons that differ, in place of those of their average.
    var ownPairs: (trace: Double, square: Double)?

    switch solution.table {
    case .symmetric(_, let probability, let margin) where scale != nil || contexts > 20:
      let reduced = SymmetricContributions(
        contexts: contexts, probability: probability, margin: margin, scaled: solution.scaledMultipliers,
        target: target[0, 0], stimulusScale: scale ?? (try? SymmetricEigen(stimuli.matrix).values.last) ?? stimuli.trace
      )
      squares = reduced.meanSquare
      pairs = min(pairs, reduced.pairs)
    case .symmetric(_, let probability, let margin):
      // Patterns with as many active contexts are equally probable, but no longer alike.
      let shares = probability.indices.map {
        probability[$0] / exp(lgamma(Double(contexts) + 1) - lgamma(Double($0) + 1) - lgamma(Double(contexts - $0) + 1))
      }
      squares = Self.enumerated(
        contexts, stimuli, solution.scaledMultipliers, target, { shares[$0.nonzeroBitCount] },
        { margin[$0.nonzeroBitCount] })
    case .enumerated(_, let probability, let margin):
      squares = Self.enumerated(
        contexts, stimuli, solution.scaledMultipliers, target, { probability[$0] }, { margin[$0] })
    case .saturated(_, let margin):
      let ones = [Double](repeating: 1, count: contexts)
      squares = Contribution(
        gainSquare: Double(contexts), margin: margin, v: solution.scaledMultipliers.transposed * ones,
        pull: stimuli.matrix * (target.transposed * ones), stimuli: stimuli
      ).meanSquare(targetSquare: stimuli.square(of: target), stimuli)
    case .given(let gains, let margin):
      let images = gains.patterns * solution.scaledMultipliers
      var own = (trace: 0.0, square: 0.0)
      for p in margin.indices {
        let v = images.row(p)
        let k = dot(gains.patterns.row(p), gains.patterns.row(p))
        // Such a neuron's own mean, g v/t, stands in the place of the target.
        let pull = (stimuli.matrix * v).map { k / margin[p] * $0 }
        let neuron = Contribution(gainSquare: k, margin: margin[p], v: v, pull: pull, stimuli: stimuli)
        let meanSquare = k * neuron.spread / margin[p]
        squares += gains.fractions[p] * neuron.meanSquare(targetSquare: meanSquare, stimuli)
        let trace = k / margin[p] * (stimuli.trace + 2 * neuron.spread)
        own.trace += gains.fractions[p] * trace * trace
        own.square +=
          gains.fractions[p] * k * k / (margin[p] * margin[p])
          * (stimuli.traceOfSquare + 4 * neuron.squaredSpread + 4 * neuron.spread * neuron.spread)
      }
      ownPairs = own
    }
    if let covariance = prediction.readoutCovarianceTimesN {
      pairs = stimuli.squaredTrace(of: covariance, unit: 1 / precision)
    }
    let gaussian = ownPairs.map { $0.trace + 2 * $0.square } ?? (mean * mean + 2 * pairs)
    ofOneNeuron = 0.25 * (squares - gaussian)
    ofPairs = 0.5 * pairs
  }

  /// The standard deviation of N·L over networks of N neurons.
  func deviationTimesN(neurons: Int) -> Double {
    let variance = ofOneNeuron / Double(neurons) + ofPairs
    return variance.isNaN ? .infinity : unit * max(0, variance).squareRoot()
  }

  /// E q² over all 2^K patterns.
  private static func enumerated(
    _ contexts: Int, _ stimuli: StimulusForm, _ scaled: Matrix, _ target: Matrix, _ probability: (Int) -> Double,
    _ margin: (Int) -> Double
  ) -> Double {
    var sums = PatternSums(contexts: contexts)
    func form(_ left: Matrix, _ right: Matrix) -> [Double] {
      var values = [Double](repeating: 0, count: sums.count)
      sums.fillQuadraticForm(left * right.transposed, into: &values)
      return values
    }
    let once = scaled * stimuli.matrix
    let onTarget = target * stimuli.matrix
    let spread = form(once, scaled)
    let squaredSpread = form(once, once)
    let overlap = form(once, target)
    let pullSquare = form(onTarget, onTarget)
    let cross = form(onTarget, once)
    let targetSquare = stimuli.square(of: target)
    var total = 0.0
    for g in 0..<sums.count {
      let weight = probability(g)
      guard weight > 0 else { continue }
      total +=
        weight
        * Contribution(
          gainSquare: Double(g.nonzeroBitCount), margin: margin(g), spread: spread[g],
          squaredSpread: squaredSpread[g], overlap: overlap[g], pullSquare: pullSquare[g], cross: cross[g]
        ).meanSquare(targetSquare: targetSquare, stimuli)
    }
    return total
  }
}

/// S in units of its largest variance, and its traces.
private struct StimulusForm {
  let matrix: Matrix
  let isotropic: Double?
  let trace: Double
  let traceOfSquare: Double

  init(_ matrix: Matrix, isotropic: Double?) {
    self.matrix = matrix
    self.isotropic = isotropic
    trace = matrix.trace
    traceOfSquare = matrix.squaredNorm
  }

  /// Σ_c A_cᵀ S A_c.
  func square(of target: Matrix) -> Double { dot((target * matrix).elements, target.elements) }

  /// tr (C (I ⊗ S))² in units of `unit`, C [context and feature, context and feature].
  func squaredTrace(of covariance: Matrix, unit: Double) -> Double {
    let features = matrix.rows
    var image = (1 / unit) * covariance
    if let isotropic {
      return isotropic * isotropic * image.squaredNorm
    }
    for i in 0..<image.rows {
      for start in stride(from: 0, to: image.columns, by: features) {
        let row = matrix * Array(image.elements[(i * image.columns + start)..<(i * image.columns + start + features)])
        for d in 0..<features { image[i, start + d] = row[d] }
      }
    }
    var total = 0.0
    for i in 0..<image.rows { for j in 0..<image.columns { total += image[i, j] * image[j, i] } }
    return total
  }
}

/// What one population contributes: w m = z (v z/√t + ξ)/√t in units of 1/√(α_w α_m), z and ξ standard normal.
private struct Contribution {
  /// |g|².
  let gainSquare: Double
  /// t.
  let margin: Double
  /// vᵀSv/t.
  let spread: Double
  /// vᵀS²v/t.
  let squaredSpread: Double
  /// v·a, with a = S Aᵀg.
  let overlap: Double
  /// |a|².
  let pullSquare: Double
  /// aᵀSv.
  let cross: Double

  init(
    gainSquare: Double, margin: Double, spread: Double, squaredSpread: Double, overlap: Double, pullSquare: Double,
    cross: Double
  ) {
    self.gainSquare = gainSquare
    self.margin = margin
    self.spread = spread / margin
    self.squaredSpread = squaredSpread / margin
    self.overlap = overlap
    self.pullSquare = pullSquare
    self.cross = cross
  }

  init(gainSquare: Double, margin: Double, v: [Double], pull: [Double], stimuli: StimulusForm) {
    let image = stimuli.matrix * v
    self.init(
      gainSquare: gainSquare, margin: margin, spread: dot(v, image), squaredSpread: dot(image, image),
      overlap: dot(v, pull), pullSquare: dot(pull, pull), cross: dot(pull, image))
  }

  /// E q² of q = |g|² M − 2 h + tr A S Aᵀ, M = w² mᵀSm, h = w m·a.
  func meanSquare(targetSquare: Double, _ stimuli: StimulusForm) -> Double {
    let trace = stimuli.trace
    // E M², E h², E M h, E M, E h: moments of z up to the eighth.
    let fourth =
      105 * spread * spread + 30 * spread * trace + 3 * trace * trace + 60 * squaredSpread + 6 * stimuli.traceOfSquare
    let mm = fourth / (margin * margin)
    let hh = (3 * overlap * overlap / margin + pullSquare) / margin
    let mh = (overlap * (15 * spread + 3 * trace) + 6 * cross) / (margin * margin)
    let m = (3 * spread + trace) / margin
    let h = overlap / margin
    return gainSquare * gainSquare * mm + 4 * hh + targetSquare * targetSquare - 4 * gainSquare * mh
      + 2 * gainSquare * targetSquare * m - 4 * targetSquare * h
  }
}

/// The same for a task that does not tell contexts apart, where patterns differ only in how many contexts they are active in.
private struct SymmetricContributions {
  /// E q².
  let meanSquare: Double
  /// tr (C S)².
  let pairs: Double

  /// - Parameters:
  ///   - target: a of A = a I.
  ///   - stimulusScale: of S, a multiple of the identity.
  init(
    contexts: Int, probability: [Double], margin: [Double], scaled: Matrix, target: Double, stimulusScale: Double
  ) {
    let count = Double(contexts)
    let b = -scaled[0, 1]
    let s = scaled[0, 0] + b
    let unit = StimulusForm(.identity(contexts), isotropic: 1)
    let targetSquare = count * target * target
    var square = 0.0
    // E[(A·y)²], y without its mean taken off.
    var onTarget = 0.0
    // tr Q², Q = E[y yᵀ]: over pairs of patterns, whose scalar products depend on how many active contexts they share.
    var total = 0.0
    let norms = (0...contexts).map { active in
      let k = Double(active)
      return k * (s - b * k) * (s - b * k) + (count - k) * b * b * k * k
    }
    for active in 0...contexts where probability[active] > 0 {
      let k = Double(active)
      let t = margin[active]
      let overlap = target * k * (s - b * k)
      square +=
        probability[active]
        * Contribution(
          gainSquare: k, margin: t, spread: norms[active], squaredSpread: norms[active], overlap: overlap,
          pullSquare: target * target * k, cross: overlap
        ).meanSquare(targetSquare: targetSquare, unit)
      onTarget += probability[active] / t * (target * target * k + 3 * overlap * overlap / t)
      for other in 0...contexts where probability[other] > 0 {
        let l = Double(other)
        let u = margin[other]
        var factorial = [1.0, 0, 0, 0, 0]
        for r in 0..<4 where Double(r) < count {
          let r = Double(r)
          factorial[Int(r) + 1] = factorial[Int(r)] * max(0, k - r) * max(0, l - r) / (count - r)
        }
        let second = factorial[1] + factorial[2]
        let third = factorial[1] + 3 * factorial[2] + factorial[3]
        let fourth = factorial[1] + 7 * factorial[2] + 6 * factorial[3] + factorial[4]
        let offset = b * k * l * (b * count - 2 * s)
        let mixed = s * s * s * s * fourth + 2 * s * s * offset * third + offset * offset * second
        total +=
          probability[active] * probability[other] / (t * u)
          * (second * (count + 3 * norms[active] / t + 3 * norms[other] / u) + 9 * mixed / (t * u))
      }
    }
    let factor = stimulusScale * stimulusScale
    meanSquare = factor * square
    pairs = factor * (total - 2 * onTarget + targetSquare * targetSquare)
  }
}
