// Draws figures as SVG with gnuplot, leaving data and scripts beside the pictures.

import Experiments
import JSON
import Sampling
import Storage

/// The gnuplot program.
struct Gnuplot: Sendable {
  private let executable: String
  /// What figures are drawn as besides the page's own pictures.
  private let formats: [Picture.Format]

  /// Finds gnuplot on the PATH.
  ///
  /// - Throws: ``GnuplotError`` if it is not there.
  init(formats: [Picture.Format] = []) throws {
    self.formats = formats
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    guard let found = folders.map({ "\($0)/gnuplot" }).first(where: FileManager.default.isExecutableFile) else {
      throw GnuplotError(
        description: "gnuplot is not on the PATH; install it (Debian: gnuplot-nox, Homebrew: gnuplot) and try again")
    }
    executable = found
  }

  /// Processes at the same time.
  private static let processes = 2

  /// Draws figures in `folder` (of each NAME.csv, NAME.gp and its pictures) and returns those that stand in a page.
  ///
  /// - Throws: ``GnuplotError`` with gnuplot's own message; ``StorageError`` if the files cannot be written.
  func draw(_ figures: [Figure], in folder: String) throws -> [Drawing] {
    let pictures = Picture.page + formats.flatMap(Picture.files)
    for figure in figures {
      let script = FigureScript(figure)
      try Posix.writeAtomically(script.data.csv, to: "\(folder)/\(figure.name).csv")
      try Posix.writeAtomically(script.text(pictures), to: "\(folder)/\(figure.name).gp")
      // gnuplot would write through a link.
      for picture in pictures { try Posix.remove("\(folder)/\(picture.file(of: figure))") }
    }
    // Starting gnuplot costs more than a picture: each process draws several.
    let count = min(Self.processes, figures.count)
    _ = try parallelMap(count, threads: count) { part in
      let scripts = stride(from: part, to: figures.count, by: count).map { "\(figures[$0].name).gp" }
      let (status, said) = try ChildProcess.run(executable, scripts, in: folder)
      guard status == 0 else { throw GnuplotError(description: "gnuplot cannot draw in \(folder): \(said)") }
    }
    return try figures.map { figure in
      let svg = try Picture.page.map { picture in
        Self.adapted(try Posix.text(of: "\(folder)/\(picture.file(of: figure))"), figure, picture)
      }
      return Drawing(
        figure: figure, pictures: svg,
        files: pictures.dropFirst(Picture.page.count).map { (picture: $0, name: $0.file(of: figure)) })
    }
  }

  /// A text as a string of gnuplot's that shows it as it is, in a terminal without enhanced text.
  ///
  /// In single quotes only the quote itself has a meaning to the parser.
  static func quoted(_ text: String) -> String {
    var result = ""
    for scalar in text.withoutHiddenCharacters().unicodeScalars {
      if scalar == "'" { result += "''" } else { result.unicodeScalars.append(scalar) }
    }
    return "'" + result + "'"
  }

  /// The SVG without its prologue, with the page's own colours, and named for readers that cannot see it.
  private static func adapted(_ svg: String, _ figure: Figure, _ picture: Picture) -> String {
    var body = svg.utf8.firstRange(of: "<svg".utf8).map { String(svg[$0.lowerBound...]) } ?? svg
    // Ids must differ between the pictures of one page.
    for mark in ["gnuplot_plot_", "gpDot", "gpPt", "gpMask", "gnuplot_canvas", "textbox", "greybox"] {
      body = body.replacingOccurrences(of: mark, with: "\(figure.name)-\(picture.medium.rawValue)-\(mark)")
    }
    body = named(body, FigureScript(figure).titles(picture))
    body = body.replacingOccurrences(of: "color=\"black\"", with: "color=\"currentColor\"")
      .replacingOccurrences(of: "fill=\"black\"", with: "fill=\"currentColor\"")
      .replacingOccurrences(of: "stroke=\"black\"", with: "stroke=\"currentColor\"")
      .replacingOccurrences(of: "stroke='black'", with: "stroke='currentColor'")
      .replacingOccurrences(of: "rgb(  0,   0,   0)", with: "currentColor")
    body = Palette.adapted(body)
    let layout = FigureLayout(figure, picture.medium)
    let size = "width=\"\(Int(layout.width))\" height=\"\(Int(layout.height))\""
    let rest = body[body.utf8.index(after: body.utf8.firstIndex(of: UInt8(ascii: ">"))!)...]
    return
      "<svg class=\"\(picture.medium.rawValue)\" data-panels=\"\(layout.panels.count)\" \(size) viewBox=\"0 0 \(Int(layout.width)) \(Int(layout.height))\" role=\"img\" aria-label=\"\(HTML.escaped(figure.alternativeText))\" xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\">"
      + rest
  }
}

extension Gnuplot {
  /// An SVG whose plots bear their own titles, which browsers show, in place of gnuplot's; those of the key have a class.
  fileprivate static func named(_ svg: String, _ titles: [[String]]) -> String {
    let mark = "gnuplot_plot_"
    var panel = -1
    var last = ""
    return svg.split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
      // <g id="...gnuplot_plot_3b" ><title>gnuplot_plot_3b</title>: plot 3 of the second panel.
      guard let found = line.firstRange(of: mark), let end = line.firstRange(of: "\" ><title>"),
        found.upperBound <= end.lowerBound
      else { return String(line) }
      let place = line[found.upperBound..<end.lowerBound]
      let number = Int(place.prefix { $0.isNumber }) ?? 0
      let letter = String(place.drop { $0.isNumber })
      if letter != last { (panel, last) = (panel + 1, letter) }
      guard titles.indices.contains(panel), titles[panel].indices.contains(number - 1) else { return String(line) }
      let title = titles[panel][number - 1]
      let isKey = title.hasPrefix(FigureScript.keyMark)
      return line[..<end.lowerBound]
        + "\"\(isKey ? " class=\"key\"" : " class=\"plot panel-\(panel)\"")><title>\(HTML.escaped(title))</title>"
    }.joined(separator: "\n")
  }
}

/// A figure as it was drawn.
struct Drawing: Sendable {
  let figure: Figure
  /// The pictures of the page, wide and narrow, as SVG.
  let pictures: [String]
  /// Its other pictures and the names of their files.
  let files: [(picture: Picture, name: String)]
}

/// gnuplot is missing or does not like its script.
struct GnuplotError: ExperimentError {
  let description: String
  var kind: FailureKind { .system }
}
