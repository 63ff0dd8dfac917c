// Deep linear networks: posterior and evidence by quadrature against closed forms, other quadratures and simulation.

import CGSL
import Foundation
import Sampling
import Testing

@testable import Networks

@Suite struct ExactDeepLinearTests {
  static func network(
    _ widths: [Int], features: Int, contexts: Int = 1, scaling: FeedforwardArchitecture.ReadoutScaling = .standard
  ) -> FeedforwardArchitecture {
    FeedforwardArchitecture(
      features: features, contexts: contexts, widths: widths, activation: .linear, readoutScaling: scaling,
      drivenLayers: .none)
  }

  static func posterior(
    _ network: FeedforwardArchitecture, target: [[Double]], stimuli: Matrix, tightness: Double,
    scales: WeightScales = WeightScales()
  ) throws -> DeepLinearPosterior {
    try #require(
      try DeepLinearPosterior(
        network, scales: scales, task: LearningTask(target: target), stimuli: stimuli, tightness: tightness))
  }

  /// Stimuli e_1 ... e_P and a target of squared length b: 𝒦 = 1, yᵀ𝒦⁻¹y = b.
  static func interpolation(_ widths: [Int], stimuli: Int, quadraticForm: Double, tightness: Double) throws
    -> DeepLinearPosterior
  {
    let entry = (quadraticForm / Double(stimuli)).squareRoot()
    return try posterior(
      network(widths, features: stimuli), target: [[Double](repeating: entry, count: stimuli)],
      stimuli: .identity(stimuli), tightness: tightness)
  }

  /// √(b/n) K_{p+1}(√(nb))/K_p(√(nb)), p = (n - P)/2.
  static func besselRatio(width: Int, stimuli: Int, quadraticForm b: Double) throws -> Double {
    let n = Double(width)
    let p = 0.5 * (n - Double(stimuli))
    let z = (n * b).squareRoot()
    let ratio = try GSL.checked { gsl_sf_bessel_lnKnu(abs(p + 1), z) - gsl_sf_bessel_lnKnu(abs(p), z) }
    return (b / n).squareRoot() * exp(ratio)
  }

  /// Exact fits by one hidden layer, more and fewer stimuli than neurons (THEORY section 6a).
  @Test(arguments: [(50, 25, 42.5), (500, 250, 425), (5, 3, 40), (3, 8, 2), (1, 1, 0.01)])
  func exactFit(width: Int, stimuli: Int, quadraticForm: Double) throws {
    let expected = try Self.besselRatio(width: width, stimuli: stimuli, quadraticForm: quadraticForm)
    let exact = try Self.interpolation(
      [width], stimuli: stimuli, quadraticForm: quadraticForm, tightness: 1e13 * Double(stimuli) / quadraticForm)
    #expect(agree(exact.posterior.meanScale, expected, 1e-9), "\(exact.posterior.meanScale) \(expected)")
    #expect(exact.relativeError < 1e-9)
  }

  /// Moments of τ over the prior: <τ^k> = Π_l Γ(n_l/2 + k)/Γ(n_l/2) (2/n_l)^k.
  @Test(arguments: [[1], [5], [500], [5, 5], [1, 2], [3, 400], [5, 20, 100], [2, 2, 2, 2]])
  func priorScale(widths: [Int]) throws {
    for power in [-0.3, 1, 2, 3.5] {
      // The weight (1 + τ)^-0.01 only moves the range in which nodes are wanted.
      let quadrature = try ScaleQuadrature(widths: widths) { -0.01 * log1p($0) }
      let found = try quadrature.nodes(refinement: 1).reduce(0) { $0 + exp($1.logWeight) * pow($1.scale, power) }
      var expected = 1.0
      for width in widths {
        let a = Double(width) / 2
        expected *= try GSL.checked { exp(gsl_sf_lngamma(a + power) - gsl_sf_lngamma(a)) } * pow(a, -power)
      }
      #expect(agree(found, expected, 2e-9), "\(widths) \(power): \(found) \(expected)")
    }
  }

  /// A linear network with one hidden layer is a gain-modulated network whose gains are one.
  @Test(arguments: [(3, 2.0, 1), (10, 10, 1), (100, 25, 2), (400, 1000, 1)])
  func gainModulatedNetwork(neurons: Int, tightness: Double, contexts: Int) throws {
    let target = [[Double]](repeating: [0.8, -0.3], count: contexts)
    let covariance = Matrix([[1.3, 0.4], [0.4, 0.6]])
    let problem = try MaxEntropyProblem(
      task: LearningTask(target: target), activeProbability: 1, outputScale: 1.2, inputScale: 0.9,
      ensemble: .gibbs(tightness: tightness), stimulusCovariance: covariance)
    let expected = try #require(try GibbsPrediction(problem, neurons: neurons))
    // Sigma points: (1/P) Σ x xᵀ = S.
    let factor = try Cholesky(covariance).factor
    let exact = try Self.posterior(
      Self.network([neurons], features: 2, contexts: contexts, scaling: .meanField), target: target,
      stimuli: 2.0.squareRoot() * factor.transposed, tightness: tightness,
      scales: WeightScales(output: 1.2, input: 0.9))
    #expect(agree(exact.posterior.loss, expected.loss, 1e-8))
    #expect(agree(exact.posterior.readout.elements, (expected.readout * covariance).elements, 1e-8))
    #expect(agree(exact.outputSecondMoment, expected.outputSecondMoment, 1e-8))
    #expect(agree(exact.inputSecondMoment, expected.inputSecondMoment, 1e-8))
    #expect(agree(exact.posterior.logEvidence, expected.logEvidence, 1e-8))
    let spread = try #require(expected.readoutCovariance)
    let own = Matrix([[spread[0, 0], spread[0, 1]], [spread[1, 0], spread[1, 1]]])
    #expect(agree(exact.posterior.readoutCovariance.elements, (covariance * own * covariance).elements, 1e-7))
  }

  /// Importance sampling from the prior, weight by weight; fewer than 200 z-scores below 5.5: false alarms below 10⁻⁵.
  @Test(arguments: [1, 2, 3], [FeedforwardArchitecture.ReadoutScaling.standard, .meanField])
  func priorSimulation(depth: Int, scaling: FeedforwardArchitecture.ReadoutScaling) throws {
    // More stimuli than features at depth 2, fewer at depth 3; two contexts with different targets.
    let stimuli =
      depth == 3
      ? Matrix([[0.7, -0.2, 0.4]])
      : Matrix([[1, 0.3], [-0.4, 0.9], [0.2, -1.1], [0.8, 0.8]].prefix(depth * 2).map { $0 })
    let features = stimuli.columns
    let target = [[0.8, -0.5, 0.2], [0.2, 0.3, 0.1]].map { Array($0.prefix(features)) }
    let network = Self.network([5, 4, 5].prefix(depth).map { $0 }, features: features, contexts: 2, scaling: scaling)
    let scales = WeightScales(output: 1.3, input: 0.9, hidden: 1.1)
    let tightness = scaling == .standard ? 2.5 : 0.9
    let exact = try Self.posterior(network, target: target, stimuli: stimuli, tightness: tightness, scales: scales)
    #expect(exact.relativeError < 1e-9 && exact.logEvidenceError < 1e-9)
    let count = stimuli.rows
    let simulation = PriorNetworks(architecture: network, scales: scales, stimuli: stimuli)
    let wanted = LearningTaskOutputs(target: Matrix(target), stimuli: stimuli)
    let covariance = exact.posterior.outputCovariance
    var expected = [exact.posterior.loss, exact.posterior.outputSquare, exact.posterior.outputFourth]
    expected += [exact.outputSecondMoment, exact.posterior.readout[1, 0]] + exact.posterior.outputs
    expected.append(covariance[0, count - 1] + exact.posterior.outputs[0] * exact.posterior.outputs[count - 1])
    var deviations = [SampleMean](repeating: SampleMean(), count: expected.count)
    var partition = SampleMean()
    var stream = try RandomStream(StreamKey(seed: 60, chain: depth, purpose: .testing))
    for _ in 0..<100_000 {
      let (y, square) = simulation.draw(contexts: 1, using: &stream)
      let loss = wanted.loss(y)
      let weight = exp(-tightness * network.taskFactor * loss)
      let squares = y.map { $0 * $0 }
      let projection = (0..<count).reduce(0.0) { $0 + y[$1] * stimuli[$1, 0] } / Double(count)
      let values =
        [
          loss, squares.reduce(0, +) / Double(count), squares.reduce(0) { $0 + $1 * $1 } / Double(count), square,
          projection,
        ] + y + [y[0] * y[count - 1]]
      partition.add(weight)
      for i in 0..<values.count { deviations[i].add(weight * (values[i] - expected[i])) }
    }
    #expect(abs(partition.z(exp(exact.posterior.logEvidence))) < 5.5)
    #expect(partition.standardError < 0.02 * partition.mean)
    for i in 0..<expected.count { #expect(abs(deviations[i].z(0)) < 5.5, "\(i): \(deviations[i].z(0))") }
    #expect(deviations[0].standardError < 0.02 * exact.posterior.loss * partition.mean)
  }

  /// d ln Z/dβ = -n <L> by central differences, and ln Z(0) = 0; depths 1 to 3, tight and loose.
  @Test(arguments: [[20], [5, 100], [5, 20, 100]], [0.5, 30])
  func evidenceSlope(widths: [Int], tightness: Double) throws {
    let stimuli = Matrix([[1, 0.3, 0], [-0.4, 0.9, 0.2], [0.2, -1.1, 0.5], [0.8, 0.8, -1]])
    let target = [[0.8, -0.5, 0.3], [0.1, 0.2, -0.6]]
    for scaling in FeedforwardArchitecture.ReadoutScaling.allCases {
      let network = Self.network(widths, features: 3, contexts: 2, scaling: scaling)
      func at(_ tightness: Double) throws -> DeepLinearPosterior {
        try Self.posterior(network, target: target, stimuli: stimuli, tightness: tightness)
      }
      let h = 1e-4 * tightness
      let middle = try at(tightness)
      let slope = try (at(tightness + h).posterior.logEvidence - at(tightness - h).posterior.logEvidence) / (2 * h)
      #expect(agree(slope, -network.taskFactor * middle.posterior.loss, 1e-6))
      let free = try at(0)
      #expect(abs(free.posterior.logEvidence) < 1e-10)
      #expect(
        agree(free.inputSecondMoment, 3, 1e-12)
          && agree(free.hiddenSecondMoments, free.hiddenSecondMoments.map { _ in 1 }, 1e-12))
      #expect(free.posterior.outputs.allSatisfy { abs($0) < 1e-12 })
    }
  }

  /// Where the task decides: two modes of τ, a thousand stimuli, a hard fit, an absurd tightness.
  @Test func extremes() throws {
    // Mean-field, two hidden layers: the unlearned and the learned network compete.
    for tightness in [1.0, 3, 10, 30, 1e6] {
      let exact = try Self.posterior(
        Self.network([200, 200], features: 2, scaling: .meanField), target: [[1, 0.5]],
        stimuli: 2.0.squareRoot() * .identity(2), tightness: tightness)
      #expect(exact.relativeError < 1e-8, "\(tightness): \(exact.relativeError)")
      #expect(exact.posterior.loss > 0 && exact.posterior.loss < 0.63)
    }
    var stream = try RandomStream(StreamKey(seed: 61, chain: 0, purpose: .testing))
    let many = try GaussianStimuli.draw(1000, covariance: .identity(3), using: &stream)
    let exact = try Self.posterior(
      Self.network([5, 50], features: 3), target: [[1, 0, -1]], stimuli: many, tightness: 1e4)
    #expect(exact.relativeError < 1e-8)
    #expect(
      agree(
        exact.posterior.readout.elements, (Matrix([[1, 0, -1]]) * GaussianStimuli.secondMoment(of: many)).elements, 1e-2
      ))
  }

  /// The saddle point of THEORY section 6a and its distance from the exact integral, which falls as 1/n.
  @Test func kernelRenormalization() throws {
    let saddle = try KernelRenormalization(widths: [50], stimuli: 25, quadraticForm: 42.5)
    #expect(agree(saddle.scale, (1 + 14.6.squareRoot()) / 4, 1e-12))
    #expect(abs(saddle.scale - 1.2052) < 1e-4)
    for (width, expected) in [(50, 1.2145), (500, 1.2062)] {
      let exact = try Self.besselRatio(width: width, stimuli: width / 2, quadraticForm: 0.85 * Double(width))
      #expect(abs(exact - expected) < 0.6e-4)
    }
    for depth in 1...3 {
      var deviations: [(width: Double, deviation: Double)] = []
      for width in [32, 64, 128, 256, 512] {
        let widths = [Int](repeating: width, count: depth)
        let saddle = try KernelRenormalization(
          widths: widths, stimuli: width / 2, quadraticForm: 0.85 * Double(width))
        for u in saddle.factors { #expect(agree(1 - u, 0.5 * (1 - 1.7 / saddle.scale), 1e-10)) }
        let exact = try Self.interpolation(
          widths, stimuli: width / 2, quadraticForm: 0.85 * Double(width), tightness: 1e12)
        deviations.append((Double(width), exact.posterior.meanScale - saddle.scale))
      }
      expectInverseWidth(deviations)
    }
    let unequal = try KernelRenormalization(widths: [10, 30], stimuli: 12, quadraticForm: 30)
    for (u, n) in zip(unequal.factors, [10.0, 30]) {
      #expect(agree(n * (1 - u), 12 * (1 - 2.5 / unequal.scale), 1e-10))
    }
    #expect(throws: MaxEntropyError.self) { try KernelRenormalization(widths: [4], stimuli: 2, quadraticForm: 0) }
  }

  /// The wide limit is approached as 1/n: loss, outputs and evidence, depths 1 to 3.
  @Test(arguments: 1...3) func wideLimit(depth: Int) throws {
    let stimuli = Matrix([[1, 0.3], [-0.4, 0.9], [0.2, -1.1]])
    let task = try LearningTask(target: [[0.6, -0.5], [0.4, 0.1]])
    let scales = WeightScales(output: 1.1, input: 0.8, hidden: 1.2)
    var losses: [(width: Double, deviation: Double)] = []
    var outputs = losses
    var evidences = losses
    for width in [32, 64, 128, 256, 512] {
      let network = Self.network([Int](repeating: width, count: depth), features: 2, contexts: 2)
      let limit = try #require(
        try WideLimit(network, scales: scales, task: task, stimuli: stimuli, tightness: 6)
      ).posterior
      let exact = try Self.posterior(
        network, target: task.target.rowArrays, stimuli: stimuli, tightness: 6, scales: scales
      ).posterior
      losses.append((Double(width), exact.loss - limit.loss))
      outputs.append((Double(width), exact.outputs[0] - limit.outputs[0]))
      evidences.append((Double(width), exact.logEvidence - limit.logEvidence))
    }
    expectInverseWidth(losses)
    expectInverseWidth(outputs)
    expectInverseWidth(evidences)
  }

  /// Noise-free deviations c/n + d/n² + ...: the slope of ln|deviation| against ln n tends to -1 as O(1/n).
  ///
  /// The slope is extrapolated to n -> ∞ from the last three widths; its error is how far this moved from the three before.
  private func expectInverseWidth(_ values: [(width: Double, deviation: Double)]) {
    let slopes = zip(values, values.dropFirst()).map {
      log($1.deviation / $0.deviation) / log($1.width / $0.width)
    }
    let extrapolated = zip(slopes, slopes.dropFirst()).map { 2 * $1 - $0 }
    let last = extrapolated[extrapolated.count - 1]
    let error = abs(last - extrapolated[extrapolated.count - 2])
    #expect(error < 0.02, "\(slopes)")
    #expect(abs(last + 1) < error, "\(last) \(error)")
  }

  @Test func noPrediction() throws {
    let stimuli = Matrix.identity(2)
    let task = try LearningTask(target: [[1, 0]])
    let driven = FeedforwardArchitecture(
      features: 2, contexts: 1, widths: [4, 4], activation: .linear, drivenLayers: .all)
    #expect(
      try DeepLinearPosterior(driven, scales: WeightScales(), task: task, stimuli: stimuli, tightness: 1) == nil)
    #expect(throws: MaxEntropyError.self) {
      try DeepLinearPosterior(
        Self.network([4], features: 2), scales: WeightScales(), task: task, stimuli: stimuli, tightness: -1)
    }
  }
}

/// The loss of outputs `[stimulus]` shared by all contexts, straight from its definition.
struct LearningTaskOutputs {
  let target: Matrix
  let stimuli: Matrix
  func loss(_ y: [Double]) -> Double {
    var sum = 0.0
    for c in 0..<target.rows {
      for p in 0..<stimuli.rows {
        var wanted = 0.0
        for d in 0..<stimuli.columns { wanted += target[c, d] * stimuli[p, d] }
        sum += (y[p] - wanted) * (y[p] - wanted)
      }
    }
    return sum / (2 * Double(stimuli.rows))
  }
}
