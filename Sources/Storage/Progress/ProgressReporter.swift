// Shows how far the chains are, from a thread of its own that no chain ever waits for.

import Dispatch
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
  private let size: @Sendable () -> (columns: Int, rows: Int)
  private let started = ContinuousClock.now
  private let isStopping = Atomic<Bool>(false)
  private let isAbandoned = Atomic<Bool>(false)
  private let wake = DispatchSemaphore(value: 0)
  private let finished = DispatchSemaphore(value: 0)

  /// Starts reporting.
  ///
  /// - Parameters:
  ///   - descriptor: where to write; standard error unless told otherwise.
  ///   - interval: seconds between reports; by default 0.5 on a terminal, 10 otherwise.
  ///   - size: the room that there is, asked before every report.
  package init(
    _ table: ProgressTable, style: Style, descriptor: Int32 = 2, interval: Double? = nil,
    size: @escaping @Sendable () -> (columns: Int, rows: Int) = { (80, 24) }
  ) {
    self.size = size
    self.table = table
    self.style = style
    self.descriptor = descriptor
    self.interval = interval ?? (style == .terminal ? 0.5 : 10)
    guard let thread = WorkerThread({ [self] in report() }) else {
      // Without a thread nothing is shown, and nobody waits for it.
      finished.signal()
      return
    }
    thread.detach()
  }

  /// Stops after a last report. Returns within two seconds even if the terminal does not take it.
  package func stop() {
    isStopping.store(true, ordering: .relaxed)
    wake.signal()
    if finished.wait(timeout: .now() + 2) == .timedOut { isAbandoned.store(true, ordering: .relaxed) }
  }

  private func report() {
    defer { finished.signal() }
    // A reader that has gone away is an error to be noticed here, not a signal that ends the process.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    var watch = ProgressWatch()
    var widthsShown: [Int] = []
    var isLast: Bool
    repeat {
      _ = wake.wait(timeout: .now() + interval)
      isLast = isStopping.load(ordering: .relaxed)
      watch.look(at: table, isLast: isLast)
      let size = size()
      let lines = ProgressLines(table, watch.diagnosis, seconds: (ContinuousClock.now - started) / .seconds(1))
        .lines(style, columns: size.columns, rows: size.rows)
      // Up to the first of the lines shown before, and clear to the end of the screen. Where the terminal has become narrower
      // since, it has broken them into more.
      let rows = widthsShown.reduce(0) { $0 + max(1, ($1 + size.columns - 1) / size.columns) }
      var text = style == .terminal && rows > 0 ? "\u{1B}[\(rows)A\r\u{1B}[J" : ""
      text += lines.map { $0 + "\n" }.joined()
      widthsShown = lines.map(\.count)
      // Whoever stops the reporter waits two seconds: later than that, other text may stand below.
      guard !isAbandoned.load(ordering: .relaxed) else { return }
      let bytes = Array(text.utf8)
      let isWritten: Void? = try? bytes.withUnsafeBytes { try Posix.write($0, to: descriptor, path: "progress") }
      guard isWritten != nil else { return }
    } while !isLast
  }
}
