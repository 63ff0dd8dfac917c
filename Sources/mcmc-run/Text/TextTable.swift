// A table for people: columns aligned by display width, numbers to the right, folded to the width that there is.

import JSON

/// A plain-text table with a heading.
///
/// A table that is too wide loses nothing. Its texts and titles are folded first; if that is not enough, the names of rows go
/// on lines of their own; if that is not enough, the columns stand in bands below each other, and each band begins with the names.
struct TextTable: Sendable {
  enum Alignment: Sendable { case left, right }

  /// Texts are not folded to less than this.
  private static let narrowest = 16
  private static let gap = 2

  let columns: [(title: String, alignment: Alignment)]
  private let keys: Int
  private(set) var rows: [[Cell]] = []

  /// An empty table.
  ///
  /// - Parameter keys: how many columns, from the first, name a row.
  init(_ columns: [(title: String, alignment: Alignment)], keys: Int = 1) {
    self.columns = columns.map { ($0.title.withoutHiddenCharacters(), $0.alignment) }
    self.keys = keys
  }

  /// A table whose columns of numbers are aligned to the right.
  init(_ titles: [String], keys: Int = 1, rows: [[Cell]]) {
    self.init(
      titles.enumerated().map { column, title in (title, Self.isNumeric(column, of: rows) ? .right : .left) },
      keys: keys)
    for row in rows { add(row) }
  }

  /// Whether most cells of a column that say something are numbers.
  private static func isNumeric(_ column: Int, of rows: [[Cell]]) -> Bool {
    let said = rows.compactMap { column < $0.count ? $0[column].isNumber : nil }
    return 2 * said.count { $0 } > said.count
  }

  /// Adds a row; short rows are filled with empty cells, what exceeds the columns is not shown.
  mutating func add(_ cells: [Cell]) {
    let row = cells.prefix(columns.count)
    rows.append(row + Array(repeating: .empty, count: columns.count - row.count))
  }

  /// The table in the style's format, every line ended by a newline.
  func text(_ style: TextStyle = .plain) -> String {
    switch style.format {
    case .text: laidOut(style)
    case .csv: csv
    case .markdown: markdown
    case .latex: latex
    }
  }

  /// The table as lines without trailing blanks.
  private func laidOut(_ style: TextStyle) -> String {
    let all = Array(columns.indices)
    if let widths = widths(of: all, within: style.width) { return block(all, widths, style) }
    let names = Array(all.prefix(keys))
    let rest = Array(all.dropFirst(keys))
    if keys == 1, let widths = widths(of: rest, within: style.width - Self.gap) {
      return underNames(rest, widths, style)
    }
    return bands(names, rest, style)
  }

  // MARK: - Widths

  private func naturalWidth(_ column: Int) -> Int { max(TextWidth.of(columns[column].title), contentWidth(column)) }

  private func contentWidth(_ column: Int) -> Int { rows.reduce(0) { max($0, TextWidth.of($1[column].text)) } }

  /// What a column can be folded to: numbers not at all, texts to ``narrowest``, titles between their words.
  private func smallestWidth(_ column: Int) -> Int {
    let word = columns[column].title.split(separator: " ").reduce(0) { max($0, TextWidth.of(String($1))) }
    let content = contentWidth(column)
    return max(word, columns[column].alignment == .left ? min(content, Self.narrowest) : content)
  }

  /// Widths with which columns fit beside each other, the widest ones folded first; nil if they do not fit.
  private func widths(of chosen: [Int], within width: Int) -> [Int]? {
    let gaps = Self.gap * max(0, chosen.count - 1)
    let natural = chosen.map(naturalWidth)
    guard natural.reduce(gaps, +) > width else { return natural }
    let smallest = chosen.map(smallestWidth)
    guard smallest.reduce(gaps, +) <= width else { return nil }
    var bound = natural.max() ?? 0
    func folded(_ bound: Int) -> [Int] { zip(natural, smallest).map { max($1, min($0, bound)) } }
    while folded(bound).reduce(gaps, +) > width { bound -= 1 }
    return folded(bound)
  }

  // MARK: - Layouts

  private var heading: [Cell] { columns.map { Cell($0.title).dressed { $0.strong($1) } } }

  /// Columns beside each other.
  private func block(_ chosen: [Int], _ widths: [Int], _ style: TextStyle) -> String {
    ([heading] + rows).map { line($0, chosen, widths, style) }.joined()
  }

  /// The name of each row on a line of its own, the other columns below it.
  private func underNames(_ rest: [Int], _ widths: [Int], _ style: TextStyle) -> String {
    ([heading] + rows).map { row in
      let name = TextFill.lines(row[0].text, width: style.width).map { row[0].dress(style, $0) + "\n" }.joined()
      return name + line(row, rest, widths, style, margin: Self.gap)
    }.joined()
  }

  /// As many columns as fit beside the names, then the next ones.
  private func bands(_ names: [Int], _ rest: [Int], _ style: TextStyle) -> String {
    // Names take half of the width at most.
    let half = style.width / 2
    let equal = max(1, (half - Self.gap * names.count) / max(1, names.count))
    let nameWidths = widths(of: names, within: half - Self.gap) ?? names.map { min(naturalWidth($0), equal) }
    let room = max(1, style.width - nameWidths.reduce(Self.gap * names.count, +))
    var bands: [[Int]] = []
    for column in rest {
      if let last = bands.last, widths(of: last + [column], within: room) != nil {
        bands[bands.count - 1].append(column)
      } else {
        bands.append([column])
      }
    }
    return bands.map { band in
      let widths = widths(of: band, within: room) ?? [room]
      return block(names + band, nameWidths + widths, style)
    }.joined(separator: "\n")
  }

  /// One row, as many lines high as its highest cell.
  private func line(
    _ row: [Cell], _ chosen: [Int], _ widths: [Int], _ style: TextStyle, margin: Int = 0
  ) -> String {
    let folded = zip(chosen, widths).map { column, width in
      TextWidth.of(row[column].text) <= width ? [row[column].text] : TextFill.lines(row[column].text, width: width)
    }
    let height = folded.map(\.count).max() ?? 0
    return (0..<height).map { number in
      var result = ""
      var pendingBlanks = margin
      for (place, column) in chosen.enumerated() {
        let text = number < folded[place].count ? folded[place][number] : ""
        let padding = widths[place] - TextWidth.of(text)
        let isRight = columns[column].alignment == .right
        pendingBlanks += (place == 0 ? 0 : Self.gap) + (isRight ? padding : 0)
        if !text.isEmpty {
          result += String(repeating: " ", count: max(0, pendingBlanks)) + row[column].dress(style, text)
          pendingBlanks = 0
        }
        pendingBlanks += isRight ? 0 : padding
      }
      return result + "\n"
    }.joined()
  }
}
