// Choices by noisy stimuli, in one modality or in the one that the context names.

import Sampling

/// Decisions by noisy stimuli, with neurogym's channels, periods and noise (PerceptualDecisionMaking, ContextDecisionMaking).
///
/// Input 0 is the fixation cue, 1 until the decision and 0 then. Each modality has a channel per choice: in the stimulus period channel i
/// has ½ + (coherence/200) cos(2π(i − choice)/choices) plus noise of standard deviation σ/√dt per step. In context c the choice of modality c
/// counts. Between two choices there is one output, wanted +1 for choice 0 and −1 for choice 1 in the decision period; between more one output
/// per choice, wanted 1 for the right one and 0 for the others.
public struct DecisionTrials: TrialLaw {
  /// Fixation, stimulus, delay, decision.
  public let periods: TrialPeriods
  /// K: as many as there are contexts.
  public let modalities: Int
  public let choices: Int
  /// In percent; one of them is drawn per trial and modality.
  public let coherences: [Double]
  /// σ, in units of √ms.
  public let noise: Double
  /// Whether outputs of 0 are wanted before the decision.
  public let wantsFixation: Bool

  /// - Precondition: four periods, at least one coherence, two choices.
  public init(
    periods: TrialPeriods, modalities: Int, choices: Int, coherences: [Double], noise: Double, wantsFixation: Bool
  ) {
    precondition(periods.durations.count == 4 && !coherences.isEmpty && choices >= 2 && modalities >= 1)
    self.periods = periods
    self.modalities = modalities
    self.choices = choices
    self.coherences = coherences
    self.noise = noise
    self.wantsFixation = wantsFixation
  }

  public var times: Int { periods.times }
  public var inputChannels: Int { 1 + modalities * choices }
  public var outputChannels: Int { choices == 2 ? 1 : choices }
  public var contexts: Int { modalities }
  public var decision: Range<Int>? { periods[3] }

  public func write(_ number: Int, into trial: inout Trial, using stream: inout RandomStream) {
    let (stimulus, decision) = (periods[1], periods[3])
    trial.context = number % modalities
    trial.input(1, 0, at: 0..<decision.lowerBound)
    var wanted = 0
    for modality in 0..<modalities {
      let choice = stream.integer(below: choices)
      let coherence = coherences[stream.integer(below: coherences.count)]
      if modality == trial.context { wanted = choice }
      for i in 0..<choices {
        let channel = 1 + modality * choices + i
        let angle = 2 * Double.pi * Double(i - choice) / Double(choices)
        trial.input(0.5 + coherence / 200 * cos(angle), channel, at: stimulus)
      }
    }
    let size = periods.noise(noise)
    for t in stimulus { for channel in 1..<inputChannels { trial.add(size * stream.standardNormal(), channel, at: t) } }
    for channel in 0..<outputChannels {
      if wantsFixation { trial.want(0, channel, at: 0..<decision.lowerBound) }
      let value: Double = outputChannels == 1 ? (wanted == 0 ? 1 : -1) : channel == wanted ? 1 : 0
      trial.want(value, channel, at: decision)
    }
  }
}
