// The two streams of a command: data on standard output, progress and messages on standard error.

import Foundation
import JSON

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

  /// The process's own streams; coloured where they are terminals and `NO_COLOR` is unset or empty, and as
  /// wide as their terminals, else as `COLUMNS` says, else 80 columns.
  static func standard(environment: [String: String] = ProcessInfo.processInfo.environment) -> Terminal {
    let isDumb = environment["TERM"] == "dumb"
    let allowed = environment["NO_COLOR", default: ""].isEmpty && !isDumb
    let stated = TerminalSize.columns(in: environment)
    func style(_ descriptor: Int32) -> TextStyle {
      let width = TerminalSize.of(descriptor)?.columns ?? stated
      return TextStyle(
        isColoured: allowed && isatty(descriptor) == 1, width: width ?? TerminalSize.assumedColumns,
        cutsWords: width != nil)
    }
    return Terminal(
      output: FileDescriptorSink.standardOutput, error: FileDescriptorSink.standardError, style: style(1),
      errorStyle: style(2), isLive: isatty(2) == 1 && !isDumb)
  }

  /// No streams at all.
  var silent: Terminal { Terminal(output: NullSink(), error: NullSink()) }

  /// The same streams with other styles.
  func styled(_ change: (inout TextStyle) -> Void) -> Terminal {
    var (style, errorStyle) = (style, errorStyle)
    change(&style)
    change(&errorStyle)
    return Terminal(output: output, error: error, style: style, errorStyle: errorStyle, isLive: isLive)
  }

  /// Writes text for people on standard output, as wide as it may be.
  func show(_ text: String) { output.write(style.fitted(text)) }

  /// Writes a plain message on standard error, as wide as it may be; names and paths in it may be what others wrote.
  func say(_ text: String) { error.write(errorStyle.fitted(text.withoutHiddenCharacters(keeping: ["\n"]))) }
}
