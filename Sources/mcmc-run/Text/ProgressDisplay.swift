// Progress of sampling, shown where messages go.

import Storage

extension Terminal {
  /// Shows how chains get on, on standard error: live where that is a terminal, as wide as it is at every moment.
  ///
  /// - Returns: ends the show.
  func watch(_ table: ProgressTable) -> @Sendable () -> Void {
    let reporter = ProgressReporter(table, style: isLive ? .terminal : .plain, size: room)
    return { reporter.stop() }
  }

  /// Shows how the parts of a study get on, where standard error is a terminal.
  ///
  /// - Returns: ends the show.
  func watch(_ parts: PartsProgress) -> @Sendable () -> Void {
    let reporter = ProgressReporter(PartsProgressSource(parts), style: .terminal, size: room)
    return { reporter.stop() }
  }

  /// The room on standard error at every moment.
  private var room: @Sendable () -> (columns: Int, rows: Int) {
    let stated = errorStyle.width
    return {
      let size = TerminalSize.of(2)
      return (size?.columns ?? min(stated, 1 << 20), size?.rows ?? 24)
    }
  }
}
