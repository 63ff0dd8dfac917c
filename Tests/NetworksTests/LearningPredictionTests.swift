// Errors on unseen stimuli against the posterior of linear networks on seen ones, and against regression written out.

import Sampling
import Testing

@testable import Networks

@Suite struct LearningPredictionTests {
  private static func normal(_ rows: Int, _ columns: Int, stream number: Int) throws -> Matrix {
    var stream = try RandomStream(StreamKey(seed: 812, chain: number, purpose: .testing))
    return Matrix(rows: rows, columns: columns, elements: (0..<rows * columns).map { _ in stream.standardNormal() })
  }

  private static func task(
    contexts: Int, features: Int, training p: Int, heldOut b: Int, stream: Int = 0
  ) throws -> StudentTask {
    let labels = try normal(contexts, p, stream: stream + 1)
    return StudentTask(
      training: try normal(p, features, stream: stream), labels: labels, answers: labels,
      heldOut: try normal(b, features, stream: stream + 2), heldOutAnswers: try normal(contexts, b, stream: stream + 3),
      position: nil, comparison: nil)
  }

  private struct Labels: WantedOutputs {
    let values: Matrix
    let stimuli: Matrix
    var contexts: Int { values.rows }
    var features: Int { stimuli.columns }
    func wanted(_ stimulus: [Double], context: Int) -> Double {
      values[context, (0..<stimuli.rows).first { stimuli.row($0) == stimulus }!]
    }
  }

  /// "Unseen" stimuli that are the seen ones: all is known from the posterior, at any depth and width, with drives and without.
  @Test(arguments: [(2, FeedforwardArchitecture.DrivenLayers.first), (2, .none), (1, .none)])
  func linearNetworksOnSeenStimuli(_ contexts: Int, _ driven: FeedforwardArchitecture.DrivenLayers) throws {
    let scales = WeightScales(output: 0.8, input: 1.3, context: 0.6, hidden: 1.1)
    for (widths, scaling) in [([4], FeedforwardArchitecture.ReadoutScaling.meanField), ([6, 3], .standard)] {
      let architecture = FeedforwardArchitecture(
        features: 3, contexts: contexts, widths: widths, activation: .linear, readoutScaling: scaling,
        drivenLayers: driven)
      let drawn = try Self.task(contexts: contexts, features: 3, training: 5, heldOut: 4)
      let task = StudentTask(
        training: drawn.training, labels: drawn.labels, answers: drawn.labels, heldOut: drawn.training,
        heldOutAnswers: drawn.labels, position: nil, comparison: nil)
      let tightness = 1.7
      let posterior = try #require(
        try DeepLinearPosterior(
          architecture, scales: scales,
          task: try LearningTask(Labels(values: drawn.labels, stimuli: drawn.training)), stimuli: drawn.training,
          tightness: tightness)
      ).posterior
      let found = try LearningPrediction.all(
        architecture, scales: scales, task, weight: tightness * architecture.taskFactor)
      #expect(found.map(\.law) == [.linear])
      let prediction = try #require(found.first)
      let training = 2 * posterior.loss / Double(contexts)
      #expect(abs(prediction.trainingError / training - 1) < 1e-9)
      #expect(abs(prediction.generalisationError / training - 1) < 1e-9)
      #expect(abs(prediction.logEvidence - posterior.logEvidence) < 1e-9)
      var bayes = 0.0
      for c in 0..<contexts {
        for p in 0..<5 {
          let mean = posterior.outputs[posterior.outputs.count == 5 ? p : c * 5 + p]
          bayes += (mean - drawn.labels[c, p]) * (mean - drawn.labels[c, p])
        }
      }
      #expect(abs(prediction.bayesError / (bayes / Double(5 * contexts)) - 1) < 1e-9)
    }
  }

  /// A Gaussian process: mean and variance at unseen stimuli written out by the inverse.
  @Test(arguments: [Activation.erf, .relu])
  func gaussianProcessOnUnseenStimuli(_ activation: Activation) throws {
    let scales = WeightScales(output: 1.2, input: 0.9, context: 0.7, hidden: 0.8)
    let architecture = FeedforwardArchitecture(
      features: 3, contexts: 2, widths: [50, 40], activation: activation, readoutScaling: .standard)
    let task = try Self.task(contexts: 2, features: 3, training: 4, heldOut: 6, stream: 10)
    let weight = 3.0
    let noise = 4 / weight
    let kernel = WideLimit.kernel(
      architecture, scales: scales, stimuli: Matrix(task.training.rowArrays + task.heldOut.rowArrays))
    let seen = [0, 1, 2, 3, 10, 11, 12, 13]
    let unseen = (4..<10).map { $0 } + (14..<20).map { $0 }
    var covariance = Matrix(seen.map { a in seen.map { kernel[a, $0] } })
    for i in seen.indices { covariance[i, i] += noise }
    let inverse = try Cholesky(covariance).inverse
    let labels = task.labels.elements
    var (gibbs, bayes) = (0.0, 0.0)
    for (t, place) in unseen.enumerated() {
      let reach = seen.map { kernel[place, $0] }
      let solved = inverse * reach
      let mean = zip(solved, labels).reduce(0) { $0 + $1.0 * $1.1 }
      let variance = kernel[place, place] - zip(solved, reach).reduce(0) { $0 + $1.0 * $1.1 }
      let distance = mean - task.heldOutAnswers.elements[t]
      bayes += distance * distance / 12
      gibbs += (distance * distance + variance) / 12
    }
    let found = try LearningPrediction.all(architecture, scales: scales, task, weight: weight)
    #expect(found.map(\.law) == [.gaussianProcess, .kernelRenormalisation])
    #expect(abs(found[0].bayesError / bayes - 1) < 1e-9 && abs(found[0].generalisationError / gibbs - 1) < 1e-9)
    // At great width the renormalised kernel is the kernel.
    let wide = FeedforwardArchitecture(
      features: 3, contexts: 2, widths: [200_000, 200_000], activation: activation, readoutScaling: .standard)
    let limit = try LearningPrediction.all(wide, scales: scales, task, weight: weight)
    #expect(abs(limit[1].generalisationError / limit[0].generalisationError - 1) < 1e-3)
    #expect(abs(found[1].generalisationError / found[0].generalisationError - 1) > 1e-3)
  }

  @Test func nothingIsSaidWhereNothingIsKnown() throws {
    let task = try Self.task(contexts: 1, features: 2, training: 3, heldOut: 2)
    let meanField = FeedforwardArchitecture(features: 2, contexts: 1, widths: [5], activation: .erf)
    #expect(try LearningPrediction.all(meanField, scales: WeightScales(), task, weight: 2).isEmpty)
    let linear = FeedforwardArchitecture(features: 2, contexts: 1, widths: [5], activation: .linear)
    #expect(try LearningPrediction.all(linear, scales: WeightScales(), task, weight: 0).isEmpty)
    let slow = FeedforwardArchitecture(
      features: 2, contexts: 1, widths: [5], activation: .tanh, readoutScaling: .standard)
    let large = try Self.task(contexts: 1, features: 2, training: 200, heldOut: 400)
    #expect(try LearningPrediction.all(slow, scales: WeightScales(), large, weight: 2).isEmpty)
  }
}
