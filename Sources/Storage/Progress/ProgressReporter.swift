// Shows how far the chains are, from a thread of its own that no chain ever waits for.

import Foundation
import Synchronization

/// Writes progress to a file descriptor until it is stopped.
///
/// The chains only store numbers in a ``ProgressTable``. This thread alone writes, so a terminal that is slow, stopped or
/// gone holds up nothing but itself; when writing fails, it goes quiet.
package final class ProgressReporter: Sendable {
  /// How progress is shown.
  package enum Style: Sendable {
    /// A line a chain, rewritten in place.
    case terminal
    /// One plain line an interval.
    case plain
  }

  private let table: ProgressTable
  private let style: Style
  private let descriptor: Int32
  private let interval: Double
  private let started = ContinuousClock.now
  private let isStopping = Atomic<Bool>(false)
  private let wake = DispatchSemaphore(value: 0)
  private let finished = DispatchSemaphore(value: 0)

  /// Starts reporting.
  ///
  /// - Parameters:
  ///   - descriptor: where to write; standard error unless told otherwise.
  ///   - interval: seconds between reports; by default 0.5 on a terminal, 10 otherwise.
  package init(_ table: ProgressTable, style: Style, descriptor: Int32 = 2, interval: Double? = nil) {
    self.table = table
    self.style = style
    self.descriptor = descriptor
    self.interval = interval ?? (style == .terminal ? 0.5 : 10)
    let thread = Thread { [self] in report() }
    thread.start()
  }

  /// Stops after a last report. Returns within a second even if the terminal does not take it.
  package func stop() {
    isStopping.store(true, ordering: .relaxed)
    wake.signal()
    _ = finished.wait(timeout: .now() + 1)
  }

  private func report() {
    defer { finished.signal() }
    // A reader that has gone away is an error to be noticed here, not a signal that ends the process.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    var linesShown = 0
    repeat {
      _ = wake.wait(timeout: .now() + interval)
      let lines = render()
      var text = ""
      // Up to the first of the lines shown before, and clear to the end of the screen.
      if style == .terminal, linesShown > 0 { text += "\u{1B}[\(linesShown)A\u{1B}[J" }
      text += lines.map { $0 + "\n" }.joined()
      linesShown = lines.count
      let bytes = Array(text.utf8)
      let isWritten: Void? = try? bytes.withUnsafeBytes { try Posix.write($0, to: descriptor, path: "progress") }
      guard isWritten != nil else { return }
    } while !isStopping.load(ordering: .relaxed)
  }

  /// The lines to show now.
  func render() -> [String] {
    let seconds = (ContinuousClock.now - started) / .seconds(1)
    switch style {
    case .terminal: return table.chains.map { line(for: $0) } + [summary(seconds: seconds)]
    case .plain: return [summary(seconds: seconds)]
    }
  }

  private func line(for chain: ChainProgress) -> String {
    let warmup = min(chain.draws, chain.warmupDraws)
    let isWarmup = chain.draws < chain.warmupDraws
    let (done, total) = isWarmup ? (warmup, chain.warmupDraws) : (chain.draws - chain.warmupDraws, table.draws)
    let width = 24
    let filled = total > 0 ? min(width, width * done / total) : width
    let bar = String(repeating: "=", count: filled) + String(repeating: " ", count: width - filled)
    var parts = ["chain \(chain.chain) [\(bar)] \(isWarmup ? "warm-up " : "")\(done)/\(total)"]
    if !chain.acceptanceRate.isNaN { parts.append("acceptance \(Self.short(chain.acceptanceRate))") }
    if !chain.stepSize.isNaN { parts.append("step size \(Self.short(chain.stepSize))") }
    if chain.divergences > 0 { parts.append("\(chain.divergences) divergent") }
    if !chain.effectiveSampleSize.isNaN { parts.append("ESS ~\(Int(chain.effectiveSampleSize))") }
    if chain.activity == .failed { parts.append("FAILED") }
    return parts.joined(separator: "  ")
  }

  private func summary(seconds: Double) -> String {
    let chains = table.chains
    let sampled = chains.reduce(0) { $0 + max(0, $1.draws - $1.warmupDraws) }
    var parts = ["\(sampled) of \(table.draws * chains.count) draws"]
    let warming = chains.filter { $0.draws < $0.warmupDraws && $0.activity == .running }.count
    if warming > 0 { parts.append("\(warming) of \(chains.count) chains warming up") }
    let rates = chains.map(\.acceptanceRate).filter { !$0.isNaN }
    if !rates.isEmpty { parts.append("acceptance \(Self.short(rates.reduce(0, +) / Double(rates.count)))") }
    let divergences = chains.reduce(0) { $0 + $1.divergences }
    if divergences > 0 { parts.append("\(divergences) divergent") }
    let sizes = chains.map(\.effectiveSampleSize)
    if !sizes.isEmpty, sizes.allSatisfy({ !$0.isNaN }) { parts.append("min ESS ~\(Int(sizes.reduce(0, +)))") }
    let failed = chains.filter { $0.activity == .failed }.map { String($0.chain) }
    if !failed.isEmpty { parts.append("failed: chain \(failed.joined(separator: ", "))") }
    if let left = secondsLeft(seconds) { parts.append("\(Self.duration(left)) left") }
    return parts.joined(separator: ", ")
  }

  /// The time that the work left takes at the pace so far; nil before there is a pace, and when nothing is left.
  private func secondsLeft(_ seconds: Double) -> Double? {
    var made = 0
    var left = 0
    for chain in table.chains where chain.activity != .failed {
      made += chain.draws - chain.earlierDraws
      left += max(0, table.draws + chain.warmupDraws - chain.draws)
    }
    guard made > 0, left > 0 else { return nil }
    return seconds * Double(left) / Double(made)
  }

  static func short(_ value: Double) -> String { String(format: "%.3g", value) }

  package static func duration(_ seconds: Double) -> String {
    let total = Int(seconds.rounded(.up))
    if total < 60 { return "\(total) s" }
    if total < 3600 { return "\(total / 60) min \(total % 60) s" }
    return "\(total / 3600) h \(total % 3600 / 60) min"
  }
}
