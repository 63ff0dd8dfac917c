// Tasks as functions of stimulus and context: what a network on a list of stimuli can learn need not be linear.

import Sampling
import Testing

@testable import Networks

/// Y_c(x) = |x_c| in context c, and nothing in the last.
private struct Magnitudes: WantedOutputs {
  let features: Int
  var contexts: Int { features + 1 }
  func wanted(_ stimulus: [Double], context: Int) -> Double { context < features ? abs(stimulus[context]) : 0 }
}

@Suite struct LearningTaskTests {
  static let stimuli = Matrix([[1, -0.5], [0.3, 2], [-1.2, 0.1], [0.7, 0.7]])

  @Test func wantedOutputsAreAFunction() throws {
    let linear = try LearningTask(target: [[1, 2], [0, -1]])
    #expect(linear.linearTarget == linear.target && linear.wanted([3, 4], context: 0) == 11)
    let table = linear.wantedOutputs(for: Self.stimuli)
    let task = try LearningTask(Magnitudes(features: 2))
    #expect(task.linearTarget == nil && task.inputSelectionScale == nil && !task.isZero)
    #expect(task.contexts == 3 && task.features == 2)
    let magnitudes = task.wantedOutputs(for: Self.stimuli)
    for p in 0..<4 {
      for c in 0..<2 {
        #expect(table[c, p] == linear.wanted(Self.stimuli.row(p), context: c))
        #expect(magnitudes[c, p] == abs(Self.stimuli[p, c]))
      }
    }
    #expect(task.contextsWithOutputs(for: Self.stimuli) == [0, 1])
    let (same, other) = (try LearningTask(Magnitudes(features: 2)), try LearningTask(Magnitudes(features: 3)))
    let again = try LearningTask(target: [[1, 2], [0, -1]])
    #expect(task == same && task != other && task != linear && linear == again)
    #expect(throws: LearningTaskError.emptyTarget(contexts: 1, features: 0)) {
      try LearningTask(Magnitudes(features: 0))
    }
  }

  /// The loss of a feedforward network, its gradient, its ensemble's observables and its performance.
  @Test func networksLearnWhatIsNotLinear() throws {
    let task = try LearningTask(Magnitudes(features: 2))
    let architecture = FeedforwardArchitecture.twoLayer(features: 2, contexts: 3, neurons: 7, activation: .gelu)
    let ensemble = try FeedforwardEnsemble(
      task: task, architecture: architecture, stimuli: Self.stimuli, scales: WeightScales(context: 1.3),
      binding: .gibbs(tightness: 4))
    let density = ensemble.density()
    var stream = try RandomStream(StreamKey(seed: 8, chain: 0, purpose: .testing))
    let x = density.drawPrior(using: &stream)
    let outputs = density.outputs(at: x.span, stimuli: Self.stimuli)
    var loss = 0.0
    for c in 0..<3 {
      for p in 0..<4 {
        let error = outputs[c, p] - task.wanted(Self.stimuli.row(p), context: c)
        loss += error * error / 8
      }
    }
    let seen = ObservableTests.values(ensemble.observables(of: density), of: density, at: x)
    #expect(abs(seen["loss"]! - loss) < 1e-14)
    var workspace = density.makeWorkspace()
    #expect(abs(density.temperatureSlope(at: x.span, using: &workspace) + 7 * 4 * loss) < 1e-12)
    let response = NetworkResponse(outputs: outputs)
    let performance = try TaskPerformance([[response, response]], task: task, stimuli: Self.stimuli)
    #expect(abs(performance.loss.mean - loss) < 1e-14 && performance.contextLeakage == nil)
    #expect(performance.rSquared != nil && performance.signAccuracy != nil)
    // A network that does the task has nothing left to learn.
    let right = NetworkResponse(outputs: task.wantedOutputs(for: Self.stimuli))
    let perfect = try TaskPerformance([[right, right]], task: task, stimuli: Self.stimuli)
    #expect(perfect.loss.mean == 0 && perfect.rSquared?.mean == 1 && perfect.signAccuracy?.mean == 1)
  }

  @Test func closedFormsAskForALinearTask() throws {
    let task = try LearningTask(Magnitudes(features: 2))
    #expect(throws: LearningTaskError.notLinear) { try MaxEntropyProblem(task: task) }
  }
}
