// A constant input sets the frequency of the sine that the network has to make.

import Sampling

/// Sine waves (Sussillo & Barak 2013): the constant input of a trial is its frequency over the largest of all, the wanted output
/// sin(2πf t), t = dt, 2 dt … The trials take the frequencies in turn.
public struct SineTrials: TrialLaw {
  /// One period.
  public let periods: TrialPeriods
  /// f, in Hz.
  public let frequencies: [Double]

  /// - Precondition: one period, and at least one frequency above 0.
  public init(periods: TrialPeriods, frequencies: [Double]) {
    precondition(periods.durations.count == 1 && !frequencies.isEmpty && frequencies.allSatisfy { $0 > 0 })
    self.periods = periods
    self.frequencies = frequencies
  }

  public var times: Int { periods.times }
  public var inputChannels: Int { 1 }
  public var outputChannels: Int { 1 }
  public var contexts: Int { 1 }
  public var decision: Range<Int>? { nil }

  public func write(_ number: Int, into trial: inout Trial, using stream: inout RandomStream) {
    let frequency = frequencies[number % frequencies.count]
    trial.input(frequency / frequencies.reduce(0, max), 0, at: 0..<times)
    for t in 0..<times {
      trial.want(sin(2 * Double.pi * frequency * Double(t + 1) * periods.step / 1000), 0, at: t..<t + 1)
    }
  }
}
