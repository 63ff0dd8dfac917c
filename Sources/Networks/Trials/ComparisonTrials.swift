// Two stimuli with a delay between them: which was larger.

import Sampling

/// Comparison of two stimuli over a delay (Romo et al. 1999), with neurogym's channels, periods and noise (DelayComparison).
///
/// Input 0 is the fixation cue, 1 until the decision and 0 then. Input 1 has ½ + ½ (v − v_min)/(v_max − v_min) in the two stimulus periods, plus noise of
/// standard deviation σ/√dt per step; v_min and v_max are the smallest and the largest of all pairs. The output is wanted in the decision
/// period: +1 where the first stimulus is larger, −1 where the second is.
public struct ComparisonTrials: TrialLaw {
  /// Fixation, first stimulus, delay, second stimulus, decision.
  public let periods: TrialPeriods
  /// Larger and smaller value; which of them comes first is drawn per trial.
  public let pairs: [(larger: Double, smaller: Double)]
  /// σ, in units of √ms.
  public let noise: Double
  /// Whether an output of 0 is wanted before the decision.
  public let wantsFixation: Bool

  /// - Precondition: five periods, and at least one pair of different values.
  public init(
    periods: TrialPeriods, pairs: [(Double, Double)], noise: Double, wantsFixation: Bool
  ) {
    precondition(periods.durations.count == 5 && !pairs.isEmpty && pairs.allSatisfy { $0.0 != $0.1 })
    self.periods = periods
    self.pairs = pairs.map { (max($0.0, $0.1), min($0.0, $0.1)) }
    self.noise = noise
    self.wantsFixation = wantsFixation
  }

  public static func == (left: ComparisonTrials, right: ComparisonTrials) -> Bool {
    left.periods == right.periods && left.pairs.elementsEqual(right.pairs, by: ==) && left.noise == right.noise
      && left.wantsFixation == right.wantsFixation
  }

  public var times: Int { periods.times }
  public var inputChannels: Int { 2 }
  public var outputChannels: Int { 1 }
  public var contexts: Int { 1 }
  public var decision: Range<Int>? { periods[4] }

  public func write(_ number: Int, into trial: inout Trial, using stream: inout RandomStream) {
    let decision = periods[4]
    trial.input(1, 0, at: 0..<decision.lowerBound)
    let lowest = pairs.reduce(Double.infinity) { min($0, $1.smaller) }
    let highest = pairs.reduce(-Double.infinity) { max($0, $1.larger) }
    let pair = pairs[stream.integer(below: pairs.count)]
    let isFirstLarger = stream.bernoulli(0.5)
    let size = periods.noise(noise)
    for (period, isLarger) in [(1, isFirstLarger), (3, !isFirstLarger)] {
      let value = 0.5 + 0.5 * ((isLarger ? pair.larger : pair.smaller) - lowest) / (highest - lowest)
      trial.input(value, 1, at: periods[period])
      for t in periods[period] { trial.add(size * stream.standardNormal(), 1, at: t) }
    }
    if wantsFixation { trial.want(0, 0, at: 0..<decision.lowerBound) }
    trial.want(isFirstLarger ? 1 : -1, 0, at: decision)
  }
}
