// The R-hat of verdicts: infinite for chains that stand still, of quarters for a single chain, quiet for healthy ones.

import Testing

@testable import Sampling

@Suite struct ChainAgreementTests {
  @Test("of several chains it is R-hat, of one that of its halves")
  func ordinary() throws {
    let chains = try TestChains.autoregressive(chains: 4, draws: 400, coefficient: 0.5, seed: 91)
    #expect(Diagnostics.agreement(chains) == Diagnostics.rHat(chains))
    let halves = [Array(chains[0][..<200]), Array(chains[0][200...])]
    #expect(Diagnostics.agreement([chains[0]]) == Diagnostics.rHat(halves))
    #expect(Diagnostics.agreement(chains.map { Array($0.prefix(3)) }).isNaN)
    #expect(Diagnostics.agreement([Array(chains[0].prefix(7))]).isNaN)
    #expect(Diagnostics.agreement([[1, 2, .nan, 4], [1, 2, 3, 4]]).isNaN)
    #expect(Diagnostics.agreement([]).isNaN)
  }

  @Test("a chain that stands still where no other is makes it infinite; a value that all chains have does not")
  func standingStill() throws {
    let chains = try TestChains.independent(chains: 4, draws: 100, seed: 92)
    func replacing(_ draws: Range<Int>, of chain: Int, in chains: [[Double]], by value: Double) -> [[Double]] {
      var changed = chains
      for draw in draws { changed[chain][draw] = value }
      return changed
    }
    #expect(Diagnostics.agreement((0..<4).map { [Double](repeating: Double($0 / 2), count: 10) }) == .infinity)
    #expect(Diagnostics.agreement(chains.map { _ in [Double](repeating: 3, count: 10) }).isNaN)
    #expect(Diagnostics.agreement(replacing(0..<100, of: 2, in: chains, by: 0.01)) == .infinity)
    #expect(Diagnostics.agreement(replacing(50..<100, of: 2, in: chains, by: 0.01)) == .infinity)
    #expect(Diagnostics.agreement(replacing(60..<100, of: 2, in: chains, by: 0.01)) < .infinity)
    #expect(Diagnostics.agreement([replacing(70..<95, of: 0, in: chains, by: 0.01)[0]]) == .infinity)
    #expect(Diagnostics.agreement([replacing(70..<94, of: 0, in: chains, by: 0.01)[0]]) < .infinity)
    // Rare events, seen by one chain only.
    let zeros = chains.map { _ in [Double](repeating: 0, count: 100) }
    #expect(Diagnostics.agreement(replacing(40..<41, of: 1, in: zeros, by: 7)) < 1.001)
  }

  @Test("healthy chains with 200 effective draws or more are never blocked; chains in two places always")
  func rates() throws {
    for seed in 0..<100 {
      // Correlation time 3: ESS 267 of 4 chains of 200 draws.
      let chains = try TestChains.autoregressive(chains: 4, draws: 200, coefficient: 0.5, seed: UInt64(1000 + seed))
      #expect(Diagnostics.agreement(chains) <= Diagnostics.largestDecisiveRHat)
      let apart = chains.enumerated().map { c, chain in chain.map { $0 + (c == 0 ? 3 : 0) } }
      #expect(Diagnostics.agreement(apart) > Diagnostics.largestDecisiveRHat)
    }
  }
}
