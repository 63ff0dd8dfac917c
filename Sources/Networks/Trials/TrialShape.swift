// How large trials in time are, before any is made.

/// The lengths of trials in time.
public struct TrialShape: Sendable, Equatable {
  public let trials: Int
  /// T: steps per trial.
  public let times: Int
  public let inputChannels: Int
  public let outputChannels: Int
  /// K.
  public let contexts: Int

  public init(trials: Int, times: Int, inputChannels: Int, outputChannels: Int, contexts: Int) {
    self.trials = trials
    self.times = times
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.contexts = contexts
  }

  /// Inputs, wanted outputs and mask, as a real number, which does not overflow.
  public var numbers: Double {
    Double(trials) * Double(times) * (Double(inputChannels) + 2 * Double(outputChannels))
  }
}

extension TrialBatch {
  public var shape: TrialShape {
    TrialShape(
      trials: trials, times: times, inputChannels: inputChannels, outputChannels: outputChannels, contexts: contexts)
  }
}
