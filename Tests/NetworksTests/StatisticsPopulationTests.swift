// Population statistics against the closed form, and measures of single networks by hand.

import Foundation
import Sampling
import Testing

@testable import Networks

@Suite struct StatisticsPopulationTests {
  /// Input weights m = z v along one direction, and w = a z + rest: ρ = ⟨w z⟩²/(⟨z²⟩⟨w²⟩), whatever the number of features.
  @Test func structureOfWeightsInOneDirection() throws {
    let (square, product, output, v) = (2.0, 1.2, 1.5, [0.6, -0.3, 0.1 / 3])
    var moments = Matrix(rows: 4, columns: 4)
    moments[0, 0] = output
    for d in 0..<3 {
      (moments[0, 1 + d], moments[1 + d, 0]) = (product * v[d], product * v[d])
      for e in 0..<3 { moments[1 + d, 1 + e] = square * v[d] * v[e] }
    }
    let population = PopulationCovariance(weight: 1, gains: [1], moments: moments)
    #expect(abs(try population.structure() - product * product / (square * output)) < 1e-12)
  }

  /// Networks of the product ensemble show theory's P(g), KL, c_k and ⟨ρ⟩: all z-scores below 4.5, of 13 quantities.
  @Test func productEnsembleShowsItsTheory() throws {
    var stream = try RandomStream(StreamKey(seed: 50, chain: 0, purpose: .testing))
    let task = try LearningTask.inputSelection(contexts: 2)
    let solution = try MaxEntropyProblem(task: task, outputScale: 0.6, inputScale: 0.6).solve()
    let law = NeuronLaw(solution)
    let networks = (0..<200).map { _ in
      var network = law.makeChunk(neurons: 50)
      law.draw(into: &network, using: &stream)
      return network
    }
    let statistics = try PopulationStatistics(networks, task: task)
    func check(_ estimate: Estimate, _ expected: Double, bias: Double = 0, _ name: String) throws {
      let z = (estimate.value - bias - expected) / (try #require(estimate.standardError))
      #expect(abs(z) < 4.5, "\(name): \(estimate) for \(expected)")
    }
    for (g, population) in solution.populations.enumerated() {
      try check(statistics.patternShare[g], population.weight, "P(\(g))")
    }
    try check(statistics.patternKL, solution.patternKL, bias: statistics.patternKLBias, "KL")
    try check(statistics.meanStructure, solution.meanStructure, "rho")
    let shares = try #require(statistics.readoutShare)
    for k in 1...2 { try check(shares[k], #require(solution.readoutShare)[k], "c_\(k)") }
    #expect(shares[0].value == 0)
    let total = shares.reduce(0) { $0 + $1.value }
    #expect(abs(total - statistics.readout.trace / 2) < 1e-12)
    // The errors are of the right size: that of P(g) is binomial, to the jackknife's 16% (six times 16% is no alarm).
    let binomial = (solution.populations[0].weight * (1 - solution.populations[0].weight) / 10_000).squareRoot()
    let ratio = try #require(statistics.patternShare[0].standardError) / binomial
    #expect(ratio > 0.3 && ratio < 2.2)
    let single = try PopulationStatistics([networks[0]], task: task)
    #expect(single.patternKL.standardError == nil)
    // Without structure ⟨ρ⟩ is zero on average, its finite-sample bias of D/n removed: D/n would be 0.17 here.
    var prior = SampleMean()
    for _ in 0..<300 {
      var network = NeuronChunk(neurons: 48, contexts: 2, features: 2)
      for i in 0..<48 { network.outputWeight[i] = stream.standardNormal() }
      for j in 0..<96 {
        network.inputWeights[j] = stream.standardNormal()
        network.gain[j] = stream.bernoulli(0.5) ? 1 : 0
      }
      prior.add(try PopulationStatistics([network], task: task).meanStructure.value)
    }
    #expect(abs(prior.mean) < 0.012, "\(prior.mean)")
    #expect(throws: StatisticsError.self) { try PopulationStatistics([], task: task) }
    #expect(throws: StatisticsError.self) {
      try PopulationStatistics(networks, task: .inputSelection(contexts: 3))
    }
  }

  private struct SampleMean {
    private var moments = RunningMoments()
    mutating func add(_ value: Double) { moments.add(value) }
    var mean: Double { moments.mean }
  }

  /// All intervals together cover theory in at least 95% of 400 experiments: 34 failures or more have probability 10⁻³ at
  /// exactly 5% (the intervals are wider than needed). A wrong law is refused.
  @Test func occupancyIntervalsCover() throws {
    var stream = try RandomStream(StreamKey(seed: 51, chain: 0, purpose: .testing))
    let probabilities = [0.02, 0.08, 0.3, 0.6]
    var failures = 0
    for _ in 0..<400 {
      var counts = [0, 0, 0, 0]
      for _ in 0..<80 {
        let u = stream.uniform()
        counts[u < 0.02 ? 0 : u < 0.1 ? 1 : u < 0.4 ? 2 : 3] += 1
      }
      failures += try PatternOccupancy(counts: counts, expected: probabilities).isConsistent ? 0 : 1
    }
    #expect(failures < 34 && failures > 0, "\(failures)")
    let wrong = try PatternOccupancy(counts: [20, 20, 20, 20], expected: probabilities)
    #expect(!wrong.isConsistent && !wrong.entries[0].isConsistent)
    // Clopper & Pearson by hand: none of 10 at level 1 − 0.1/2 a pattern: 1 − 0.025^(1/10).
    let few = try PatternOccupancy(counts: [0, 10], expected: [0.1, 0.9], level: 0.9)
    #expect(abs(few.entries[0].interval.upperBound - (1 - pow(0.025, 0.1))) < 1e-10)
    // Many neurons: the normal approximation, z = 2.2414 at level 0.95 for two patterns; and where GSL's inverse fails.
    let many = try PatternOccupancy(counts: [300_000, 700_000], expected: [0.3, 0.7])
    let deviation = 2.241403 * (0.21 / 1e6).squareRoot()
    #expect(abs(many.entries[0].interval.lowerBound - (0.3 - deviation)) < 0.002 * deviation)
    #expect(abs(many.entries[0].interval.upperBound - (0.3 + deviation)) < 0.002 * deviation)
    for count in [1, 40, 399, 2000, 3999] {
      _ = try PatternOccupancy(counts: [count, 4000 - count], expected: [0.5, 0.5], level: 0.999)
    }
    #expect(few.entries[0].interval.lowerBound == 0 && few.entries[1].interval.upperBound == 1)
    #expect(throws: StatisticsError.self) { try PatternOccupancy(counts: [0, 0], expected: [0.5, 0.5]) }
    #expect(throws: StatisticsError.self) { try PatternOccupancy(counts: [1, 2], expected: [0.5, 0.4]) }
  }

  /// Neurons of the product ensemble occupy patterns as the law says; not as the prior does.
  @Test func occupancyOfNetworks() throws {
    var stream = try RandomStream(StreamKey(seed: 52, chain: 0, purpose: .testing))
    let law = NeuronLaw(
      try MaxEntropyProblem(task: .inputSelection(contexts: 3), outputScale: 0.4, inputScale: 0.4).solve())
    var network = law.makeChunk(neurons: 4000)
    law.draw(into: &network, using: &stream)
    #expect(try PatternOccupancy(of: [network], law: law, level: 0.999).isConsistent)
    let random = NeuronLaw(
      try MaxEntropyProblem(task: .inputSelection(contexts: 3), outputScale: 9, inputScale: 9).solve())
    #expect(try !PatternOccupancy(of: [network], law: random, level: 0.999).isConsistent)
  }

  @Test func cloudsOfPositions() throws {
    var layout = ParameterLayout()
    layout.append("output_weight", shape: [3])
    layout.append("input_weights", shape: [2, 3])
    layout.append("hidden", shape: [4])
    let position = (1...13).map(Double.init)
    let cloud = try layout.neuronCloud(at: position, blocks: ["output_weight", "input_weights"])
    #expect(cloud == Matrix([[1, 4, 7], [2, 5, 8], [3, 6, 9]]))
    #expect(throws: StatisticsError.self) { try layout.neuronCloud(at: position, blocks: ["gain"]) }
    #expect(throws: StatisticsError.self) { try layout.neuronCloud(at: position, blocks: ["output_weight", "hidden"]) }
    let density = try GainModulatedLinearEnsemble(
      task: .inputSelection(contexts: 2), neurons: 2, ensemble: .gibbs(tightness: 1), convention: .prior,
      outputScale: 1, inputScale: 1, activeProbability: 0.5, stimulusCovariance: .identity(2)
    ).density()
    let network = NeuronChunk(of: density, at: [1, 2, 3, 4, 5, 6, 0, 1, 1, 1])
    #expect(
      network.weightCloud == Matrix([[1, 3, 5], [2, 4, 6]]) && network.gainCloud == Matrix([[0, 1], [1, 1]]))
    let populations = try PopulationCovariance.observed(in: [network])
    #expect(populations.map(\.weight) == [0, 0.5, 0, 0.5])
    #expect(populations[1].covariance == [3, 5] && populations[3].covariance == [8, 12])
  }

  /// Var 1 against 0, 0 against 4, equal, and neither.
  @Test func fractionalTaskVarianceByHand() throws {
    let first = Matrix([[0, 5, 1, 7], [2, 5, 3, 7]])
    let second = Matrix([[1, 0, 1, 7], [1, 4, 3, 7], [1, 0, 1, 7], [1, 4, 3, 7]])
    #expect(try FractionalTaskVariance.perNeuron(first, second) == [1, -1, 0, nil])
    #expect(throws: StatisticsError.self) { try FractionalTaskVariance.perNeuron(first, Matrix([[1, 2, 3]])) }
  }

  @Test func richAndLazyByHand() throws {
    #expect(try RichLazy.relativeNormChange(from: [3, 4], to: [3, 1]) == 0.6)
    #expect(throws: StatisticsError.self) { try RichLazy.relativeNormChange(from: [0], to: [1]) }
    // Invariant to rotation, scale and offset; 0 for unrelated directions; by hand in between.
    let x = Matrix([[1, 0], [-1, 0], [0, 2], [0, -2]])
    let rotated = Matrix(x.rowArrays.map { [0.6 * $0[0] - 0.8 * $0[1] + 4, 0.8 * $0[0] + 0.6 * $0[1] - 1] })
    #expect(abs(try RichLazy.kernelAlignment(x, 3 * rotated) - 1) < 1e-12)
    let other = Matrix([[1], [1], [-1], [-1]])
    #expect(abs(try RichLazy.kernelAlignment(x, other)) < 1e-12)
    // One column of x alone: |(2, 0)|² = 4 over √(4 + 64)·2.
    let part = Matrix([[1], [-1], [0], [0]])
    #expect(abs(try RichLazy.kernelAlignment(x, part) - 4 / (68.0.squareRoot() * 2)) < 1e-12)
    #expect(throws: StatisticsError.self) { try RichLazy.kernelAlignment(x, Matrix([[1], [1], [1], [1]])) }
  }

  /// Mante-like stimuli: half of the 36 are congruent; a network that ignores context is right on these alone.
  @Test func choicesByContext() throws {
    let stimuli = try ManteStimuli.all(features: 2)
    let task = try LearningTask.inputSelection(contexts: 2)
    #expect(stimuli.rows == 36 && stimuli.row(0) == [-4, -4] && stimuli.row(1) == [-4, -2])
    let perfect = try ContextChoices(readout: .identity(2), stimuli: stimuli, task: task)
    #expect(perfect.accuracy == 1 && perfect.congruentAccuracy == 1 && perfect.incongruentAccuracy == 1)
    // Context ignored, y = x_0 + x_1: right if congruent; incongruent: right in the context of the larger coherence, half for ties.
    let blind = try ContextChoices(
      readout: Matrix(rows: 2, columns: 2, repeating: 1), stimuli: stimuli, task: task)
    #expect(blind.congruentAccuracy == 1 && blind.incongruentAccuracy == 0.5 && blind.accuracy == 0.75)
    #expect(perfect.psychometric[0][0].map(\.positive) == [0, 0, 0, 1, 1, 1])
    #expect(perfect.psychometric[0][1].map(\.positive) == [0.5, 0.5, 0.5, 0.5, 0.5, 0.5])
    #expect(blind.psychometric[0][0].map(\.evidence) == ManteStimuli.coherences)
    // x_0 = 1: negative for x_1 = −4, −2, tie at −1, positive above.
    #expect(blind.psychometric[0][0][3].positive == 3.5 / 6 && blind.psychometric[0][0][3].stimuli == 6)
    // One context alone has no conflict; without a target nothing is right.
    let one = try ContextChoices(
      readout: Matrix([[1, 0]]), stimuli: stimuli, task: LearningTask(target: Matrix([[1, 0]])))
    #expect(one.incongruentAccuracy == nil && one.congruentAccuracy == 1)
    let none = try ContextChoices(
      readout: Matrix([[1, 0]]), stimuli: stimuli, task: LearningTask(target: Matrix([[0, 0]])))
    #expect(none.accuracy == nil)
    #expect(throws: StatisticsError.self) { try ManteStimuli.all(features: 6) }
    #expect(throws: StatisticsError.self) {
      try ContextChoices(outputs: Matrix([[1]]), stimuli: stimuli, task: task)
    }
  }
}
