// Trials in time, as a recurrent network sees them.

/// Trials in time: inputs, wanted outputs, and where these count.
///
/// Step t of inputs, wanted outputs and mask belongs to the step that makes the activities h_t, t = 0 ..< ``times`` (THEORY section 13). All
/// arrays are row-major, the channel fastest.
///
/// ```swift
/// let batch = try TrialBatch(
///   trials: 1, times: 2, inputChannels: 1, outputChannels: 1, inputs: [1, 0], targets: [0, 1], mask: [0, 1],
///   contextOfTrial: [0], contexts: 1)
/// batch.maskedEntries  // 1
/// ```
public struct TrialBatch: Sendable, Equatable {
  public let trials: Int
  /// T: steps per trial.
  public let times: Int
  public let inputChannels: Int
  public let outputChannels: Int
  /// u, [trial, time, input channel].
  public let inputs: [Double]
  /// Y, [trial, time, output channel]. What stands where the mask is 0 counts nowhere.
  public let targets: [Double]
  /// 1 where a wanted output counts and 0 elsewhere, [trial, time, output channel].
  public let mask: [Double]
  /// The context of each trial, 0 ..< ``contexts``.
  public let contextOfTrial: [Int]
  /// K.
  public let contexts: Int
  /// The steps whose outputs are a trial's decision; nil where trials have none.
  public let decision: Range<Int>?
  /// M: entries with mask 1.
  public let maskedEntries: Int

  /// Checks and keeps the arrays. O(entries).
  ///
  /// - Throws: ``TrialError`` for arrays that do not fit each other, numbers that are not finite, a mask that is not made of 0 and 1 or
  ///   leaves a trial without any wanted output, and contexts outside 0 ..< `contexts`.
  public init(
    trials: Int, times: Int, inputChannels: Int, outputChannels: Int, inputs: [Double], targets: [Double],
    mask: [Double], contextOfTrial: [Int], contexts: Int, decision: Range<Int>? = nil
  ) throws(TrialError) {
    guard trials > 0, times > 0, inputChannels > 0, outputChannels > 0, contexts > 0 else {
      throw .empty(
        trials: trials, times: times, inputChannels: inputChannels, outputChannels: outputChannels, contexts: contexts)
    }
    for (name, values, channels) in [
      ("inputs", inputs, inputChannels), ("targets", targets, outputChannels), ("mask", mask, outputChannels),
    ] {
      let shape = [trials, times, channels]
      guard Self.count(shape) == values.count else { throw .wrongCount(array: name, found: values.count, shape: shape) }
      if let place = values.firstIndex(where: { !$0.isFinite }) {
        throw .notFinite(
          array: name, trial: place / (times * channels), time: place / channels % times, channel: place % channels,
          value: values[place])
      }
    }
    let perTrial = times * outputChannels
    var masked = 0
    for trial in 0..<trials {
      var count = 0
      for place in trial * perTrial..<(trial + 1) * perTrial {
        guard mask[place] == 0 || mask[place] == 1 else {
          throw .wrongMask(
            trial: trial, time: place / outputChannels % times, channel: place % outputChannels, value: mask[place])
        }
        count += mask[place] == 1 ? 1 : 0
      }
      guard count > 0 else { throw .nothingWanted(trial: trial) }
      masked += count
    }
    guard contextOfTrial.count == trials else {
      throw .wrongCount(array: "context", found: contextOfTrial.count, shape: [trials])
    }
    if let trial = contextOfTrial.firstIndex(where: { !(0..<contexts).contains($0) }) {
      throw .wrongContext(trial: trial, value: Double(contextOfTrial[trial]), contexts: contexts)
    }
    if let decision, decision.isEmpty || decision.lowerBound < 0 || decision.upperBound > times {
      throw .wrongDecision(decision, times: times)
    }
    self.trials = trials
    self.times = times
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.inputs = inputs
    self.targets = targets
    self.mask = mask
    self.contextOfTrial = contextOfTrial
    self.contexts = contexts
    self.decision = decision
    maskedEntries = masked
  }

  /// The first trials of every context in turn, in their order: at most so many, and at least one.
  ///
  /// - Precondition: `most` is at least 1.
  public func examples(atMost most: Int) -> TrialBatch {
    precondition(most >= 1, "an example at least")
    var byContext = [[Int]](repeating: [], count: contexts)
    for (trial, context) in contextOfTrial.enumerated() where byContext[context].count < most {
      byContext[context].append(trial)
    }
    var chosen: [Int] = []
    for place in 0..<most { for list in byContext where place < list.count { chosen.append(list[place]) } }
    return TrialBatch(self, trials: chosen.prefix(most).sorted())
  }

  /// The trials in their order, at most so many at a time.
  ///
  /// - Precondition: `most` is at least 1.
  func slices(of most: Int) -> [TrialBatch] {
    guard most < trials else { return [self] }
    return stride(from: 0, to: trials, by: most).map { TrialBatch(self, trials: Array($0..<min($0 + most, trials))) }
  }

  /// Some trials of others.
  private init(_ other: TrialBatch, trials numbers: [Int]) {
    func rows(_ values: [Double], _ channels: Int) -> [Double] {
      let count = other.times * channels
      return numbers.flatMap { values[$0 * count..<($0 + 1) * count] }
    }
    trials = numbers.count
    times = other.times
    inputChannels = other.inputChannels
    outputChannels = other.outputChannels
    inputs = rows(other.inputs, inputChannels)
    targets = rows(other.targets, outputChannels)
    mask = rows(other.mask, outputChannels)
    contextOfTrial = numbers.map { other.contextOfTrial[$0] }
    contexts = other.contexts
    decision = other.decision
    maskedEntries = mask.count { $0 == 1 }
  }

  /// The product of some lengths; nil where no number holds it.
  private static func count(_ shape: [Int]) -> Int? {
    var count = 1
    for length in shape {
      let (product, overflows) = count.multipliedReportingOverflow(by: length)
      guard !overflows else { return nil }
      count = product
    }
    return count
  }
}

/// A task in time: the trials that bind networks, and those by which drawn networks are judged.
public struct TrialTask: Sendable, Equatable {
  public let training: TrialBatch
  /// nil: no others than the task's own are known.
  public let heldOut: TrialBatch?

  public init(training: TrialBatch, heldOut: TrialBatch?) {
    self.training = training
    self.heldOut = heldOut
  }
}

/// What is wrong with trials; numbers of trials, steps and channels start at 0.
public enum TrialError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Nothing of something.
  case empty(trials: Int, times: Int, inputChannels: Int, outputChannels: Int, contexts: Int)
  /// Another number of values than the shape has.
  case wrongCount(array: String, found: Int, shape: [Int])
  /// An entry that is infinite or not a number.
  case notFinite(array: String, trial: Int, time: Int, channel: Int, value: Double)
  /// An entry of the mask that is neither 0 nor 1.
  case wrongMask(trial: Int, time: Int, channel: Int, value: Double)
  /// A trial whose mask is 0 everywhere.
  case nothingWanted(trial: Int)
  /// A context that is not whole or that there is not.
  case wrongContext(trial: Int, value: Double, contexts: Int)
  /// Steps of the decision that trials do not have.
  case wrongDecision(Range<Int>, times: Int)

  public var description: String {
    switch self {
    case .empty(let trials, let times, let inputs, let outputs, let contexts):
      "there are \(trials) trials of \(times) steps with \(inputs) input and \(outputs) output channels in \(contexts) contexts; "
        + "allowed: at least one of each"
    case .wrongCount(let array, let found, let shape):
      "\(array) has \(found) numbers; allowed: \(shape.map(String.init).joined(separator: " x "))"
    case .notFinite(let array, let trial, let time, let channel, let value):
      "\(array)[\(trial), \(time), \(channel)] is \(value); allowed: finite numbers"
    case .wrongMask(let trial, let time, let channel, let value):
      "mask[\(trial), \(time), \(channel)] is \(value); allowed: 1 where a wanted output counts, 0 where it does not"
    case .nothingWanted(let trial):
      "mask[\(trial)] is 0 everywhere, so that nothing is wanted in trial \(trial); leave such trials out"
    case .wrongContext(let trial, let value, let contexts):
      "context[\(trial)] is \(value); allowed: whole numbers from 0 to \(contexts - 1)"
    case .wrongDecision(let steps, let times):
      "the decision is made in the steps \(steps.lowerBound) ..< \(steps.upperBound); allowed: at least one step of 0 ..< \(times)"
    }
  }
}
