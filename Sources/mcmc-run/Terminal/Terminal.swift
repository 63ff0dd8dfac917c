// The two streams of a command: data on standard output, progress and messages on standard error.

import Foundation

/// Where a command's data and messages go, and how they may be styled there.
struct Terminal: Sendable {
  let output: any TextSink
  let error: any TextSink
  /// For standard output.
  let style: TextStyle
  /// For standard error.
  let errorStyle: TextStyle
  /// Whether standard error is a terminal, where a live line may be redrawn.
  let isLive: Bool

  init(
    output: any TextSink, error: any TextSink, style: TextStyle = .plain, errorStyle: TextStyle = .plain,
    isLive: Bool = false
  ) {
    self.output = output
    self.error = error
    self.style = style
    self.errorStyle = errorStyle
    self.isLive = isLive
  }

  /// The process's own streams; coloured where they are terminals and `NO_COLOR` is unset or empty.
  static func standard(environment: [String: String] = ProcessInfo.processInfo.environment) -> Terminal {
    let allowed = environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
    return Terminal(
      output: FileDescriptorSink.standardOutput, error: FileDescriptorSink.standardError,
      style: TextStyle(isColoured: allowed && isatty(1) == 1),
      errorStyle: TextStyle(isColoured: allowed && isatty(2) == 1), isLive: isatty(2) == 1)
  }

  /// No streams at all.
  var silent: Terminal { Terminal(output: NullSink(), error: NullSink()) }

  /// The same streams without colour.
  var withoutColour: Terminal { Terminal(output: output, error: error, isLive: isLive) }
}
