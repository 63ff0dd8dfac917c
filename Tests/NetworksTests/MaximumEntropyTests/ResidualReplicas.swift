// Networks that are maximum-entropy ones, and networks that are not, for tests of size and power.

import Sampling
import TestSupport
import Testing

@testable import Networks

enum ResidualReplicas {
  /// Independent neurons of the product ensemble for input selection.
  static func product(_ count: Int, neurons: Int, contexts: Int = 2, variance: Double = 1, seed: UInt64) throws
    -> [NeuronChunk]
  {
    let law = NeuronLaw(
      try MaxEntropyProblem(
        task: .inputSelection(contexts: contexts), outputScale: variance.squareRoot(),
        inputScale: variance.squareRoot()
      ).solve())
    return try parallelMap(count, threads: 2) { index in
      var stream = try RandomStream(StreamKey(seed: seed, chain: index, purpose: .testing))
      var chunk = law.makeChunk(neurons: neurons)
      law.draw(into: &chunk, using: &stream)
      return chunk
    }
  }

  /// Whole networks of the Gibbs ensemble, four collapsed sweeps apart: draws with an autocorrelation time of about one sweep.
  static func gibbs(_ count: Int, neurons: Int, tightness: Double, seed: UInt64) throws -> [NeuronChunk] {
    let density = try TrainingDescentTests.density(neurons: neurons, tightness: tightness)
    let kernel = try #require(PatternGibbs(density))
    var stream = try RandomStream(StreamKey(seed: seed, chain: 0, purpose: .testing))
    var state = try kernel.initialState(at: density.drawPrior(using: &stream))
    for _ in 0..<50 { _ = kernel.step(&state, using: &stream) }
    return (0..<count).map { _ in
      for _ in 0..<4 { _ = kernel.step(&state, using: &stream) }
      return NeuronChunk(of: density, at: state.position)
    }
  }

  /// Five stimuli in two dimensions.
  static let stimuli = Matrix([[-0.7, 1.1], [-0.3, 0.6], [0.1, 1.1], [0.5, 0.6], [0.9, -0.8]])

  /// Whole networks with one hidden layer, in two contexts. Output weights are drawn anew from their law given the hidden ones
  /// with each transition, so that residuals are independent however slowly the hidden ones move.
  static func oneLayer(_ activation: Activation, _ count: Int, neurons: Int, tightness: Double, seed: UInt64) throws
    -> [OneLayerNetwork]
  {
    let density = try FeedforwardEnsemble(
      task: LearningTask(target: [[1, 0.3], [0, 0.8]]),
      architecture: .twoLayer(features: 2, contexts: 2, neurons: neurons, activation: activation), stimuli: stimuli,
      scales: WeightScales(output: 1.3, input: 0.8, context: 1.4), binding: .gibbs(tightness: tightness)
    ).density()
    let kernel = try #require(CollapsedHamiltonian<HiddenDensity>(density, stepSize: 0.35, length: .uniform(1...6)))
    var stream = try RandomStream(StreamKey(seed: seed, chain: 0, purpose: .testing))
    var state = try kernel.initialState(at: density.drawPrior(using: &stream))
    for _ in 0..<50 { _ = kernel.step(&state, using: &stream) }
    return try (0..<count).map { _ in
      for _ in 0..<2 { _ = kernel.step(&state, using: &stream) }
      return try OneLayerNetwork(activation: activation, layout: density.layout, position: state.position)
    }
  }

  /// Networks trained by gradient descent to a loss of 10⁻⁶.
  static func trained(_ count: Int, neurons: Int, variance: Double, seed: UInt64) throws -> [NeuronChunk] {
    let density = try TrainingDescentTests.density(neurons: neurons, variance: variance)
    let training = try GradientDescent(density, options: TrainingOptions(lossBound: 1e-6))
    return try training.trainNetworks(count, seed: seed, threads: 2).map {
      #expect($0.stop == .lossReached)
      return NeuronChunk(of: density, at: $0.end)
    }
  }

  /// How many p-values are at most a level, and of how many.
  static func share(_ pValues: [Double?], at level: Double) -> (rejected: Int, of: Int) {
    let found = pValues.compactMap { $0 }
    return (found.count { $0 <= level * (1 + 1e-12) }, found.count)
  }

  /// By how many binomial standard errors more p-values than 5 % or 1 % are at most that, or fewer, where that is the larger number.
  static func sizeError(_ pValues: [Double?]) -> Double {
    [0.05, 0.01].reduce(0) { largest, level in
      let (rejected, count) = share(pValues, at: level)
      let n = Double(count)
      return max(largest, abs(Double(rejected) - level * n) / (n * level * (1 - level)).squareRoot())
    }
  }

  /// The shares in words.
  static func text(_ pValues: [Double?]) -> String {
    let (five, one) = (share(pValues, at: 0.05), share(pValues, at: 0.01))
    return "\(five.rejected) and \(one.rejected) of \(five.of)"
  }
}
