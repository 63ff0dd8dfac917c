// Shows how far the chains are, from a thread of its own that no chain ever waits for.

import Dispatch
import Synchronization

/// What there is to say at one moment, asked for again and again.
package protocol ProgressSource: Sendable {
  /// Lines of fewer than `columns` columns, fewer than `rows` of them.
  ///
  /// - Parameters:
  ///   - seconds: since reporting began.
  ///   - isLast: whether nobody will ask again.
  mutating func lines(
    _ style: ProgressReporter.Style, columns: Int, rows: Int, seconds: Double, isLast: Bool
  ) -> [String]
}

/// The lines of a run's chains.
struct ChainsProgressSource: ProgressSource {
  let table: ProgressTable
  private var watch = ProgressWatch()

  init(_ table: ProgressTable) { self.table = table }

  mutating func lines(
    _ style: ProgressReporter.Style, columns: Int, rows: Int, seconds: Double, isLast: Bool
  ) -> [String] {
    watch.look(at: table, isLast: isLast)
    return ProgressLines(table, watch.diagnosis, seconds: seconds).lines(style, columns: columns, rows: rows)
  }
}

/// Writes progress to a file descriptor until it is stopped.
///
/// Workers only store numbers and words. This thread alone writes, so a terminal that is slow, stopped or
/// gone holds up nothing but itself; when writing fails, it goes quiet.
package final class ProgressReporter: Sendable {
  /// How progress is shown.
  package enum Style: Sendable {
    /// A line a chain or part, rewritten in place.
    case terminal
    /// One plain line an interval.
    case plain
  }

  private let source: any ProgressSource
  private let style: Style
  private let descriptor: Int32
  private let interval: Double
  private let size: @Sendable () -> (columns: Int, rows: Int)
  private let started = ContinuousClock.now
  private let isStopping = Atomic<Bool>(false)
  private let isAbandoned = Atomic<Bool>(false)
  private let wake = DispatchSemaphore(value: 0)
  private let finished = DispatchSemaphore(value: 0)

  /// Starts reporting how chains get on.
  package convenience init(
    _ table: ProgressTable, style: Style, descriptor: Int32 = 2, interval: Double? = nil,
    size: @escaping @Sendable () -> (columns: Int, rows: Int) = { (80, 24) }
  ) {
    self.init(
      ChainsProgressSource(table) as any ProgressSource, style: style, descriptor: descriptor, interval: interval,
      size: size)
  }

  /// Starts reporting.
  ///
  /// - Parameters:
  ///   - descriptor: where to write; standard error unless told otherwise.
  ///   - interval: seconds between reports; by default 0.5 on a terminal, 10 otherwise.
  ///   - size: the room that there is, asked before every report.
  package init(
    _ source: any ProgressSource, style: Style, descriptor: Int32 = 2, interval: Double? = nil,
    size: @escaping @Sendable () -> (columns: Int, rows: Int) = { (80, 24) }
  ) {
    self.size = size
    self.source = source
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
    var source = source
    var widthsShown: [Int] = []
    var isLast: Bool
    repeat {
      _ = wake.wait(timeout: .now() + interval)
      isLast = isStopping.load(ordering: .relaxed)
      let size = size()
      let lines = source.lines(
        style, columns: size.columns, rows: size.rows, seconds: (ContinuousClock.now - started) / .seconds(1),
        isLast: isLast)
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
