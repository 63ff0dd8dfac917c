// The band of uniform ranks: against enumeration, simulation and what others computed.

import Foundation
import Testing

@testable import Sampling

@Suite struct RankBandTests {
  /// Every way in which N ranks can fall on 0 … L, as counts, with its probability.
  private func outcomes(replicas: Int, draws: Int) -> [(counts: [Int], probability: Double)] {
    var found: [(counts: [Int], probability: Double)] = []
    func place(_ left: Int, _ rank: Int, _ below: [Int], _ ways: Double) {
      if rank == draws {
        found.append((below, ways / tgamma(Double(left) + 1)))
        return
      }
      for number in 0...left {
        place(left - number, rank + 1, below + [(below.last ?? 0) + number], ways / tgamma(Double(number) + 1))
      }
    }
    place(replicas, 0, [], tgamma(Double(replicas) + 1) / pow(Double(draws + 1), Double(replicas)))
    return found
  }

  /// THEORY 15: γ, the coverage and its simulation, of another program.
  @Test func isThatOfTheTheoryNotes() {
    let band = RankBand(replicas: 100, draws: 19, falseAlarmRate: 0.05)
    #expect(abs(band.pointwiseRate - 0.008548) < 1e-6, "\(band.pointwiseRate)")
    #expect(abs(band.coverage - 0.95236) < 1e-5, "\(band.coverage)")
    for i in 0..<19 {
      #expect(band.lower[i] == 100 - band.upper[18 - i], "ranks and their mirror images have one band")
    }
  }

  @Test(
    "coverage and p-values are those of enumeration",
    arguments: [(1, 1), (1, 7), (2, 5), (6, 3), (12, 2), (9, 4), (40, 1)])
  func agreesWithEnumeration(replicas: Int, draws: Int) {
    let outcomes = outcomes(replicas: replicas, draws: draws)
    #expect(abs(outcomes.reduce(0) { $0 + $1.probability } - 1) < 1e-12)
    for rate in [0.5, 0.2, 0.05, 0.001] {
      let band = RankBand(replicas: replicas, draws: draws, falseAlarmRate: rate)
      let inside = outcomes.filter { band.contains($0.counts) }.reduce(0) { $0 + $1.probability }
      #expect(abs(band.coverage - inside) < 1e-12)
      #expect(inside >= 1 - rate)
      for outcome in outcomes {
        let pValue = RankBand.pValue(of: outcome.counts, replicas: replicas)
        #expect(band.contains(outcome.counts) == (pValue > rate), "\(outcome.counts): \(pValue) at \(rate)")
      }
    }
    // As probable as it says: the outcomes with a p-value at most p have the probability p.
    for outcome in outcomes {
      let pValue = RankBand.pValue(of: outcome.counts, replicas: replicas)
      let asFar = outcomes.filter { RankBand.pValue(of: $0.counts, replicas: replicas) <= pValue + 1e-10 }
      #expect(abs(asFar.reduce(0) { $0 + $1.probability } - pValue) < 1e-9)
    }
  }

  /// 20,000 simulations: three standard errors of the coverage are 0.0045 at 0.95. Fixed seed.
  @Test(arguments: [(200, 49, 0.05), (1000, 9, 0.2)])
  func uniformRanksLeaveItAsOftenAsItSays(replicas: Int, draws: Int, rate: Double) throws {
    var stream = try RandomStream(StreamKey(seed: 15, chain: draws, purpose: .testing))
    let band = RankBand(replicas: replicas, draws: draws, falseAlarmRate: rate)
    let simulations = 20_000
    let inside = (0..<simulations).count { _ in
      let ranks = (0..<replicas).map { _ in stream.integer(below: draws + 1) }
      return band.contains(RankBand.counts(of: ranks, draws: draws))
    }
    let share = Double(inside) / Double(simulations)
    let error = (band.coverage * (1 - band.coverage) / Double(simulations)).squareRoot()
    #expect(abs(share - band.coverage) < 3.5 * error, "\(share), \(band.coverage)")
    #expect(band.coverage >= 1 - rate && band.coverage < 1 - 0.8 * rate, "as narrow as it may be")
    // A band whose counts are bounded one by one is none.
    #expect(band.pointwiseRate < rate / 3)
  }

  @Test func largeAndSmall() {
    let large = RankBand(replicas: 20_000, draws: 99, falseAlarmRate: 1e-4)
    #expect(large.coverage >= 1 - 1e-4 && large.coverage < 1 - 0.9e-4)
    #expect(zip(large.lower, large.lower.dropFirst()).allSatisfy { $0 <= $1 })
    let all = RankBand.counts(of: [Int](repeating: 0, count: 500), draws: 19)
    #expect(all == [Int](repeating: 500, count: 19))
    #expect(RankBand.pValue(of: all, replicas: 500) < 1e-12)
    #expect(RankBand.counts(of: [0, 2, 2, 3], draws: 3) == [1, 1, 3])
    // One rank tells nothing at this rate.
    #expect(RankBand(replicas: 1, draws: 9, falseAlarmRate: 0.05).contains([1, 1, 1, 1, 1, 1, 1, 1, 1]))
  }
}
