// Linear networks whose contexts drive the first layer: posterior, moments and evidence against quadrature weight by weight, simulation,
// and the same networks on longer stimuli.

import Foundation
import Sampling
import Testing

@testable import Networks

@Suite struct ExactDrivenLinearTests {
  static let scales = WeightScales(output: 1.2, input: 0.8, context: 0.5, hidden: 1.1)

  static func network(
    _ widths: [Int], features: Int, contexts: Int, scaling: FeedforwardArchitecture.ReadoutScaling = .meanField
  ) -> FeedforwardArchitecture {
    FeedforwardArchitecture(
      features: features, contexts: contexts, widths: widths, activation: .linear, readoutScaling: scaling)
  }

  /// One neuron, two contexts, one feature: given w the rest is Gaussian, in plain linear algebra, and w is integrated numerically.
  struct OneNeuron {
    let stimuli: [Double]
    let target: [Double]
    let tightness: Double

    /// The weight of w, and ⟨m²⟩, ⟨b_0² + b_1²⟩ and ⟨L⟩ given w.
    func given(_ w: Double) throws -> (weight: Double, input: Double, context: Double, loss: Double) {
      let scales = ExactDrivenLinearTests.scales
      let factor = tightness / Double(stimuli.count)
      var precision = Matrix(rows: 3, columns: 3)
      for (j, scale) in [scales.input, scales.context, scales.context].enumerated() {
        precision[j, j] = 1 / (scale * scale)
      }
      var pull = [0.0, 0, 0]
      var squares = 0.0
      for c in 0..<2 {
        for x in stimuli {
          let feature = [w * x, c == 0 ? w : 0, c == 1 ? w : 0]
          let wanted = target[c] * x
          squares += wanted * wanted
          for i in 0..<3 {
            pull[i] += factor * feature[i] * wanted
            for j in 0..<3 { precision[i, j] += factor * feature[i] * feature[j] }
          }
        }
      }
      let solver = try Cholesky(precision)
      let mean = solver.solve(pull)
      let covariance = solver.inverse
      let log =
        -0.5 * w * w / (scales.output * scales.output) - 0.5 * solver.logDeterminant
        - Foundation.log(scales.input * scales.context * scales.context) + 0.5 * dot(pull, mean)
        - 0.5 * factor * squares
      var loss = 0.0
      for c in 0..<2 {
        for x in stimuli {
          let feature = [w * x, c == 0 ? w : 0, c == 1 ? w : 0]
          let rest = dot(feature, mean) - target[c] * x
          loss += (rest * rest + dot(feature, covariance * feature)) / (2 * Double(stimuli.count))
        }
      }
      return (
        exp(log) / (scales.output * (2 * Double.pi).squareRoot()), mean[0] * mean[0] + covariance[0, 0],
        mean[1] * mean[1] + covariance[1, 1] + mean[2] * mean[2] + covariance[2, 2], loss
      )
    }

    /// ln Z, and ⟨w²⟩, ⟨m²⟩, ⟨b_0² + b_1²⟩ and ⟨L⟩. The integrand is smooth: the trapezoid rule converges exponentially.
    func averages() throws -> (logEvidence: Double, averages: [Double]) {
      let step = 0.01
      var partition = 0.0
      var sums = [0.0, 0, 0, 0]
      for k in -1200...1200 {
        let w = step * Double(k)
        let (weight, input, context, loss) = try given(w)
        partition += step * weight
        for (i, value) in [w * w, input, context, loss].enumerated() { sums[i] += step * weight * value }
      }
      return (log(partition), sums.map { $0 / partition })
    }
  }

  @Test(arguments: [0.3, 5, 200])
  func oneNeuron(tightness: Double) throws {
    let one = OneNeuron(stimuli: [0.7, -1.3, 0.4], target: [0.9, -0.4], tightness: tightness)
    let exact = try #require(
      try DeepLinearPosterior(
        Self.network([1], features: 1, contexts: 2), scales: Self.scales, task: LearningTask(target: [[0.9], [-0.4]]),
        stimuli: Matrix([[0.7], [-1.3], [0.4]]), tightness: tightness))
    let (logEvidence, averages) = try one.averages()
    let context = try #require(exact.contextSecondMoment)
    #expect(agree(exact.posterior.logEvidence, logEvidence, 1e-9))
    #expect(
      agree([exact.outputSecondMoment, exact.inputSecondMoment, context, exact.posterior.loss], averages, 1e-8))
    // The mutant that splits the first layer's force evenly, or not at all, is seen.
    let whole = tightness * exact.posterior.errorAlongOutput
    for share in [0.5, 1] {
      let mutant = Self.scales.context * Self.scales.context * (2 - share * whole)
      #expect(abs(mutant - context) > 1e-3 * abs(context), "\(share)")
    }
  }

  /// ⟨mean w²⟩/σ_w² − ⟨mean |m|²⟩/σ_m² − ⟨mean |b|²⟩/σ_b² = 1 − D − K (THEORY section 10), one hidden layer.
  @Test(arguments: [(1, 1, 1), (5, 2, 3), (40, 3, 2), (200, 8, 6)])
  func balance(neurons: Int, features: Int, contexts: Int) throws {
    var stream = try RandomStream(StreamKey(seed: 70, chain: neurons, purpose: .testing))
    let stimuli = try GaussianStimuli.draw(12, covariance: .identity(features), using: &stream)
    let target = (0..<contexts).map { _ in (0..<features).map { _ in stream.standardNormal() } }
    for tightness in [1e-6, 1, 1e3, 1e9] {
      let exact = try #require(
        try DeepLinearPosterior(
          Self.network([neurons], features: features, contexts: contexts), scales: Self.scales,
          task: LearningTask(target: target), stimuli: stimuli, tightness: tightness))
      let s = Self.scales
      let context = try #require(exact.contextSecondMoment)
      let balance =
        exact.outputSecondMoment / (s.output * s.output) - exact.inputSecondMoment / (s.input * s.input) - context
        / (s.context * s.context)
      #expect(abs(balance - Double(1 - features - contexts)) < 1e-8 * max(1, exact.outputSecondMoment), "\(tightness)")
      #expect(exact.relativeError < 1e-8)
      #expect(exact.posterior.loss > 0)
    }
  }

  /// Importance sampling from the prior, weight by weight; 40 z-scores below 5.5: false alarms below 10⁻⁵.
  @Test(arguments: [1, 2], [FeedforwardArchitecture.ReadoutScaling.standard, .meanField])
  func priorSimulation(depth: Int, scaling: FeedforwardArchitecture.ReadoutScaling) throws {
    let stimuli = Matrix([[1, 0.3], [-0.4, 0.9], [0.2, -1.1]])
    let target = [[0.8, -0.5], [0.2, 0.3]]
    let network = Self.network([5, 4].prefix(depth).map { $0 }, features: 2, contexts: 2, scaling: scaling)
    let tightness = scaling == .standard ? 2.5 : 0.9
    let exact = try #require(
      try DeepLinearPosterior(
        network, scales: Self.scales, task: LearningTask(target: target), stimuli: stimuli, tightness: tightness))
    let posterior = exact.posterior
    #expect(posterior.outputs.count == 6)
    let wanted = Matrix(target) * stimuli.transposed
    let simulation = PriorNetworks(architecture: network, scales: Self.scales, stimuli: stimuli)
    let cross = posterior.outputCovariance[1, 5] + posterior.outputs[1] * posterior.outputs[5]
    let expected =
      [posterior.loss, posterior.outputSquare, posterior.outputFourth, exact.outputSecondMoment]
      + [posterior.readout[0, 1], posterior.readout[1, 0], cross] + posterior.outputs
      + [posterior.readoutCovariance[0, 2] + posterior.readout[0, 0] * posterior.readout[1, 0]]
    var deviations = [SampleMean](repeating: SampleMean(), count: expected.count)
    var partition = SampleMean()
    var stream = try RandomStream(StreamKey(seed: 71, chain: depth, purpose: .testing))
    for _ in 0..<100_000 {
      let (y, square) = simulation.draw(contexts: 2, using: &stream)
      let loss = zip(y, wanted.elements).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / 6
      let weight = exp(-tightness * network.taskFactor * loss)
      func readout(_ c: Int, _ d: Int) -> Double {
        (0..<3).reduce(0) { $0 + y[c * 3 + $1] * stimuli[$1, d] } / 3
      }
      let values =
        [loss, y.reduce(0) { $0 + $1 * $1 } / 6, y.reduce(0) { $0 + pow($1, 4) } / 6, square, readout(0, 1)]
        + [readout(1, 0), y[1] * y[5]] + y + [readout(0, 0) * readout(1, 0)]
      partition.add(weight)
      for i in values.indices { deviations[i].add(weight * (values[i] - expected[i])) }
    }
    #expect(abs(partition.z(exp(posterior.logEvidence))) < 5.5)
    for i in expected.indices { #expect(abs(deviations[i].z(0)) < 5.5, "\(i): \(deviations[i].z(0))") }
    #expect(deviations[0].standardError < 0.02 * posterior.loss * partition.mean)
  }

  /// d ln Z/dβ = −n ⟨L⟩ by central differences, and ln Z(0) = 0, with targets that no drive and no feature reaches.
  @Test(arguments: [[20], [5, 30]], [0.5, 30])
  func evidenceSlope(widths: [Int], tightness: Double) throws {
    let stimuli = Matrix([[1, 0.3, 0], [-0.4, 0.9, 0.2], [0.2, -1.1, 0.5], [0.8, 0.8, -1]])
    let task = try LearningTask(target: [[0.8, -0.5, 0.3], [0.1, 0.2, -0.6], [0, 0, 0]])
    for scaling in FeedforwardArchitecture.ReadoutScaling.allCases {
      let network = Self.network(widths, features: 3, contexts: 3, scaling: scaling)
      func at(_ tightness: Double) throws -> DeepLinearPosterior {
        try #require(
          try DeepLinearPosterior(network, scales: Self.scales, task: task, stimuli: stimuli, tightness: tightness))
      }
      let h = 1e-4 * tightness
      let middle = try at(tightness)
      let slope = try (at(tightness + h).posterior.logEvidence - at(tightness - h).posterior.logEvidence) / (2 * h)
      #expect(agree(slope, -network.taskFactor * middle.posterior.loss, 1e-6))
      #expect(abs(try at(0).posterior.logEvidence) < 1e-10)
    }
  }

  /// A drive is a weight from a feature of its own: one context, D + K features and K P stimuli, at the same ridge.
  @Test(arguments: [FeedforwardArchitecture.ReadoutScaling.standard, .meanField])
  func drivesAreFeatures(scaling: FeedforwardArchitecture.ReadoutScaling) throws {
    let ratio = Self.scales.context / Self.scales.input
    let stimuli = Matrix([[1, 0.3], [-0.4, 0.9], [0.2, -1.1]])
    let wanted = SwitchingOutputs(target: Matrix([[0.8, -0.5], [0.2, 0.3]]), ratio: ratio)
    var rows: [[Double]] = []
    for c in 0..<2 { for p in 0..<3 { rows.append(stimuli.row(p) + [c == 0 ? ratio : 0, c == 1 ? ratio : 0]) } }
    let driven = try #require(
      try DeepLinearPosterior(
        Self.network([6, 9], features: 2, contexts: 2, scaling: scaling), scales: Self.scales,
        task: LearningTask(target: wanted.target), stimuli: stimuli, tightness: 3))
    let long = try #require(
      try DeepLinearPosterior(
        FeedforwardArchitecture(
          features: 4, contexts: 1, widths: [6, 9], activation: .linear, readoutScaling: scaling, drivenLayers: .none),
        scales: Self.scales, task: LearningTask(wanted), stimuli: Matrix(rows), tightness: 6))
    #expect(agree(driven.posterior.logEvidence, long.posterior.logEvidence, 1e-9))
    #expect(agree(driven.posterior.loss, 2 * long.posterior.loss, 1e-9))
    #expect(agree(driven.posterior.outputs, long.posterior.outputs, 1e-9))
    #expect(agree(driven.outputSecondMoment, long.outputSecondMoment, 1e-9))
    #expect(agree(driven.hiddenSecondMoments, long.hiddenSecondMoments, 1e-9))
    let context = try #require(driven.contextSecondMoment)
    #expect(agree(driven.inputSecondMoment + context / (ratio * ratio), long.inputSecondMoment, 1e-9))
  }

  /// What check holds draws against, on a list of stimuli and on sigma points.
  @Test func predictions() throws {
    let task = try LearningTask.inputSelection(contexts: 2)
    for stimuli in [Matrix([[1, 0.3], [-0.4, 0.9]]), try GaussianStimuli.sigmaPoints(covariance: .identity(2))] {
      let ensemble = try FeedforwardEnsemble(
        task: task, architecture: Self.network([12], features: 2, contexts: 2), stimuli: stimuli,
        scales: Self.scales, binding: .gibbs(tightness: 4))
      let exact = ensemble.theory().predictions.filter { $0.status == .exact && $0.source.contains("6a") }.map(\.name)
      for name in [
        "loss", "readout[0,1]", "readout[1,0]", "variance of readout[1,1]", "output_second_moment",
        "input_second_moment", "output_square",
      ] { #expect(exact.contains(name), "\(name)") }
      #expect(ensemble.theory().leftOut.isEmpty)
      #expect(try ensemble.logEvidence() != nil)
    }
    let all = FeedforwardArchitecture(
      features: 2, contexts: 2, widths: [4, 4], activation: .linear, drivenLayers: .all)
    #expect(
      try DeepLinearPosterior(all, scales: Self.scales, task: task, stimuli: .identity(2), tightness: 1) == nil,
      "drives in all layers have identities only")
  }
}

/// A_c·x for features (x, r e_c): linear in x given c, which the other features tell.
private struct SwitchingOutputs: WantedOutputs {
  let target: Matrix
  let ratio: Double
  var contexts: Int { 1 }
  var features: Int { target.columns + target.rows }
  func wanted(_ stimulus: [Double], context: Int) -> Double {
    let c = (0..<target.rows).first { stimulus[target.columns + $0] != 0 }!
    return dot(target.row(c), Array(stimulus.prefix(target.columns)))
  }
}
