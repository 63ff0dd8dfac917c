// Observables of feedforward networks by their definitions, and the identities of sampled ensembles.

import Foundation
import Sampling
import TestSupport
import Testing

@testable import Networks

@Suite struct FeedforwardObservablesTests {
  static func architecture(
    _ widths: [Int], _ drives: FeedforwardArchitecture.DrivenLayers, activation: Activation = .softplus
  ) -> FeedforwardArchitecture {
    FeedforwardArchitecture(
      features: 3, contexts: 2, widths: widths, activation: activation, drivenLayers: drives)
  }

  static func observed(_ network: FeedforwardCase) -> (names: [String], values: [String: Double]) {
    let seen = FeedforwardObservables(density: network.density, task: network.task)
    let names = seen.variables.flatMap(\.scalarNames)
    var values = [Double](repeating: .nan, count: names.count)
    var out = values.mutableSpan
    var workspace = seen.makeWorkspace()
    seen.evaluate(at: network.position.span, logDensity: -3, into: &out, using: &workspace)
    return (names, Dictionary(uniqueKeysWithValues: zip(names, values)))
  }

  @Test(
    arguments: [
      architecture([19], .first), architecture([19], .first, activation: .erf), architecture([19], .none),
      architecture([9, 7], .all), architecture([9, 7], .none),
    ], [false, true])
  func observablesAreTheirDefinitions(architecture: FeedforwardArchitecture, isLinear: Bool) throws {
    let network = try FeedforwardCase(architecture, isLinear: isLinear)
    let x = network.position
    let (names, value) = Self.observed(network)
    func close(_ name: String, _ expected: Double, sourceLocation: SourceLocation = #_sourceLocation) {
      let found = value[name] ?? .nan
      #expect(abs(found - expected) < 1e-11 * max(1, abs(expected)), "\(name)", sourceLocation: sourceLocation)
    }

    close("lp", -3)
    let outputs = network.naiveOutputs
    let stimuli = network.density.stimuli
    let error = outputs - network.task.target * stimuli.transposed
    close("loss", error.squaredNorm / 14)
    let readout = (1 / 7.0) * (outputs * stimuli)
    for c in 0..<2 { for d in 0..<3 { close("readout[\(c),\(d)]", readout[c, d]) } }
    func meanSquare(_ range: Range<Int>, over count: Int) -> Double {
      x[range].reduce(0) { $0 + $1 * $1 } / Double(count)
    }
    let last = architecture.widths.last!
    close("output_second_moment", meanSquare(0..<last, over: last))
    let inputs = try #require(network.density.layout["input_weights"])
    close("input_second_moment", meanSquare(inputs.range, over: architecture.widths[0]))

    // The identities' averages are 1; here their values, from a gradient by central differences.
    let gradient = centralGradient(of: network.density, at: x)
    for (index, block) in network.density.layout.blocks.enumerated() {
      let sum = block.range.reduce(0) { $0 - x[$1] * gradient[$1] } / Double(block.count)
      #expect(abs(value["weight_identity[\(index)]"]! - sum) < 1e-6 * max(1, abs(sum)))
    }
    close("output_square", outputs.squaredNorm / 14)
    close("output_fourth", outputs.elements.reduce(0) { $0 + pow($1, 4) } / 14)

    let order = names.map { $0.prefix { $0 != "[" } }
    let hasPopulations = architecture.widths.count == 1 && architecture.drivenLayers != .none
    let expectedOrder =
      ["lp", "loss", "readout", "output_second_moment", "input_second_moment"]
      + (hasPopulations ? ["population_fraction", "active_fraction"] : [])
      + ["weight_identity", "output_square", "output_fourth"]
    #expect(order.enumerated().filter { $0 == 0 || order[$0 - 1] != $1 }.map { String($1) } == expectedOrder)
    guard hasPopulations else { return }
    let drive = try #require(network.density.layout["context_drive"]).offset
    let patterns = (0..<19).map { i in
      (0..<2).reduce(0) { pattern, c in
        let gain = architecture.activation.gain(x[drive + c * 19 + i])
        return 2 * pattern + (gain > architecture.activation.largestGain / 2 ? 1 : 0)
      }
    }
    #expect(Set(patterns).count > 1)
    for g in 0..<4 { close("population_fraction[\(g)]", Double(patterns.count { $0 == g }) / 19) }
    for k in 0...2 { close("active_fraction[\(k)]", Double(patterns.count { $0.nonzeroBitCount == k }) / 19) }
  }

  private func centralGradient(of density: FeedforwardDensity, at x: [Double]) -> [Double] {
    var workspace = density.makeWorkspace()
    return x.indices.map { j in
      var moved = x
      moved[j] = x[j] + 1e-5
      let above = density.logDensity(at: moved.span, using: &workspace)
      moved[j] = x[j] - 1e-5
      return (above - density.logDensity(at: moved.span, using: &workspace)) / 2e-5
    }
  }

  @Test func observablesAllocateNothing() throws {
    try #require(countsAllocations, "allocations are not counted on this platform")
    for architecture in [Self.architecture([19], .first), Self.architecture([9, 7], .all)] {
      let network = try FeedforwardCase(architecture, isLinear: false)
      let seen = FeedforwardObservables(density: network.density, task: network.task)
      var values = [Double](repeating: 0, count: seen.variables.reduce(0) { $0 + $1.count })
      var workspace = seen.makeWorkspace()
      let count = allocations {
        for _ in 0..<100 {
          var out = values.mutableSpan
          seen.evaluate(at: network.position.span, logDensity: 0, into: &out, using: &workspace)
        }
      }
      #expect(count == 0)
    }
  }
}

@Suite struct FeedforwardEnsembleTests {
  static func ensemble(
    _ architecture: FeedforwardArchitecture, binding: ReadoutBinding = .gibbs(tightness: 10)
  ) throws -> FeedforwardEnsemble {
    var stream = try RandomStream(StreamKey(seed: 31, chain: 0, purpose: .testing))
    return try FeedforwardEnsemble(
      task: .inputSelection(contexts: 2), architecture: architecture,
      stimuli: GaussianStimuli.draw(6, covariance: .identity(2), using: &stream),
      scales: WeightScales(output: 1.2, input: 1.1, context: 1.5, hidden: 0.9), binding: binding)
  }

  /// The ensemble's own observables and predictions, on draws of a density that should be the ensemble's.
  static func check(
    _ ensemble: FeedforwardEnsemble, sampling density: FeedforwardDensity, draws count: Int = 4000
  ) throws -> Check {
    let observables = ensemble.observables(of: ensemble.density())
    let kernel = HamiltonianMonteCarlo(density, tuning: Tuning(stepSize: 0.1), length: .uniform(4...12))
    let draws = try collectDraws(chains: 2, draws: count) { number in
      var start = try RandomStream(StreamKey(seed: 32, chain: number, purpose: .start))
      let chain = try Chain(
        number: number, kernel: kernel, warmup: WindowedAdaptation(.windows(transitions: 600), metric: .identity),
        start: ensemble.startingPosition(using: &start),
        stream: try RandomStream(StreamKey(seed: 32, chain: number, purpose: .transitions)))
      return ChainSource(
        chain, layout: density.layout, observables: observables, accumulator: NoAccumulator(), thin: 1)
    }
    let names = draws.names
    let scalars = Dictionary(uniqueKeysWithValues: names.map { ($0, draws[$0]) })
    // 6e-5 a block and two sides: |z| <= 4. Multipliers that solve no task have no other predictions.
    let identities = WeightIdentities(density.layout).predictions
    return Check(
      identities, against: DrawTable(names: names, scalars: scalars, streaming: [[], []]),
      falseAlarmRate: 6.3e-5 * Double(identities.count))
  }

  static let sampled: [FeedforwardArchitecture] = [5, 20].flatMap { n in
    [
      .twoLayer(features: 2, contexts: 2, neurons: n, activation: .relu),
      .twoLayer(features: 2, contexts: 2, neurons: n, activation: .tanh),
      FeedforwardArchitecture(
        features: 2, contexts: 2, widths: [n, n], activation: .tanh, readoutScaling: .standard, drivenLayers: .all),
    ]
  }

  /// Every identity within 4 standard errors, each below 2 % of its value; false-alarm rate 6.3e-5 an identity, 1.4e-3 over
  /// all architectures.
  @Test(arguments: sampled) func sampledIdentitiesHold(architecture: FeedforwardArchitecture) throws {
    let ensemble = try Self.ensemble(architecture)
    let draws = architecture.lastWidth < 10 ? 10000 : 4000
    let check = try Self.check(ensemble, sampling: ensemble.density(), draws: draws)
    #expect(abs(check.threshold - 4) < 0.01)
    #expect(check.results.count == architecture.layout.blocks.count)
    #expect(check.results.allSatisfy { $0.status == .exact && $0.standardError < 0.02 }, "\(check.results)")
    #expect(check.passed, "\(check.failures), R-hat \(check.worstRHat)")
  }

  /// Networks weighted by exp(−β (n − 1) L) instead of exp(−β n L) do not pass for those.
  @Test func identitiesCatchAWrongFactor() throws {
    let ensemble = try Self.ensemble(.twoLayer(features: 2, contexts: 2, neurons: 5, activation: .tanh))
    let check = try Self.check(ensemble, sampling: ensemble.density().tempered(to: 0.8))
    #expect(check.results.allSatisfy { $0.status == .exact })
    #expect(!check.failures.isEmpty && !check.isUndecided)
  }

  @Test func sampledIdentitiesHoldForMultipliers() throws {
    let architecture = FeedforwardArchitecture(
      features: 2, contexts: 2, widths: [6, 7], activation: .tanh, drivenLayers: .first)
    let ensemble = try Self.ensemble(
      architecture,
      binding: .multipliers(Matrix([[0.8, -0.1], [0, 0.6]]), readoutErrors: Matrix(rows: 2, columns: 2)))
    let check = try Self.check(ensemble, sampling: ensemble.density())
    #expect(check.results.allSatisfy { $0.status == .exact })
    #expect(check.passed, "\(check.failures), R-hat \(check.worstRHat)")
  }

  @Test func ensemblesThatDoNotExistAreRefused() throws {
    let multipliers = ReadoutBinding.multipliers(.identity(2), readoutErrors: Matrix(rows: 2, columns: 2))
    for activation in Activation.allCases {
      let deep = FeedforwardArchitecture(features: 2, contexts: 2, widths: [4, 4], activation: activation)
      if activation.isBounded {
        _ = try Self.ensemble(deep, binding: multipliers)
      } else {
        #expect(throws: FeedforwardEnsembleError.notNormalizable(hiddenLayers: 2, activation: activation)) {
          try Self.ensemble(deep, binding: multipliers)
        }
      }
      _ = try Self.ensemble(deep)
      let shallow = FeedforwardArchitecture.twoLayer(
        features: 2, contexts: 2, neurons: 4, activation: activation)
      _ = try Self.ensemble(shallow, binding: multipliers)
    }
  }
}
