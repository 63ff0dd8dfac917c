// A self-contained HTML page: no scripts, no network, light and dark, on paper too.

import JSON

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

  /// A figure with its caption, and where its data are.
  static func figure(_ svg: String, _ figure: Figure, folder: String) -> String {
    """
    <figure id="\(figure.name)">
    <h3>\(escaped(figure.title))</h3>
    \(svg)
    <figcaption>\(escaped(figure.caption)) <span class="source">Data: <a href="\(folder)/\(figure.name).csv">\(figure.name).csv</a></span></figcaption>
    </figure>
    """
  }

  private static let style = """
    :root { color-scheme: light dark; --ink: #1c2430; --paper: #ffffff; --soft: #5b6675; --line: #d5dbe3; --tint: #f4f6f9;
      --good: #1d7a4c; --bad: #b3261e; --doubt: #9a6700; --link: #1f5fa8; }
    @media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --paper: #14181f; --soft: #9aa6b5; --line: #323b47;
      --tint: #1c222b; --good: #5fce95; --bad: #ff8a80; --doubt: #e6b450; --link: #7fb4f0; } }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
    main { max-width: 1080px; margin: 0 auto; padding: 24px 20px 64px; }
    h1 { font-size: 1.7rem; line-height: 1.2; margin: 0.4em 0 0.2em; }
    h1, h2, h3, p, li, dd, summary, figcaption { overflow-wrap: anywhere; }
    td, th { overflow-wrap: break-word; }
    h2 { font-size: 1.25rem; margin: 2em 0 0.6em; border-bottom: 1px solid var(--line); padding-bottom: 0.2em; }
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
    .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 480px), 1fr)); gap: 24px; }
    figure { margin: 0; padding: 14px; border: 1px solid var(--line); border-radius: 8px; background: var(--tint); min-width: 0;
      break-inside: avoid; }
    figure svg { display: block; width: 100%; height: auto; }
    figcaption { font-size: 0.87rem; color: var(--soft); margin-top: 0.6em; }
    pre { background: var(--tint); border: 1px solid var(--line); border-radius: 8px; padding: 12px; overflow-x: auto;
      font-size: 0.82rem; }
    summary { cursor: pointer; }
    .origin { display: grid; grid-template-columns: max-content 1fr; gap: 0 14px; font-size: 0.87rem; color: var(--soft);
      margin: 2.5em 0 0; padding-top: 0.8em; border-top: 1px solid var(--line); }
    .origin dd { margin: 0; }
    @page { margin: 14mm; }
    @media print {
      :root { color-scheme: light; --ink: #000; --paper: #fff; --soft: #333; --line: #bbb; --tint: #fff; --good: #1d7a4c;
        --bad: #b3261e; --doubt: #7a5200; --link: #000; }
      body { font-size: 12px; } main { max-width: none; padding: 0; } p, li { max-width: none; }
      h2, h3, summary, thead { break-after: avoid; } tr, figure { break-inside: avoid; }
      .scroll { overflow: visible; } table { max-width: 100%; font-size: 11px; } th, td { padding: 3px 8px 3px 0; }
      .number { white-space: normal; } .origin { break-inside: avoid; }
      .many table { font-size: 9px; } .many th, .many td { padding: 2px 5px 2px 0; }
      .figures { display: block; } figure { margin: 0 0 12px; } figure svg { max-height: 68mm; }
      pre { white-space: pre-wrap; overflow-wrap: anywhere; overflow: visible; }
    }
    """
}
