// The collapsed kernel of networks whose binary gains are drawn: by joint tests, ranks, exact values and mutants.

import Foundation
import Sampling
import TestSupport
import Testing

@testable import Networks

@Suite("Proof: the collapsed kernel where gains are drawn") struct ProofOfPatternGibbsTests {
  typealias Case = ProofOfStructuredKernelsTests.Case

  static let correlated = ProofOfStructuredKernelsTests.correlated
  static let singular = ProofOfStructuredKernelsTests.singular

  static func ensemble(
    _ target: [[Double]] = [[1, 0.3], [0, 0.8]], neurons: Int = 7, tightness: Double = 8,
    activeProbability: Double = 0.4,
    outputScale: Double = 1.2, inputScale: Double = 1.5, covariance: Matrix? = nil
  ) -> GainModulatedLinearEnsemble {
    GainModulatedLinearEnsemble(
      task: try! LearningTask(target: target), neurons: neurons, ensemble: .gibbs(tightness: tightness),
      convention: .prior, outputScale: outputScale, inputScale: inputScale, activeProbability: activeProbability,
      stimulusCovariance: covariance ?? .identity(target[0].count))
  }

  /// Five contexts of two features.
  static let five = [[1, 0], [0, 1], [0.5, 0.5], [1, -1], [0, 0.3]]
  /// Six contexts, beyond those whose loops are unrolled.
  static let six = [[1.0], [0.5], [0.2], [-0.4], [0], [0.7]]

  static let cases: [Case] = [
    Case("four sweeps", ensemble()) { PatternGibbs($0)! },
    Case("one sweep", ensemble(neurons: 18)) { PatternGibbs($0)! },
    Case("correlated stimuli", ensemble(covariance: correlated)) { PatternGibbs($0)! },
    Case("one stimulus", ensemble(covariance: singular)) { PatternGibbs($0)! },
    Case("nearly the prior", ensemble(tightness: 0.01)) { PatternGibbs($0)! },
    Case("one neuron, one context", ensemble([[1]], neurons: 1, tightness: 30)) { PatternGibbs($0)! },
    Case("one neuron, two contexts", ensemble(neurons: 1, tightness: 30)) { PatternGibbs($0)! },
    Case("rare gains", ensemble([[1], [0.5], [-0.7]], neurons: 5, activeProbability: 0.1)) { PatternGibbs($0)! },
    Case("frequent gains, four contexts", ensemble([[1], [0.5], [-0.7], [0]], neurons: 5, activeProbability: 0.9)) {
      PatternGibbs($0)!
    },
    Case("unequal scales", ensemble(five, neurons: 4, outputScale: 0.2, inputScale: 5)) { PatternGibbs($0)! },
    Case("six contexts, tight", ensemble(six, neurons: 3, tightness: 100)) { PatternGibbs($0)! },
    // Healthy twins: another proposal leaves the target as it is.
    Case("multipliers of a tenfold tightness", ensemble()) { twin($0, tightnessFactor: 10) },
    Case("multipliers of a hundredth of the tightness", ensemble()) { twin($0, tightnessFactor: 0.01) },
    Case("multipliers of the prior", ensemble()) { twin($0, tightnessFactor: 0) },
  ]

  /// A kernel whose proposal belongs to another tightness.
  static func twin(_ density: GainModulatedLinearDensity, tightnessFactor: Double) -> PatternGibbs {
    PatternGibbs(density) { plan in
      plan.proposal = PatternProposal(
        density, plan.readout, activeProbability: density.activeProbability, tightnessFactor: tightnessFactor)
    }!
  }

  static let rule = SequentialTest(falseAlarmRate: 1e-5, sampleSize: 2000).shared(by: 2 * cases.count)

  @Test("the kernel is exact (false alarms below 1e-5 in all, with those of the ranks)", arguments: cases.indices)
  func isExact(number: Int) throws {
    var stream = try RandomStream(StreamKey(seed: 631, chain: number, purpose: .testing))
    let report = try Self.cases[number].run(Self.rule, &stream)
    #expect(report.passed, "\(Self.cases[number].name): \(report)")
    // Means over the whole network: populations of rare gains hardly ever vary, however they are drawn.
    let slowest = report.functions.filter { $0.name.hasPrefix("mean") }.map(\.changedFraction).min() ?? 0
    #expect(slowest > 0.25, "\(Self.cases[number].name) hardly moves: \(slowest)")
  }

  // MARK: Detailed balance

  /// The rank of an exact draw at a random place of its own chain (Besag & Clifford 1989), which is uniform for a reversible kernel.
  /// With networks from the prior and a task from its likelihood given them, the network is an exact draw of its Gibbs ensemble.
  static func ranks(
    _ ensemble: GainModulatedLinearEnsemble, length: Int, rule: SequentialTest, using stream: inout RandomStream
  ) throws -> KernelTestReport {
    let density = try ensemble.density()
    let functions = JointTestFunctions(ensemble, density, seesTask: true)
    return try rule.compare(functions.names, using: &stream) { stream in
      functions.names.map { _ in stream.uniform() }
    } chain: { _, stream in
      let start = density.drawPrior(using: &stream)
      let conditional = try #require(density.withTask(drawnGiven: start.span, using: &stream))
      let kernel = try #require(PatternGibbs(conditional))
      try #require(kernel.isReversible)
      let own = functions.values(at: start, of: conditional)
      var below = [Double](repeating: 0, count: own.count)
      var ties = below
      let place = stream.integer(below: length)
      for transitions in [place, length - 1 - place] {
        var state = try kernel.initialState(at: start)
        for _ in 0..<transitions {
          _ = kernel.step(&state, using: &stream)
          for (k, value) in functions.values(at: state.position, of: conditional).enumerated() {
            if value < own[k] { below[k] += 1 }
            if value == own[k] { ties[k] += 1 }
          }
        }
      }
      var ranks = below
      for k in own.indices { ranks[k] = (below[k] + (ties[k] + 1) * stream.uniform()) / Double(length) }
      return ChainEnds(start: own.map { _ in -1 }, end: ranks)
    }
  }

  @Test("ranks of exact draws along their own chains are uniform", arguments: [0, 1])
  func hasUniformRanks(number: Int) throws {
    var stream = try RandomStream(StreamKey(seed: 632, chain: number, purpose: .testing))
    let ensemble = number == 0 ? Self.ensemble(neurons: 16) : Self.ensemble(neurons: 3, covariance: Self.correlated)
    let report = try Self.ranks(ensemble, length: 5, rule: Self.rule, using: &stream)
    #expect(report.passed, "\(report)")
  }

  // MARK: Mutants

  static func mutant(
    _ name: String, _ ensemble: GainModulatedLinearEnsemble = ensemble(),
    _ change: @escaping @Sendable (GainModulatedLinearDensity, inout PatternGibbs.Plan) -> Void
  ) -> Case {
    Case(name, ensemble) { density in PatternGibbs(density) { change(density, &$0) }! }
  }

  static let mutants: [Case] = [
    mutant("no determinant") { _, plan in
      for j in plan.exchange.groups.indices { plan.exchange.groups[j].determinants = 0 }
    },
    mutant("a determinant too few, correlated stimuli", ensemble(covariance: correlated)) { _, plan in
      plan.exchange.groups[0].determinants = 0
    },
    mutant("patterns of another prior") { density, plan in
      plan.proposal = PatternProposal(density, plan.readout, activeProbability: 0.6)
    },
    mutant("input weights of another precision") { _, plan in
      plan.readout.precisions = plan.readout.precisions.map { 1.3 * $0 }
    },
    mutant("output weights of another task") { density, plan in
      guard let other = CollapsedReadout(density.tempered(to: 0.15)) else { return }
      plan.exchange = NeuronExchange(density, other)
    },
  ]

  @Test("mutants are rejected", arguments: mutants.indices)
  func isRejected(number: Int) throws {
    var stream = try RandomStream(StreamKey(seed: 633, chain: number, purpose: .testing))
    let rule = SequentialTest(falseAlarmRate: 1e-5, sampleSize: 6000).shared(by: Self.mutants.count)
    let report = try Self.mutants[number].run(rule, &stream)
    #expect(!report.passed, "\(Self.mutants[number].name): \(report)")
  }

  // MARK: Exact values

  /// An ensemble whose averages are known at its number of neurons.
  struct Known: Sendable, CustomTestStringConvertible {
    let target: [[Double]]
    let neurons: Int
    let tightness: Double
    var activeProbability = 0.5
    var outputScale = 1.0
    var inputScale = 1.0
    var testDescription: String {
      "K = \(target.count), D = \(target[0].count), N = \(neurons), tightness \(tightness), π = \(activeProbability), "
        + "scales \(outputScale), \(inputScale)"
    }
  }

  static let known: [Known] = [
    Known(target: [[1]], neurons: 1, tightness: 100),
    Known(target: [[1]], neurons: 1, tightness: 1e7),
    Known(target: [[1, 0.5]], neurons: 2, tightness: 100, outputScale: 0.2, inputScale: 5),
    Known(target: [[1]], neurons: 5, tightness: 100, activeProbability: 0.1),
    Known(target: [[1]], neurons: 40, tightness: 10, outputScale: 0.5, inputScale: 0.7),
    Known(target: [[1, 0], [0, 1]], neurons: 1, tightness: 10),
    Known(target: [[1, 0], [0, 1]], neurons: 2, tightness: 20),
    Known(target: [[1, 0], [0, 1]], neurons: 5, tightness: 100, outputScale: 0.2, inputScale: 5),
    Known(target: [[1, 0.3], [0, 0.8]], neurons: 5, tightness: 20, activeProbability: 0.8),
    Known(target: [[1, 0], [0, 1]], neurons: 40, tightness: 10),
    Known(target: [[1, 0], [0, 1]], neurons: 40, tightness: 10, activeProbability: 0.1),
    Known(target: [[1], [0.5], [-0.4]], neurons: 8, tightness: 4, activeProbability: 0.6),
  ]

  @Test("averages are the exact ones (false alarms below 1e-7 in all)", arguments: known)
  func meetExactValues(known: Known) throws {
    let ensemble = Self.ensemble(
      known.target, neurons: known.neurons, tightness: known.tightness, activeProbability: known.activeProbability,
      outputScale: known.outputScale, inputScale: known.inputScale)
    let exact = try #require(try GibbsPrediction(ensemble.problem(), neurons: known.neurons))
    let kernel = try #require(PatternGibbs(ensemble.density()))
    var stream = try RandomStream(
      StreamKey(seed: 634, chain: known.neurons, purpose: .testing), generator: RandomStream.vectorGenerator)
    var state = try kernel.initialState(at: kernel.target.drawPrior(using: &stream))
    let (n, contexts, features) = (known.neurons, known.target.count, known.target[0].count)
    let patterns = try #require(exact.patternWeights)
    var means = [ProofOfStructuredKernelsTests.MeanOfBlocks](repeating: .init(), count: 4 + patterns.count)
    for _ in 0..<100 { _ = kernel.step(&state, using: &stream) }
    let draws = 2_000_000 / (n + 20)
    for _ in 0..<draws {
      _ = kernel.step(&state, using: &stream)
      let x = state.position
      let readout = kernel.target.readout(at: x.span)
      let error = readout - ensemble.task.target
      means[0].add(error.squaredNorm / 2)
      means[1].add(readout[0, 0])
      var (outputs, inputs) = (0.0, 0.0)
      for i in 0..<n { outputs += x[i] * x[i] }
      for k in n..<n * (1 + features) { inputs += x[k] * x[k] }
      means[2].add(outputs / Double(n))
      means[3].add(inputs / Double(n))
      var counts = [Double](repeating: 0, count: patterns.count)
      for i in 0..<n {
        var pattern = 0
        for c in 0..<contexts { pattern = 2 * pattern + Int(x[n * (1 + features) + c * n + i]) }
        counts[pattern] += 1
      }
      for (g, count) in counts.enumerated() { means[4 + g].add(count / Double(n)) }
    }
    let expected = [exact.loss, exact.readout[0, 0], exact.outputSecondMoment, exact.inputSecondMoment] + patterns
    for (k, value) in expected.enumerated() {
      // A population that hardly ever occurs may not have occurred.
      let rare = k < 4 ? 0 : (value / Double(n * draws)).squareRoot()
      let error = max(means[k].standardError, rare)
      let slack = 6.1 * error + max(exact.relativeError, 1e-9) * max(abs(value), 1e-3)
      #expect(abs(means[k].mean - value) < slack, "\(k): \(means[k].mean) ± \(error), not \(value)")
      // What is not rare is known to a few per cent.
      #expect(value < 0.02 || error < 0.08 * value)
    }
  }

  @Test("without a task every proposal is accepted, and networks are the prior's")
  func isThePriorWithoutTask() throws {
    let ensemble = Self.ensemble(neurons: 30, tightness: 0)
    let kernel = try #require(PatternGibbs(ensemble.density()))
    var stream = try RandomStream(StreamKey(seed: 635, chain: 0, purpose: .testing))
    var state = try kernel.initialState(at: kernel.target.drawPrior(using: &stream))
    var (weights, active) = (0.0, 0.0)
    for _ in 0..<2000 {
      let transition = kernel.step(&state, using: &stream)
      #expect(transition.acceptanceRate == 1)
      for i in 0..<30 { weights += state.position[i] * state.position[i] }
      for k in 90..<150 { active += state.position[k] }
    }
    // Standard deviations 0.0058 σ_w² and 0.0014; 6 of them.
    #expect(abs(weights / 60000 / 1.44 - 1) < 0.035)
    #expect(abs(active / 120_000 - 0.4) < 0.0085)
  }

  // MARK: The contract of a kernel

  @Test("log densities are the density's, restarts exact, steps free of allocations")
  func keepTheContract() throws {
    for (number, ensemble) in [
      Self.ensemble(), Self.ensemble(neurons: 300, covariance: Self.correlated), Self.ensemble(Self.six, neurons: 5),
      Self.ensemble(neurons: 1, tightness: 1000), Self.ensemble(covariance: Self.singular),
      Self.ensemble(tightness: 0),
    ].enumerated() {
      try ProofOfStructuredKernelsTests.expectContract(
        #require(PatternGibbs(ensemble.density())), stream: 20 + number)
      try ProofOfStructuredKernelsTests.expectContract(
        #require(ensemble.density().collapsedKernel()), stream: 20 + number)
    }
    let gains = ProofOfStructuredKernelsTests.given(ProofOfStructuredKernelsTests.gains)
    try ProofOfStructuredKernelsTests.expectContract(#require(gains.density().collapsedKernel()), stream: 30)
  }

  @Test("what has no such law is refused, and twelve contexts are not")
  func areRefused() throws {
    #expect(try PatternGibbs(ProofOfStructuredKernelsTests.given(ProofOfStructuredKernelsTests.gains).density()) == nil)
    #expect(try PatternGibbs(ProofOfNetworkDensitiesTests.ensemble(.product, neurons: 5).density()) == nil)
    let many = try Self.ensemble([[Double]](repeating: [1], count: 17)).density()
    #expect(PatternGibbs(many) == nil && many.collapsedKernel() == nil)
    let twelve: [[Double]] = (0..<12).map { (c: Int) -> [Double] in
      (0..<3).map { (d: Int) -> Double in Double((c * 5 + d * 3) % 7) / 4 - 0.7 }
    }
    let kernel = try #require(PatternGibbs(Self.ensemble(twelve, neurons: 60).density()))
    var stream = try RandomStream(StreamKey(seed: 636, chain: 0, purpose: .testing))
    var state = try kernel.initialState(at: kernel.target.drawPrior(using: &stream))
    var acceptance = 0.0
    for _ in 0..<50 { acceptance += kernel.step(&state, using: &stream).acceptanceRate / 50 }
    #expect(acceptance > 0.3, "\(acceptance)")
  }
}

@Suite struct NeuronExchangeTests {
  /// A density's collapsed readout, and numbers for a few neurons.
  static func example(_ covariance: Matrix, tightness: Double = 30) throws -> (NeuronExchange, [Double], [Int32]) {
    let density = try ProofOfPatternGibbsTests.ensemble(
      [[1, 0.3], [0, 0.8], [-0.5, 0.2]], neurons: 6, tightness: tightness, covariance: covariance
    ).density()
    let readout = try #require(CollapsedReadout(density))
    return (NeuronExchange(density, readout), [0.7, -1.2, 2.1, 0.3, -0.9, 1.6], [5, 3, 0, 7, 4, 1])
  }

  @Test(
    "updates of rank one are what the whole density says",
    arguments: [Matrix.identity(2), ProofOfStructuredKernelsTests.correlated, ProofOfStructuredKernelsTests.singular])
  func agreesWithTheWhole(covariance: Matrix) throws {
    let (exchange, weights, patterns) = try Self.example(covariance)
    var (workspace, whole) = (exchange.makeWorkspace(), exchange.readout.makeWorkspace())
    let squares = weights.map { exchange.scale * $0 * $0 }
    exchange.withState(&workspace) { state in
      /// −½ Σ_k […] of all neurons but one.
      func logLikelihood(without i: Int) -> Double {
        state.setCovariance(contexts: 3, scale: exchange.scale, weights, patterns, count: 6, without: i)
        return exchange.readout.logLikelihood(state.covariance, using: &whole)
      }
      let all = logLikelihood(without: -1)
      exchange.refresh(state, using: &whole)
      for i in 0..<6 {
        #expect(state.remove(contexts: 3, square: squares[i], pattern: Int(patterns[i])))
        let own = state.value(contexts: 3, of: state.current, square: squares[i])
        var keep = workspaceCopy(state)
        let without = logLikelihood(without: i)
        restore(&keep, state)
        #expect(abs(own - (all - without)) < 1e-12 * abs(all), "neuron \(i)")
        for pattern in 0..<8 {
          state.consider(contexts: 3, pattern: pattern)
          let value = state.value(contexts: 3, of: state.other, square: 0.2)
          // One gain at a time leads to the same gains.
          var reached = Int(patterns[i])
          for c in 0..<3 where (reached ^ pattern) >> (2 - c) & 1 == 1 {
            let sign: Double = reached >> (2 - c) & 1 == 0 ? 1 : -1
            let next = state.value(contexts: 3, switching: c, sign: sign, square: 0.2)
            state.switchGain(contexts: 3, c, sign: sign)
            reached ^= 1 << (2 - c)
            #expect(abs(next - state.value(contexts: 3, of: state.current, square: 0.2)) < 1e-11)
          }
          #expect(abs(value - state.value(contexts: 3, of: state.current, square: 0.2)) < 1e-11)
          state.consider(contexts: 3, pattern: Int(patterns[i]))
          state.exchange()
        }
        state.insert(contexts: 3, square: squares[i])
      }
      // All are back in, and what updates made of M is what it is anew.
      let updated = state.inverses[0]
      exchange.refresh(state, using: &whole)
      #expect(abs(updated - state.inverses[0]) < 1e-12)
      #expect(abs(exchange.readout.logLikelihood(state.covariance, using: &whole) - all) < 1e-12 * abs(all))
    }
  }

  private func workspaceCopy(_ state: NeuronExchange.State) -> [Double] { (0..<9).map { state.covariance[$0] } }
  private func restore(_ copy: inout [Double], _ state: NeuronExchange.State) {
    for k in 0..<9 { state.covariance[k] = copy[k] }
  }

  @Test("a neuron that carries everything alone is not taken out by subtraction")
  func refusesToCancel() throws {
    let (exchange, _, _) = try Self.example(.identity(2), tightness: 1e9)
    var (workspace, whole) = (exchange.makeWorkspace(), exchange.readout.makeWorkspace())
    exchange.withState(&workspace) { state in
      state.setCovariance(contexts: 3, scale: exchange.scale, [1.0], [5], count: 1, without: -1)
      exchange.refresh(state, using: &whole)
      #expect(!state.remove(contexts: 3, square: exchange.scale, pattern: 5))
    }
  }
}
