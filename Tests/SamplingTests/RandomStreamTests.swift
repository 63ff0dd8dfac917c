// Streams: keys map to distinct generator states, states are restored exactly, numbers have the laws they claim.

import CGSL
import Foundation
import Testing

@testable import Sampling

@Suite struct StreamKeyTests {
  @Test func mapFromChainAndPurposeToSeedIsInjectiveAndInRange() {
    for seed: UInt64 in [0, 1, 20_260_525, .max] {
      var seen = Set<UInt>()
      for chain in 0..<2000 {
        for purpose: UInt8 in [0, 1, 2, 3, 127, 128, 255] {
          let value = StreamKey(seed: seed, chain: chain, purpose: StreamPurpose(rawValue: purpose)).generatorSeed
          #expect((1...UInt(1 << 30)).contains(value))
          seen.insert(value)
        }
      }
      #expect(seen.count == 2000 * 7)
    }
  }

  /// A Feistel network is a permutation whatever its round function; the largest chain is still inside its domain.
  @Test func lastChainHasItsOwnSeed() {
    let last = StreamKey(seed: 3, chain: StreamKey.maximumChains - 1, purpose: StreamPurpose(rawValue: 255))
    let first = StreamKey(seed: 3, chain: 0, purpose: StreamPurpose(rawValue: 0))
    #expect(last.generatorSeed != first.generatorSeed)
  }

  @Test func mastersGiveUnrelatedSeeds() {
    let one = (0..<1000).map { StreamKey(seed: 1, chain: $0, purpose: .transitions).generatorSeed }
    let two = (0..<1000).map { StreamKey(seed: 2, chain: $0, purpose: .transitions).generatorSeed }
    // Two sets of 1000 among 2^30 share at most a few seeds: P(3 or more) < 1e-9.
    #expect(Set(one).intersection(two).count < 3)
  }
}

@Suite struct RandomStreamTests {
  /// Which generators give equal streams to different seeds in 1 ... 2^30, found by flipping each bit of 16 seeds, by
  /// neighbouring seeds, and by the birthday paradox on 2^13 seeds. All that this quick search finds must be refused.
  /// (The same search with 2^17 seeds, 46 s, found exactly the nine that are refused.)
  @Test func generatorsThatConfuseSeedsAreRefused() throws {
    GSL.prepare()
    var confused = Set<String>()
    var index: Int32 = 0
    while let type = cgsl_rng_type_at(index) {
      index += 1
      let generator = gsl_rng_alloc(type)!
      defer { gsl_rng_free(generator) }
      func firstOutputs(_ seed: UInt) -> [UInt] {
        gsl_rng_set(generator, seed)
        return (0..<8).map { _ in gsl_rng_get(generator) }
      }
      let seeds = (0..<1 << 13).map { StreamKey(seed: 77, chain: $0, purpose: .transitions).generatorSeed }
      let isConfused =
        seeds.prefix(16).contains { seed in
          let neighbours = (0..<30).map { seed ^ (1 << UInt($0)) } + [seed + 1, seed + 2, seed + 3]
          return neighbours.contains { firstOutputs($0) == firstOutputs(seed) }
        } || Set(seeds.map(firstOutputs)).count < seeds.count
      if isConfused { confused.insert(String(cString: type.pointee.name)) }
    }
    #expect(confused.isSuperset(of: ["coveyou", "slatec", "uni", "uni32", "zuf"]))
    #expect(confused.isSubset(of: RandomStream.unsuitable))
  }

  @Test func everyGeneratorIsRestoredExactly() throws {
    for name in RandomStream.generatorNames {
      var stream = try RandomStream(StreamKey(seed: 5, chain: 2, purpose: .start), generator: name)
      for _ in 0..<37 { _ = stream.standardNormal() }
      var copy = try RandomStream(restoring: stream.snapshot)
      for _ in 0..<50 { #expect(stream.uniform() == copy.uniform()) }
    }
  }

  @Test func wrongNamesAndSnapshotsAreRefused() throws {
    let key = StreamKey(seed: 1, chain: 0, purpose: .start)
    #expect(throws: RandomStreamError.unknownGenerator("mt")) { _ = try RandomStream(key, generator: "mt") }
    #expect(throws: RandomStreamError.unsuitableGenerator("uni")) { _ = try RandomStream(key, generator: "uni") }
    let good = try RandomStream(key).snapshot
    let otherVersion = RandomStreamSnapshot(generator: good.generator, gslVersion: "1.0", state: good.state)
    #expect(throws: RandomStreamError.self) { _ = try RandomStream(restoring: otherVersion) }
    let short = RandomStreamSnapshot(
      generator: good.generator, gslVersion: good.gslVersion, state: Array(good.state.dropLast()))
    #expect(throws: RandomStreamError.self) { _ = try RandomStream(restoring: short) }
  }

  /// Correlations of all pairs of 48 streams with adjacent keys, 20,000 uniforms each: 1128 z-values. The largest
  /// exceeds 5.1 with probability 4e-4 if streams are independent; raw seeds 1, 2, 3 … fail this with taus2.
  @Test(arguments: ["mt19937", "taus2", "ranlxd1", RandomStream.vectorGenerator]) func adjacentStreamsAreUncorrelated(
    generator: String
  ) throws {
    let length = 20_000
    let streams = try (0..<48).map { number in
      var stream = try RandomStream(
        StreamKey(seed: 1, chain: number / 2, purpose: StreamPurpose(rawValue: UInt8(number % 2))),
        generator: generator)
      return (0..<length).map { _ in stream.uniform() - 0.5 }
    }
    var worst = 0.0
    for a in 0..<48 {
      for b in 0..<a {
        var sum = 0.0
        for i in 0..<length { sum += streams[a][i] * streams[b][i] }
        worst = max(worst, abs(sum) * 12 / Double(length).squareRoot())
      }
    }
    #expect(worst < 5.1)
  }

  /// The same test finds the correlated streams that unmixed seeds give (taus2, seeds 7 and 14).
  @Test func correlationTestCatchesUnmixedSeeds() {
    GSL.prepare()
    let length = 20_000
    func uniforms(_ seed: UInt) -> [Double] {
      let generator = gsl_rng_alloc(cgsl_rng_type_named("taus2"))!
      defer { gsl_rng_free(generator) }
      gsl_rng_set(generator, seed)
      return (0..<length).map { _ in gsl_rng_uniform(generator) - 0.5 }
    }
    let (one, two) = (uniforms(7), uniforms(14))
    let z = abs(zip(one, two).reduce(0) { $0 + $1.0 * $1.1 }) * 12 / Double(length).squareRoot()
    #expect(z > 20)
  }

  /// Kolmogorov–Smirnov against the normal law, 10^6 draws; the statistic √n D exceeds 2.23 with probability 1e-4.
  @Test func standardNormalsHaveTheirLaw() throws {
    var stream = try RandomStream(StreamKey(seed: 9, chain: 0, purpose: .testing))
    let count = 1_000_000
    let draws = (0..<count).map { _ in stream.standardNormal() }.sorted()
    var largest = 0.0
    for (i, x) in draws.enumerated() {
      let p = gsl_cdf_ugaussian_P(x)
      largest = max(largest, abs(p - Double(i) / Double(count)), abs(p - Double(i + 1) / Double(count)))
    }
    #expect(largest * Double(count).squareRoot() < 2.23)
  }
}
