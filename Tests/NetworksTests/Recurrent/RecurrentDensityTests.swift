// The density of recurrent networks, with and without output weights: against the definition, and their gradients.

import Foundation
import Sampling
import TestSupport
import Testing

@testable import Networks

@Suite struct RecurrentDensityTests {
  /// Every smooth activation without leak, and some with; kinks are met by no test point.
  static let cases: [RecurrentCase] =
    Activation.allCases.filter { $0.isDifferentiable }.map { RecurrentCase($0, scaling: .meanField) } + [
      RecurrentCase(.tanh, leak: 0.3), RecurrentCase(.erf, leak: 0.6, channels: 1), RecurrentCase(.relu, leak: 0.5),
      RecurrentCase(.softplus, scaling: .standard, full: true), RecurrentCase(.tanh, neurons: 19, channels: 1),
      RecurrentCase(.linear, neurons: 2, scaling: .meanField), RecurrentCase(.tanh, neurons: 1),
      RecurrentCase(.tanh, overlaps: [1.2, -0.7]), RecurrentCase(.relu, leak: 0.5, channels: 1, overlaps: [2.25]),
    ]

  @Test(arguments: cases.indices)
  func valueIsTheDefinition(number: Int) throws {
    let network = Self.cases[number]
    let (density, x) = (network.density, network.position)
    var prior = 0.0
    for (weight, scale) in zip(x, density.priorScales) { prior -= (weight / scale) * (weight / scale) / 2 }
    let expected = prior - density.tightness * density.taskFactor * network.naiveLoss
    var workspace = density.makeWorkspace()
    let value = density.logDensity(at: x.span, using: &workspace)
    #expect(abs(value - expected) < 1e-11 * abs(expected), "\(value), \(expected)")
    let naive = network.naive
    let outputs = density.outputs(at: x.span, trials: network.batch)
    let activities = density.activities(at: x.span, trials: network.batch)
    let size = activities.reduce(1) { max($0, abs($1)) }
    for (found, wanted) in zip(outputs, naive.outputs.flatMap { $0.flatMap { $0 } }) {
      #expect(abs(found - wanted) < 1e-12 * size)
    }
    for (found, wanted) in zip(activities, naive.activities.flatMap { $0.flatMap { $0 } }) {
      #expect(abs(found - wanted) < 1e-12 * size)
    }
  }

  @Test(arguments: cases.indices)
  func gradientMatchesDifferences(number: Int) throws {
    let network = Self.cases[number]
    let report = GradientTest(tolerance: 1e-7).run(network.density.tempered(to: 0.7), at: [network.position])
    #expect(report.passed, "\(report.blocks)")
  }

  @Test func gradientTestSeesAMissingTerm() throws {
    struct Forgetful: DifferentiableLogDensity {
      let whole: RecurrentDensity
      var layout: ParameterLayout { whole.layout }
      func makeWorkspace() -> RecurrentDensity.Workspace { whole.makeWorkspace() }
      func logDensity(at position: Span<Double>, using workspace: inout RecurrentDensity.Workspace) -> Double {
        whole.logDensity(at: position, using: &workspace)
      }
      func logDensity(
        at position: Span<Double>, gradient: inout MutableSpan<Double>,
        using workspace: inout RecurrentDensity.Workspace
      ) -> Double {
        let value = whole.logDensity(at: position, gradient: &gradient, using: &workspace)
        let block = layout["recurrent_weights"]!
        // The prior's part alone, as if nothing went on to the next step.
        for j in block.range { gradient[j] = -position[j] / (whole.scales.hidden * whole.scales.hidden) }
        return value
      }
    }
    let network = RecurrentCase(.tanh)
    let report = GradientTest(tolerance: 1e-7).run(
      Forgetful(whole: network.density), at: [network.position])
    #expect(!report.passed)
  }

  /// One step and every stimulus in every context is a two-layer network.
  @Test(arguments: [Activation.tanh, .relu, .erf]) func oneStepIsTwoLayers(activation: Activation) throws {
    let stimuli = Matrix([[0.3, -0.5], [1.1, 0.2], [-0.4, 0.9]])
    let task = try LearningTask(target: [[1, 0.3], [0, 0.8]])
    let layers = FeedforwardArchitecture.twoLayer(features: 2, contexts: 2, neurons: 6, activation: activation)
    let two = FeedforwardDensity(
      architecture: layers, scales: RecurrentCase.scales, stimuli: stimuli, task: task, tightness: 4)
    let wanted = task.wantedOutputs(for: stimuli)
    let batch = try TrialBatch(
      trials: 6, times: 1, inputChannels: 2, outputChannels: 1, inputs: stimuli.elements + stimuli.elements,
      targets: wanted.elements, mask: [Double](repeating: 1, count: 6), contextOfTrial: [0, 0, 0, 1, 1, 1], contexts: 2)
    let recurrent = RecurrentDensity(
      architecture: RecurrentArchitecture(for: batch, neurons: 6, activation: activation, readoutScaling: .meanField),
      scales: RecurrentCase.scales, trials: batch, tightness: 4)
    var stream = try RandomStream(StreamKey(seed: 3, chain: 0, purpose: .testing))
    let x = two.drawPrior(using: &stream)
    // Without recurrent weights, which have no part in one step.
    let y = Array(x[0..<6]) + [Double](repeating: 0, count: 36) + Array(x[6...])
    var (first, second) = (two.makeWorkspace(), recurrent.makeWorkspace())
    let expected = two.logDensity(at: x.span, using: &first)
    #expect(abs(recurrent.logDensity(at: y.span, using: &second) - expected) < 1e-12 * abs(expected))
  }

  @Test func evaluationsAllocateNothing() throws {
    try #require(countsAllocations, "allocations are not counted on this platform")
    for network in [
      RecurrentCase(.tanh, leak: 0.4), RecurrentCase(.relu, channels: 1),
      RecurrentCase(.erf, tightness: 0, overlaps: [2, 1]),
    ] {
      let hidden = try #require(RecurrentHiddenDensity(network.density))
      let seen = RecurrentObservables(density: network.density)
      let rest = Array(network.position[hidden.outputWeights...])
      var (whole, without, view) = (network.density.makeWorkspace(), hidden.makeWorkspace(), seen.makeWorkspace())
      var gradient = [Double](repeating: 0, count: network.density.dimension)
      var shorter = [Double](repeating: 0, count: hidden.dimension)
      var values = [Double](repeating: 0, count: seen.variables.reduce(0) { $0 + $1.count })
      func once() {
        var span = gradient.mutableSpan
        _ = network.density.logDensity(at: network.position.span, gradient: &span, using: &whole)
        var other = shorter.mutableSpan
        _ = hidden.logDensity(at: rest.span, gradient: &other, using: &without)
        var out = values.mutableSpan
        seen.evaluate(at: network.position.span, logDensity: 0, into: &out, using: &view)
      }
      once()
      #expect(allocations { for _ in 0..<50 { once() } } == 0)
    }
  }

  @Test func taskIsDrawnWhereTheMaskAsks() throws {
    let network = RecurrentCase(.tanh, scaling: .meanField)
    var stream = try RandomStream(StreamKey(seed: 8, chain: 0, purpose: .testing))
    let count = network.batch.maskedEntries
    #expect(network.density.taskData.count == count)
    let outputs = network.naive.outputs
    var squares = 0.0
    let draws = 400
    for _ in 0..<draws {
      let drawn = try #require(network.density.withTask(drawnGiven: network.position.span, using: &stream))
      var workspace = drawn.makeWorkspace()
      squares -= drawn.temperatureSlope(at: network.position.span, using: &workspace)
    }
    // n β L is half the sum of as many squares of standard normal numbers: 6.5 standard errors.
    let mean = squares / Double(draws)
    #expect(abs(mean - Double(count) / 2) < 6.5 * (Double(count) / 2 / Double(draws)).squareRoot())
    #expect(outputs.count == network.batch.trials)
  }
}

@Suite struct RecurrentHiddenDensityTests {
  static let cases: [RecurrentCase] = [
    RecurrentCase(.tanh), RecurrentCase(.tanh, scaling: .meanField, channels: 1), RecurrentCase(.relu, leak: 0.5),
    RecurrentCase(.erf, full: true), RecurrentCase(.softplus, neurons: 23, channels: 1),
    RecurrentCase(.linear, neurons: 3),
  ]

  /// The output weights of each channel by Cholesky's method, of a matrix [entry, entry].
  @Test(arguments: cases.indices) func valueIsTheGaussianIntegral(number: Int) throws {
    let network = Self.cases[number]
    let hidden = try #require(RecurrentHiddenDensity(network.density))
    let rest = Array(network.position[hidden.outputWeights...])
    var workspace = hidden.makeWorkspace()
    let value = hidden.logDensity(at: rest.span, using: &workspace)
    var expected = 0.0
    for (x, scale) in zip(rest, hidden.priorScales) { expected -= (x / scale) * (x / scale) / 2 }
    let batch = network.batch
    let activities = network.naive.activities
    let precision =
      network.density.tightness * network.density.taskFactor * Double(batch.contexts) / Double(batch.maskedEntries)
    let factor = network.architecture.readoutFactor * RecurrentCase.scales.output
    for channel in 0..<batch.outputChannels {
      var (features, wanted): ([[Double]], [Double]) = ([], [])
      for trial in 0..<batch.trials {
        for t in 0..<batch.times {
          let entry = (trial * batch.times + t) * batch.outputChannels + channel
          guard batch.mask[entry] == 1 else { continue }
          features.append(activities[trial][t])
          wanted.append(batch.targets[entry])
        }
      }
      let h = Matrix(features)
      var covariance = (precision * factor * factor) * (h * h.transposed)
      for s in 0..<covariance.rows { covariance[s, s] += 1 }
      let cholesky = try Cholesky(covariance)
      let overlap = zip(wanted, cholesky.solve(wanted)).reduce(0) { $0 + $1.0 * $1.1 }
      expected -= cholesky.logDeterminant / 2 + precision * overlap / 2
    }
    #expect(abs(value - expected) < 1e-10 * max(10, abs(expected)), "\(value), \(expected)")
  }

  @Test(arguments: cases.indices) func gradientMatchesDifferences(number: Int) throws {
    let network = Self.cases[number]
    let hidden = try #require(RecurrentHiddenDensity(network.density))
    let report = GradientTest(tolerance: 1e-7).run(hidden, at: [Array(network.position[hidden.outputWeights...])])
    #expect(report.passed, "\(report.blocks)")
  }

  /// What conditional readouts know of the output weights agrees with what trajectories integrate out.
  @Test(arguments: cases.indices) func posteriorHasTheSameEvidence(number: Int) throws {
    let network = Self.cases[number]
    let hidden = try #require(RecurrentHiddenDensity(network.density))
    let stimuli = Matrix((0..<5).map { [0.3 * Double($0), 1 - 0.4 * Double($0)] })
    let readout = try #require(RecurrentReadout(network.density, heldOut: stimuli))
    var posterior = readout.makePosterior()
    var (workspace, own) = (readout.makeWorkspace(), hidden.makeWorkspace())
    let error = try #require(readout.condition(&posterior, at: network.position.span, using: &workspace))
    #expect(abs(readout.lossUnit * error - network.naiveLoss) < 1e-12 * max(1, network.naiveLoss))
    let rest = Array(network.position[hidden.outputWeights...])
    let value = hidden.logLikelihood(at: rest.span, using: &own)
    #expect(abs(value - posterior.logEvidence) < 1e-9 * max(10, abs(value)))
    // Held-out inputs, constant in time, of which the last outputs are kept.
    var values = [Double](repeating: .nan, count: readout.probes.count)
    let (batch, x) = (network.batch, network.position)
    values.withUnsafeMutableBufferPointer { values in
      x.withUnsafeBufferPointer {
        readout.writeProbes(of: $0.baseAddress!, at: x.span, into: values.baseAddress!, using: &workspace)
      }
    }
    for s in 0..<5 {
      let ones = [Double](repeating: 1, count: 2 * batch.times * batch.outputChannels)
      let trial = try TrialBatch(
        trials: 2, times: batch.times, inputChannels: 2, outputChannels: batch.outputChannels,
        inputs: (0..<2 * batch.times).flatMap { _ in stimuli.row(s) }, targets: ones, mask: ones,
        contextOfTrial: [0, 1],
        contexts: 2)
      let outputs = network.density.outputs(at: x.span, trials: trial)
      for c in 0..<2 {
        let last = outputs[((c + 1) * batch.times - 1) * batch.outputChannels]
        #expect(abs(values[2 * s + c] - last) < 1e-12 * max(1, abs(last)))
      }
    }
  }
}

@Suite struct RecurrentObservablesTests {
  @Test func observablesAreTheirDefinitions() throws {
    let network = RecurrentCase(.tanh, neurons: 4, tightness: 0)
    let seen = RecurrentObservables(density: network.density)
    let names = seen.variables.flatMap(\.scalarNames)
    var values = [Double](repeating: .nan, count: names.count)
    var out = values.mutableSpan
    var workspace = seen.makeWorkspace()
    seen.evaluate(at: network.position.span, logDensity: -3, into: &out, using: &workspace)
    let value = Dictionary(uniqueKeysWithValues: zip(names, values))
    let x = network.position
    func close(_ name: String, _ expected: Double) {
      #expect(abs((value[name] ?? .nan) - expected) < 1e-11 * max(1, abs(expected)), "\(name)")
    }
    func square(_ block: String) -> Double {
      x[network.density.layout[block]!.range].reduce(0) { $0 + $1 * $1 }
    }
    close("lp", -3)
    close("loss", network.naiveLoss)
    close("output_second_moment", square("output_weights") / 8)
    close("recurrent_second_moment", square("recurrent_weights") / 16)
    close("input_second_moment", square("input_weights") / 4)
    close("context_second_moment", square("context_weights") / 4)
    let activities = network.naive.activities.flatMap { $0.flatMap { $0 } }
    close("activity_second_moment", activities.reduce(0) { $0 + $1 * $1 } / Double(activities.count))
    // Rows of the position are columns of J.
    let first = network.density.layout["recurrent_weights"]!.offset
    let j = Matrix(rows: 4, columns: 4, elements: Array(x[first..<first + 16])).transposed
    var vector = [Double](repeating: 1, count: 4)
    for power in 0..<4 {
      vector = (0.5 * j) * vector
      close("recurrent_power[\(power)]", vector.reduce(0) { $0 + $1 * $1 } / 4)
    }
    // By characteristic polynomial: the product and the sum of the eigenvalues.
    let spectrum = RecurrentSpectrum(neurons: 4)
    let eigenvalues = x.withUnsafeBufferPointer { spectrum.eigenvalues($0.baseAddress! + first, scale: 0.5) }
    #expect(abs(eigenvalues.reduce(0) { $0 + $1.real } - 0.5 * (0..<4).reduce(0) { $0 + j[$1, $1] }) < 1e-12)
    #expect(abs(eigenvalues.reduce(0) { $0 + $1.imaginary }) < 1e-12)
    close("spectral_radius", eigenvalues.map { hypot($0.real, $0.imaginary) }.max()!)
    close("real_eigenvalues", Double(eigenvalues.count { $0.imaginary == 0 }))
  }

  /// Mean eigenvalues that are real of 2 and 4 normal rows, and moments of powers of one number.
  @Test func momentsOfThePriorAreKnownOnes() throws {
    #expect(abs(RecurrentPrior.realEigenvalues(neurons: 2)! - 2.0.squareRoot()) < 1e-14)
    #expect(abs(RecurrentPrior.realEigenvalues(neurons: 4)! - 1.94454) < 1e-5)
    #expect(RecurrentPrior.realEigenvalues(neurons: 3) == nil)
    #expect(RecurrentPrior.powerMoments(neurons: 1) == [1, 3, 15, 105])
    // (4t − 1)!! at N = 1, and the χ² of one power.
    #expect(RecurrentPrior.fourthMoments.map { $0.reduce(0, +) } == [3, 105, 10395, 2_027_025])
    for neurons in [1, 2, 7, 1000] {
      let found = RecurrentPrior.powerDeviations(neurons: neurons)
      #expect(abs(found[0] - (2 / Double(neurons)).squareRoot()) < 1e-12)
      #expect(zip(found, found.dropFirst()).allSatisfy { $0 < $1 })
    }
  }
}
