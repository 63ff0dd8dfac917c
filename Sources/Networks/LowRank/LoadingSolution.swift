// The law of a neuron's loadings, solved for.

import Sampling

/// The maximum-entropy law of a neuron with several loadings: a mixture over gain vectors of zero-mean Gaussians (THEORY section 12).
public struct LoadingSolution: Sendable {
  /// Neurons of one gain vector.
  public struct Population: Sendable {
    /// g [context].
    public let gains: [Double]
    /// P(g); of given gains the fraction of neurons.
    public let weight: Double
    /// ⟨θ_a θ_b | g⟩ = A_g⁻¹ [loading, loading].
    public let covariance: Matrix
  }

  /// The loadings and the averages that they must have.
  public let problem: LoadingProblem
  /// Λ_j, in the order of the constraints; 0 of those that follow from others.
  public let multipliers: [Double]
  /// The number of independent constraints.
  public let rank: Int
  /// The largest error of an average, in units of the product of its scales, or of 10⁴ times the average where that is smaller.
  public let residual: Double
  /// Newton steps.
  public let iterations: Int
  /// In ascending binary order of the pattern; of given gains those that occur.
  public let populations: [Population]
  /// KL(P(g) ‖ P0(g)), in nats; 0 for given gains.
  public let patternKL: Double
  /// KL(p ‖ p0) of the whole law, in nats.
  public let relativeEntropy: Double
  /// log Z of a neuron, 0 for the prior, in nats.
  public let logNormaliser: Double
  let kinds: LoadingKinds

  init(problem: LoadingProblem, kinds: LoadingKinds, multipliers: [Double], rank: Int, found: LoadingDual.Minimum) {
    self.problem = problem
    self.kinds = kinds
    self.multipliers = multipliers
    self.rank = rank
    residual = found.residual
    iterations = found.iterations
    logNormaliser = found.logNormaliser
    let scales = problem.scales
    populations = (0..<kinds.count).map { kind in
      var covariance = found.covariances[kind]
      for a in scales.indices { for b in scales.indices { covariance[a, b] *= scales[a] * scales[b] } }
      return Population(gains: kinds.gains.row(kind), weight: found.weights[kind], covariance: covariance)
    }
    patternKL =
      kinds.areDrawn
      ? max(0, zip(found.weights, kinds.weights).reduce(0) { $0 + ($1.0 > 0 ? $1.0 * log($1.0 / $1.1) : 0) }) : 0
    relativeEntropy =
      zip(multipliers, problem.constraints).reduce(0) { $0 + $1.0 * $1.1.value } - found.logNormaliser
  }

  private func gain(_ population: Population, _ context: Int?) -> Double { context.map { population.gains[$0] } ?? 1 }

  /// ⟨g_c θ_a θ_b⟩, exact at every N: the mean of the overlap (1/N) Σ_i g_ic θ_ia θ_ib.
  public func mean(_ constraint: LoadingConstraint) -> Double {
    populations.reduce(0) {
      $0 + $1.weight * gain($1, constraint.context) * $1.covariance[constraint.first, constraint.second]
    }
  }

  /// N times the variance of the overlap: Σ_g P(g) g_c² (C_aa C_bb + 2 C_ab²) − mean²; of given gains Σ_g f_g g_c² (C_aa C_bb + C_ab²).
  public func varianceTimesN(_ constraint: LoadingConstraint) -> Double {
    let (a, b) = (constraint.first, constraint.second)
    let areDrawn = kinds.areDrawn || kinds.count == 1
    let square = populations.reduce(0) {
      let (g, c) = (gain($1, constraint.context), $1.covariance)
      return $0 + $1.weight * g * g * (c[a, a] * c[b, b] + (areDrawn ? 2 : 1) * c[a, b] * c[a, b])
    }
    let mean = areDrawn ? mean(constraint) : 0
    return max(0, square - mean * mean)
  }

  /// The mean size of a neuron's contribution to the overlap.
  func size(_ constraint: LoadingConstraint) -> Double {
    let (a, b) = (constraint.first, constraint.second)
    return populations.reduce(0) {
      let c = $1.covariance
      return $0 + $1.weight * abs(gain($1, constraint.context))
        * meanAbsoluteProduct(c[a, a], c[b, b], covariance: c[a, b])
    }
  }

  /// The whole law of an overlap of two loadings in networks of N neurons; nil for given gains of several kinds, with which neurons are not
  /// alike, and for second moments.
  ///
  /// - Throws: ``GSLError``.
  public func law(_ constraint: LoadingConstraint, neurons: Int) throws -> ReadoutLaw? {
    guard !constraint.isSquare, kinds.areDrawn || kinds.count == 1 else { return nil }
    let (a, b) = (constraint.first, constraint.second)
    var silent = 0.0
    var list: [ProductPopulation] = []
    for population in populations {
      let (g, c) = (gain(population, constraint.context), population.covariance)
      if g == 0 {
        silent += population.weight
      } else if population.weight > 0 {
        // A common gain scales the product.
        list.append(
          ProductPopulation(
            weight: population.weight, outputVariance: g * g * c[a, a], covariance: g * c[a, b], inputVariance: c[b, b])
        )
      }
    }
    guard !list.isEmpty else { return nil }
    return ReadoutLaw(neurons: neurons, populations: list, silent: silent)
  }

  /// The second moments of a population as those of (w, m_1 …), θ_0 in the place of w.
  func moments(_ population: Population) -> PopulationMoments {
    let c = population.covariance
    var rest = Matrix(rows: c.rows - 1, columns: c.rows - 1)
    for a in 1..<max(1, c.rows) { for b in 1..<c.rows { rest[a - 1, b - 1] = c[a, b] } }
    return PopulationMoments(
      weight: population.weight, outputVariance: c[0, 0], covariance: (1..<max(1, c.rows)).map { c[0, $0] },
      inputCovariance: rest)
  }
}
