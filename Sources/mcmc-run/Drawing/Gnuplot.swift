// Draws figures as SVG with gnuplot, leaving data and scripts beside the pictures.

import Experiments
import JSON
import Sampling
import Storage

/// The gnuplot program.
struct Gnuplot: Sendable {
  private let executable: String

  /// Finds gnuplot on the PATH.
  ///
  /// - Throws: ``GnuplotError`` if it is not there.
  init() throws {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    guard let found = folders.map({ "\($0)/gnuplot" }).first(where: FileManager.default.isExecutableFile) else {
      throw GnuplotError(
        description: "gnuplot is not on the PATH; install it (Debian: gnuplot-nox, Homebrew: gnuplot) and try again")
    }
    executable = found
  }

  /// Draws a figure in `folder` (NAME.csv, NAME.gp, NAME.svg) and returns the picture, ready to stand in a page.
  ///
  /// - Throws: ``GnuplotError`` with gnuplot's own message; ``StorageError`` if the files cannot be written.
  func draw(_ figure: Figure, in folder: String) throws -> String {
    try Posix.writeAtomically(figure.csv, to: "\(folder)/\(figure.name).csv")
    try Posix.writeAtomically(script(figure), to: "\(folder)/\(figure.name).gp")
    // gnuplot would write through a link.
    try Posix.remove("\(folder)/\(figure.name).svg")
    let (status, said) = try ChildProcess.run(executable, ["\(figure.name).gp"], in: folder)
    guard status == 0 else {
      throw GnuplotError(description: "gnuplot cannot draw \(folder)/\(figure.name).gp: \(said)")
    }
    return Self.adapted(try Posix.text(of: "\(folder)/\(figure.name).svg"), figure)
  }

  /// A text as a string of gnuplot's that shows it as it is.
  ///
  /// In single quotes only the quote itself has a meaning to the parser; a backslash takes their meaning in enhanced text from
  /// the characters that have one there.
  static func quoted(_ text: String) -> String {
    var result = ""
    for scalar in text.withoutHiddenCharacters().unicodeScalars {
      switch scalar {
      case "'": result += "''"
      case "\\", "_", "^", "{", "}", "@", "&", "~":
        result += "\\"
        result.unicodeScalars.append(scalar)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return "'" + result + "'"
  }

  private func script(_ figure: Figure) -> String {
    """
    # gnuplot \(figure.name).gp draws \(figure.name).svg from \(figure.name).csv
    set terminal svg size \(figure.size.width),\(figure.size.height) dynamic enhanced font 'sans-serif,13'
    set output '\(figure.name).svg'
    set datafile separator ','
    set datafile columnheaders
    set datafile missing ''
    set border 3 linewidth 0.8
    set tics nomirror out scale 0.6
    set key noenhanced samplen 1.5
    \(Figure.colours.enumerated().map { "set linetype \($0 + 1) linewidth 1.6 linecolor rgb '\($1)'" }.joined(separator: "\n"))
    DATA = '\(figure.name).csv'
    \(figure.commands)

    """
  }

  /// The SVG without its prologue, with the page's own text colour, and named for readers that cannot see it.
  private static func adapted(_ svg: String, _ figure: Figure) -> String {
    var body = svg.utf8.firstRange(of: "<svg".utf8).map { String(svg[$0.lowerBound...]) } ?? svg
    // Ids must differ between the pictures of one page.
    for mark in ["gnuplot_plot_", "gpDot", "gpPt", "gpMask", "gnuplot_canvas"] {
      body = body.replacingOccurrences(of: mark, with: "\(figure.name)-\(mark)")
    }
    body = body.replacingOccurrences(of: "color=\"black\"", with: "color=\"currentColor\"")
      .replacingOccurrences(of: "fill=\"black\"", with: "fill=\"currentColor\"")
      .replacingOccurrences(of: "stroke='black'", with: "stroke='currentColor'")
      .replacingOccurrences(of: "rgb(  0,   0,   0)", with: "currentColor")
    let rest = body[body.utf8.index(after: body.utf8.firstIndex(of: UInt8(ascii: ">"))!)...]
    return
      "<svg viewBox=\"0 0 \(figure.size.width) \(figure.size.height)\" role=\"img\" aria-label=\"\(HTML.escaped(figure.alternativeText))\" xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\">"
      + rest
  }
}

/// gnuplot is missing or does not like its script.
struct GnuplotError: ExperimentError {
  let description: String
  var kind: FailureKind { .system }
}
