// How well outputs in time are what trials want.

import Sampling

/// How one network, or the average over several, does in trials in time.
///
/// ```swift
/// let performance = TrialPerformance(outputs: outputs, of: batch)  // outputs [trial, time, channel]
/// performance.all.accuracy  // share of right decisions, or nil
/// ```
public struct TrialPerformance: Sendable, Equatable {
  /// Figures of the trials of one context, or of all trials.
  public struct Figures: Sendable, Equatable {
    public let trials: Int
    /// Mean of (y − Y)² over the entries with mask 1.
    public let meanSquaredError: Double
    /// The share of right choices; nil where trials ask for none (see ``TrialPerformance/init(outputs:of:)``).
    public let accuracy: Double?
    /// The root of the mean of (y − Y)² over trials and channels with mask 1, step by step; nil where the mask is 0 in all of them.
    public let errorInTime: [Double?]

    /// √ of ``meanSquaredError``.
    public var error: Double { meanSquaredError.squareRoot() }
  }

  /// L = (K/2M) Σ (y − Y)² over the entries with mask 1 (THEORY section 13).
  public let loss: Double
  public let all: Figures
  /// Context by context; nil for a context without trials.
  public let contexts: [Figures?]

  /// Judges a network's outputs. O(entries).
  ///
  /// A choice is right, in trials with a decision and one output channel, where the mean output over the steps of the decision has the sign of the
  /// mean of what is wanted there; with several channels, where the largest mean is in the channel where the largest wanted one is. Steps
  /// and channels with mask 0 do not count. Trials whose wanted decision has no sign, or no largest channel, are left out. In trials without a decision whose
  /// wanted outputs are +1 and −1 alone, as those of flip-flops are, the sign of every entry with mask 1 is a choice. An output of exactly 0 is wrong, and
  /// so is a tie.
  ///
  /// - Parameter outputs: y, [trial, time, output channel].
  /// - Precondition: as many outputs as the batch has targets.
  public init(outputs: [Double], of batch: TrialBatch) {
    precondition(outputs.count == batch.targets.count, "an output for every wanted one")
    let choices = Choices(batch)
    var sums = [Sums](repeating: Sums(times: batch.times), count: batch.contexts)
    for trial in 0..<batch.trials {
      sums[batch.contextOfTrial[trial]].add(trial, outputs, batch, choices)
    }
    var all = Sums(times: batch.times)
    for part in sums { all.add(part) }
    loss = Double(batch.contexts) / 2 * all.squares / Double(batch.maskedEntries)
    self.all = all.figures
    contexts = sums.map { $0.trials > 0 ? $0.figures : nil }
  }

  private init(loss: Double, all: Figures, contexts: [Figures?]) {
    self.loss = loss
    self.all = all
    self.contexts = contexts
  }

  /// The average over networks that were judged by the same trials: of losses, mean squared errors (step by step too) and accuracies.
  ///
  /// - Precondition: at least one, all of one batch.
  public static func mean(of networks: [TrialPerformance]) -> TrialPerformance {
    let count = Double(networks.count)
    let contexts = networks[0].contexts.indices.map { c -> Figures? in
      networks[0].contexts[c] == nil ? nil : mean(networks.map { $0.contexts[c]! })
    }
    return TrialPerformance(
      loss: networks.reduce(0) { $0 + $1.loss } / count, all: mean(networks.map(\.all)), contexts: contexts)
  }

  private static func mean(_ figures: [Figures]) -> Figures {
    let count = Double(figures.count)
    var accuracy: Double?
    if figures[0].accuracy != nil { accuracy = figures.reduce(0) { $0 + $1.accuracy! } / count }
    var errors: [Double?] = []
    for t in figures[0].errorInTime.indices {
      guard figures[0].errorInTime[t] != nil else {
        errors.append(nil)
        continue
      }
      errors.append((figures.reduce(0) { $0 + $1.errorInTime[t]! * $1.errorInTime[t]! } / count).squareRoot())
    }
    return Figures(
      trials: figures[0].trials, meanSquaredError: figures.reduce(0) { $0 + $1.meanSquaredError } / count,
      accuracy: accuracy, errorInTime: errors)
  }

  // MARK: - Parts

  /// What counts as a choice in a batch.
  private enum Choices {
    /// The sign, or the largest channel, over these steps.
    case decision(Range<Int>)
    /// The sign of every entry.
    case entries
    case none

    init(_ batch: TrialBatch) {
      if let decision = batch.decision {
        self = .decision(decision)
      } else {
        let areSigns = zip(batch.targets, batch.mask).allSatisfy { $1 == 0 || abs($0) == 1 }
        self = areSigns ? .entries : .none
      }
    }
  }

  private struct Sums {
    var trials = 0
    var squares = 0.0
    var entries = 0
    var right = 0
    var choices = 0
    /// Step by step.
    var squaresInTime: [Double]
    var entriesInTime: [Int]

    init(times: Int) {
      squaresInTime = [Double](repeating: 0, count: times)
      entriesInTime = [Int](repeating: 0, count: times)
    }

    mutating func add(_ trial: Int, _ outputs: [Double], _ batch: TrialBatch, _ kind: Choices) {
      trials += 1
      let channels = batch.outputChannels
      for t in 0..<batch.times {
        for place in (trial * batch.times + t) * channels..<(trial * batch.times + t + 1) * channels
        where batch.mask[place] == 1 {
          let difference = outputs[place] - batch.targets[place]
          squares += difference * difference
          entries += 1
          squaresInTime[t] += difference * difference
          entriesInTime[t] += 1
          if case .entries = kind { count(outputs[place] * batch.targets[place] > 0) }
        }
      }
      guard case .decision(let steps) = kind else { return }
      if channels == 1 {
        guard let wanted = Self.mean(batch.targets, 0, trial, steps, batch), wanted != 0,
          let given = Self.mean(outputs, 0, trial, steps, batch)
        else { return }
        count(wanted > 0 ? given > 0 : given < 0)
      } else {
        guard let wanted = Self.largest(batch.targets, trial, steps, batch) else { return }
        count(Self.largest(outputs, trial, steps, batch) == wanted)
      }
    }

    private mutating func count(_ isRight: Bool) {
      choices += 1
      right += isRight ? 1 : 0
    }

    /// The mean of a channel over those of the steps where its mask is 1; nil where it is 0 in all.
    private static func mean(
      _ values: [Double], _ channel: Int, _ trial: Int, _ steps: Range<Int>, _ batch: TrialBatch
    ) -> Double? {
      var sum = 0.0
      var count = 0
      for t in steps {
        let place = (trial * batch.times + t) * batch.outputChannels + channel
        guard batch.mask[place] == 1 else { continue }
        sum += values[place]
        count += 1
      }
      return count > 0 ? sum / Double(count) : nil
    }

    /// The channel with the largest mean; nil where several have it, or none has a mean.
    private static func largest(
      _ values: [Double], _ trial: Int, _ steps: Range<Int>, _ batch: TrialBatch
    ) -> Int? {
      var best: (channel: Int, mean: Double)?
      var isTie = false
      for channel in 0..<batch.outputChannels {
        guard let mean = mean(values, channel, trial, steps, batch) else { continue }
        if let known = best, mean <= known.mean {
          isTie = isTie || mean == known.mean
        } else {
          best = (channel, mean)
          isTie = false
        }
      }
      return isTie ? nil : best?.channel
    }

    mutating func add(_ other: Sums) {
      trials += other.trials
      squares += other.squares
      entries += other.entries
      right += other.right
      choices += other.choices
      for t in squaresInTime.indices {
        squaresInTime[t] += other.squaresInTime[t]
        entriesInTime[t] += other.entriesInTime[t]
      }
    }

    var figures: Figures {
      var errors: [Double?] = []
      for t in squaresInTime.indices {
        errors.append(entriesInTime[t] > 0 ? (squaresInTime[t] / Double(entriesInTime[t])).squareRoot() : nil)
      }
      return Figures(
        trials: trials, meanSquaredError: squares / Double(entries),
        accuracy: choices > 0 ? Double(right) / Double(choices) : nil, errorInTime: errors)
    }
  }
}
