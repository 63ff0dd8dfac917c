// The mean size of what averages over independent neurons are made of: what an error must be small against.

import Sampling

/// E|x y| of a pair of Gaussian numbers with zero mean.
///
/// (2/π) [√(Var x Var y − Cov²) + Cov · asin r], r the correlation.
func meanAbsoluteProduct(_ first: Double, _ second: Double, covariance: Double) -> Double {
  let root = first.squareRoot() * second.squareRoot()
  guard root > 0 else { return 0 }
  let correlation = min(1, max(-1, covariance / root))
  return 2 / .pi * root * ((1 - correlation * correlation).squareRoot() + correlation * asin(correlation))
}

extension ProductPrediction {
  /// E|w g_c m_d| over neurons, `[context, feature]`: what carries the readout, also where contributions cancel.
  ///
  /// With κ = v_d/√t a population contributes (2/π)(1 + κ atan κ)/√(t α_w α_m). O(K D 2^K), symmetric O(K), given gains O(K D)
  /// for each of their patterns.
  static func readoutSize(_ solution: MaxEntropySolution) -> Matrix {
    let contexts = solution.problem.task.contexts
    let features = solution.problem.task.features
    let scaled = solution.scaledMultipliers
    let unit = 1 / (solution.outputPrecision * solution.inputPrecision).squareRoot()
    func size(_ v: Double, _ margin: Double) -> Double {
      let slope = v / margin.squareRoot()
      return 2 / .pi * unit * (1 + slope * atan(slope)) / margin.squareRoot()
    }
    var result = Matrix(rows: contexts, columns: features)
    switch solution.table {
    case .enumerated(_, let probability, let margin):
      var sums = PatternSums(contexts: contexts)
      var values = [Double](repeating: 0, count: sums.count)
      for d in 0..<features {
        var form = Matrix(rows: contexts, columns: contexts)
        for c in 0..<contexts { form[c, c] = scaled[c, d] }
        sums.fillQuadraticForm(form, into: &values)
        for g in 0..<sums.count {
          values[g] = probability[g] > 0 ? probability[g] * size(values[g], margin[g]) : 0
        }
        sums.accumulateSupersets(&values)
        for c in 0..<contexts { result[c, d] = values[sums.bit(c)] }
      }
    case .symmetric(_, let probability, let margin):
      let count = Double(contexts)
      let b = -scaled[0, 1]
      let s = scaled[0, 0] + b
      var diagonal = 0.0
      var other = 0.0
      for active in 0...contexts where probability[active] > 0 {
        let k = Double(active)
        let own = probability[active] * size(s - b * k, margin[active])
        let pair = k * (k - 1) / (count * (count - 1))
        diagonal += k / count * own
        other += pair * own + (k / count - pair) * probability[active] * size(-b * k, margin[active])
      }
      for c in 0..<contexts { for d in 0..<features { result[c, d] = c == d ? diagonal : other } }
    case .saturated(_, let margin):
      let v = scaled.transposed * [Double](repeating: 1, count: contexts)
      for c in 0..<contexts { for d in 0..<features { result[c, d] = size(v[d], margin) } }
    case .given(let gains, let margin):
      let images = gains.patterns * scaled
      for p in margin.indices {
        for d in 0..<features {
          let own = gains.fractions[p] * size(images[p, d], margin[p])
          for c in 0..<contexts { result[c, d] += abs(gains.patterns[p, c]) * own }
        }
      }
    }
    return result
  }
}

/// The mean, spread and size of one neuron's share of ⟨x_a x_b; g⟩, x = (w, m_1 … m_D).
struct PopulationProduct: Sendable {
  /// P(g) ⟨x_a x_b | g⟩.
  private(set) var mean = 0.0
  /// √N times the standard deviation of the average over N neurons.
  let deviationTimesRootN: Double
  /// P(g) ⟨|x_a x_b| | g⟩.
  private(set) var size = 0.0

  /// - Parameters:
  ///   - kinds: the population; given gains: its neurons by their gains, whose weights are fractions of the network.
  ///   - areFixed: whether the number of neurons of each kind is the same in every network.
  init(_ kinds: [PopulationMoments], _ a: Int, _ b: Int, areFixed: Bool) {
    var variance = 0.0
    for kind in kinds {
      let covariance = kind.secondMoment(a, b)
      let squares = (kind.secondMoment(a, a), kind.secondMoment(b, b))
      mean += kind.weight * covariance
      size += kind.weight * meanAbsoluteProduct(squares.0, squares.1, covariance: covariance)
      // Scaled by the root, so that no square of a variance is formed.
      let root = squares.0.squareRoot() * squares.1.squareRoot()
      let correlation = root > 0 ? covariance / root : 0
      let share = areFixed ? 0 : kind.weight
      variance += kind.weight * root * root * (1 + (2 - (areFixed ? 1 : share)) * correlation * correlation)
    }
    deviationTimesRootN = max(0, variance).squareRoot()
  }
}

extension PopulationMoments {
  /// ⟨x_a x_b⟩ of x = (w, m_1 … m_D), a ≤ b.
  func secondMoment(_ a: Int, _ b: Int) -> Double {
    if a == 0 { return b == 0 ? outputVariance : covariance[b - 1] }
    return inputCovariance[a - 1, b - 1]
  }
}
