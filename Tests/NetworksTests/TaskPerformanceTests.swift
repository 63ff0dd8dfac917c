// Task performance: definitions on hand-made readouts, and the exact sign accuracy against counting.

import Foundation
import Sampling
import Testing

@testable import Networks

@Suite struct TaskPerformanceTests {
  static func table(_ readouts: [[Double]], names: [String]) -> DrawTable {
    var scalars: [String: [[Double]]] = [:]
    for (index, name) in names.enumerated() { scalars[name] = [readouts.map { $0[index] }] }
    return DrawTable(names: names, scalars: scalars, streaming: [[]])
  }

  static let names = ["readout[0,0]", "readout[0,1]", "readout[1,0]", "readout[1,1]"]

  static func stimuli(_ count: Int, _ covariance: Matrix) throws -> Matrix {
    var stream = try RandomStream(StreamKey(seed: 4, chain: 0, purpose: .evaluation))
    return try GaussianStimuli.draw(count, covariance: covariance, using: &stream)
  }

  @Test func perfectNetworkIsPerfect() throws {
    let task = try LearningTask.inputSelection(contexts: 2)
    let performance = TaskPerformance(
      Self.table([[1, 0, 0, 1], [1, 0, 0, 1]], names: Self.names), task: task,
      stimuli: try Self.stimuli(50, .identity(2)), covariance: .identity(2))
    #expect(performance.loss.mean == 0 && performance.loss.sd == 0)
    #expect(performance.rSquared?.mean == 1)
    #expect(performance.signAccuracy?.mean == 1)
    #expect(performance.signAccuracyExact?.mean == 1)
    #expect(performance.contextLeakage?.mean == 0)
  }

  /// R_0 = (1, 1) for A_0 = (1, 0): half of the power leaks, the angle is 45 degrees, the sign is right 3 times in 4.
  @Test func leakageAndAngleOfOneContext() throws {
    let task = try LearningTask(target: [[1, 0], [0, 0]])
    let stimuli = Matrix([[1, -2], [3, 1], [-1, 0.5], [2, -1]])
    let performance = TaskPerformance(
      Self.table([[1, 1, 0.5, 0]], names: Self.names), task: task, stimuli: stimuli, covariance: .identity(2))
    #expect(abs(performance.contextLeakage!.mean - 0.5) < 1e-15)
    #expect(abs(performance.signAccuracyExact!.mean - 0.75) < 1e-15)
    // y = x_0 + x_1: -1, 4, -0.5, 1 against 1, 3, -1, 2.
    #expect(abs(performance.signAccuracy!.mean - 0.75) < 1e-15)
    let squares = 4.0 + 1 + 0.25 + 1
    #expect(abs(performance.rSquared!.mean - (1 - squares / 15)) < 1e-14)
    // The context without a target counts in the loss: y_1 = x_0/2.
    let loss = (squares + 15 / 4.0) / 8
    #expect(abs(performance.loss.mean - loss) < 1e-14)
    #expect(abs(performance.meanSquaredError.mean - loss) < 1e-14)
  }

  @Test func withoutAnyTargetThereIsNothingToCompare() throws {
    let performance = TaskPerformance(
      Self.table([[1, 1, 0.5, 0]], names: Self.names), task: try LearningTask(target: [[0, 0], [0, 0]]),
      stimuli: try Self.stimuli(10, .identity(2)), covariance: .identity(2))
    #expect(performance.rSquared == nil && performance.signAccuracy == nil)
    #expect(performance.contextLeakage == nil && performance.signAccuracyExact == nil)
  }

  /// THEORY section 6d against 200,000 stimuli with correlated features: |z| < 4.5 has a false-alarm rate of 7e-6.
  @Test func exactSignAccuracyIsThatOfManyStimuli() throws {
    let covariance = Matrix([[1, 0.7], [0.7, 2]])
    let count = 200_000
    let performance = TaskPerformance(
      Self.table([[0.8, 0.4, -0.2, 1]], names: Self.names), task: try .inputSelection(contexts: 2),
      stimuli: try Self.stimuli(count, covariance), covariance: covariance)
    let exact = performance.signAccuracyExact!.mean
    // The two contexts share stimuli, so that their errors may add up: at most 0.5/sqrt(count).
    #expect(exact > 0.6 && exact < 0.99)
    #expect(abs(performance.signAccuracy!.mean - exact) < 4.5 * 0.5 / Double(count).squareRoot())
  }
}
