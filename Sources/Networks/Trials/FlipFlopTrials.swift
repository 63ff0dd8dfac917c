// Bits that pulses set and that the network has to remember.

import Sampling

/// k bits (Sussillo & Barak 2013): pulses of ±1 arrive at random in k input channels; output i is the last pulse of channel i.
///
/// Every channel has a pulse in the first step, so that an output is wanted, ±1, from then on.
public struct FlipFlopTrials: TrialLaw {
  /// k.
  public let bits: Int
  /// T.
  public let times: Int
  /// Of a pulse, per channel and step.
  public let probability: Double

  public init(bits: Int, steps: Int, probability: Double) {
    self.bits = bits
    times = steps
    self.probability = probability
  }

  public var inputChannels: Int { bits }
  public var outputChannels: Int { bits }
  public var contexts: Int { 1 }
  public var decision: Range<Int>? { nil }

  public func write(_ number: Int, into trial: inout Trial, using stream: inout RandomStream) {
    for bit in 0..<bits {
      var state = 0.0
      for t in 0..<times {
        if t == 0 || stream.bernoulli(probability) {
          state = stream.bernoulli(0.5) ? 1 : -1
          trial.input(state, bit, at: t..<t + 1)
        }
        trial.want(state, bit, at: t..<t + 1)
      }
    }
  }
}
