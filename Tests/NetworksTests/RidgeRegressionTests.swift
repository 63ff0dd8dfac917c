// Linear networks whose output weights are given, or signs: with one hidden layer Bayesian ridge regression, exactly.

import Foundation
import Sampling
import TestSupport
import Testing

@testable import Networks

@Suite struct RidgeRegressionTests {
  /// Ridge regression on features F (a row per output) with weights N(0, s²) and labels of variance T, by the normal equations: nothing in common with the
  /// eigenvectors that the program takes.
  struct Reference {
    let outputs: [Double]
    let loss, logEvidence, outputSquare, weightSquare: Double

    /// - Parameter sharpness: βn/P: the weight of half the squared distance.
    init(features: Matrix, spread: Double, wanted: [Double], sharpness: Double, contexts: Int, stimuli: Int) throws {
      let (rows, columns) = (features.rows, features.columns)
      var precision = sharpness * (features.transposed * features)
      for k in 0..<columns { precision[k, k] += 1 / (spread * spread) }
      let covariance = try Cholesky(precision).inverse
      let mean = covariance * (features.transposed * wanted).map { sharpness * $0 }
      outputs = features * mean
      let scatter = features * covariance * features.transposed
      var (distance, square) = (0.0, 0.0)
      for s in 0..<rows {
        distance += (outputs[s] - wanted[s]) * (outputs[s] - wanted[s]) + scatter[s, s]
        square += outputs[s] * outputs[s] + scatter[s, s]
      }
      loss = distance / Double(2 * stimuli)
      outputSquare = square / Double(rows)
      weightSquare = dot(mean, mean) + (0..<columns).reduce(0) { $0 + covariance[$1, $1] }
      // ln ∫ N(θ; 0, s²) exp(−κ|Y − Fθ|²/2).
      var marginal = sharpness * spread * spread * (features * features.transposed)
      for s in 0..<rows { marginal[s, s] += 1 }
      let factor = try Cholesky(marginal)
      let rest = factor.solve(wanted)
      logEvidence =
        -0.5 * sharpness * dot(wanted, rest) - (0..<rows).reduce(0) { $0 + log(factor.factor[$1, $1]) }
    }
  }

  struct RidgeCase: CustomTestStringConvertible, Sendable {
    let contexts: Int
    let readout: [Double]?
    let scaling: FeedforwardArchitecture.ReadoutScaling
    let drives: FeedforwardArchitecture.DrivenLayers
    let tightness: Double
    var testDescription: String {
      "K \(contexts) \(readout.map { "\($0)" } ?? "signs") \(scaling) \(drives) β \(tightness)"
    }

    var architecture: FeedforwardArchitecture {
      FeedforwardArchitecture(
        features: 3, contexts: contexts, widths: [4], activation: .linear, readoutScaling: scaling,
        drivenLayers: drives, fixedReadout: readout, signs: readout == nil ? [.output] : [])
    }
  }

  static let cases: [RidgeCase] = [0.01, 3, 1e6].flatMap { tightness in
    [
      RidgeCase(contexts: 1, readout: [1, 1, 1, 1], scaling: .standard, drives: .none, tightness: tightness),
      RidgeCase(contexts: 1, readout: [1, -2, 0, 0.5], scaling: .meanField, drives: .none, tightness: tightness),
      RidgeCase(contexts: 1, readout: nil, scaling: .standard, drives: .first, tightness: tightness),
      RidgeCase(contexts: 2, readout: [0.3, 1, -1, 2], scaling: .meanField, drives: .first, tightness: tightness),
      RidgeCase(contexts: 2, readout: nil, scaling: .meanField, drives: .first, tightness: tightness),
    ]
  }

  static let scales = WeightScales(output: 1.3, input: 0.8, context: 0.8)

  static let stimuli = Matrix([
    [1, 0.3, -0.2], [-0.4, 0.9, 0.8], [0.2, -1.1, 1.4], [0.7, 0.1, 0.6], [-1.2, 0.5, -0.9],
  ])

  /// Outputs that no linear network has.
  static func task(_ contexts: Int) throws -> (LearningTask, wanted: Matrix) {
    let wanted = Matrix([[0.9, -0.3, 1.2, 0.1, -2], [0.2, 0.4, -0.5, 1.5, 0.3]].prefix(contexts).map { $0 })
    return (try LearningTask(outputs: wanted, on: stimuli), wanted)
  }

  @Test(arguments: cases) func isRidgeRegression(ridge: RidgeCase) throws {
    let (architecture, contexts) = (ridge.architecture, ridge.contexts)
    let (task, wanted) = try Self.task(contexts)
    let exact = try #require(
      try DeepLinearPosterior(
        architecture, scales: Self.scales, task: task, stimuli: Self.stimuli, tightness: ridge.tightness))
    // The spread of a weight of the map: σ_m f |w|; drives have the same scale here, so that one spread is enough.
    let norm = (ridge.readout ?? [Double](repeating: Self.scales.output, count: 4)).reduce(0) { $0 + $1 * $1 }
    let spread = Self.scales.input * architecture.readoutFactor * norm.squareRoot()
    let count = Self.stimuli.rows
    let features = Matrix(
      (0..<contexts).flatMap { c in
        (0..<count).map { p in
          Self.stimuli.row(p) + (ridge.drives == .none ? [] : (0..<contexts).map { $0 == c ? 1.0 : 0 })
        }
      })
    let reference = try Reference(
      features: features, spread: spread, wanted: wanted.elements,
      sharpness: ridge.tightness * architecture.taskFactor / Double(count), contexts: contexts, stimuli: count)
    let posterior = exact.posterior
    #expect(agree(posterior.outputs, reference.outputs, 1e-8))
    #expect(agree(posterior.loss, reference.loss, 1e-8))
    #expect(agree(posterior.outputSquare, reference.outputSquare, 1e-8))
    #expect(agree(posterior.logEvidence, reference.logEvidence, 1e-8))
    let readout =
      (1 / Double(count)) * (Matrix(rows: contexts, columns: count, elements: reference.outputs) * Self.stimuli)
    #expect(agree(posterior.readout.elements, readout.elements, 1e-8))
    // Of N neurons' weights those along w are seen: N − 1 of N directions keep the prior.
    let s = Self.scales
    let drives = ridge.drives == .none ? 0 : contexts
    let seen = reference.weightSquare / (architecture.readoutFactor * architecture.readoutFactor * norm)
    let sum = exact.inputSecondMoment + (exact.contextSecondMoment ?? 0)
    #expect(agree(sum, (seen + 3 * s.input * s.input * Double(3 + drives)) / 4, 1e-8))
    #expect(exact.outputSecondMoment == norm / 4)
  }

  /// A given readout above more layers is a Gaussian readout of the layer below.
  @Test(arguments: [FeedforwardArchitecture.ReadoutScaling.standard, .meanField], [0.5, 40])
  func givenReadoutsAboveMoreLayers(scaling: FeedforwardArchitecture.ReadoutScaling, tightness: Double) throws {
    let (task, _) = try Self.task(2)
    let readout = [0.5, -1, 2]
    func posterior(
      _ widths: [Int], _ scales: WeightScales, _ scaling: FeedforwardArchitecture.ReadoutScaling,
      _ readout: [Double]?, _ tightness: Double
    ) throws -> DeepLinearPosterior {
      try #require(
        try DeepLinearPosterior(
          FeedforwardArchitecture(
            features: 3, contexts: 2, widths: widths, activation: .linear, readoutScaling: scaling,
            drivenLayers: .first, fixedReadout: readout),
          scales: scales, task: task, stimuli: Self.stimuli, tightness: tightness))
    }
    let deep = try posterior([5, 3], WeightScales(input: 0.8, context: 0.6, hidden: 0.7), scaling, readout, tightness)
    let n = scaling == .standard ? 1.0 : 3
    // w·W²/√n₁ f is a Gaussian readout of n₁ neurons in standard scaling, with the spread σ_h f |w|.
    let spread = 0.7 * (5.25 / (scaling == .standard ? 3 : 9)).squareRoot()
    let plain = try posterior(
      [5], WeightScales(output: spread, input: 0.8, context: 0.6), .standard, nil, n * tightness)
    #expect(agree(deep.posterior.loss, plain.posterior.loss, 1e-10))
    #expect(agree(deep.posterior.logEvidence, plain.posterior.logEvidence, 1e-10))
    #expect(agree(deep.inputSecondMoment, plain.inputSecondMoment, 1e-10))
    #expect(deep.hiddenSecondMoments.count == 1)
    // The mutant that lets the norm of a given readout scatter is seen.
    let scattered = try posterior(
      [5, 3], WeightScales(output: (5.25 / 3).squareRoot(), input: 0.8, context: 0.6, hidden: 0.7), scaling, nil,
      tightness)
    #expect(abs(scattered.posterior.loss - deep.posterior.loss) > 1e-4 * deep.posterior.loss)
  }

  /// Nothing is exact where signs are not in the readout, or every output weight is 0.
  @Test func otherSignsHaveNoFormula() throws {
    let (task, _) = try Self.task(1)
    func exact(_ readout: [Double]?, _ signs: Set<WeightGroup>) throws -> DeepLinearPosterior? {
      try DeepLinearPosterior(
        FeedforwardArchitecture(
          features: 3, contexts: 1, widths: [2], activation: .linear, fixedReadout: readout, signs: signs),
        scales: Self.scales, task: task, stimuli: Self.stimuli, tightness: 1)
    }
    #expect(try exact([0, 0], []) == nil)
    #expect(try exact([1, 1], [.input]) == nil)
    #expect(try exact(nil, [.output, .context]) == nil)
    #expect(try exact([1, 0], []) != nil)
  }

  /// Draws against every exact row within 4 standard errors: false alarms below 6.3e-5 per row, 2e-3 in all. A tightness that is wrong by a fifth is caught.
  @Test(arguments: [0, 1, 3, 4]) func drawsAgree(number: Int) throws {
    let ridge = Self.cases[5 + number]
    let (task, _) = try Self.task(ridge.contexts)
    let ensemble = try FeedforwardEnsemble(
      task: task, architecture: ridge.architecture, stimuli: Self.stimuli, scales: Self.scales,
      binding: .gibbs(tightness: ridge.tightness))
    for temperature in [1, 0.8] {
      let check = try Self.check(ensemble, sampling: ensemble.density().tempered(to: temperature))
      let rows = check.results.filter { $0.status == .exact }.map(\.name)
      for name in ["loss", "readout[0,2]", "variance of readout[0,0]", "input_second_moment", "output_square"] {
        #expect(rows.contains(name), "\(name)")
      }
      #expect(!rows.contains("output_second_moment"))
      if temperature == 1 {
        #expect(check.passed, "\(check.failures), R-hat \(check.worstRHat)")
      } else {
        #expect(check.failures.contains { $0.name == "loss" })
      }
    }
  }

  static func check(_ ensemble: FeedforwardEnsemble, sampling density: FeedforwardDensity) throws -> Check {
    let observables = ensemble.observables(of: ensemble.density())
    let moves = Cycle(
      HamiltonianMonteCarlo(density, tuning: Tuning(stepSize: 0.1), length: .uniform(4...12)), BinaryFlips(density))
    let draws = try collectDraws(chains: 4, draws: 10000) { number in
      var start = try RandomStream(StreamKey(seed: 33, chain: number, purpose: .start))
      let chain = try Chain(
        number: number, kernel: moves, warmup: WindowedAdaptation(.windows(transitions: 600), metric: .identity),
        start: ensemble.startingPosition(using: &start),
        stream: try RandomStream(StreamKey(seed: 33, chain: number, purpose: .transitions)))
      return ChainSource(
        chain, layout: density.layout, observables: observables, accumulator: NoAccumulator(), thin: 1)
    }
    let names = draws.names
    let scalars = Dictionary(uniqueKeysWithValues: names.map { ($0, draws[$0]) })
    let predictions = ensemble.theory().predictions.filter { $0.source.contains("ridge") }
    return Check(
      predictions, against: DrawTable(names: names, scalars: scalars, streaming: [[], []]),
      falseAlarmRate: 6.3e-5 * Double(predictions.count))
  }
}
