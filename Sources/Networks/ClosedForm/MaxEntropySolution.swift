// The answer: multipliers, populations and everything about one neuron that follows in closed form.

import Sampling

/// A population of neurons as it is reported.
public struct Population: Sendable, Equatable {
  /// Which neurons are meant.
  public enum Members: Sendable, Equatable {
    /// Neurons with one gain pattern.
    case pattern(GainPattern)
    /// Neurons with these given gains, context by context, some of which are neither 0 nor 1.
    case gains([Double])
    /// Neurons active in this many contexts, for a task that does not tell them apart.
    case activeContexts(Int)
    /// All patterns that are not listed, and how many these are.
    case rest(patterns: Int)
  }
  /// Which neurons are meant.
  public let members: Members
  /// Probability that a neuron belongs to the population, multiplicity included; of given gains the fraction that does.
  public let weight: Double
  /// Selectivity structure ρ_g: the squared correlation of w with the projection of m on u_g. Of `rest` the mean.
  public let structure: Double
}

/// The maximum-entropy law of a neuron that solves a task (THEORY section 2; Gibbs: its N -> infinity limit, section 5).
public struct MaxEntropySolution: Sendable {
  /// The problem that this solves.
  public internal(set) var problem: MaxEntropyProblem
  /// Λ, `[context, feature]`. If they are not unique (``constraintRank`` < K·D), those of least norm.
  public internal(set) var multipliers: Matrix
  /// α_w, the precision of the output weight without the task.
  public let outputPrecision: Double
  /// α_m, the precision of each input weight without the task.
  public let inputPrecision: Double
  /// <w g_c m_d>, `[context, feature]`.
  public internal(set) var readout: Matrix
  /// Largest component of the dual's gradient: R - A, or R + Λ S⁻¹/β - A for Gibbs, and in the moment convention the two
  /// second moments' errors.
  public let residual: Double
  /// Newton steps.
  public let iterations: Int
  /// <w²>.
  public let outputSecondMoment: Double
  /// <|m|²>.
  public let inputSecondMoment: Double
  /// Kullback-Leibler divergence of the pattern weights from the reference measure, in nats; 0 for given gains.
  public let patternKL: Double
  /// Prior convention: KL(p‖p0) of the neuron's whole law, in nats.
  public internal(set) var relativeEntropy: Double?
  /// Moment convention: Shannon entropy relative to Lebesgue x P0, in nats; for given gains that of the weights alone.
  public let entropy: Double?
  /// <ρ>, the mean selectivity structure.
  public let meanStructure: Double
  /// c_k: share of the readout carried by neurons active in k = 0 ... K contexts; nil if the target is zero. A given gain is
  /// active if it exceeds 1/2.
  public let readoutShare: [Double]?
  /// Product ensemble: N · E[L], exact at every N.
  public let productLossTimesN: Double?
  /// Gibbs ensemble: the loss at N -> infinity.
  public let gibbsLossLeading: Double?
  /// Gibbs ensemble: the coefficient of 1/N in the loss.
  public let gibbsLossFirstCorrection: Double?
  /// Number of independent readout constraints: K·D, or D if all gains are one; r·D if given gains span r dimensions.
  public let constraintRank: Int
  /// 1 - max ρ: distance from where the distribution ceases to exist.
  public let smallestMargin: Double

  /// V = Λ/√(α_w α_m).
  var scaledMultipliers: Matrix
  let table: PatternTable

  /// Number of populations that are listed when there are too many patterns.
  public static let listedPopulations = 4096

  /// One population a pattern in ascending binary order up to K = 12. Above that: by number of active contexts for a target
  /// that is a multiple of the identity, otherwise the 4096 heaviest patterns and one entry for the rest. Given gains: the
  /// patterns that occur, in ascending order, at most 4096 as above. O(K 2^K).
  public var populations: [Population] {
    switch table {
    case .enumerated(let contexts, let probability, let margin):
      let all = { (g: Int) in
        Population(
          members: .pattern(GainPattern(index: g, contexts: contexts)), weight: probability[g], structure: 1 - margin[g]
        )
      }
      guard contexts > 12 else { return (0..<probability.count).map(all) }
      return heaviest(probability, margin, all)
    case .given(let gains, let margin):
      let all = { (p: Int) in
        Population(members: gains.members(p), weight: gains.fractions[p], structure: 1 - margin[p])
      }
      guard margin.count > Self.listedPopulations else { return (0..<margin.count).map(all) }
      return heaviest(gains.fractions, margin, all)
    case .symmetric(let contexts, let probability, let margin):
      guard contexts <= 12 else {
        return (0...contexts).map {
          Population(members: .activeContexts($0), weight: probability[$0], structure: 1 - margin[$0])
        }
      }
      let multiplicity = (0...contexts).map { active in
        (0..<active).reduce(1.0) { $0 * Double(contexts - $1) / Double($1 + 1) }
      }
      return (0..<1 << contexts).map { g in
        let active = g.nonzeroBitCount
        return Population(
          members: .pattern(GainPattern(index: g, contexts: contexts)),
          weight: probability[active] / multiplicity[active].rounded(), structure: 1 - margin[active])
      }
    case .saturated(let contexts, let margin):
      guard contexts <= 12 else {
        return [Population(members: .activeContexts(contexts), weight: 1, structure: 1 - margin)]
      }
      var sums = PatternSums(contexts: contexts)
      var structure = [Double](repeating: 0, count: sums.count)
      sums.fillQuadraticForm(scaledMultipliers * scaledMultipliers.transposed, into: &structure)
      return (0..<sums.count).map { g in
        Population(
          members: .pattern(GainPattern(index: g, contexts: contexts)), weight: g == sums.count - 1 ? 1 : 0,
          structure: structure[g])
      }
    }
  }

  private func heaviest(_ weights: [Double], _ margin: [Double], _ population: (Int) -> Population) -> [Population] {
    let ranked = (0..<weights.count).sorted {
      weights[$0] != weights[$1] ? weights[$0] > weights[$1] : $0 < $1
    }
    let rest = ranked.dropFirst(Self.listedPopulations)
    let weight = rest.reduce(0) { $0 + weights[$1] }
    let structure = rest.reduce(0) { $0 + weights[$1] * (1 - margin[$1]) }
    return ranked.prefix(Self.listedPopulations).map(population) + [
      Population(members: .rest(patterns: rest.count), weight: weight, structure: weight > 0 ? structure / weight : 0)
    ]
  }
}
