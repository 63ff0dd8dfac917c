// How the trials of a task in time are drawn.

import Sampling

/// A task whose trials are drawn one by one.
///
/// ```swift
/// var stream = try RandomStream(StreamKey(seed: 1, chain: 0, purpose: .trials))
/// let batch = try FlipFlopTrials(bits: 1, steps: 20, probability: 0.2).draw(16, using: &stream)
/// ```
public protocol TrialLaw: Sendable, Equatable {
  /// T: steps per trial.
  var times: Int { get }
  var inputChannels: Int { get }
  var outputChannels: Int { get }
  /// K.
  var contexts: Int { get }
  /// The steps whose outputs are a trial's decision; nil where trials have none.
  var decision: Range<Int>? { get }
  /// Writes the trial of a number into one that is 0 everywhere.
  func write(_ number: Int, into trial: inout Trial, using stream: inout RandomStream)
}

/// One trial while it is written.
public struct Trial: Sendable {
  private let inputChannels: Int
  private let outputChannels: Int
  fileprivate(set) var inputs: [Double]
  fileprivate(set) var targets: [Double]
  fileprivate(set) var mask: [Double]
  /// 0 ..< K.
  public var context = 0

  fileprivate init(_ law: some TrialLaw) {
    inputChannels = law.inputChannels
    outputChannels = law.outputChannels
    inputs = [Double](repeating: 0, count: law.times * law.inputChannels)
    targets = [Double](repeating: 0, count: law.times * law.outputChannels)
    mask = targets
  }

  /// Sets the input of a channel at some steps.
  public mutating func input(_ value: Double, _ channel: Int, at steps: Range<Int>) {
    for t in steps { inputs[t * inputChannels + channel] = value }
  }

  /// Adds to the input of a channel at a step.
  public mutating func add(_ value: Double, _ channel: Int, at step: Int) {
    inputs[step * inputChannels + channel] += value
  }

  /// Wants an output of a channel at some steps.
  public mutating func want(_ value: Double, _ channel: Int, at steps: Range<Int>) {
    for t in steps {
      targets[t * outputChannels + channel] = value
      mask[t * outputChannels + channel] = 1
    }
  }

  fileprivate mutating func clear() {
    for k in inputs.indices { inputs[k] = 0 }
    for k in targets.indices { (targets[k], mask[k]) = (0, 0) }
    context = 0
  }
}

extension TrialLaw {
  /// The lengths of so many trials.
  public func shape(_ trials: Int) -> TrialShape {
    TrialShape(
      trials: trials, times: times, inputChannels: inputChannels, outputChannels: outputChannels, contexts: contexts)
  }

  /// Draws trials. The first ones are the same however many there are. O(trials · T · channels).
  ///
  /// - Throws: ``TrialError`` for no trials, and for a law that wants nothing in a trial.
  public func draw(_ trials: Int, using stream: inout RandomStream) throws(TrialError) -> TrialBatch {
    var inputs: [Double] = []
    var targets: [Double] = []
    var mask: [Double] = []
    inputs.reserveCapacity(max(0, trials) * times * inputChannels)
    targets.reserveCapacity(max(0, trials) * times * outputChannels)
    mask.reserveCapacity(max(0, trials) * times * outputChannels)
    var contextOfTrial: [Int] = []
    var trial = Trial(self)
    for number in 0..<max(0, trials) {
      trial.clear()
      write(number, into: &trial, using: &stream)
      inputs += trial.inputs
      targets += trial.targets
      mask += trial.mask
      contextOfTrial.append(trial.context)
    }
    return try TrialBatch(
      trials: trials, times: times, inputChannels: inputChannels, outputChannels: outputChannels, inputs: inputs,
      targets: targets, mask: mask, contextOfTrial: contextOfTrial, contexts: contexts, decision: decision)
  }
}
