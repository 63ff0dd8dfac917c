// Sampled networks at widths 5, 20 and 100 against everything that is known exactly of them.

import Foundation
import Sampling
import TestSupport
import Testing

@testable import Networks

/// Every exact prediction must be decided, at four standard errors, with a standard error below 2 % of the value (of the standard
/// deviation where the value is 0). A test of so many predictions fails by chance with probability 6e-5 for each of them.
@Suite struct FiniteWidthTests {
  static let widths = [5, 20, 100]
  static let stimuli: Matrix = {
    var stream = try! RandomStream(StreamKey(seed: 5, chain: 0, purpose: .stimuli))
    return try! GaussianStimuli.draw(8, covariance: .identity(2), using: &stream)
  }()

  /// Draws of Hamiltonian Monte Carlo after a warm-up.
  static func draws<Ensemble: SampledEnsemble>(
    _ ensemble: Ensemble, draws: Int, steps: ClosedRange<Int> = 4...12
  ) throws -> DrawTable {
    let density = try ensemble.density()
    return try drawTable(chains: 2, draws: draws) { number in
      var start = try RandomStream(StreamKey(seed: 3, chain: number, purpose: .start))
      let kernel = HamiltonianMonteCarlo(
        density,
        tuning: Tuning(
          stepSize: 0.1, inverseMetric: try .diagonal(variances: density.priorScales.map { $0 * $0 })),
        length: .uniform(steps))
      let chain = try Chain(
        number: number, kernel: kernel, warmup: WindowedAdaptation(.windows(transitions: 400)),
        start: try ensemble.startingPosition(using: &start),
        stream: try RandomStream(StreamKey(seed: 3, chain: number, purpose: .transitions)))
      return ChainSource(
        chain, layout: density.layout, observables: ensemble.observables(of: density),
        accumulator: ensemble.accumulator(of: density), thin: 1)
    }
  }

  static func expectExact(
    _ predictions: [Prediction], _ table: DrawTable, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    // Conditional readouts are taken while a run draws, not here: `ProofOfSharperChecksTests` has them.
    let exact = predictions.filter {
      if case .difference = $0.quantity { false } else { $0.status == .exact }
    }
    #expect(!exact.isEmpty, sourceLocation: sourceLocation)
    let check = Check(exact, against: table)
    #expect(check.results.count == exact.count, sourceLocation: sourceLocation)
    for (result, prediction) in zip(check.results, exact) {
      let spread = RunningMoments(table.series(prediction.quantity)!.joined()).standardDeviation
      let scale = max(abs(result.expected), abs(result.expected) < 0.2 * spread ? spread : 0)
      #expect(result.standardError < 0.02 * scale, "\(result)", sourceLocation: sourceLocation)
      #expect(abs(result.z) < 4, "\(result)", sourceLocation: sourceLocation)
    }
  }

  @Test("one context: the scale mixture", arguments: widths)
  func scaleMixture(neurons: Int) throws {
    let ensemble = GainModulatedLinearEnsemble(
      task: try LearningTask(target: [[1]]), neurons: neurons, ensemble: .gibbs(tightness: 10), convention: .prior,
      outputScale: 1, inputScale: 1, activeProbability: 1, stimulusCovariance: .identity(1))
    Self.expectExact(try ensemble.predictions(), try Self.draws(ensemble, draws: 12_000))
  }

  @Test("two-layer networks: identities", arguments: widths, [Activation.tanh, .softplus])
  func twoLayer(neurons: Int, activation: Activation) throws {
    let ensemble = try FeedforwardEnsemble(
      task: .inputSelection(contexts: 2),
      architecture: .twoLayer(features: 2, contexts: 2, neurons: neurons, activation: activation),
      stimuli: Self.stimuli, scales: WeightScales(), binding: .gibbs(tightness: 5))
    Self.expectExact(try ensemble.predictions(), try Self.draws(ensemble, draws: 8000))
  }

  static func deepLinear(_ widths: [Int], tightness: Double) throws -> FeedforwardEnsemble {
    try FeedforwardEnsemble(
      task: LearningTask(target: [[1, -0.5]]),
      architecture: FeedforwardArchitecture(
        features: 2, contexts: 1, widths: widths, activation: .linear, readoutScaling: .standard, drivenLayers: .none),
      stimuli: stimuli, scales: WeightScales(output: 1.1, input: 0.9, hidden: 1.2),
      binding: .gibbs(tightness: tightness))
  }

  @Test("deep linear networks: posterior mean, variance and second moments", arguments: widths, [1, 2])
  func deepLinear(width: Int, depth: Int) throws {
    let ensemble = try Self.deepLinear([Int](repeating: width, count: depth), tightness: 10)
    Self.expectExact(try ensemble.predictions(), try Self.draws(ensemble, draws: 12_000))
  }

  @Test(
    "deep networks under the prior: squares and fourth powers of the outputs", arguments: widths,
    [Activation.linear, .relu])
  func prior(width: Int, activation: Activation) throws {
    let architecture = FeedforwardArchitecture(
      features: 2, contexts: 1, widths: [width, width], activation: activation, readoutScaling: .standard,
      drivenLayers: .none)
    let ensemble = try FeedforwardEnsemble(
      task: LearningTask(target: [[1, -0.5]]), architecture: architecture, stimuli: Self.stimuli,
      scales: WeightScales(), binding: .gibbs(tightness: 0))
    let density = ensemble.density()
    let observables = ensemble.observables(of: density)
    // Independent draws: of the prior itself. The fourth powers of narrow networks have long tails.
    let table = try drawTable(chains: 2, draws: width == 5 ? 200_000 : width == 20 ? 80_000 : 30_000) { number in
      PriorSource(
        density: density, observables: observables, chain: number,
        stream: try RandomStream(StreamKey(seed: 4, chain: number, purpose: .exactDraws)))
    }
    let moments = try Prediction.prior(architecture, scales: ensemble.scales, stimuli: Self.stimuli)
    #expect(moments.count == 2)
    Self.expectExact(moments, table)
  }

  @Test("ln Z of deep linear networks by three estimates (false alarm 0.003 each)", arguments: [1, 2, 3])
  func evidence(depth: Int) throws {
    let ensemble = try Self.deepLinear([Int](repeating: 10, count: depth), tightness: 15)
    let exact = try #require(try ensemble.logEvidence())
    let density = ensemble.density()
    var settings = EvidenceSettings()
    settings.draws = 3000
    let kernel = HamiltonianMonteCarlo(
      density, tuning: Tuning(stepSize: 0.1, inUnitsOf: density), length: .time(upTo: 2))
    let estimates = try estimateEvidence(
      kernel, warmup: WindowedAdaptation(.stepSizeOnly(transitions: 300), metric: .identity), settings: settings,
      drawReference: { density.drawPrior(using: &$0) })
    for estimate in [
      estimates.thermodynamicIntegration, estimates.steppingStone, estimates.annealedImportanceSampling,
    ] {
      #expect(estimate.isReliable && estimate.standardError < 0.1, "\(estimate)")
      #expect(
        abs(estimate.value - exact.value) < 3 * (estimate.standardError + exact.error), "\(estimate), exact \(exact)")
    }
  }
}

/// Independent draws of a network density's prior.
private struct PriorSource: ~Copyable, DrawSource {
  let density: FeedforwardDensity
  let observables: FeedforwardObservables
  let chain: Int
  var stream: RandomStream
  var draws = 0
  let schema: DrawSchema
  private var workspace: FeedforwardObservables.Workspace
  private var values: [Double]
  let warmupDraws = 0

  init(
    density: FeedforwardDensity, observables: FeedforwardObservables, chain: Int, stream: consuming RandomStream
  ) {
    self.density = density
    self.observables = observables
    self.chain = chain
    self.stream = stream
    schema = DrawSchema(observables: observables.variables, statistics: [], network: density.layout)
    workspace = observables.makeWorkspace()
    values = [Double](repeating: 0, count: schema.observableCount)
  }

  mutating func next(into sink: inout some DrawSink) throws {
    let position = density.drawPrior(using: &stream)
    var seen = values
    var span = seen.mutableSpan
    observables.evaluate(at: position.span, logDensity: 0, into: &span, using: &workspace)
    values = seen
    try sink.record(draw: draws, observables: values.span, statistics: [Double]().span)
    draws += 1
  }

  var streamingStatistics: [StreamingStatistic] { [] }
  var snapshot: ChainSnapshot { ChainSnapshot(archive: [Double(draws)], stream: stream.snapshot) }
  mutating func restore(_ snapshot: ChainSnapshot) throws {}
}
