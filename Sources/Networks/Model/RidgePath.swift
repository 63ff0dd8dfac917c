// The density of readouts or outputs at a target, estimated along a path of laws that miss the target less and less.

import Sampling

/// How an estimate of the density at a target is made.
public struct DensityEstimation: Sendable {
  /// Independent chains.
  public var chains = 4
  /// Draws of each chain at each law.
  public var draws = 1000
  /// Master seed of the chains' streams.
  public var seed: UInt64 = 1
  /// GSL's name of the random number generator.
  public var generator = RandomStream.defaultGenerator
  /// Threads that share the chains; the result does not depend on it.
  public var threads = Threads.perProcessor

  /// The settings that `mcmc-run entropy` has unless told otherwise.
  public init() {}
}

/// The laws of hidden quantities with the weights N(A; 0, C + r): the prior at r = ∞, Gibbs ensembles at r > 0, the hard ensemble at r = 0.
///
/// The density of the target, p(A) = ⟨N(A; 0, C)⟩ over the prior, is the ratio of the normalising constants of the last law and the first; r
/// falls so that neighbours overlap, and each pair is bridged by Bennett's estimate. (laws · chains · draws) draws.
struct RidgePath<Summary: Sendable> {
  /// r in units of the prior's variance of the target's entries and of their own size.
  let size: Double
  /// ln N(A; 0, C + r) of what a draw has left; −∞ where that is singular.
  let logWeight: (_ ridge: Double, _ summary: Summary) -> Double
  /// Draws of the law of a ridge, [chain][draw], the laws in order of their numbers.
  let draw: (_ ridge: Double, _ number: Int) throws -> [[Summary]]

  /// The variance of the difference of log densities between neighbouring laws that the path aims at.
  private static var wantedVariance: Double { 1 }
  private static var mostLaws: Int { 60 }

  func estimate() throws -> EvidenceEstimate {
    var differences: [(atFirst: [[Double]], atSecond: [[Double]])] = []
    var ridge = Double.infinity
    var summaries = try draw(ridge, 0)
    while ridge > 0 {
      let next = nextRidge(after: ridge, summaries)
      let last = ridge > 0 && differences.count + 2 >= Self.mostLaws ? 0 : next
      let drawn = try draw(last, differences.count + 1)
      func difference(_ draws: [[Summary]]) -> [[Double]] {
        draws.map { $0.map { logWeight(last, $0) - (ridge == .infinity ? 0 : logWeight(ridge, $0)) } }
      }
      differences.append((difference(summaries), difference(drawn)))
      (ridge, summaries) = (last, drawn)
    }
    return BridgedLaws(differences).estimate
  }

  /// The smallest r whose weight differs by no more than the wanted variance at draws of the present law, by bisection; 0 if that does.
  private func nextRidge(after ridge: Double, _ summaries: [[Summary]]) -> Double {
    let sample = summaries.flatMap { $0.prefix(200) }
    func isNear(_ next: Double) -> Bool {
      var moments = RunningMoments()
      for summary in sample {
        moments.add(logWeight(next, summary) - (ridge == .infinity ? 0 : logWeight(ridge, summary)))
      }
      let variance = moments.standardDeviation * moments.standardDeviation
      return variance <= Self.wantedVariance
    }
    // Below this part of the scale of C nothing changes but for the rarest draws.
    if ridge < 1e-3 * size, isNear(0) { return 0 }
    var (low, high) = (log(1e-8 * size), log(ridge == .infinity ? 1e4 * size : ridge))
    guard low < high else { return 0 }
    for _ in 0..<30 {
      let middle = 0.5 * (low + high)
      if isNear(exp(middle)) { high = middle } else { low = middle }
    }
    // At least some way, however far apart the laws are.
    return min(exp(high), 0.9 * (ridge == .infinity ? .infinity : ridge))
  }
}
