// The law of output weights given all else: against dense algebra, and the models' own densities.

import Foundation
import Sampling
import TestSupport
import Testing

@testable import Networks

@Suite struct ReadoutPosteriorTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var neurons: Int
    var rows: Int
    var precision: Double
    var testDescription: String { "\(neurons) neurons, \(rows) rows, precision \(precision)" }
  }

  static let cases: [Case] = [(1, 1), (3, 7), (7, 3), (20, 20), (40, 11), (9, 64)].flatMap { n, q in
    [0, 1e-2, 3, 1e5].map { Case(neurons: n, rows: q, precision: $0) }
  }

  @Test("means, covariances, squares and evidence are those of dense algebra", arguments: cases)
  func dense(_ shape: Case) throws {
    let (n, q, scale, factor) = (shape.neurons, shape.rows, 1.3, 0.7)
    var stream = try RandomStream(StreamKey(seed: 61, chain: 0, purpose: .testing))
    let features = Matrix(rows: q, columns: n, elements: (0..<n * q).map { _ in stream.standardNormal() })
    let wanted = (0..<q).map { _ in stream.standardNormal() }
    let posterior = try #require(
      ReadoutPosterior(features: features, wanted: wanted, precision: shape.precision, scale: scale, factor: factor))

    let stiffness = scale * scale * shape.precision * factor * factor
    let inner = try Cholesky(.identity(n) + stiffness * (features.transposed * features))
    let covariance = scale * scale * inner.inverse
    let mean = covariance * (features.transposed * wanted.map { shape.precision * factor * $0 })
    func close(_ left: Double, _ right: Double, _ size: Double, sourceLocation: SourceLocation = #_sourceLocation) {
      #expect(abs(left - right) <= 1e-9 * size, "\(left) \(right)", sourceLocation: sourceLocation)
    }
    let size = max(scale, mean.reduce(0) { max($0, abs($1)) })
    for i in 0..<n { close(posterior.mean[i], mean[i], size) }
    let found = posterior.covariance(features: features, factor: factor)
    for k in 0..<n * n { close(found.elements[k], covariance.elements[k], scale * scale) }
    let trace = (0..<n).reduce(0) { $0 + covariance[$1, $1] }
    close(posterior.expectedSquare, mean.reduce(trace) { $0 + $1 * $1 }, size * size * Double(n))
    let outputs = (features * mean).map { factor * $0 }
    let spread = factor * factor * (features * covariance * features.transposed)
    let error = (0..<q).reduce(0) { $0 + (outputs[$1] - wanted[$1]) * (outputs[$1] - wanted[$1]) + spread[$1, $1] }
    close(posterior.expectedError, error, error)
    let outer = try Cholesky(
      .identity(q) + (shape.precision * scale * scale * factor * factor) * (features * features.transposed))
    let square = zip(wanted, outer.solve(wanted)).reduce(0) { $0 + $1.0 * $1.1 }
    let evidence = -0.5 * outer.logDeterminant - shape.precision / 2 * square
    close(posterior.logEvidence, evidence, max(1, abs(evidence)))

    // The other order of features, and the same error as a quadratic form.
    var other = ReadoutPosterior(neurons: n, rows: q, precision: shape.precision, scale: scale)
    let isResolved = features.transposed.elements.withUnsafeBufferPointer {
      other.condition(
        on: ReadoutFeatures($0.baseAddress!, rows: q, neurons: n, order: .byNeuron), wanted: wanted, factor: factor)
    }
    #expect(isResolved)
    for i in 0..<n { close(other.mean[i], mean[i], size) }
    var form = ReadoutPosterior(neurons: n, rows: 0, precision: shape.precision, scale: scale)
    let gram = factor * factor * (features.transposed * features)
    let pull = (features.transposed * wanted).map { factor * $0 }
    let power = wanted.reduce(0) { $0 + $1 * $1 }
    let isFormResolved = form.condition(on: gram.elements, pull: pull, power: power)
    #expect(isFormResolved)
    for i in 0..<n { close(form.mean[i], mean[i], size) }
    for alike in [other, form] {
      close(alike.expectedSquare, posterior.expectedSquare, posterior.expectedSquare)
      close(alike.expectedError, error, max(error, power))
      close(alike.logEvidence, evidence, max(1, shape.precision * power))
    }
  }

  @Test("a law that double precision does not resolve is refused")
  func unresolved() {
    // Two neurons that do the same, bound 1e12 times as tightly as by their prior: their difference has no digits left.
    let features = Matrix([[1, 1 + 1e-9], [1, 1]])
    func posterior(_ precision: Double) -> ReadoutPosterior? {
      ReadoutPosterior(features: features, wanted: [1, 1], precision: precision, scale: 1, factor: 1)
    }
    #expect(posterior(1e6) != nil)
    #expect(posterior(1e12) == nil)
    // As tight, and well conditioned.
    #expect(ReadoutPosterior(features: .identity(2), wanted: [1, 1], precision: 1e14, scale: 1, factor: 1) != nil)
  }

  @Test func conditioningAllocatesNothing() throws {
    try #require(countsAllocations, "allocations are not counted on this platform")
    let features = [Double](repeating: 0.5, count: 30 * 8)
    let wanted = [Double](repeating: 1, count: 8)
    var posterior = ReadoutPosterior(neurons: 30, rows: 8, precision: 2, scale: 1)
    let count = allocations {
      features.withUnsafeBufferPointer { features in
        for _ in 0..<100 {
          _ = posterior.condition(
            on: ReadoutFeatures(features.baseAddress!, rows: 8, neurons: 30, order: .byRow), wanted: wanted, factor: 1)
        }
      }
    }
    #expect(count == 0)
  }
}

/// What models say of their output weights, against their densities and observables.
@Suite struct GaussianReadoutTests {
  static func heldOut(features: Int) throws -> HeldOutReadout {
    var stream = try RandomStream(StreamKey(seed: 62, chain: 0, purpose: .checking))
    return HeldOutReadout(
      stimuli: try GaussianStimuli.draw(HeldOutReadout.count, covariance: .identity(features), using: &stream),
      // Every draw is looked at.
      evaluationsPerDraw: 1e9)
  }

  /// At the conditional mean of w the density's gradient by w is 0, and what is kept as drawn is what is recorded.
  static func compare<Ensemble: SampledEnsemble>(_ ensemble: Ensemble, seed: UInt64 = 63) throws
  where Ensemble.Density: DifferentiableLogDensity {
    let density = try ensemble.density()
    var stream = try RandomStream(StreamKey(seed: seed, chain: 0, purpose: .testing))
    let position = density.drawPrior(using: &stream)
    let seen = ensemble.observables(of: density)
    let names = seen.variables.flatMap(\.scalarNames)
    func observe(_ position: [Double]) -> [String: Double] {
      var values = [Double](repeating: .nan, count: names.count)
      var out = values.mutableSpan
      var workspace = seen.makeWorkspace()
      seen.evaluate(at: position.span, logDensity: 0, into: &out, using: &workspace)
      return Dictionary(uniqueKeysWithValues: zip(names, values))
    }
    func keep(_ position: [Double]) throws -> [String: [Double]] {
      var accumulator = ensemble.accumulator(of: density, heldOut: try heldOut(features: ensemble.task.features))
      accumulator.add(position.span)
      return Dictionary(accumulator.statistics.map { ($0.name, $0.values) }) { first, _ in first }
    }
    func close(_ left: Double, _ right: Double, _ what: String) {
      #expect(abs(left - right) <= 1e-9 * max(1, abs(right)), "\(what): \(left) \(right)")
    }
    let kept = try keep(position)
    let observed = observe(position)
    try #require(kept["conditional_batch_draws"] == [1])
    close(kept["conditional_loss_drawn"]![0], observed["loss"]!, "loss")
    close(kept["conditional_output_second_moment_drawn"]![0], observed["output_second_moment"]!, "mean w²")
    for (k, value) in kept["conditional_task_readout_drawn"]!.enumerated() {
      let features = ensemble.task.features
      close(value, observed["readout[\(k / features),\(k % features)]"]!, "readout")
    }
    if let response = try ensemble.response(at: position, stimuli: heldOut(features: ensemble.task.features).stimuli) {
      let contexts = kept["conditional_readout_drawn"]!.count / HeldOutReadout.count
      for (k, value) in kept["conditional_readout_drawn"]!.enumerated() {
        close(value, response.outputs[k % contexts, k / contexts], "answer")
      }
    }

    // The log density is a quadratic form in w: its gradient is 0 at the conditional mean, and minus its second derivatives are the inverse
    // covariance. Both by differences, which are exact for quadratic forms.
    let n = ensemble.neurons
    var workspace = density.makeWorkspace()
    func value(_ changes: [(Int, Double)]) -> Double {
      var moved = position
      for i in 0..<n { moved[i] = 0 }
      for (i, change) in changes { moved[i] += change }
      return density.logDensity(at: moved.span, using: &workspace)
    }
    var precision = Matrix(rows: n, columns: n)
    var pull = [Double](repeating: 0, count: n)
    for i in 0..<n {
      pull[i] = (value([(i, 1)]) - value([(i, -1)])) / 2
      for j in 0...i {
        let (a, b) = (value([(i, 1), (j, 1)]), value([(i, 1), (j, -1)]))
        let (c, d) = (value([(i, -1), (j, 1)]), value([(i, -1), (j, -1)]))
        precision[i, j] = -(a - b - c + d) / 4
        precision[j, i] = precision[i, j]
      }
    }
    let factor = try Cholesky(precision)
    let mean = factor.solve(pull)
    var average = position
    for i in 0..<n { average[i] = mean[i] }
    let atMean = observe(average)
    func conditional(_ name: String, _ column: Int = 0) -> Double { kept[name]![column] }
    func near(_ left: Double, _ right: Double, _ what: String) {
      #expect(abs(left - right) <= 1e-6 * max(1, abs(right)), "\(what): \(left) \(right)")
    }
    for (k, value) in kept["conditional_task_readout"]!.enumerated() {
      let features = ensemble.task.features
      near(value, atMean["readout[\(k / features),\(k % features)]"]!, "mean readout")
    }
    let covariance = factor.inverse
    let trace = (0..<n).reduce(0) { $0 + covariance[$1, $1] } / Double(n)
    near(conditional("conditional_output_second_moment"), atMean["output_second_moment"]! + trace, "mean of w²")
    // Mean loss: at the mean, and half its second derivatives times the covariance.
    var spread = 0.0
    for i in 0..<n {
      for j in 0..<n {
        func loss(_ a: Double, _ b: Double) -> Double {
          var moved = average
          moved[i] += a
          moved[j] += b
          return observe(moved)["loss"]!
        }
        spread += covariance[i, j] * (loss(1, 1) - loss(1, -1) - loss(-1, 1) + loss(-1, -1)) / 8
      }
    }
    near(conditional("conditional_loss"), atMean["loss"]! + spread, "mean loss")
    let squares = kept["conditional_loss_square"]![0]
    let difference = conditional("conditional_loss") - kept["conditional_loss_drawn"]![0]
    close(squares, difference * difference, "square of the difference")
  }

  static let feedforward: [FeedforwardArchitecture] =
    [Activation.tanh, .relu, .softplus, .linear].flatMap { activation in
      FeedforwardArchitecture.ReadoutScaling.allCases.flatMap { scaling in
        FeedforwardArchitecture.DrivenLayers.allCases.flatMap { drives in
          [([6], 2), ([12], 1), ([5, 4], 3), ([3, 5, 9], 2)].map { widths, contexts in
            FeedforwardArchitecture(
              features: 2, contexts: contexts, widths: widths, activation: activation, readoutScaling: scaling,
              drivenLayers: drives)
          }
        }
      }
    }

  @Test("feedforward networks", arguments: feedforward)
  func feedforwardNetworks(architecture: FeedforwardArchitecture) throws {
    for tightness in [0, 7.0] {
      let network = try FeedforwardCase(architecture, isLinear: false, stimuli: 4)
      try Self.compare(
        FeedforwardEnsemble(
          task: network.task, architecture: architecture, stimuli: network.density.stimuli,
          scales: network.density.scales, binding: .gibbs(tightness: tightness)))
    }
  }

  static let covariance = Matrix([[1, 0.5], [0.5, 2]])

  @Test("gain-modulated networks, gains drawn and given; stimuli of full rank and not")
  func gainModulatedNetworks() throws {
    let given = Matrix([[1, 0], [0.5, 0.2], [1, 1], [0, 0], [-1, 0.7]])
    for gains in [GainReference.independent(activeProbability: 0.4), .given(given)] {
      for (tightness, covariance) in [(0.0, Self.covariance), (7, Self.covariance), (7, Matrix([[1, 1], [1, 1]]))] {
        try Self.compare(
          GainModulatedLinearEnsemble(
            task: try LearningTask(target: [[1, 0.5], [-0.3, 0.8]]), neurons: 5, ensemble: .gibbs(tightness: tightness),
            convention: .prior, outputScale: 1.4, inputScale: 0.7, gains: gains, stimulusCovariance: covariance))
      }
    }
  }

  @Test("continuous gains", arguments: [Activation.tanh, .erf, .softplus])
  func continuousGains(activation: Activation) throws {
    try Self.compare(
      ContinuousGainEnsemble(
        task: try LearningTask(target: [[1, 0.5], [-0.3, 0.8]]), neurons: 6, activation: activation,
        scales: WeightScales(output: 1.2, input: 0.8, context: 1.5), stimulusCovariance: Self.covariance,
        binding: .gibbs(tightness: 6)))
  }

  @Test("two-layer networks on Gaussian stimuli", arguments: [Activation.relu, .erf])
  func gaussianStimuli(activation: Activation) throws {
    try Self.compare(
      GaussianTwoLayerEnsemble(
        task: try LearningTask(target: [[1, 0.5], [-0.3, 0.8]]),
        architecture: .twoLayer(features: 2, contexts: 2, neurons: 6, activation: activation),
        scales: WeightScales(output: 1.2, input: 0.8, context: 1.5), stimulusCovariance: Self.covariance,
        binding: .gibbs(tightness: 6)))
  }

  @Test("an accumulator goes on from its archive, and begins anew after one without it")
  func archive() throws {
    let ensemble = try GibbsCheckTests.ensemble(neurons: 6)
    let density = try ensemble.density()
    var stream = try RandomStream(StreamKey(seed: 64, chain: 0, purpose: .testing))
    let positions = (0..<700).map { _ in density.drawPrior(using: &stream) }
    func make() throws -> AccumulatorPair<PopulationAccumulator, ConditionalReadout?> {
      ensemble.accumulator(of: density, heldOut: try Self.heldOut(features: 2))
    }
    var whole = try make()
    var first = try make()
    for (index, position) in positions.enumerated() {
      whole.add(position.span)
      if index < 333 { first.add(position.span) }
    }
    var archive: [Double] = []
    first.save(to: &archive)
    var rest = archive[...]
    var second = try make()
    try second.restore(from: &rest)
    #expect(rest.isEmpty)
    for position in positions[333...] { second.add(position.span) }
    #expect(second.statistics == whole.statistics)

    // A program that kept no conditional means wrote the flips next.
    var old: [Double] = []
    var populations = PopulationAccumulator(density: density)
    let one = positions[0]
    populations.add(one.span)
    populations.save(to: &old)
    old += [1, 3, 4]
    var remainder = old[...]
    var third = try make()
    try third.restore(from: &remainder)
    #expect(Array(remainder) == [1, 3, 4])
    #expect(third.statistics.allSatisfy { !$0.name.hasPrefix("conditional") })
  }

  @Test("networks that are too large have no conditional means, and say so")
  func tooLarge() throws {
    #expect(ConditionalReadout.isAffordable(neurons: 1_000_000, rows: 4))
    #expect(!ConditionalReadout.isAffordable(neurons: 5000, rows: 2000))
    #expect(!ConditionalReadout.isAffordable(neurons: 100_000, rows: 1000))
    let architecture = FeedforwardArchitecture(features: 2, contexts: 2, widths: [2000], activation: .tanh)
    let ensemble = try FeedforwardEnsemble(
      task: .inputSelection(contexts: 2), architecture: architecture,
      stimuli: Matrix(rows: 1000, columns: 2, repeating: 1),
      scales: WeightScales(), binding: .gibbs(tightness: 1))
    #expect(ensemble.theory().leftOut.contains { $0.hasPrefix("conditional readouts") })
    #expect(ensemble.accumulator(of: ensemble.density(), heldOut: try Self.heldOut(features: 2)) == nil)
  }
}
