// What theory says of populations, measured on drawn or trained networks: P(g), its divergence, c_k and <rho>.

import Sampling

/// Population statistics of networks with gain patterns, the neurons pooled (THEORY section 3).
///
/// Standard errors are the delete-a-group jackknife's over networks, in at most 20 groups (Efron & Tibshirani 1993, ch. 11):
/// they hold for neurons that depend on each other within a network. O(neurons · D² + groups · 2^K D³).
public struct PopulationStatistics: Sendable {
  /// The share of neurons with each pattern of active gains (above 1/2), in ascending binary order; of given gains that of each
  /// vector that occurs, in ascending order.
  public let patternShare: [Estimate]
  /// KL(P(g)‖P0(g)) of the shares, in nats; 0 for given gains.
  public let patternKL: Estimate
  /// What the KL is expected to be too large by, for independent neurons: (occupied patterns − 1)/2n (Miller 1955).
  public let patternKLBias: Double
  /// c_k = Σ_cd A_cd R^(k)_cd/Σ A_cd², k = 0 ... K; nil if the target is zero.
  public let readoutShare: [Estimate]?
  /// ⟨ρ⟩: the mean over neurons of their population's squared multiple correlation of w with m.
  ///
  /// Corrected for its finite-sample bias, 1 − (1 − ρ) n_g/(n_g − D); populations of at most D + 1 neurons are left out.
  public let meanStructure: Estimate
  /// R, pooled, [context, feature].
  public let readout: Matrix
  /// The populations, pooled.
  public let populations: [PopulationCovariance]

  private static let maximumGroups = 20

  /// - Parameters:
  ///   - networks: of one shape, with at most 12 contexts.
  ///   - task: the target.
  ///   - gains: the reference measure P0, or the gains that all networks have.
  /// - Throws: ``StatisticsError`` for networks of another shape than the task or the given gains, or none; ``GSLError``.
  public init(
    _ networks: [NeuronChunk], task: LearningTask, gains: GainReference = .independent(activeProbability: 0.5)
  ) throws {
    guard networks.allSatisfy({ $0.contexts == task.contexts && $0.features == task.features }) else {
      throw StatisticsError.degenerate(
        "the networks are not of the task's \(task.contexts) contexts and \(task.features) features")
    }
    var given: GivenGains?
    if case .given(let matrix) = gains { given = GivenGains(matrix) }
    let count = min(Self.maximumGroups, networks.count)
    var total = PopulationSums(contexts: task.contexts, features: task.features, given: given)
    var parts: [PopulationSums] = []
    for g in 0..<count {
      let members = Array(networks[g * networks.count / count..<(g + 1) * networks.count / count])
      parts.append(try PopulationSums(of: members, given: given))
      total.add(1, times: parts[g])
    }
    guard count > 0 else { throw StatisticsError.invalidCount(what: "networks", found: 0, allowed: "at least 1") }
    let logPrior: [Double]
    switch gains {
    case .given: logPrior = total.populations.map { log($0.weight) }
    case .independent(let activeProbability):
      let prior = EnumeratedPatterns.independentPrior(
        contexts: task.contexts, activeProbability: activeProbability)
      logPrior = total.counts.indices.map { log(prior[$0.nonzeroBitCount]) }
    }
    let whole = try Figures(total, task: task, logPrior: logPrior)
    var without: [[Double]] = []
    if count > 1 {
      for part in parts {
        var rest = total
        rest.add(-1, times: part)
        without.append(try Figures(rest, task: task, logPrior: logPrior).values)
      }
    }
    let estimates = whole.values.indices.map { k in
      Estimate(value: whole.values[k], standardError: without.isEmpty ? nil : Self.jackknife(without.map { $0[k] }))
    }
    let patterns = total.counts.count
    patternKL = estimates[0]
    meanStructure = estimates[1]
    patternShare = Array(estimates[2..<2 + patterns])
    readoutShare = task.isZero ? nil : Array(estimates[(2 + patterns)...])
    readout = whole.readout
    populations = total.populations
    patternKLBias =
      given != nil ? 0 : Double(total.counts.count { $0 > 0 } - 1) / (2 * total.counts.reduce(0, +))
  }

  /// √((J − 1)/J Σ_j (θ_(j) − θ̄)²) from the estimates without each of J groups.
  private static func jackknife(_ estimates: [Double]) -> Double {
    let moments = RunningMoments(estimates)
    let count = Double(estimates.count)
    return ((count - 1) / count * moments.squaredDeviations).squareRoot()
  }

  /// All figures of one set of sums.
  private struct Figures {
    var values: [Double] = []
    var readout: Matrix

    init(_ sums: PopulationSums, task: LearningTask, logPrior: [Double]) throws {
      let populations = sums.populations
      var divergence = 0.0
      var structure = 0.0
      var weight = 0.0
      // Shares are of a target, which only linear tasks have.
      let target = task.isZero ? nil : task.linearTarget
      var share = [Double](repeating: 0, count: target == nil ? 0 : task.contexts + 1)
      readout = Matrix(rows: task.contexts, columns: task.features)
      for (g, population) in populations.enumerated() where population.weight > 0 {
        divergence += population.weight * (log(population.weight) - logPrior[g])
        let neurons = sums.counts[g]
        let features = Double(task.features)
        if neurons > features + 1 {
          let raw = try population.structure()
          structure += population.weight * (1 - (1 - raw) * neurons / (neurons - features))
          weight += population.weight
        }
        for c in 0..<task.contexts {
          for d in 0..<task.features {
            let part = population.weight * population.gains[c] * population.moments[0, 1 + d]
            readout[c, d] += part
            if let target { share[sums.activeContexts(g)] += part * target[c, d] / target.squaredNorm }
          }
        }
      }
      values = [divergence, weight > 0 ? structure / weight : .nan] + populations.map(\.weight) + share
    }
  }
}
