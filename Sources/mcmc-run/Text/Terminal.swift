// The two streams of a command: data on standard output, progress and messages on standard error.

import JSON
import Sampling
import Storage

/// Where a command's data and messages go, and how they may be styled there.
struct Terminal: Sendable {
  let output: any TextSink
  let error: any TextSink
  private let outputStyle: TextStyle
  private let messageStyle: TextStyle
  /// Whether the streams are the process's own, whose terminals can be asked how wide they are.
  private let isMeasured: Bool
  /// Whether standard error is a terminal, where a live line may be redrawn.
  let isLive: Bool

  init(
    output: any TextSink, error: any TextSink, style: TextStyle = .plain, errorStyle: TextStyle = .plain,
    isLive: Bool = false, isMeasured: Bool = false
  ) {
    self.output = output
    self.error = error
    outputStyle = style
    messageStyle = errorStyle
    self.isLive = isLive
    self.isMeasured = isMeasured
  }

  /// For standard output, as wide as it is at this moment.
  var style: TextStyle { current(outputStyle, of: 1) }
  /// For standard error, as wide as it is at this moment.
  var errorStyle: TextStyle { current(messageStyle, of: 2) }

  private func current(_ style: TextStyle, of descriptor: Int32) -> TextStyle {
    guard isMeasured, style.width < Int.max, let size = TerminalSize.of(descriptor) else { return style }
    var style = style
    style.width = size.columns
    return style
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
    let (ofOutput, ofMessages) = (style(1), style(2))
    return Terminal(
      output: FileDescriptorSink(1, isColoured: ofOutput.isColoured),
      error: FileDescriptorSink(2, isColoured: ofMessages.isColoured), style: ofOutput, errorStyle: ofMessages,
      isLive: isatty(2) == 1 && !isDumb, isMeasured: true)
  }

  /// No streams at all.
  var silent: Terminal { Terminal(output: NullSink(), error: NullSink()) }

  /// The same streams with other styles.
  func styled(_ change: (inout TextStyle) -> Void) -> Terminal {
    var (style, errorStyle) = (outputStyle, messageStyle)
    change(&style)
    change(&errorStyle)
    return Terminal(
      output: output, error: error, style: style, errorStyle: errorStyle, isLive: isLive, isMeasured: isMeasured)
  }

  /// The same streams with tables in another format on standard output.
  func formatted(_ format: TableFormat) -> Terminal {
    guard format != .text else { return self }
    return Terminal(
      output: output, error: error, style: TextStyle(format: format), errorStyle: messageStyle, isLive: isLive,
      isMeasured: isMeasured)
  }

  /// Writes text for people on standard output, as wide as it may be.
  func show(_ text: String) { output.write(style.fitted(text)) }

  /// Writes a plain message on standard error, as wide as it may be; names and paths in it may be what others wrote.
  func say(_ text: String) { error.write(errorStyle.fitted(text.withoutHiddenCharacters(keeping: ["\n"]))) }
}
