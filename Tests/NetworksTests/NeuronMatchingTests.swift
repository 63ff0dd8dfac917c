// Neurons matched between networks: permutations and signs that are found again, cosines, sets.

import Sampling
import Testing

@testable import Networks

@Suite struct NeuronMatchingTests {
  static func cloud(_ neurons: Int, _ coordinates: Int, stream number: Int) throws -> Matrix {
    var stream = try RandomStream(StreamKey(seed: 760, chain: number, purpose: .testing))
    var cloud = Matrix(rows: neurons, columns: coordinates)
    for k in cloud.elements.indices { cloud.elements[k] = stream.standardNormal() }
    return cloud
  }

  /// A network with its neurons permuted and some of their signs turned is the same network.
  @Test func permutationsAndSignsAreFoundAgain() throws {
    let first = try Self.cloud(40, 4, stream: 0)
    let order = (0..<40).map { (11 * $0 + 5) % 40 }
    var second = Matrix(rows: 40, columns: 4)
    for i in 0..<40 {
      for k in 0..<4 { second[order[i], k] = (i % 3 == 0 && k < 3 ? -1 : 1) * first[i, k] }
    }
    let turned = try NeuronMatching(first, second, turning: 3)
    #expect(turned.partner == order && turned.distance == 0 && turned.isTurned == (0..<40).map { $0 % 3 == 0 })
    #expect(abs(turned.overlap - 1) < 1e-12 && turned.unmatchedOverlap < 0.5 && turned.unmatchedDistance > 1)
    let plain = try NeuronMatching(first, second)
    #expect(plain.distance > 0.2 && plain.overlap < 0.99 && plain.overlap > turned.unmatchedOverlap)
    #expect(plain.isTurned.allSatisfy { !$0 } && Set(plain.partner).count == 40)
    // Small numbers are numbers too.
    let small = try NeuronMatching(1e-9 * first, 1e-9 * second, turning: 3)
    #expect(small.partner == order && small.distance == 0)
  }

  /// Two neurons each, by hand: matched crosswise at a squared distance of 1 each.
  @Test func valuesByHand() throws {
    let match = try NeuronMatching(Matrix([[0, 0], [3, 4]]), Matrix([[3, 3], [0, 1]]))
    #expect(match.partner == [1, 0] && match.distance == 1)
    #expect(abs(match.unmatchedDistance - ((18.0 + 9 + 9) / 2).squareRoot()) < 1e-14)
    #expect(abs(match.overlap - 21 / (5 * 19.0.squareRoot())) < 1e-14)
    #expect(abs(match.unmatchedOverlap - 4 / (5 * 19.0.squareRoot())) < 1e-14)
  }

  @Test func setsAndCaps() throws {
    let base = try Self.cloud(12, 3, stream: 1)
    let noisy = try (0..<6).map { base + 0.1 * (try Self.cloud(12, 3, stream: 10 + $0)) }
    let others = try (0..<5).map { try Self.cloud(12, 3, stream: 20 + $0) }
    let within = try MatchedDistances(within: noisy, threads: 1)
    #expect(within.pairs == 15 && within.distance.mean < 0.35 && within.overlap.mean > 0.95)
    #expect(try MatchedDistances(within: noisy, threads: 2) == within)
    #expect(try MatchedDistances(within: noisy, maximumPairs: 9).pairs == 6)
    let between = try MatchedDistances(between: noisy, and: others)
    #expect(between.pairs == 30 && between.distance.mean > 2 * within.distance.mean && between.distance.sd > 0)
    #expect(between.overlap.mean > between.unmatchedOverlap.mean + 0.3)
    #expect(try MatchedDistances(between: noisy, and: others, maximumPairs: 17).pairs == 16)
    #expect(try MatchedDistances(between: [base], and: [base]).distance.sd == 0)
  }

  @Test func badArgumentsAreRefused() throws {
    let cloud = try Self.cloud(3, 2, stream: 2)
    #expect(throws: StatisticsError.self) { try NeuronMatching(cloud, Self.cloud(4, 2, stream: 3)) }
    #expect(throws: StatisticsError.self) { try NeuronMatching(cloud, cloud, turning: 3) }
    #expect(throws: StatisticsError.self) { try NeuronMatching(cloud, .infinity * cloud) }
    let large = Matrix(rows: NeuronMatching.maximumNeurons + 1, columns: 1)
    let error = #expect(throws: StatisticsError.self) { try NeuronMatching(large, large) }
    #expect("\(try #require(error))".contains("5001; allowed: 1 to 5000"))
    #expect(throws: StatisticsError.self) { try MatchedDistances(within: [cloud]) }
    #expect(throws: StatisticsError.self) { try MatchedDistances(between: [cloud], and: []) }
  }
}
