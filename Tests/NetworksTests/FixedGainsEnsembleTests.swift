// Networks with given gains: exact draws, Gibbs chains and densities, held against exact values.

import Foundation
import Sampling
import TestSupport
import Testing

@testable import Networks

@Suite struct FixedGainsEnsembleTests {
  static let covariance = Matrix([[1, 0.6], [0.6, 2]])

  static func ensemble(
    _ gains: Matrix, _ kind: NetworkEnsemble = .product, convention: WeightConvention = .prior, scale: Double = 1,
    target: [[Double]] = [[1, 0.5], [0, -0.3]], covariance: Matrix = covariance
  ) throws -> GainModulatedLinearEnsemble {
    GainModulatedLinearEnsemble(
      task: try LearningTask(target: target), neurons: gains.rows, ensemble: kind, convention: convention,
      outputScale: scale, inputScale: scale, gains: .given(gains), stimulusCovariance: covariance)
  }

  /// Gains 00, 01, 10, 11 in turn, with a real one among them.
  static func gains(_ neurons: Int, real: Bool = false) -> Matrix {
    var gains = Matrix(rows: neurons, columns: 2)
    for i in 0..<neurons {
      gains[i, 0] = Double((i + 1) % 4 / 2)
      gains[i, 1] = Double((i + 1) % 2)
      if real { gains[i, 0] -= 0.3 * Double(i % 3) }
    }
    return gains
  }

  static func exactDraws(_ ensemble: GainModulatedLinearEnsemble, seed: UInt64 = 3) throws -> DrawTable {
    try drawTable(chains: 4, draws: ensemble.neurons < 100 ? 10_000 : 4000) { chain in
      let stream = try RandomStream(StreamKey(seed: seed, chain: chain, purpose: .exactDraws))
      return ProductSource(
        NeuronLaw(try ensemble.solve()), neurons: ensemble.neurons, stimulusCovariance: ensemble.stimulusCovariance,
        chain: chain, stream: stream)
    }
  }

  /// Readout, N·loss, second moments and populations within 4 standard errors: with some twenty comparisons a case and eight
  /// cases a false alarm has probability 160 · 6·10⁻⁵ ≈ 1%; the seed is fixed.
  @Test(arguments: [5, 20, 100], [false, true]) func exactDrawsMeetEveryPrediction(neurons: Int, real: Bool) throws {
    for convention in WeightConvention.allCases {
      let ensemble = try Self.ensemble(
        Self.gains(neurons, real: real), convention: convention, scale: convention == .moment ? 1.7 : 0.9)
      let check = Check(try ensemble.predictions(), against: try Self.exactDraws(ensemble))
      #expect(check.passed, "\(check.failures)")
      let decisive = check.results.filter { $0.status == .exact }
      #expect(decisive.allSatisfy { abs($0.z) < 4 }, "\(decisive.filter { abs($0.z) >= 4 })")
      for name in ["readout[0,0]", "readout[1,1]", "N*loss", "output_second_moment", "input_second_moment"] {
        let result = try #require(decisive.first { $0.name == name })
        #expect(result.standardError < 0.02 * max(abs(result.expected), 1))
      }
      #expect(decisive.count { $0.name.hasPrefix("population_moment") } >= 12)
      #expect(!check.results.contains { $0.name.contains("fraction") })
    }
  }

  /// Mutants: another target; the same gains thought to be drawn; the gains of other neurons.
  @Test func wrongDrawsFail() throws {
    let ensemble = try Self.ensemble(Self.gains(20))
    let table = try Self.exactDraws(ensemble)
    #expect(Check(try ensemble.predictions(), against: table).passed)
    let other = try Self.ensemble(Self.gains(20), target: [[1.04, 0.5], [0, -0.3]])
    #expect(!Check(try other.predictions(), against: table).passed)
    let drawn = GainModulatedLinearEnsemble(
      task: ensemble.task, neurons: 20, ensemble: .product, convention: .prior, outputScale: 1, inputScale: 1,
      activeProbability: 0.5, stimulusCovariance: Self.covariance)
    #expect(!Check(try drawn.predictions(), against: table).passed)
    // What the loss would be if each neuron's share of the readout varied about the common mean instead of about its own.
    let solution = try ensemble.solve()
    let averages = try solution.table.averages(
      solution.scaledMultipliers, target: ensemble.task.target, covariance: Self.covariance, gains: ensemble.gains)
    let target = ensemble.task.target
    let common =
      0.5
      * (averages.readoutSpread / solution.outputPrecision / solution.inputPrecision
        - dot((target * Self.covariance).elements, target.elements))
    let loss = try #require(table.scalars["loss"])
    let estimate = 20 * RunningMoments(loss.joined()).mean
    let error = 20 * Diagnostics.mcseMean(loss)
    #expect(abs(estimate - (try #require(solution.productLossTimesN))) < 4 * error)
    #expect(abs(estimate - common) > 6 * error, "\(estimate) \(common) \(error)")
    let fewer = try Self.ensemble(Self.gains(19))
    #expect(!Check(try fewer.predictions(), against: table).passed)
  }

  /// N · Cov(R) and the spread of the second moments, from 200,000 networks of six neurons; 13 z-scores below 5: a false alarm
  /// has probability below 10⁻⁵.
  @Test func readoutCovarianceMatches() throws {
    let ensemble = try Self.ensemble(Self.gains(6, real: true))
    let solution = try ensemble.solve()
    let prediction = try #require(ProductPrediction(solution))
    let spread = try #require(prediction.readoutCovarianceTimesN)
    let root = (solution.outputPrecision * solution.inputPrecision).squareRoot()
    #expect(agree(ProductPrediction.variance(solution, root: root).elements, (0..<4).map { spread[$0, $0] }, 1e-12))
    let law = NeuronLaw(solution)
    var chunk = law.makeChunk(neurons: 6)
    var stream = try RandomStream(StreamKey(seed: 5, chain: 0, purpose: .testing))
    var products = [SampleMean](repeating: SampleMean(), count: 16)
    var squares = [SampleMean(), SampleMean()]
    for _ in 0..<200_000 {
      law.draw(into: &chunk, using: &stream)
      var error = (-1 * ensemble.task.target).elements
      var output = -prediction.outputSecondMoment.mean
      var input = -prediction.inputSecondMoment.mean
      for i in 0..<6 {
        let w = chunk.outputWeight[i]
        output += w * w / 6
        for d in 0..<2 {
          let m = chunk.inputWeights[d * 6 + i]
          input += m * m / 6
          for c in 0..<2 { error[c * 2 + d] += w * chunk.gain[c * 6 + i] * m / 6 }
        }
      }
      for i in 0..<4 { for j in i..<4 { products[i * 4 + j].add(error[i] * error[j]) } }
      squares[0].add(output * output)
      squares[1].add(input * input)
    }
    for i in 0..<4 { for j in i..<4 { #expect(abs(products[i * 4 + j].z(spread[i, j] / 6)) < 5) } }
    #expect(abs(squares[0].z(pow(prediction.outputSecondMoment.deviation(neurons: 6), 2))) < 5)
    #expect(abs(squares[1].z(pow(prediction.inputSecondMoment.deviation(neurons: 6), 2))) < 5)
  }

  /// 10,000 neurons in three chunks, the first half active in one context and the second in the other: each has its own gains, and
  /// they are no part of the draw.
  @Test func chunksKeepTheirGains() throws {
    var gains = Matrix(rows: 10_000, columns: 2)
    for i in 0..<10_000 { gains[i, i < 5000 ? 0 : 1] = 1 }
    let ensemble = try Self.ensemble(gains, target: [[1, 0], [0, 1]])
    let law = NeuronLaw(try ensemble.solve())
    let stream = try RandomStream(StreamKey(seed: 3, chain: 0, purpose: .exactDraws))
    var source = ProductSource(
      law, neurons: 10_000, stimulusCovariance: ensemble.stimulusCovariance, chain: 0, stream: stream)
    #expect(source.schema.network.dimension == 30_000)
    var sink = CollectingSink()
    sink.wanted = [0]
    try source.next(into: &sink)
    let parts = try #require(sink.networks[0])
    #expect(parts.map(\.part) == [0..<4096, 4096..<8192, 8192..<10_000])
    var network = [Double](repeating: 0, count: 30_000)
    for (part, x) in parts {
      let n = part!.count
      for i in 0..<n { for block in 0..<3 { network[block * 10_000 + part!.lowerBound + i] = x[block * n + i] } }
    }
    // The density that kernels sample agrees with what was recorded, up to nothing: log density and readout.
    let density = try ensemble.density()
    #expect(density.layout == source.schema.network)
    var workspace = density.makeWorkspace()
    let value = density.logDensity(at: network.span, using: &workspace)
    #expect(agree(value, sink.observables[0][0], 1e-12))
    #expect(agree(workspace.readout, Array(sink.observables[0][2..<6]), 1e-10))
    // A network drawn for a kernel to start at has the readout on target, within 5 of its standard deviations.
    let target = try ProductEnsembleDensity(ensemble)
    var scratch = target.makeWorkspace()
    var draws = try RandomStream(StreamKey(seed: 4, chain: 0, purpose: .testing))
    let position = target.drawPosition(workspace: &scratch, using: &draws)
    _ = density.logDensity(at: position.span, using: &workspace)
    let variance = try #require(ProductPrediction(law.solution)).readoutVarianceTimesN
    for (k, value) in workspace.readout.enumerated() {
      #expect(abs(value - ensemble.task.target.elements[k]) < 5 * (variance.elements[k] / 10_000).squareRoot())
    }
  }

  /// Values at a fixed position, computed by three other programs.
  @Test func densityIsThatOfTheReference() throws {
    struct Reference: Decodable {
      let tightness: Double
      let gains: [String]
      let logDensity: Double
      let gradientNorm: Double
      let gradientHead: [Double]
      let gradientTail: [Double]
      let readout: [[Double]]
      let outputSecondMoment: Double
      let inputSecondMoment: Double
    }
    let folder = try #require(Bundle.module.url(forResource: "Reference", withExtension: nil))
    let reference = try JSONDecoder().decode(
      Reference.self, from: Data(contentsOf: folder.appending(path: "fixed_gains.json")))
    let gains = Matrix(reference.gains.map { $0.map { $0 == "1" ? 1 : 0 } })
    let ensemble = try Self.ensemble(
      gains, .gibbs(tightness: reference.tightness), target: [[1, 0], [0, 1]], covariance: .identity(2))
    let density = try ensemble.density()
    // The reference has m as [neuron, feature].
    let place = (0..<300).map { $0 < 100 ? $0 : 100 + ($0 - 100) % 2 * 100 + ($0 - 100) / 2 }
    var position = [Double](repeating: 0, count: 300)
    for j in 0..<300 { position[place[j]] = sin(Double(j + 1)) }
    var workspace = density.makeWorkspace()
    var gradient = position
    var out = gradient.mutableSpan
    let value = density.logDensity(at: position.span, gradient: &out, using: &workspace)
    #expect(abs(value / reference.logDensity - 1) < 1e-12)
    #expect(abs(dot(gradient, gradient).squareRoot() / reference.gradientNorm - 1) < 1e-12)
    for (j, expected) in reference.gradientHead.enumerated() { #expect(agree(gradient[place[j]], expected, 1e-12)) }
    for (j, expected) in reference.gradientTail.enumerated() {
      #expect(agree(gradient[place[297 + j]], expected, 1e-12))
    }
    for (found, expected) in zip(workspace.readout, reference.readout.flatMap { $0 }) {
      #expect(abs(found / expected - 1) < 1e-10)
    }
    let observables = ensemble.observables(of: density)
    #expect(
      observables.variables.map(\.name) == ["lp", "loss", "readout", "output_second_moment", "input_second_moment"])
    var values = [Double](repeating: 0, count: 8)
    var scratch = observables.makeWorkspace()
    var span = values.mutableSpan
    observables.evaluate(at: position.span, logDensity: value, into: &span, using: &scratch)
    #expect(abs(values[6] / reference.outputSecondMoment - 1) < 1e-12)
    #expect(abs(values[7] / reference.inputSecondMoment - 1) < 1e-12)
    #expect(gradientError(of: density, at: position) < 1e-7)
  }
}

@Suite struct FixedGainsGibbsTests {
  static func chains(
    _ ensemble: GainModulatedLinearEnsemble, sampling target: GainModulatedLinearEnsemble? = nil
  ) throws -> DrawTable {
    let density = try (target ?? ensemble).density()
    let kernel = HamiltonianMonteCarlo(density, tuning: Tuning(stepSize: 0.2), length: .uniform(2...8))
    return try drawTable(chains: 4, draws: 4000) { number in
      var start = try RandomStream(StreamKey(seed: 6, chain: number, purpose: .start))
      let chain = try Chain(
        number: number, kernel: kernel,
        warmup: WindowedAdaptation(.windows(transitions: 600), metric: .identity),
        start: try ensemble.startingPosition(using: &start),
        stream: try RandomStream(StreamKey(seed: 6, chain: number, purpose: .transitions)))
      return ChainSource(
        chain, layout: density.layout, observables: ensemble.observables(of: density),
        accumulator: ensemble.accumulator(of: density), thin: 1)
    }
  }

  static func ensemble(_ gains: Matrix, tightness: Double = 8) throws -> GainModulatedLinearEnsemble {
    try FixedGainsEnsembleTests.ensemble(gains, .gibbs(tightness: tightness))
  }

  /// The two identities of THEORY section 5, and for gains 0 and 1 the quadrature, within 4 standard errors: 24 comparisons, a
  /// false alarm has probability 0.15%; the seed is fixed.
  @Test(arguments: [5, 20, 100], [false, true]) func identitiesHold(neurons: Int, real: Bool) throws {
    let ensemble = try Self.ensemble(FixedGainsEnsembleTests.gains(neurons, real: real))
    let check = Check(try ensemble.predictions(), against: try Self.chains(ensemble))
    #expect(check.passed, "\(check.failures) \(check.worstRHat)")
    let decisive = check.results.filter { $0.status == .exact }
    #expect(decisive.allSatisfy { abs($0.z) < 4 }, "\(decisive)")
    #expect(decisive.count >= (real ? 2 : 9))
    #expect(decisive.contains { $0.name == "output_weight_identity" })
    #expect(decisive.contains { $0.name == "input_weight_identity" })
    for result in decisive where result.expected != 0 && result.name.contains("identity") {
      #expect(result.standardError < 0.02 * result.expected)
    }
    #expect(!check.results.contains { $0.name.contains("fraction") || $0.name.contains("gain") })
    #expect(check.results.contains { $0.status == .asymptotic && $0.name == "loss" })
  }

  /// Chains at another tightness, or with one neuron's gains changed, do not pass.
  @Test func wrongChainsFail() throws {
    let ensemble = try Self.ensemble(FixedGainsEnsembleTests.gains(20))
    let hot = try Self.ensemble(FixedGainsEnsembleTests.gains(20), tightness: 7)
    #expect(!Check(try ensemble.predictions(), against: try Self.chains(ensemble, sampling: hot)).passed)
    var gains = FixedGainsEnsembleTests.gains(20)
    gains[1, 0] = 0
    let other = try Self.ensemble(gains)
    #expect(!Check(try ensemble.predictions(), against: try Self.chains(ensemble, sampling: other)).passed)
  }

  /// Drawn gains are given gains averaged over all that can be drawn, each weighed by its own partition function.
  @Test(arguments: [1, 2]) func drawnGainsAreAMixtureOfGivenOnes(contexts: Int) throws {
    let neurons = contexts == 1 ? 5 : 3
    let target = contexts == 1 ? Matrix([[0.6, -0.3]]) : Matrix([[0.6, -0.3], [0.1, 0.5]])
    func problem(_ gains: GainReference) throws -> MaxEntropyProblem {
      try MaxEntropyProblem(
        task: LearningTask(target: target), gains: gains, outputScale: 1.2, inputScale: 0.9,
        ensemble: .gibbs(tightness: 1.5), stimulusCovariance: Matrix([[1.5, 0.4], [0.4, 0.7]]))
    }
    let drawn = try #require(
      try GibbsPrediction(problem(.independent(activeProbability: 0.4)), neurons: neurons))
    var partition = 0.0
    var loss = 0.0
    var output = 0.0
    var readout = Matrix(rows: contexts, columns: 2)
    for bits in 0..<1 << (neurons * contexts) {
      let gains = Matrix(
        rows: neurons, columns: contexts, elements: (0..<neurons * contexts).map { Double(bits >> $0 & 1) })
      let given = try #require(try GibbsPrediction(problem(.given(gains)), neurons: neurons))
      #expect(given.relativeError < 1e-8 && given.patternWeights == nil)
      let active = Double(bits.nonzeroBitCount)
      let weight = pow(0.4, active) * pow(0.6, Double(neurons * contexts) - active) * exp(given.logEvidence)
      partition += weight
      loss += weight * given.loss
      output += weight * given.outputSecondMoment
      readout = readout + weight * given.readout
    }
    #expect(abs(log(partition) - drawn.logEvidence) < 1e-7)
    #expect(agree(loss / partition, drawn.loss, 1e-7))
    #expect(agree(output / partition, drawn.outputSecondMoment, 1e-7))
    #expect(agree(((1 / partition) * readout).elements, drawn.readout.elements, 1e-7))
    #expect(throws: MaxEntropyError.self) {
      try GibbsPrediction(problem(.given(Matrix(rows: 4, columns: contexts))), neurons: 5)
    }
    #expect(
      try GibbsPrediction(problem(.given(Matrix(rows: 4, columns: contexts, repeating: 0.5))), neurons: 4) == nil)
  }

  /// The expansion in 1/N is what the exact values tend to: the remainder falls as 1/N².
  @Test func expansionInTheNumberOfNeurons() throws {
    func both(_ neurons: Int) throws -> (exact: GibbsPrediction, expansion: GibbsAsymptotics) {
      let problem = try Self.ensemble(FixedGainsEnsembleTests.gains(neurons)).problem()
      return (
        try #require(try GibbsPrediction(problem, neurons: neurons)),
        try #require(try GibbsAsymptotics(problem.solve()))
      )
    }
    let small = try both(100)
    let large = try both(200)
    #expect(agree(small.expansion.loss.leading, large.expansion.loss.leading, 1e-11))
    func expectQuadratic(
      _ exact: KeyPath<GibbsPrediction, Double>, _ expansion: KeyPath<GibbsAsymptotics, LargeNExpansion>
    ) throws {
      let first = 1e4 * (small.exact[keyPath: exact] - small.expansion[keyPath: expansion].value(neurons: 100))
      let second = 4e4 * (large.exact[keyPath: exact] - large.expansion[keyPath: expansion].value(neurons: 200))
      #expect(abs(second / first - 1) < 0.15, "\(first) \(second)")
      #expect(try abs(first) < 20 * abs(#require(small.expansion[keyPath: expansion].firstCorrection)))
    }
    try expectQuadratic(\.loss, \.loss)
    try expectQuadratic(\.outputSecondMoment, \.outputSecondMoment)
    try expectQuadratic(\.inputSecondMoment, \.inputSecondMoment)
    let scale = large.expansion.readoutCovarianceTimesN.squaredNorm.squareRoot()
    let spread = try #require(large.exact.readoutCovariance)
    #expect((200 * spread - large.expansion.readoutCovarianceTimesN).squaredNorm.squareRoot() < 0.1 * scale)
    #expect((large.exact.readout - large.expansion.readout).squaredNorm.squareRoot() < 0.02)
  }

  /// The first correction is ½ d/dβ log det(1 + β S C), differenced over solutions at two tightnesses; real and dependent gains.
  @Test func firstCorrectionIsTheDerivativeOfADeterminant() throws {
    let base = FixedGainsEnsembleTests.gains(40, real: true)
    let dependent = Matrix(base.rowArrays.map { [$0[0], $0[1], $0[0] - 2 * $0[1]] })
    let task = try LearningTask(target: [[1, 0.5], [0, -0.3], [0.2, 0.7]])
    let covariance = FixedGainsEnsembleTests.covariance
    func solution(_ tightness: Double) throws -> MaxEntropySolution {
      try MaxEntropyProblem(
        task: task, gains: .given(dependent), outputScale: 1.1, inputScale: 0.8, ensemble: .gibbs(tightness: tightness),
        stimulusCovariance: covariance
      ).solve()
    }
    func logDeterminant(_ tightness: Double) throws -> Double {
      let solution = try solution(tightness)
      let gains = GivenGains(dependent)
      var patterns = GivenPatterns(
        patterns: gains.patterns, fractions: gains.fractions, target: task.target,
        inverseCovariance: try Cholesky(covariance).inverse)
      let x = solution.scaledMultipliers.elements
      let inside = patterns.logSum(at: x) != nil
      #expect(inside)
      let kappa = tightness * pow(1.1 * 0.8, 2)
      let form = patterns.covarianceForm
      let hessian = patterns.derivatives(at: x).hessian
      return try Cholesky(form + kappa * hessian).logDeterminant - Cholesky(form).logDeterminant
    }
    let difference = try (logDeterminant(5.001) - logDeterminant(4.999)) / 0.002
    let correction = try #require(try solution(5).gibbsLossFirstCorrection)
    #expect(abs(0.5 * difference / correction - 1) < 1e-6)
  }
}
