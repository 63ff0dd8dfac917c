// A self-contained HTML page: no scripts, no network, light and dark, on paper too.

import JSON
import Storage

/// Pieces of HTML.
enum HTML {
  /// Text as it stands between tags and in attributes, whatever it holds.
  ///
  /// Scalar by scalar: a mark that combines with the scalar after it (U+0600, U+0D4E) would hide a "<" in one character.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\n": result += "\n"
      case _ where scalar.isHidden: result += scalar.escape
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// By this a page is known to be one of this program's.
  static let mark = "<meta name=\"generator\" content=\"mcmc-run\">"

  /// A whole page.
  static func page(title: String, origin: PageOrigin, body: String) -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    \(mark)
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(escaped(title))</title>
    <style>
    \(style)
    </style>
    </head>
    <body>
    <main>
    \(body)
    \(origin.html)
    </main>
    </body>
    </html>

    """
  }

  /// A table with more columns than this is set smaller on paper.
  private static let mostOrdinaryColumns = 7

  /// A table; cells are HTML already, columns of numbers are aligned to the right.
  static func table(_ heading: [String], _ rows: [[String]]) -> String {
    let numeric = Set(heading.indices.filter { !heading[$0].isEmpty && isNumeric($0, of: rows) })
    func row(_ cells: [String], _ tag: String) -> String {
      "<tr>"
        + cells.enumerated().map { "<\(tag)\(numeric.contains($0) ? " class=\"number\"" : "")>\($1)</\(tag)>" }.joined()
        + "</tr>"
    }
    return
      "<div class=\"scroll\(heading.count > mostOrdinaryColumns ? " many" : "")\"><table><thead>\(row(heading.map(escaped), "th"))</thead><tbody>\n"
      + rows.map { row($0, "td") }.joined(separator: "\n") + "\n</tbody></table></div>"
  }

  /// Whether most of a column's cells begin as numbers do.
  private static func isNumeric(_ column: Int, of rows: [[String]]) -> Bool {
    let cells = rows.compactMap { column < $0.count && !$0[column].isEmpty ? $0[column] : nil }
    let numbers = cells.count { cell in
      cell.drop { "-+(".contains($0) }.first.map { $0.isNumber && $0.isASCII } ?? true || ["nan", "inf"].contains(cell)
    }
    return 2 * numbers > cells.count
  }

  /// Rows of a table that is not folded at most.
  private static let mostOpenRows = 12

  /// A table of which all but the first rows are folded away, on screens; on paper all of it stands open.
  static func longTable(_ heading: [String], _ rows: [[String]]) -> String {
    guard rows.count > mostOpenRows + mostOpenRows / 2 else { return table(heading, rows) }
    let rest = rows.count - mostOpenRows
    return table(heading, Array(rows.prefix(mostOpenRows)))
      + folded("\(rest) more rows", table(heading, Array(rows.dropFirst(mostOpenRows))))
  }

  /// What is shown when its summary is opened; on paper always.
  static func folded(_ summary: String, _ html: String, isOpen: Bool = false) -> String {
    "<details\(isOpen ? " open" : "")><summary>\(escaped(summary))</summary>\n\(html)</details>\n"
  }

  /// Figures side by side where there is room, each drawn and with its caption; and sentences in place of figures that would be empty.
  ///
  /// - Throws: ``GnuplotError``, ``StorageError``.
  static func figures(_ figures: [Figure], leftOut: [String] = [], in place: String, gnuplot: Gnuplot) throws -> String
  {
    let shown = figures.filter { !$0.isEmpty }
    let sentences =
      figures.filter(\.isEmpty).map { "\($0.title): no figure, there are too few numbers for one." } + leftOut
    var html = ""
    if !shown.isEmpty {
      let folder = "\(place)/\(figuresFolder)"
      try Posix.makeDirectory(folder)
      html += "<div class=\"figures\">\n"
      for drawing in try gnuplot.draw(shown, in: folder) { html += figure(drawing) + "\n" }
      html += "</div>\n"
    }
    return html + sentences.map { "<p class=\"left-out\">\(escaped($0))</p>\n" }.joined()
  }

  /// Where figures and their data are, beside the page.
  static let figuresFolder = "figures"

  /// A figure with its caption, and where its data and its files are.
  private static func figure(_ drawing: Drawing) -> String {
    let figure = drawing.figure
    func link(_ file: String, _ words: String) -> String { "<a href=\"\(figuresFolder)/\(file)\">\(words)</a>" }
    let files =
      [link("\(figure.name).csv", "data (CSV)")]
      + drawing.files.map {
        link($0.name, "\($0.picture.medium.rawValue) (\($0.picture.format.rawValue.uppercased()))")
      }
    return """
      <figure id="\(figure.name)">
      <h3>\(escaped(figure.title))</h3>
      \(drawing.pictures.joined(separator: "\n"))
      <figcaption>\(escaped(figure.caption)) <span class="source">Files: \(files.joined(separator: ", "))</span></figcaption>
      </figure>
      """
  }

  private static let style = """
    :root { color-scheme: light dark; --ink: #1c2430; --paper: #ffffff; --soft: #5b6675; --line: #d5dbe3; --tint: #f4f6f9;
      --good: #1d7a4c; --bad: #b3261e; --doubt: #9a6700; --link: #1f5fa8; }
    :root { \(Palette.properties(Palette.light)) }
    @media (prefers-color-scheme: dark) { :root { \(Palette.properties(Palette.dark)) --ink: #e6eaf0; --paper: #14181f; --soft: #9aa6b5; --line: #323b47;
      --tint: #1c222b; --good: #5fce95; --bad: #ff8a80; --doubt: #e6b450; --link: #7fb4f0; } }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
    main { max-width: 1280px; margin: 0 auto; padding: 24px 20px 64px; }
    h1 { font-size: 1.7rem; line-height: 1.2; margin: 0.4em 0 0.2em; }
    h1, h2, h3, p, li, dd, summary, figcaption { overflow-wrap: anywhere; }
    td, th { overflow-wrap: break-word; }
    h2 { font-size: 1.25rem; margin: 2em 0 0.6em; border-bottom: 1px solid var(--line); padding-bottom: 0.2em; }
    section > h3 { margin-top: 1.6em; }
    h3 { font-size: 1rem; margin: 0 0 0.4em; font-weight: 600; }
    p, li { max-width: 72ch; }
    a { color: var(--link); }
    .lead { color: var(--soft); margin-top: 0; }
    .good { color: var(--good); font-weight: 600; } .bad { color: var(--bad); font-weight: 600; }
    .doubt { color: var(--doubt); font-weight: 600; }
    .scroll { overflow-x: auto; margin: 0.8em 0; }
    table { border-collapse: collapse; font-size: 0.9rem; }
    th, td { text-align: left; padding: 4px 14px 4px 0; border-bottom: 1px solid var(--line); vertical-align: baseline; }
    th { color: var(--soft); font-weight: 600; }
    .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
    .figures { columns: 2 600px; column-gap: 20px; } .figures figure { margin: 0 0 20px; break-inside: avoid; }
    figure { margin: 0; padding: 14px; border: 1px solid var(--line); border-radius: 8px; background: var(--tint); min-width: 0;
      break-inside: avoid; }
    figure { container-type: inline-size; }
    figure svg { display: block; max-width: 100%; height: auto; margin: 0 auto; }
    svg.wide { display: none; }
    @container (min-width: 575px) { svg.wide { display: block; } svg.narrow { display: none; } }
    @media (max-width: 640px) { main { padding: 16px 12px 48px; } figure { padding: 10px 8px; }
      table:has(th:nth-child(4)) td:last-child:not(.number) { min-width: 24ch; } }
    figcaption { font-size: 0.87rem; color: var(--soft); margin-top: 0.6em; }
    pre { background: var(--tint); border: 1px solid var(--line); border-radius: 8px; padding: 12px; overflow-x: auto;
      font-size: 0.82rem; }
    summary { cursor: pointer; }
    nav ul { display: flex; flex-wrap: wrap; gap: 4px 20px; list-style: none; padding: 0; margin: 1.2em 0 0; }
    .left-out { color: var(--soft); }
    .origin { display: grid; grid-template-columns: max-content 1fr; gap: 0 14px; font-size: 0.87rem; color: var(--soft);
      margin: 2.5em 0 0; padding-top: 0.8em; border-top: 1px solid var(--line); }
    .origin dd { margin: 0; }
    @page { margin: 14mm; }
    @media print {
      :root { \(Palette.properties(Palette.light)) color-scheme: light; --ink: #000; --paper: #fff; --soft: #333; --line: #bbb; --tint: #fff; --good: #1d7a4c;
        --bad: #b3261e; --doubt: #7a5200; --link: #000; }
      body { font-size: 12px; } main { max-width: none; padding: 0; } p, li { max-width: none; }
      svg.wide { display: block; } svg.narrow { display: none; }
      details::details-content { content-visibility: visible; height: auto; } nav { display: none; }
      h2, h3, summary, thead { break-after: avoid; } tr, figure { break-inside: avoid; }
      .scroll { overflow: visible; } table { max-width: 100%; font-size: 11px; } th, td { padding: 3px 8px 3px 0; }
      .number { white-space: normal; } .origin { break-inside: avoid; }
      .many table { font-size: 9px; } .many th, .many td { padding: 2px 5px 2px 0; }
      .figures { columns: auto; } .figures figure { margin: 0 0 12px; }
      pre { white-space: pre-wrap; overflow-wrap: anywhere; overflow: visible; }
    }
    """
}
