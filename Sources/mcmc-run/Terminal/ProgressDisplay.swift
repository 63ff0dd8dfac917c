// Progress of sampling, shown where messages go.

import Storage

extension CommandContext {
  /// Shows how chains get on, on standard error: live where that is a terminal, as wide as it is at every moment.
  func progressReporter(_ table: ProgressTable) -> ProgressReporter {
    let stated = terminal.errorStyle.width
    return ProgressReporter(table, style: terminal.isLive ? .terminal : .plain) {
      let size = TerminalSize.of(2)
      return (size?.columns ?? min(stated, 1 << 20), size?.rows ?? 24)
    }
  }
}
