// How wide and how high a terminal is, asked of the stream that is written.

import Sampling

/// The size of a terminal.
struct TerminalSize: Sendable, Equatable {
  let columns: Int
  let rows: Int

  /// What is assumed where nobody says.
  static let assumedColumns = 80
  /// Nothing is laid out for less.
  static let fewestColumns = 20

  /// The size of the terminal behind a descriptor; nil where there is none, or where it does not know.
  static func of(_ descriptor: Int32) -> TerminalSize? {
    var size = winsize()
    guard isatty(descriptor) == 1, ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return TerminalSize(
      columns: max(fewestColumns, Int(size.ws_col)), rows: size.ws_row > 0 ? Int(size.ws_row) : 24)
  }

  /// What `COLUMNS` says; nil if it is no whole number above 0.
  static func columns(in environment: [String: String]) -> Int? {
    environment["COLUMNS"].flatMap(Int.init).flatMap { $0 > 0 ? max(fewestColumns, $0) : nil }
  }
}
