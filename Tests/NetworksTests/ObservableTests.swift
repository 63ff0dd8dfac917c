// Observables as values: a list of them can be lengthened, and one serves every model.

import Sampling
import TestSupport
import Testing

@testable import Networks

@Suite struct ObservableTests {
  static let task = try! LearningTask.inputSelection(contexts: 2)
  static let scales = WeightScales(output: 1.2, input: 0.9, context: 1.5)
  static let neurons = 11

  /// An ensemble of each model.
  static func ensembles() throws -> [any SampledEnsemble] {
    let covariance = Matrix.identity(2)
    var stream = try RandomStream(StreamKey(seed: 4, chain: 0, purpose: .testing))
    let architecture = FeedforwardArchitecture.twoLayer(features: 2, contexts: 2, neurons: neurons, activation: .erf)
    return [
      GainModulatedLinearEnsemble(
        task: task, neurons: neurons, ensemble: .gibbs(tightness: 3), convention: .prior, outputScale: 1.2,
        inputScale: 0.9, activeProbability: 0.4, stimulusCovariance: covariance),
      try FeedforwardEnsemble(
        task: task, architecture: architecture,
        stimuli: GaussianStimuli.draw(5, covariance: covariance, using: &stream),
        scales: scales, binding: .gibbs(tightness: 3)),
      ContinuousGainEnsemble(
        task: task, neurons: neurons, activation: .tanh, scales: scales, stimulusCovariance: covariance,
        binding: .gibbs(tightness: 3)),
      GaussianTwoLayerEnsemble(
        task: task, architecture: architecture, scales: scales, stimulusCovariance: covariance,
        binding: .gibbs(tightness: 3)),
    ]
  }

  /// Whose networks solve the task exactly.
  static func hardEnsembles() throws -> [any SampledEnsemble] {
    func linear(_ gains: GainReference) -> GainModulatedLinearEnsemble {
      GainModulatedLinearEnsemble(
        task: task, neurons: 12, ensemble: .hard, convention: .prior, outputScale: 1.2, inputScale: 0.9, gains: gains,
        stimulusCovariance: .identity(2))
    }
    return [
      linear(.independent(activeProbability: 0.4)),
      linear(.given(Matrix((0..<12).map { [Double($0 & 1), Double($0 >> 1 & 1)] }))),
      try ProofOfInterpolationTests.ensemble(.tanh, widths: [7]),
      try ProofOfInterpolationTests.ensemble(
        .tanh, widths: [7], stimuli: ProofOfInterpolationTests.more, binding: .hardReadout),
    ]
  }

  /// What a list writes at a position, by name.
  static func values(
    _ seen: some Observables, of density: some NetworkDensity, at x: [Double]
  ) -> [String: Double] {
    let names = seen.variables.flatMap(\.scalarNames)
    var values = [Double](repeating: .nan, count: names.count)
    var view = seen.makeWorkspace()
    var workspace = density.makeWorkspace()
    let logDensity = density.logDensity(at: x.span, using: &workspace)
    var out = values.mutableSpan
    seen.evaluate(at: x.span, logDensity: logDensity, into: &out, using: &view)
    return Dictionary(uniqueKeysWithValues: zip(names, values))
  }

  @Test func participationRatioServesEveryModel() throws {
    func check(_ list: some Observables, _ density: some NetworkDensity) throws {
      var stream = try RandomStream(StreamKey(seed: 5, chain: 0, purpose: .testing))
      let x = density.drawPrior(using: &stream)
      let longer = try Self.withParticipationRatio(list, density.layout)
      #expect(longer.variables.dropLast() == list.variables[...])
      let before = Self.values(list, of: density, at: x)
      let after = Self.values(longer, of: density, at: x)
      for (name, value) in before { #expect(after[name] == value, "\(name)") }
      #expect(before["participation_ratio"] == nil)
      let weights = x[0..<Self.neurons]
      let squares = weights.reduce(0) { $0 + $1 * $1 } / Double(Self.neurons)
      let fourths = weights.reduce(0) { $0 + $1 * $1 * $1 * $1 } / Double(Self.neurons)
      #expect(abs(after["participation_ratio"]! / (squares * squares / fourths) - 1) < 1e-14)
    }
    for ensemble in try Self.ensembles() {
      switch ensemble {
      case let ensemble as GainModulatedLinearEnsemble:
        let density = try ensemble.density()
        try check(ensemble.observables(of: density), density)
      case let ensemble as FeedforwardEnsemble:
        let density = ensemble.density()
        try check(ensemble.observables(of: density), density)
      case let ensemble as ContinuousGainEnsemble:
        let density = ensemble.density()
        try check(ensemble.observables(of: density), density)
      case let ensemble as GaussianTwoLayerEnsemble:
        let density = try ensemble.density()
        try check(ensemble.observables(of: density), density)
      default: Issue.record("a model without this test")
      }
    }
  }

  /// A model's observables and the participation ratio, which every model has by name.
  private static func withParticipationRatio<Base: Observables>(
    _ base: Base, _ layout: ParameterLayout
  ) throws -> ExtendedObservables<Base> {
    let quantities = NeuronQuantities(features: 2, contexts: 2, hasDrives: false, hasGains: false, isDeep: false)
    let named = ObservableExpression.named.map(\.observable).filter { $0.name == "participation_ratio" }
    return ExtendedObservables(
      base, try ExpressionObservables(named, of: quantities, recorded: base.variables),
      at: NeuronPlace(layout, givenGains: nil, slopes: nil))
  }

  /// 1 for weights of one size, 1/N for a single one; whatever the unit.
  @Test func participationRatioCountsNeurons() throws {
    let density = ContinuousGainDensity(
      neurons: 8, activation: .tanh, potential: .multipliers(Matrix(rows: 1, columns: 1)), outputScale: 1,
      inputScale: 1, contextScale: 1)
    let list = try Self.withParticipationRatio(
      ContinuousGainObservables(density: density, target: .identity(1), stimulusCovariance: .identity(1)),
      density.layout)
    func ratio(_ weights: [Double]) -> Double {
      let x = weights + [Double](repeating: 0.3, count: 16)
      return Self.values(list, of: density, at: x)["participation_ratio"]!
    }
    for unit in [1e-50, 1, 1e50] {
      #expect(abs(ratio([1, -1, 1, 1, -1, 1, -1, 1].map { unit * $0 }) - 1) < 1e-15)
      #expect(abs(ratio([unit] + [Double](repeating: 0, count: 7)) - 1 / 8) < 1e-15)
      #expect(abs(ratio([2, -2, 0, 0, 0, 0, 0, 0].map { unit * $0 }) - 1 / 4) < 1e-15)
    }
  }

  /// What every model offers without being asked which it is.
  @Test func whatModelsHaveIsAskedOfThem() throws {
    for ensemble in try Self.ensembles() { try Self.check(ensemble) }
  }

  private static func check<Ensemble: SampledEnsemble>(_ ensemble: Ensemble) throws {
    #expect(ensemble.neurons == neurons && ensemble.task == task)
    var stream = try RandomStream(StreamKey(seed: 6, chain: 0, purpose: .testing))
    let x = try ensemble.density().drawPrior(using: &stream)
    let stimuli = try GaussianStimuli.draw(4, covariance: .identity(2), using: &stream)
    let hasGains = ensemble is GainModulatedLinearEnsemble
    #expect(try (ensemble.neuronChunks(at: [x]) != nil) == hasGains)
    #expect(try (ensemble.neuronLaw() != nil) == hasGains)
    #expect(ensemble.hasDiscreteGains == hasGains)
    let batches = try ensemble.miniBatches(of: stimuli, batchSize: 2)
    #expect((batches != nil) == (hasGains || ensemble is FeedforwardEnsemble))
    // All stimuli in one batch are the task itself, where that is given by a list.
    if let batches, let feedforward = ensemble as? FeedforwardEnsemble {
      let own = try ensemble.miniBatches(of: feedforward.stimuli, batchSize: 5)!
      var (first, second) = (own.density([0, 1, 2, 3, 4]).makeWorkspace(), try ensemble.density().makeWorkspace())
      let whole = own.density([0, 1, 2, 3, 4]).logDensity(at: x.span, using: &first)
      #expect(try whole == ensemble.density().logDensity(at: x.span, using: &second))
      #expect(batches.stimuli == 4 && batches.batchSize == 2)
    }
  }

  @Test func listsAllocateNothing() throws {
    try #require(countsAllocations, "allocations are not counted on this platform")
    for ensemble in try Self.ensembles() + Self.hardEnsembles() { try Self.countAllocations(ensemble) }
  }

  private static func countAllocations<Ensemble: SampledEnsemble>(_ ensemble: Ensemble) throws {
    let density = try ensemble.density()
    let seen = ensemble.observables(of: density)
    var stream = try RandomStream(StreamKey(seed: 6, chain: 0, purpose: .testing))
    let x = density.drawPrior(using: &stream)
    var values = [Double](repeating: 0, count: seen.variables.reduce(0) { $0 + $1.count })
    var view = seen.makeWorkspace()
    let count = allocations {
      for _ in 0..<10 {
        var out = values.mutableSpan
        seen.evaluate(at: x.span, logDensity: 0, into: &out, using: &view)
      }
    }
    #expect(count == 0, "\(Ensemble.self)")
  }
}
