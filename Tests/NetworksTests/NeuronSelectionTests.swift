// Samples of neurons: whatever the order of the gains and the number of networks, every neuron weighs the same.

import Foundation
import Sampling
import Testing

@testable import Networks

@Suite struct NeuronSelectionTests {
  /// Each neuron as often as any other where there is room for one network's, in different networks.
  @Test func neuronsWeighTheSame() throws {
    var stream = try RandomStream(StreamKey(seed: 70, chain: 0, purpose: .testing))
    for (networks, width) in [(1, 1), (1, 400), (7, 3), (200, 60), (13, 151), (400, 1), (3, 5000), (2, 100_000)] {
      for most in [1, 8, 150, 400, 1200] {
        let selection = NeuronSelection(networks: networks, width: width, atMost: most, using: &stream)
        #expect(selection.neurons.count == networks && selection.count <= most)
        for chosen in selection.neurons { #expect(Set(chosen).count == chosen.count && chosen == chosen.sorted()) }
        var counts: [Int: Int] = [:]
        for i in selection.neurons.joined() { counts[i, default: 0] += 1 }
        #expect(Set(counts.values).count == 1, "\(networks) networks of \(width), \(most) neurons")
        #expect(counts.count == min(width, most))
        // As many as fit.
        #expect(selection.count == min(networks, max(1, most / width)) * counts.count)
      }
    }
  }

  /// Fewer than a network's neurons: each with the same probability, 5 of 20. 4000 choices of a neuron are within 5 standard
  /// deviations of 1000 (6·10⁻⁷ for each of 20); a stride would take some always and others never.
  @Test func fewNeuronsAreChosenAtRandom() throws {
    var stream = try RandomStream(StreamKey(seed: 71, chain: 0, purpose: .testing))
    var counts = [Int](repeating: 0, count: 20)
    var networks = [Int](repeating: 0, count: 3)
    for _ in 0..<4000 {
      let selection = NeuronSelection(networks: 3, width: 20, atMost: 5, using: &stream)
      for (network, chosen) in selection.neurons.enumerated() {
        networks[network] += chosen.count
        for i in chosen { counts[i] += 1 }
      }
    }
    #expect(counts.allSatisfy { abs(Double($0) - 1000) < 5 * (4000 * 0.25 * 0.75).squareRoot() }, "\(counts)")
    #expect(networks.allSatisfy { abs(Double($0) / 20_000 - 1.0 / 3) < 0.02 }, "\(networks)")
  }

  /// Gains in any order: populations of a sample have the shares of the whole, exactly.
  @Test func periodsDoNotShow() throws {
    var stream = try RandomStream(StreamKey(seed: 72, chain: 0, purpose: .testing))
    for period in [2, 3, 8, 20] {
      let clouds = (0..<50).map { _ in Matrix((0..<120).map { [Double($0 % period)] }) }
      let sample = NeuronSelection(networks: 50, width: 120, atMost: 400, using: &stream).rows(of: clouds)
      #expect(sample.rows == 360)
      for value in 0..<period {
        #expect(sample.elements.count { $0 == Double(value) } == 360 / period)
      }
    }
  }

  @Test func distinctPointsAreCounted() throws {
    let found = DistinctPoints(Matrix([[0, 1], [2, 3], [-0.0, 1], [2, 3], [2, 4]]), copies: 10)
    #expect(found.points == Matrix([[0, 1], [2, 3], [2, 4]]) && found.counts == [20, 20, 10])
    #expect(found.labels == [0, 1, 0, 1, 2] && found.hasRepeats)
    #expect(!DistinctPoints(Matrix([[0], [1]])).hasRepeats)
    var stream = try RandomStream(StreamKey(seed: 73, chain: 0, purpose: .testing))
    #expect(found.sample(3, using: &stream).labels.count == 3)
    #expect(Set(found.sample(5, using: &stream).counts) == [2, 1])
  }

  /// 2^K gain patterns, K = 1 ... 6, in blocks or periods and with shares as uneven as 1 to 1000, are 2^K clusters; one is one.
  @Test(arguments: 1...6) func allGainPatternsAreFound(contexts: Int) throws {
    var stream = try RandomStream(StreamKey(seed: 74, chain: contexts, purpose: .testing))
    let patterns = 1 << contexts
    func gains(_ index: (Int) -> Int, _ neurons: Int) -> Matrix {
      Matrix((0..<neurons).map { i in (0..<contexts).map { Double(index(i) >> $0 & 1) } })
    }
    let rare = patterns * 1000
    for matrix in [
      gains({ $0 % patterns }, patterns), gains({ $0 / 5 % patterns }, 5 * patterns),
      gains({ $0 < rare ? $0 % max(1, patterns - 1) : patterns - 1 }, rare + 1),
    ] {
      let found = try ClusterCount(DistinctPoints(matrix, copies: 2), maximum: 64, using: &stream)
      #expect(found.byGap == patterns && found.bySilhouette == patterns && !found.isAtLimit)
      #expect(abs(try #require(found.candidates.last?.silhouette) - 1) < 1e-12)
    }
    let one = try ClusterCount(DistinctPoints(gains({ _ in 1 }, 7)), maximum: 8, using: &stream)
    #expect(one.byGap == 1 && one.bySilhouette == nil && !one.isAtLimit)
    if contexts > 1 {
      let few = try ClusterCount(DistinctPoints(gains({ $0 % patterns }, 3 * patterns)), maximum: 3, using: &stream)
      #expect(few.isAtLimit, "a limit that is reached is said")
    }
  }

  /// Counted points give what as many points give.
  @Test func countsAreCopies() throws {
    let points = Matrix([[0, 0], [0.5, 0.1], [4, 4], [4.2, 4], [9, 0]])
    let counts = [3.0, 1, 2, 5, 1]
    let copies = Matrix(points.rowArrays.enumerated().flatMap { [[Double]](repeating: $1, count: Int(counts[$0])) })
    for clusters in 2...4 {
      var first = try RandomStream(StreamKey(seed: 75, chain: 0, purpose: .testing))
      var second = try RandomStream(StreamKey(seed: 75, chain: 1, purpose: .testing))
      let counted = try KMeans(points, counts: counts, clusters: clusters, starts: 40, using: &first)
      let copied = try KMeans(copies, clusters: clusters, starts: 40, using: &second)
      #expect(abs(counted.withinSquares - copied.withinSquares) < 1e-12)
      let silhouettes = try (#require(counted.silhouette(points)), #require(copied.silhouette(copies)))
      #expect(abs(silhouettes.0 - silhouettes.1) < 1e-12)
    }
  }

  /// Given gains, 0 and 1 or not: c_k, <rho> and the second moments of drawn networks are those of their law.
  @Test func populationsOfGivenGainsAreTheLaws() throws {
    for (chain, values) in [[0, 1], [0, 0.3, 0.7, 1.5]].enumerated() {
      let gains = Matrix((0..<48).map { i in [values[i % values.count], values[i / 7 % values.count], 1] })
      let task = try LearningTask(target: Matrix([[1, 0], [0, 1], [0.5, 0.5]]))
      let solution = try MaxEntropyProblem(task: task, gains: .given(gains)).solve()
      let law = NeuronLaw(solution)
      var stream = try RandomStream(StreamKey(seed: 76, chain: chain, purpose: .testing))
      let networks = (0..<2000).map { _ in
        var network = law.makeChunk(neurons: 48)
        law.draw(into: &network, using: &stream)
        return network
      }
      let found = try PopulationStatistics(networks, task: task, gains: .given(gains))
      #expect(found.patternKL.value == 0 && found.patternKLBias == 0)
      #expect(found.populations.count == solution.populations.count)
      // Five standard errors: 6·10⁻⁷ for each of 5 figures.
      let structure = found.meanStructure
      #expect(abs(structure.value - solution.meanStructure) < 5 * (structure.standardError ?? 0))
      for (share, expected) in zip(try #require(found.readoutShare), try #require(solution.readoutShare)) {
        #expect(abs(share.value - expected) <= 5 * (share.standardError ?? 0) + 1e-12)
      }
    }
  }

  /// A closed form is solved once, however many sources, starts and densities are made of it: fifty cost no more than three solves.
  @Test func theSolutionIsMadeOnce() throws {
    let target = Matrix((0..<13).map { c in (0..<13).map { $0 == c ? 1 - 0.01 * Double(c) : 0 } })
    let ensemble = GainModulatedLinearEnsemble(
      task: try LearningTask(target: target), neurons: 4, ensemble: .product, convention: .prior, outputScale: 3,
      inputScale: 3, activeProbability: 0.5, stimulusCovariance: .identity(13))
    func seconds(_ work: () throws -> Void) rethrows -> Double {
      var (before, after) = (timespec(), timespec())
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before)
      try work()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after)
      return Double(after.tv_sec - before.tv_sec) + 1e-9 * Double(after.tv_nsec - before.tv_nsec)
    }
    let solve = try seconds { _ = try ensemble.problem().solve() }
    let use = try seconds {
      for _ in 0..<50 { _ = try (ensemble.density(), ensemble.solve()) }
    }
    #expect(use < 3 * solve, "\(use) s against \(solve) s per solve")
  }
}
