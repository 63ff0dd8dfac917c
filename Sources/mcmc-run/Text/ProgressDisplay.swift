// Progress of sampling, shown where messages go.

import Storage

extension Terminal {
  /// Shows how chains get on, on standard error: live where that is a terminal, as wide as it is at every moment.
  ///
  /// - Returns: ends the show.
  func watch(_ table: ProgressTable) -> @Sendable () -> Void {
    let stated = errorStyle.width
    let reporter = ProgressReporter(table, style: isLive ? .terminal : .plain) {
      let size = TerminalSize.of(2)
      return (size?.columns ?? min(stated, 1 << 20), size?.rows ?? 24)
    }
    return { reporter.stop() }
  }
}
