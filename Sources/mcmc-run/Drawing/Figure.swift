// A picture: its data, the gnuplot commands that draw it, and the words that go with it.

import Storage

/// One figure of a report.
struct Figure: Sendable {
  /// The name of its files: letters, digits and "-".
  let name: String
  let title: String
  /// What is seen, in a sentence or two.
  let caption: String
  /// What the picture shows, for those who cannot see it; with the numbers that matter.
  let alternativeText: String
  /// The columns of its data.
  let columns: [String]
  /// The data, a row a line; nil for an empty cell. A row without cells separates blocks of lines.
  let rows: [[Cell]]
  /// gnuplot commands after the common preamble; `DATA` stands for the data file.
  let commands: String
  /// Width and height in pixels.
  let size: (width: Int, height: Int)

  /// The same figure by another name, where figures of several origins stand on one page.
  func named(_ name: String) -> Figure {
    Figure(
      name: name, title: title, caption: caption, alternativeText: alternativeText, columns: columns, rows: rows,
      commands: commands, size: size)
  }

  /// A cell of the data.
  typealias Cell = CSV.Cell

  /// The data as CSV with a heading.
  var csv: String {
    CSV.text(columns, rows)
  }

  /// Colours that can be told apart on white and on black, and by most who see few colours (after Okabe & Ito).
  static let colours = ["#2f7fc1", "#d9822b", "#2b9a66", "#c2528b", "#8a6fd1", "#b8a132", "#4fb3bf", "#9a6b4f"]

  /// "readout-0-1" of "readout[0,1]": letters and digits of ASCII, and "-" for all else, as names come from files.
  static func fileName(_ name: String) -> String {
    String(
      String.UnicodeScalarView(
        name.unicodeScalars.lazy.filter { $0 != "]" }.map { scalar in
          scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil) ? scalar : "-"
        }))
  }
}
