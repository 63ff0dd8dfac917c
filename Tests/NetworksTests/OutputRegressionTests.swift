// Wanted outputs as data: the regression that networks that respond linearly see, and what is known where.

import Sampling
import Testing

@testable import Networks

@Suite struct OutputRegressionTests {
  private static func normal(_ rows: Int, _ columns: Int, seed: UInt64) throws -> Matrix {
    var stream = try RandomStream(StreamKey(seed: seed, chain: 0, purpose: .testing))
    return Matrix(rows: rows, columns: columns, elements: (0..<rows * columns).map { _ in stream.standardNormal() })
  }

  private static func loss(_ readout: Matrix, _ outputs: Matrix, _ stimuli: Matrix) -> Double {
    (readout * stimuli.transposed - outputs).squaredNorm / (2 * Double(stimuli.rows))
  }

  /// L = ½ Σ_c (R_c − A_c)ᵀ S (R_c − A_c) + constant, for any readout, whether stimuli span the features or not.
  @Test(arguments: [(12, 3), (3, 3), (2, 3), (1, 4), (40, 1)]) func theLossSplits(stimuli count: Int, features: Int)
    throws
  {
    let stimuli = try Self.normal(count, features, seed: 1)
    let outputs = try Self.normal(2, count, seed: 2)
    let regression = try OutputRegression(of: outputs, on: stimuli)
    let secondMoment = GaussianStimuli.secondMoment(of: stimuli)
    for seed in 3..<8 as Range<UInt64> {
      let readout = try Self.normal(2, features, seed: seed)
      let difference = readout - regression.target
      let quadratic = (0..<2).reduce(0.0) { sum, c in
        let row = difference.row(c)
        return sum + dot(row, secondMoment * row) / 2
      }
      let whole = Self.loss(readout, outputs, stimuli)
      #expect(abs(quadratic + regression.constantLoss - whole) < 1e-12 * whole)
    }
    // What the regression misses has no part along a feature, and vanishes where stimuli are no more than features.
    let missed = outputs - regression.target * stimuli.transposed
    #expect((missed * stimuli).squaredNorm < 1e-24)
    if count <= features { #expect(regression.constantLoss < 1e-24) } else { #expect(regression.constantLoss > 0.05) }
  }

  /// Of the regressions of stimuli that do not span the features it is the shortest: it has no part across them.
  @Test func theShortestRegressionIsTaken() throws {
    let stimuli = Matrix([[1, 1, 0], [2, 2, 0], [0.5, 0.5, 0]])
    let regression = try OutputRegression(of: Matrix([[2, 4, 1]]), on: stimuli)
    for (found, wanted) in zip(regression.target.elements, [1.0, 1, 0]) { #expect(abs(found - wanted) < 1e-13) }
    #expect(regression.constantLoss < 1e-28)
  }

  @Test func dataAreKnownOnTheirListAlone() throws {
    let stimuli = Matrix([[1, 2], [3, 4], [1, 2]])
    let task = try LearningTask(outputs: Matrix([[5, 6, 7], [0, 0, 0]]), on: stimuli)
    #expect(!task.isKnownEverywhere && task.linearTarget == nil && task.contexts == 2 && task.features == 2)
    #expect(task.wantedOutputs(for: stimuli).elements == [5, 6, 7, 0, 0, 0])
    // A list that only begins alike is another list.
    let other = task.wantedOutputs(for: Matrix([[1, 2], [3, 4]]))
    #expect(other.elements.count == 4 && other.elements.allSatisfy(\.isNaN))
    #expect(task.wanted([3, 4], context: 0) == 6 && task.wanted([3, 5], context: 0).isNaN)
    #expect(task.contextsWithOutputs(for: stimuli) == [0])
    #expect(task.contextsWithOutputs(for: Matrix([[9, 9]])).isEmpty)
    // Stimuli that are equal keep outputs that differ.
    let some = task.selecting([2, 1])
    #expect(some.wantedOutputs(for: Matrix([[1, 2], [3, 4]])).elements == [7, 6, 0, 0])
    let linear = try LearningTask(target: [[1, 2]])
    #expect(linear.isKnownEverywhere && linear.selecting([0]) == linear)
    #expect(throws: LearningTaskError.self) { try LearningTask(outputs: Matrix([[.nan]]), on: Matrix([[1]])) }
    #expect(throws: LearningTaskError.self) { try LearningTask(outputs: Matrix([[.infinity]]), on: Matrix([[1]])) }
  }

  /// Choices that nobody knows are neither right nor wrong.
  @Test func nothingIsJudgedWhereNothingIsKnown() throws {
    let task = try LearningTask(outputs: Matrix([[5, 6]]), on: Matrix([[1, 2], [3, 4]]))
    let stimuli = Matrix([[1, 1], [2, 0], [-1, 1]])
    let choices = try ContextChoices(outputs: Matrix([[1, -1, 1]]), stimuli: stimuli, task: task)
    #expect(choices.accuracy == nil && choices.congruentAccuracy == nil && choices.psychometric == [[[]]])
    let performance = TaskPerformance(
      TaskPerformanceTests.table([[1, 0.5]], names: ["readout[0,0]", "readout[0,1]"]), task: task, stimuli: stimuli,
      covariance: .identity(2))
    #expect(performance.loss.mean.isNaN && performance.rSquared == nil && performance.signAccuracy == nil)
  }

  /// Linear networks on data: figures by definition.
  @Test func linearNetworksAreJudgedOnData() throws {
    let stimuli = try Self.normal(9, 2, seed: 5)
    let outputs = try Self.normal(2, 9, seed: 6)
    let task = try LearningTask(outputs: outputs, on: stimuli)
    let readout = Matrix([[0.5, -1], [2, 0.25]])
    let performance = TaskPerformance(
      TaskPerformanceTests.table([readout.elements], names: TaskPerformanceTests.names), task: task, stimuli: stimuli,
      covariance: .identity(2))
    let answers = readout * stimuli.transposed
    let loss = Self.loss(readout, outputs, stimuli)
    #expect(abs(performance.loss.mean - loss) < 1e-13 * loss)
    #expect(abs(performance.rSquared!.mean - (1 - 18 * loss / outputs.squaredNorm)) < 1e-12)
    let right = zip(answers.elements, outputs.elements).count { ($0 > 0) == ($1 > 0) }
    #expect(abs(performance.signAccuracy!.mean - Double(right) / 18) < 1e-15)
    #expect(performance.contextLeakage == nil && performance.signAccuracyExact == nil)
  }

  /// A batch has its own stimuli's outputs: the losses of batches average to the whole loss.
  @Test func batchesOfDataKeepTheirOutputs() throws {
    let stimuli = Matrix([[1, 2], [3, -4], [1, 2], [0.5, 0]])
    let task = try LearningTask(outputs: Matrix([[1, 2, -3, 0.5]]), on: stimuli)
    let ensemble = try FeedforwardEnsemble(
      task: task, architecture: .twoLayer(features: 2, contexts: 1, neurons: 3, activation: .tanh), stimuli: stimuli,
      scales: WeightScales(), binding: .gibbs(tightness: 2))
    let batches = try #require(try ensemble.miniBatches(of: stimuli, batchSize: 2))
    var stream = try RandomStream(StreamKey(seed: 8, chain: 0, purpose: .testing))
    let x = ensemble.density().drawPrior(using: &stream)
    func likelihood(_ density: FeedforwardDensity) -> Double {
      var workspace = density.makeWorkspace()
      return density.logLikelihood(at: x.span, using: &workspace)
    }
    let parts = (likelihood(batches.density([0, 1])) + likelihood(batches.density([2, 3]))) / 2
    #expect(abs(parts - likelihood(ensemble.density())) < 1e-12 * abs(parts))
  }
}
