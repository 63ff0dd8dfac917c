// The words of a progress report, as many as the terminal has room for.

import Sampling

/// What there is to say of a run at one moment.
package struct ProgressLines {
  /// A piece of a line; where there is not room for all, the largest `rank` goes first.
  private struct Part {
    let text: String
    let rank: Int

    init(_ text: String, _ rank: Int = 0) {
      self.text = text
      self.rank = rank
    }
  }

  private let table: ProgressTable
  private let diagnosis: ProgressDiagnosis?
  private let seconds: Double

  /// - Parameter seconds: since this session began to sample.
  package init(_ table: ProgressTable, _ diagnosis: ProgressDiagnosis?, seconds: Double) {
    self.table = table
    self.diagnosis = diagnosis
    self.seconds = seconds
  }

  /// Lines of fewer than `columns` columns, fewer than `rows` of them.
  package func lines(_ style: ProgressReporter.Style, columns: Int, rows: Int) -> [String] {
    let width = columns - 1
    switch style {
    case .plain: return [Self.line(position + judgement, separator: ", ", width: width)]
    case .terminal:
      let summary = [position, judgement].filter { !$0.isEmpty }.map { Self.line($0, separator: ", ", width: width) }
      var chains = table.chains
      let room = max(0, rows - 1 - summary.count)
      var more: [String] = []
      if chains.count > room {
        // Those that need to be seen: the failed, then the ones at work.
        let order: [ChainProgress.Activity] = [.failed, .running, .stopped, .waiting, .complete]
        // Chains go on while they are sorted.
        let ranks = chains.map { order.firstIndex(of: $0.activity)! }
        let shown = chains.indices.sorted { (ranks[$0], $0) < (ranks[$1], $1) }.prefix(max(0, room - 1))
        if room > 0 {
          more = [Self.line([Part("... and \(chains.count - shown.count) more chains")], separator: "", width: width)]
        }
        chains = shown.sorted().map { chains[$0] }
      }
      // One length of bar for all, from what the longest line leaves; it goes before other words do.
      let bar = min(24, chains.map { width - Self.line(words($0), separator: "  ", width: .max).count - 3 }.min() ?? 0)
      return chains.map { line(for: $0, bar: bar, width: width) } + more + summary
    }
  }

  // MARK: - One chain

  private func position(of chain: ChainProgress) -> (isWarmup: Bool, done: Int, total: Int) {
    chain.draws < chain.warmupDraws
      ? (true, chain.draws, chain.warmupDraws) : (false, chain.draws - chain.warmupDraws, table.draws)
  }

  private func words(_ chain: ChainProgress, bar: String = "") -> [Part] {
    let (isWarmup, done, total) = position(of: chain)
    var parts = [Part("chain \(chain.chain) \(bar)\(isWarmup ? "warm-up " : "")\(done)/\(total)")]
    if chain.activity == .failed { parts.append(Part("FAILED")) }
    if chain.divergences > 0 { parts.append(Part("\(chain.divergences) divergent", 1)) }
    if !chain.acceptanceRate.isNaN { parts.append(Part("acceptance \(Self.short(chain.acceptanceRate))", 2)) }
    if !chain.stepSize.isNaN { parts.append(Part("step size \(Self.short(chain.stepSize))", 3)) }
    return parts
  }

  private func line(for chain: ChainProgress, bar: Int, width: Int) -> String {
    let (_, done, total) = position(of: chain)
    guard bar >= 8 else { return Self.line(words(chain), separator: "  ", width: width) }
    let filled = total > 0 ? min(bar, bar * done / total) : bar
    let picture = "[" + String(repeating: "=", count: filled) + String(repeating: " ", count: bar - filled) + "] "
    return Self.line(words(chain, bar: picture), separator: "  ", width: width)
  }

  // MARK: - All chains

  /// Where the chains stand, and how fast they go.
  private var position: [Part] {
    let chains = table.chains
    let sampled = chains.reduce(0) { $0 + max(0, $1.draws - $1.warmupDraws) }
    var parts = [Part("\(sampled) of \(table.draws * chains.count) draws")]
    if chains.count < table.chainsInAll {
      parts.append(Part("this process's \(chains.count) of \(table.chainsInAll) chains", 5))
    }
    let failed = chains.filter { $0.activity == .failed }.map { String($0.chain) }
    if !failed.isEmpty {
      parts.append(
        Part(failed.count > 5 ? "\(failed.count) chains failed" : "failed: chain \(failed.joined(separator: ", "))"))
    }
    if let left = secondsLeft { parts.append(Part("\(Self.duration(left)) left", 1)) }
    if let pace { parts.append(Part("\(Self.short(pace)) draws/s", 6)) }
    let warming = chains.count { $0.draws < $0.warmupDraws && $0.activity == .running }
    if warming > 0 { parts.append(Part("\(warming) of \(chains.count) chains warming up", 7)) }
    let divergences = chains.reduce(0) { $0 + $1.divergences }
    if divergences > 0 { parts.append(Part("\(divergences) divergent", 4)) }
    return parts
  }

  /// How good the draws are: the worst observable's figures, over all chains.
  private var judgement: [Part] {
    var parts: [Part] = []
    if let name = diagnosis?.notFinite { parts.append(Part("NOT FINITE: \(name)", 1)) }
    if let size = diagnosis?.essBulk {
      let value =
        (diagnosis!.isComplete ? "bulk ESS " : "bulk ESS >= ")
        + String((0...Int.max).wholeNumber(roundingUp: size.value.rounded()))
      parts += [Part(value, 2), Part("(\(size.name))", 8)]
    }
    if let rHat = diagnosis?.rHat {
      parts += [
        Part("R-hat " + String(format: rHat.value < 10 ? "%.3f" : "%.3g", rHat.value), 3), Part("(\(rHat.name))", 9),
      ]
    }
    let rates = table.chains.map(\.acceptanceRate).filter { !$0.isNaN }
    if !rates.isEmpty {
      parts.append(Part("acceptance \(Self.short(rates.reduce(0, +) / Double(rates.count)))", 10))
    }
    return parts
  }

  /// Draws of this session, warm-up included, a second; nil before there is a pace.
  private var pace: Double? {
    let made = table.chains.reduce(0) { $0 + $1.draws - $1.earlierDraws }
    return made > 0 && seconds > 0 ? Double(made) / seconds : nil
  }

  /// The time that the work left takes at the pace so far; nil before there is a pace, and when nothing is left.
  private var secondsLeft: Double? {
    var made = 0
    var left = 0
    for chain in table.chains where chain.activity != .failed {
      made += chain.draws - chain.earlierDraws
      left += max(0, table.draws + chain.warmupDraws - chain.draws)
    }
    guard made > 0, left > 0 else { return nil }
    return seconds * Double(left) / Double(made)
  }

  // MARK: - Text

  /// Parts in their order, without those that there is no room for. A part in brackets belongs to the one before it.
  private static func line(_ parts: some Sequence<Part>, separator: String, width: Int) -> String {
    var parts = Array(parts)
    func text() -> String {
      parts.reduce("") { $0 + ($0.isEmpty ? "" : $1.text.hasPrefix("(") ? " " : separator) + $1.text }
    }
    while text().count > width, let last = parts.indices.dropFirst().max(by: { parts[$0].rank < parts[$1].rank }) {
      parts.remove(at: last)
    }
    return String(text().prefix(max(0, width)))
  }

  static func short(_ value: Double) -> String { String(format: "%.3g", value) }

  package static func duration(_ seconds: Double) -> String {
    let total = (0...Int.max).wholeNumber(roundingUp: seconds)
    if total < 60 { return "\(total) s" }
    if total < 3600 { return "\(total / 60) min \(total % 60) s" }
    return "\(total / 3600) h \(total % 3600 / 60) min"
  }
}
