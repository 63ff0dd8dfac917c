// Whether chains that started in different places have found the same networks.

import JSON
import Sampling
import Storage

extension LoadedRun {
  /// Chains of a run with the same start, by their places among the run's chains.
  package struct StartGroup: Sendable, Equatable {
    /// The start in words.
    package let start: String
    /// The places of the chains among the run's.
    package let chains: [Int]
    /// Their numbers.
    package let numbers: [Int]
  }

  /// The run's chains by where they started; nil where all started alike.
  ///
  /// Chains that start from the ends of another run started there, whatever the spec says.
  package func startGroups() throws -> [StartGroup]? {
    let starts = experiment.sampler.start
    guard starts.differ, try WarmStart(of: directory) == nil else { return nil }
    let numbers = directory.description.chains
    let groups = starts.entries.reduce(into: [ChainStart]()) { if !$0.contains($1) { $0.append($1) } }.compactMap {
      entry -> StartGroup? in
      let places = numbers.indices.filter { starts.start(ofChain: numbers[$0]) == entry }
      return places.isEmpty
        ? nil : StartGroup(start: entry.words, chains: places, numbers: places.map { numbers[$0] })
    }
    return groups.count > 1 ? groups : nil
  }

  /// What is to be said of chains that started in different places: where they disagree most, and what each start found there.
  func startFinding(_ summaries: [ObservableSummary]) throws -> Finding? {
    guard let groups = try startGroups() else { return nil }
    let who = groups.map { "\($0.start): \($0.numbers.map(String.init).joined(separator: ", "))" }
      .joined(separator: "; ")
    // Chains that stand still have an infinite R-hat.
    guard let worst = summaries.filter({ !$0.rHat.isNaN }).max(by: { $0.rHat < $1.rHat }) else {
      return Finding(
        severity: .info, check: "starts", measured: "chains by their start (\(who)); too few draws to compare them",
        meaning: "Whether the starts have been forgotten is not known.", advice: "Draw more.")
    }
    guard worst.rHat > Diagnostics.largestDecisiveRHat else {
      return Finding(
        severity: .info, check: "starts",
        measured: "chains by their start (\(who)); the largest R-hat of all together is "
          + "\(NumberText.significant(worst.rHat, digits: 4)) (\(worst.name))",
        meaning: "Chains from different starts agree: the starts have been forgotten.")
    }
    var chains = [[Double]](repeating: [], count: draws.chains)
    try draws.forEachBlock(of: [worst.name]) { chain, block in chains[chain] += block[0] }
    let means = groups.map { group -> String in
      let own = group.chains.filter(chains.indices.contains).map { chains[$0] }
      let moments = RunningMoments(own.joined())
      return "\(NumberText.plusMinus(moments.mean, Diagnostics.mcseMean(own))) from \(group.start)"
    }
    let within = groups.map { group in
      Diagnostics.agreement(group.chains.filter(chains.indices.contains).map { chains[$0] })
    }
    let areAlike = within.allSatisfy { $0 <= Diagnostics.largestDecisiveRHat }
    let rHat =
      worst.rHat.isFinite ? NumberText.significant(worst.rHat, digits: 3) : "infinite"
    return Finding(
      severity: .failure, check: "starts",
      measured: "chains by their start (\(who)); R-hat of \(worst.name) is \(rHat): \(means.joined(separator: ", "))",
      meaning: "Chains from \(Self.list(groups.map(\.start))) disagree"
        + (areAlike
          ? ", and those of one start agree: each start has found networks of its own. Either this is the hard phase, where chains from "
            + "the prior do not find the teacher in any reasonable time, or the run is too short."
          : ", and so do those of one start: the run is too short to tell a hard phase from slow mixing."),
      advice:
        "Run longer chains, or \"sampler\": {\"kind\": \"tempering\"}; if the gap stays as chains grow, report both.")
  }

  private static func list(_ words: [String]) -> String {
    words.count == 2 ? "\(words[0]) and \(words[1])" : words.joined(separator: ", ")
  }
}
