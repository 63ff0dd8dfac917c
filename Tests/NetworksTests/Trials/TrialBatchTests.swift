// What trials in time are refused for, and how outputs in time are judged.

import Networks
import Sampling
import Testing

@Suite struct TrialBatchTests {
  /// Two trials of three steps, one input and two output channels.
  private static func batch(
    trials: Int = 2, times: Int = 3, inputs: [Double] = [1, 0, 0, -1, 0, 0],
    targets: [Double] = [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1], mask: [Double] = [0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1],
    contexts: [Int] = [0, 1], of count: Int = 2, decision: Range<Int>? = 2..<3
  ) throws(TrialError) -> TrialBatch {
    try TrialBatch(
      trials: trials, times: times, inputChannels: 1, outputChannels: 2, inputs: inputs, targets: targets, mask: mask,
      contextOfTrial: contexts, contexts: count, decision: decision)
  }

  private static func refusal(_ make: () throws(TrialError) -> TrialBatch) -> TrialError? {
    do {
      _ = try make()
      return nil
    } catch { return error }
  }

  @Test func goodTrialsAreKept() throws {
    let batch = try Self.batch()
    #expect(batch.maskedEntries == 4)
    #expect(batch.shape == TrialShape(trials: 2, times: 3, inputChannels: 1, outputChannels: 2, contexts: 2))
    #expect(batch.shape.numbers == 30)
  }

  @Test func whatDoesNotFitIsRefused() {
    #expect(
      Self.refusal { () throws(TrialError) in try Self.batch(trials: 0, inputs: [], targets: [], mask: [], contexts: [])
      }
        == .empty(trials: 0, times: 3, inputChannels: 1, outputChannels: 2, contexts: 2))
    #expect(
      Self.refusal { () throws(TrialError) in try Self.batch(inputs: [1, 2]) }
        == .wrongCount(array: "inputs", found: 2, shape: [2, 3, 1]))
    #expect(
      Self.refusal { () throws(TrialError) in try Self.batch(mask: [1]) }
        == .wrongCount(array: "mask", found: 1, shape: [2, 3, 2]))
    #expect(
      Self.refusal { () throws(TrialError) in try Self.batch(contexts: [0]) }
        == .wrongCount(array: "context", found: 1, shape: [2]))
    #expect(
      Self.refusal { () throws(TrialError) in try Self.batch(contexts: [0, 2]) }
        == .wrongContext(trial: 1, value: 2, contexts: 2))
    #expect(
      Self.refusal { () throws(TrialError) in try Self.batch(contexts: [-1, 0]) }
        == .wrongContext(trial: 0, value: -1, contexts: 2))
    #expect(
      Self.refusal { () throws(TrialError) in try Self.batch(decision: 3..<4) } == .wrongDecision(3..<4, times: 3))
    #expect(
      Self.refusal { () throws(TrialError) in try Self.batch(decision: 1..<1) } == .wrongDecision(1..<1, times: 3))
    // A product of lengths that no number holds is no shape that numbers can have.
    #expect(
      Self.refusal { () throws(TrialError) in try Self.batch(times: .max / 2) }
        == .wrongCount(array: "inputs", found: 6, shape: [2, .max / 2, 1]))
  }

  @Test func badNumbersAreNamedByTheirPlace() throws {
    let error = Self.refusal { () throws(TrialError) in try Self.batch(inputs: [1, 0, 0, 0, .nan, 0]) }
    guard case .notFinite("inputs", 1, 1, 0, let value)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(value.isNaN)
    #expect(
      Self.refusal { () throws(TrialError) in
        try Self.batch(targets: [0, 0, 0, 0, 1, .infinity, 0, 0, 0, 0, 0, 1])
      } == .notFinite(array: "targets", trial: 0, time: 2, channel: 1, value: .infinity))
    #expect(
      Self.refusal { () throws(TrialError) in try Self.batch(mask: [0, 0, 0, 0, 1, 1, 0, 0, 0.5, 0, 1, 1]) }
        == .wrongMask(trial: 1, time: 1, channel: 0, value: 0.5))
    #expect(
      Self.refusal { () throws(TrialError) in try Self.batch(mask: [0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0]) }
        == .nothingWanted(trial: 1))
  }

  /// By hand: errors −1, 0 in the first trial's last step, 0.5 and −0.5 in the second's.
  @Test func performanceIsThatOfItsDefinition() throws {
    let outputs = [9, 9, 9, 9, 0, 0, 9, 9, 9, 9, 0.5, 0.5]
    let performance = TrialPerformance(outputs: outputs, of: try Self.batch())
    #expect(performance.loss == 2.0 / (2 * 4) * 1.5)
    #expect(performance.all.meanSquaredError == 1.5 / 4 && performance.all.trials == 2)
    #expect(performance.all.errorInTime == [nil, nil, (1.5 / 4).squareRoot()])
    #expect(performance.contexts[0]?.meanSquaredError == 0.5 && performance.contexts[1]?.meanSquaredError == 0.25)
    // Ties decide nothing.
    #expect(performance.all.accuracy == 0)
    let right = TrialPerformance(outputs: [0, 0, 0, 0, 0.2, 0.1, 0, 0, 0, 0, 3, 2], of: try Self.batch())
    #expect(right.contexts[0]?.accuracy == 1 && right.contexts[1]?.accuracy == 0 && right.all.accuracy == 0.5)
    let mean = TrialPerformance.mean(of: [performance, right])
    #expect(mean.all.accuracy == 0.25 && mean.loss == (performance.loss + right.loss) / 2)
    #expect(
      mean.all.errorInTime[2]
        == ((performance.all.meanSquaredError + right.all.meanSquaredError) / 2).squareRoot())
  }

  @Test func decisionsAreMeansOverTheirSteps() throws {
    let batch = try TrialBatch(
      trials: 3, times: 3, inputChannels: 1, outputChannels: 1, inputs: [Double](repeating: 0, count: 9),
      targets: [0, 1, 1, 0, -1, -1, 0, 0, 0], mask: [1, 1, 1, 1, 1, 0, 1, 1, 1], contextOfTrial: [0, 0, 0], contexts: 2,
      decision: 1..<3)
    // The mean of −1 and 3 is above 0; a masked step does not count; a decision of 0 is none.
    let performance = TrialPerformance(outputs: [0, -1, 3, 0, -0.1, 9, 5, 5, 5], of: batch)
    #expect(performance.all.accuracy == 1 && performance.contexts[0]?.accuracy == 1)
    #expect(performance.contexts[1] == nil)
    #expect(TrialPerformance(outputs: [0, 1, -3, 0, -0.1, 9, 5, 5, 5], of: batch).all.accuracy == 0.5)
    #expect(TrialPerformance(outputs: [Double](repeating: 0, count: 9), of: batch).all.accuracy == 0)
  }

  @Test func entriesOfFlipFlopsAreChoicesAndThoseOfSinesAreNot() throws {
    var stream = try RandomStream(StreamKey(seed: 1, chain: 0, purpose: .trials))
    let bits = try FlipFlopTrials(bits: 2, steps: 10, probability: 0.3).draw(5, using: &stream)
    let perfect = TrialPerformance(outputs: bits.targets, of: bits)
    #expect(perfect.all.accuracy == 1 && perfect.loss == 0)
    var flipped = bits.targets
    for place in 0..<25 { flipped[place] = -flipped[place] }
    #expect(TrialPerformance(outputs: flipped, of: bits).all.accuracy == 0.75)
    let waves = try SineTrials(periods: TrialPeriods(step: 50, durations: [1000]), frequencies: [1])
      .draw(1, using: &stream)
    #expect(TrialPerformance(outputs: waves.targets, of: waves).all.accuracy == nil)
  }
}
