// Networks trained by gradient descent: against the exact flow, against themselves, and what is refused.

import Foundation
import Sampling
import TestSupport
import Testing

@testable import Networks

@Suite struct TrainingDescentTests {
  static func density(
    contexts: Int = 2, neurons: Int, variance: Double = 1, tightness: Double = 1, covariance: Matrix? = nil,
    activeProbability: Double = 0.5
  ) throws -> GainModulatedLinearDensity {
    try GainModulatedLinearEnsemble(
      task: .inputSelection(contexts: contexts), neurons: neurons, ensemble: .gibbs(tightness: tightness),
      convention: .prior, outputScale: variance.squareRoot(), inputScale: variance.squareRoot(),
      activeProbability: activeProbability, stimulusCovariance: covariance ?? Matrix.identity(contexts)
    ).density()
  }

  /// The adaptor's loss is the loss, and its gradient that of n L, whatever tightness, prior and coins.
  @Test func lossAndGradientOfTheAdaptor() throws {
    let density = try Self.density(neurons: 5, variance: 0.3, tightness: 7, activeProbability: 0.3)
    let loss = try LossGradient(density, tightness: 7)
    var stream = try RandomStream(StreamKey(seed: 3, chain: 0, purpose: .testing))
    let position = density.drawPrior(using: &stream).map { 1.7 * $0 }.enumerated().map { j, value in
      density.layout.binaryRange.contains(j) ? (value > 0 ? 1 : 0) : value
    }
    var workspace = loss.makeWorkspace(at: position)
    var gradient = [Double](repeating: 0, count: density.layout.realCount)
    let value = loss.loss(at: position, gradient: &gradient, using: &workspace)
    let readout = density.readout(at: position.span)
    let expected = (readout - Matrix.identity(2)).squaredNorm / 2
    #expect(abs(value - expected) < 1e-12 * (1 + expected))
    #expect(position[density.layout.binaryRange].contains(1))
    #expect(abs(loss.loss(at: position, using: &workspace) - expected) < 1e-12 * (1 + expected))
    for j in gradient.indices {
      var moved = position
      moved[j] += 1e-6
      let above = loss.loss(at: moved, using: &workspace)
      moved[j] -= 2e-6
      let below = loss.loss(at: moved, using: &workspace)
      #expect(abs(gradient[j] - 5 * (above - below) / 2e-6) < 1e-7)
    }
  }

  /// The flow started from one network's own moments is exact at any N: small steps follow it, with an error of order η.
  @Test func smallStepsFollowTheExactFlowOfOneNetwork() throws {
    let covariance = Matrix([[1, 0.3], [0.3, 0.5]])
    let density = try Self.density(neurons: 7, variance: 0.8, covariance: covariance)
    var stream = try RandomStream(StreamKey(seed: 4, chain: 0, purpose: .testing))
    let start = density.drawPrior(using: &stream)
    let populations = try PopulationCovariance.observed(in: [NeuronChunk(of: density, at: start)])
    let flow = try GradientFlow(
      task: .inputSelection(contexts: 2), populations: populations, stimulusCovariance: covariance
    ).run(untilLoss: 1e-30, time: 1.5)
    #expect(abs(flow.time - 1.5) < 1e-12)
    var errors: [Double] = []
    var ends: [[Matrix]] = []
    for rate in [0.02, 0.01] {
      let training = try GradientDescent(
        density, options: TrainingOptions(learningRate: .fixed(rate), lossBound: 0, maximumTime: 1.5))
      let network = try training.train(from: start, using: &stream)
      #expect(network.stop == .stepsDone && abs(network.time - 1.5) < 1e-9)
      let moved = try PopulationCovariance.observed(in: [NeuronChunk(of: density, at: network.end)])
      var error = 0.0
      for (a, b) in zip(moved, flow.populations) {
        error = max(error, (a.moments - b.moments).squaredNorm.squareRoot())
      }
      errors.append(error)
      ends.append(moved.map(\.moments))
    }
    // First order: half the rate, half the error, and nearly none after extrapolation to rate 0.
    #expect(errors[1] < 0.03 && abs(errors[0] / errors[1] - 2) < 0.1, "\(errors)")
    for (g, population) in flow.populations.enumerated() {
      #expect((2 * ends[1][g] - ends[0][g] - population.moments).squaredNorm.squareRoot() < 1e-3)
    }
  }

  /// Trained networks tend to the flow of infinitely wide ones as N grows: the pooled populations' deviation falls.
  @Test func trainedNetworksTendToTheFlow() throws {
    let flow = try GradientFlow(task: .inputSelection(contexts: 2), outputScale: 1, inputScale: 1)
    let wide = try flow.run(untilLoss: 1e-10)
    var deviations: [Double] = []
    for (neurons, networks) in [(20, 40), (320, 40)] {
      let training = try GradientDescent(
        Self.density(neurons: neurons), options: TrainingOptions(learningRate: .fixed(0.05), lossBound: 1e-10))
      let trained = try training.trainNetworks(networks, seed: 5)
      #expect(trained.allSatisfy { $0.stop == .lossReached })
      let density = try Self.density(neurons: neurons)
      var share = RunningMoments()
      for network in trained {
        let populations = try PopulationCovariance.observed(in: [NeuronChunk(of: density, at: network.end)])
        let readout = populations.flatMap { p in p.covariance.map { p.weight * $0 } }
        let wanted = wide.populationReadout
        share.add(zip(readout, wanted).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) })
      }
      deviations.append(share.mean)
    }
    // Squared deviations of one network fall as 1/N: by 16 here, 40 networks know the ratio to about a third.
    #expect(deviations[0] / deviations[1] > 8 && deviations[0] / deviations[1] < 32, "\(deviations)")
  }

  /// The default rates reach a small loss from small to large weights, by every rule, with and without batches.
  @Test(arguments: [0.05, 1, 20]) func defaultRatesWork(variance: Double) throws {
    let contexts = 3
    var stream = try RandomStream(StreamKey(seed: 6, chain: 0, purpose: .testing))
    let stimuli = try GaussianStimuli.draw(60, covariance: .identity(contexts), using: &stream)
    let density = try Self.density(
      contexts: contexts, neurons: 60, variance: variance, covariance: GaussianStimuli.secondMoment(of: stimuli))
    let batches = try MiniBatches(of: density, stimuli: stimuli, batchSize: 10)
    for (rule, batches, bound) in [
      (TrainingRule.gradientDescent, nil, 1e-8), (.adam(), nil, 1e-8), (.gradientDescent, batches, 1e-8),
      (.adam(), batches, 1e-6),
    ] as [(TrainingRule, MiniBatches<GainModulatedLinearDensity>?, Double)] {
      let training = try GradientDescent(
        density, options: TrainingOptions(rule: rule, lossBound: bound, maximumSteps: 20_000), batches: batches)
      for network in try training.trainNetworks(3, seed: 7) {
        #expect(
          network.stop == .lossReached,
          "\(rule), batches: \(batches != nil): loss \(network.loss) after \(network.steps)")
        #expect(network.lossCurve.count <= LossCurve.maximumCount && network.lossCurve[0].time == 0)
      }
    }
  }

  /// Networks are the same whichever others are trained with them, and interruption leaves them where they are.
  @Test func networksAreDeterministicAndInterruptible() throws {
    let density = try Self.density(neurons: 10)
    let stimuli = Matrix([[1, 0], [0, 1], [1, 1], [1, -1], [2, 0.5], [0.1, -1]])
    let training = try GradientDescent(
      density, options: TrainingOptions(lossBound: 1e-6, maximumSteps: 500),
      batches: MiniBatches(of: density, stimuli: stimuli, batchSize: 2))
    let all = try training.trainNetworks(4, seed: 8)
    let one = try training.trainNetworks(1, first: 2, seed: 8)
    #expect(one[0] == all[2] && all[0].start != all[1].start)
    let none = try training.trainNetworks(2, seed: 8, isInterrupted: { true })
    #expect(none.allSatisfy { $0.stop == .interrupted && $0.steps == 0 && $0.end == $0.start })
  }

  /// A rate that is too large is noticed, with the network and the rate in the message.
  @Test func divergenceIsNoticed() throws {
    let training = try GradientDescent(
      Self.density(neurons: 20, variance: 4), options: TrainingOptions(learningRate: .fixed(5)))
    let error = #expect(throws: TrainingError.self) { try training.trainNetworks(3, seed: 9) }
    let message = "\(try #require(error))"
    #expect(message.contains("network 0 diverged") && message.contains("learning rate of 5.0"), "\(message)")
  }

  @Test func badOptionsAreRefused() throws {
    let density = try Self.density(neurons: 3)
    #expect(throws: TrainingError.self) {
      try GradientDescent(density, options: TrainingOptions(learningRate: .fixed(-1)))
    }
    #expect(throws: TrainingError.self) { try GradientDescent(density, options: TrainingOptions(lossBound: .nan)) }
    #expect(throws: TrainingError.self) { try GradientDescent(density, options: TrainingOptions(maximumSteps: 0)) }
    #expect(throws: TrainingError.self) { try GradientDescent(density, tightness: 0) }
    #expect(throws: TrainingError.self) { try MiniBatches(of: density, stimuli: .identity(2), batchSize: 3) }
    #expect(throws: TrainingError.self) {
      try GradientFlow(task: .inputSelection(contexts: 13), outputScale: 1, inputScale: 1)
    }
    // All gains one cannot select inputs: the loss stays above 1/2.
    let stuck = try GradientFlow(
      task: .inputSelection(contexts: 2), activeProbability: 1, outputScale: 1, inputScale: 1)
    #expect(throws: TrainingError.self) { try stuck.run(untilLoss: 0.4, maximumSteps: 500) }
  }
}
