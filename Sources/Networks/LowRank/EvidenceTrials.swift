// Trials of evidence in time: a stream per channel, each of a coherence and noise (after Mante et al. 2013).

import Sampling

/// Trials that networks decide by the sign of what they have integrated.
///
/// In every frame of a trial channel s shows its coherence, one of ±1, ±2, ±4, and white noise. The same trials serve all networks.
public struct EvidenceTrials: Sendable {
  /// A network as the loop in one context sees it.
  public struct Network: Sendable {
    /// λ_c.
    public let gain: Double
    /// B_c [channel].
    public let drives: [Double]

    /// A loop of this gain λ, with the drive B of each input channel.
    public init(gain: Double, drives: [Double]) {
      self.gain = gain
      self.drives = drives
    }
  }

  /// The duration of a trial and of a frame, in time constants of the neurons.
  public let duration: Double
  /// Duration of a frame, in time constants of the neurons.
  public let frame: Double
  /// The noise's standard deviation over a unit of time: of a frame's mean noise / √frame.
  public let noise: Double
  /// Number of input channels.
  public let channels: Int
  /// [trial, channel].
  public let coherences: [Double]
  /// [trial, channel, frame].
  private let inputs: [Double]
  /// Number of trials.
  public let count: Int
  private let frames: Int

  /// The wanted sensitivity d' at coherence 1.
  private static let sensitivity = 0.45
  private static let mostFrames = 60

  /// Trials in which the wanted loop does well on strong coherences, and not on weak ones.
  ///
  /// A trial lasts twice the wanted loop's time constant, within 5 … 50, and no longer than growing loops stay finite; the noise makes the
  /// wanted network's d' 0.45 at coherence 1.
  ///
  /// - Parameter gain: the loop's wanted gain.
  public init(_ count: Int, channels: Int, wantedGain gain: Double, using stream: inout RandomStream) {
    let natural = gain < 1 ? 2 / (1 - gain) : .infinity
    duration = min(max(5, min(50, natural)), gain > 1 ? max(1e-3, 20 / (gain - 1)) : .infinity)
    frames = Self.mostFrames
    frame = duration / Double(frames)
    self.channels = channels
    self.count = count
    let weights = IntegrationKernel(gain: gain).weights(frames: frames, of: frame)
    let (sum, squares) = weights.reduce(into: (0.0, 0.0)) {
      $0.0 += $1
      $0.1 += $1 * $1
    }
    noise = sum / squares.squareRoot() * frame.squareRoot() / Self.sensitivity
    var coherences: [Double] = []
    var inputs = [Double](repeating: 0, count: count * channels * frames)
    do {
      var span = inputs.mutableSpan
      stream.fillStandardNormal(&span)
    }
    let spread = noise / frame.squareRoot()
    for place in 0..<count * channels {
      let coherence = ManteStimuli.coherences[stream.integer(below: ManteStimuli.coherences.count)]
      coherences.append(coherence)
      for f in place * frames..<(place + 1) * frames { inputs[f] = coherence + spread * inputs[f] }
    }
    self.coherences = coherences
    self.inputs = inputs
  }

  /// What a network has integrated at the end of every trial, up to a common positive factor: κ(T) of the reduced dynamics, exact for
  /// inputs that are constant within frames. O(trials · channels · frames).
  public func decisions(of network: Network) -> [Double] {
    precondition(network.drives.count == channels, "a drive per channel")
    let weights = IntegrationKernel(gain: network.gain).weights(frames: frames, of: frame)
    var result = [Double](repeating: 0, count: count)
    inputs.withUnsafeBufferPointer { inputs in
      weights.withUnsafeBufferPointer { weights in
        for trial in 0..<count {
          var sum = 0.0
          for channel in 0..<channels where network.drives[channel] != 0 {
            let first = inputs.baseAddress! + (trial * channels + channel) * frames
            sum += network.drives[channel] * dotProduct(first, weights.baseAddress!, frames)
          }
          result[trial] = sum
        }
      }
    }
    return result
  }

  /// The share of positive decisions by the coherence of a channel, in the order of ``ManteStimuli/coherences``; a decision of 0 counts half. NaN
  /// where no trial has the coherence.
  public func shares(of decisions: [Double], byCoherenceOf channel: Int) -> [Double] {
    var positive = [Double](repeating: 0, count: ManteStimuli.coherences.count)
    var counts = positive
    for trial in 0..<count {
      guard let group = ManteStimuli.coherences.firstIndex(of: coherences[trial * channels + channel]) else { continue }
      positive[group] += decisions[trial] > 0 ? 1 : decisions[trial] == 0 ? 0.5 : 0
      counts[group] += 1
    }
    return zip(positive, counts).map { $0 / $1 }
  }
}
