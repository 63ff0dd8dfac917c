// Predictions of networks from their outputs, against the same numbers computed one by one.

import Sampling
import Testing

@testable import Networks

@Suite struct PosteriorPredictionTests {
  private static let wanted = Matrix([[1, -1, 0, 0.5], [0, 0, 0, 0]])

  /// Outputs of 2 chains of 40 networks, [context][stimulus][network].
  private static func outputs() throws -> [[[Double]]] {
    var stream = try RandomStream(StreamKey(seed: 3, chain: 0, purpose: .testing))
    return (0..<2).map { c in
      (0..<4).map { p in (0..<80).map { _ in wanted[c, p] + 0.6 * stream.standardNormal() } }
    }
  }

  private static func prediction(_ outputs: [[[Double]]], blocks: [(Range<Int>, Range<Int>)]) throws
    -> PosteriorPrediction
  {
    try PosteriorPrediction(chains: 2, networks: 80, wanted: wanted, interval: 0.8, threads: 2) { take in
      for (contexts, stimuli) in blocks {
        take(
          AnswerBlock(
            contexts: contexts, stimuli: stimuli, networks: 80,
            values: contexts.flatMap { c in stimuli.flatMap { outputs[c][$0] } }))
      }
    }
  }

  /// Means, quantiles, signs and errors are those of the outputs.
  @Test func numbersAreThoseOfTheOutputs() throws {
    let outputs = try Self.outputs()
    let prediction = try Self.prediction(outputs, blocks: [(0..<2, 0..<4)])
    for c in 0..<2 {
      var (bayes, gibbs, covered, right) = (0.0, 0.0, 0.0, 0.0)
      for p in 0..<4 {
        let (values, target, point) = (outputs[c][p], Self.wanted[c, p], prediction.points[c][p])
        let mean = values.reduce(0, +) / 80
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 79
        let ends = Diagnostics.quantiles([values], at: [0.1, 0.9])
        #expect(abs(point.mean - mean) < 1e-14 && abs(point.sd - variance.squareRoot()) < 1e-13)
        #expect(point.wanted == target && abs(point.lower - ends[0]) < 1e-14 && abs(point.upper - ends[1]) < 1e-14)
        #expect(
          abs(point.standardError - Diagnostics.mcseMean([Array(values[..<40]), Array(values[40...])])) < 1e-14)
        let signs = values.count { ($0 > 0) == (target > 0) }
        #expect(point.rightSign == (target == 0 ? nil : Double(signs) / 80))
        right += target == 0 ? 0 : Double(signs) / 80
        bayes += (mean - target) * (mean - target) / 4
        gibbs += values.reduce(0) { $0 + ($1 - target) * ($1 - target) } / 80 / 4
        covered += ends[0] <= target && target <= ends[1] ? 0.25 : 0
      }
      let context = prediction.contexts[c]
      #expect(abs(context.bayesError - bayes) < 1e-13 && abs(context.gibbsError.mean - gibbs) < 1e-13)
      #expect(context.coverage == covered)
      // The error of one network is that of the mean and the variance over networks.
      let variances = prediction.points[c].reduce(0) { $0 + $1.sd * $1.sd * 79 / 80 } / 4
      #expect(abs(context.gibbsError.mean - context.bayesError - variances) < 1e-13)
      #expect(c == 1 ? context.signAccuracy == nil : abs(context.signAccuracy!.mean - right / 3) < 1e-14)
    }
    #expect(prediction.contexts[1].choices == nil && prediction.contexts[1].signAccuracyOfMean == nil)
    #expect(prediction.contexts[0].choices?.points.map(\.evidence) == [-1, 0, 0.5, 1])
    #expect(prediction.contexts[0].choices?.points.map(\.stimuli) == [1, 1, 1, 1])
  }

  /// In which pieces the answers come makes no difference to a bit, if a context's stimuli come in order.
  @Test func blocksDoNotMatter() throws {
    let outputs = try Self.outputs()
    let whole = try Self.prediction(outputs, blocks: [(0..<2, 0..<4)])
    let pieces = try Self.prediction(outputs, blocks: [(1..<2, 0..<3), (0..<1, 0..<3), (0..<1, 3..<4), (1..<2, 3..<4)])
    #expect(whole.points == pieces.points && whole.contexts == pieces.contexts)
    #expect(whole.independentNetworks == pieces.independentNetworks)
  }

  /// One network has no spread, and no error that could be told.
  @Test func oneNetworkHasNoError() throws {
    let prediction = try PosteriorPrediction(
      chains: 1, networks: 1, wanted: Matrix([[1.0, 2]]), interval: 0.9, threads: 1
    ) { $0(AnswerBlock(contexts: 0..<1, stimuli: 0..<2, networks: 1, values: [1, 3])) }
    #expect(prediction.points[0].map(\.lower) == [1, 3] && prediction.points[0].map(\.upper) == [1, 3])
    #expect(prediction.points[0].allSatisfy { $0.sd.isNaN && $0.standardError.isNaN })
    #expect(prediction.contexts[0].coverage == 0.5 && prediction.contexts[0].bayesError == 0.5)
    #expect(prediction.independentNetworks == 1)
  }

  /// Groups of equal size where many different outputs are wanted; shares of positive outputs, an exact 0 counting half.
  @Test func choicesAreGroupedByWhatIsWanted() throws {
    let wanted = Matrix(rows: 1, columns: 60, elements: (0..<60).map { Double($0) - 29.5 })
    let prediction = try PosteriorPrediction(
      chains: 1, networks: 2, wanted: wanted, interval: 0.5, threads: 1
    ) { take in
      let values: [Double] = wanted.elements.flatMap { output -> [Double] in [output, 0] }
      take(AnswerBlock(contexts: 0..<1, stimuli: 0..<60, networks: 2, values: values))
    }
    let points = try #require(prediction.contexts[0].choices?.points)
    #expect(points.count == 15 && points.allSatisfy { $0.stimuli == 4 })
    #expect(points[0].positive == 0.25 && points[14].positive == 0.75)
    #expect(points[0].lower == 0.125 && points[0].upper == 0.375)
  }
}

@Suite struct TaskLikelihoodTests {
  /// Two data per context: P(χ²_2 > d) = exp(−d/2).
  @Test func exceedanceIsChiSquared() throws {
    let task = try LearningTask(target: [[1.0], [-1]])
    let stimuli = Matrix([[1.0], [2]])
    let ensemble = try FeedforwardEnsemble(
      task: task, architecture: .twoLayer(features: 1, contexts: 2, neurons: 5, activation: .tanh), stimuli: stimuli,
      scales: WeightScales(), binding: .gibbs(tightness: 3))
    let likelihood = try #require(ensemble.taskLikelihood())
    #expect(likelihood.degrees == 2 && likelihood.weight == 15 && likelihood.temperature == 2.0 / 15)
    for error in [0, 0.01, 0.3, 2] {
      #expect(abs(likelihood.exceedance(meanSquaredError: error) - exp(-15 * error / 2)) < 1e-14)
    }
    #expect(likelihood.exceedance(meanSquaredError: 1e6) == 0)
    #expect(likelihood.exceedance(meanSquaredError: .infinity) == 0)
  }

  /// Data drawn given a network are farther from it than others drawn so with a probability that is uniform: its mean over 4000 is 1/2
  /// within 4 standard errors (0.0046 each; fixed seed, false alarms 6e-5 for each of 2 ensembles).
  @Test func exceedanceOfDrawnDataIsUniform() throws {
    let task = try LearningTask(target: [[1.0, 0.5]])
    let covariance = Matrix([[1.0, 0.4], [0.4, 2]])
    let modulated = GainModulatedLinearEnsemble(
      task: task, neurons: 6, ensemble: .gibbs(tightness: 4), convention: .prior, outputScale: 1, inputScale: 1,
      activeProbability: 0.5, stimulusCovariance: covariance)
    try expectUniform(modulated)
    let layered = try FeedforwardEnsemble(
      task: task, architecture: .twoLayer(features: 2, contexts: 1, neurons: 4, activation: .tanh),
      stimuli: Matrix([[1.0, 0], [0, 1], [1, 1]]), scales: WeightScales(), binding: .gibbs(tightness: 2))
    let likelihood = try #require(layered.taskLikelihood())
    let density = layered.density()
    var stream = try RandomStream(StreamKey(seed: 9, chain: 0, purpose: .testing))
    var values: [Double] = []
    for _ in 0..<4000 {
      let position = density.drawPrior(using: &stream)
      guard case .loss(_, let data)? = density.withTask(drawnGiven: position.span, using: &stream)?.potential else {
        Issue.record("a Gibbs ensemble has data")
        return
      }
      let outputs = density.outputs(at: position.span, stimuli: layered.stimuli).elements
      let error = zip(outputs, data.elements).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / 3
      values.append(likelihood.exceedance(meanSquaredError: error))
    }
    expectHalf(values)
  }

  private func expectUniform(_ ensemble: GainModulatedLinearEnsemble) throws {
    let likelihood = try #require(ensemble.taskLikelihood())
    let density = try ensemble.density()
    var stream = try RandomStream(StreamKey(seed: 8, chain: 0, purpose: .testing))
    var values: [Double] = []
    for _ in 0..<4000 {
      let position = density.drawPrior(using: &stream)
      let data = try #require(density.withTask(drawnGiven: position.span, using: &stream)).taskData
      let gap = density.readout(at: position.span) - Matrix(rows: 1, columns: 2, elements: data)
      let outputs = gap * likelihood.stimuli.transposed
      values.append(likelihood.exceedance(meanSquaredError: outputs.squaredNorm / Double(likelihood.stimuli.rows)))
    }
    expectHalf(values)
  }

  private func expectHalf(_ values: [Double]) {
    let moments = RunningMoments(values)
    #expect(abs(moments.mean - 0.5) < 4 * (1.0 / 12 / 4000).squareRoot())
    #expect(abs(moments.variance - 1.0 / 12) < 0.006)
  }

  /// Where nothing binds, or what binds is no likelihood, there is none.
  @Test func notEveryEnsembleHasOne() throws {
    let task = try LearningTask(target: [[1.0]])
    func modulated(_ ensemble: NetworkEnsemble, _ covariance: Matrix) -> TaskLikelihood? {
      GainModulatedLinearEnsemble(
        task: task, neurons: 3, ensemble: ensemble, convention: .prior, outputScale: 1, inputScale: 1,
        activeProbability: 0.5, stimulusCovariance: covariance
      ).taskLikelihood()
    }
    #expect(modulated(.product, .identity(1)) == nil && modulated(.gibbs(tightness: 0), .identity(1)) == nil)
    #expect(modulated(.gibbs(tightness: 1), Matrix([[0.0]])) == nil)
    #expect(modulated(.gibbs(tightness: 1), .identity(1))?.degrees == 1)
  }
}
