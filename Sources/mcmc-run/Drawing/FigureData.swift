// The numbers of a figure as one table, and which of its columns each series is drawn from.

import Storage

/// The data of a figure: CSV with a heading, and the places of its columns.
///
/// Columns that several series share, such as the draw's number, stand once.
struct FigureData: Sendable {
  private(set) var columns: [String] = []
  private var cells: [[CSV.Cell]] = []
  private var numbers: [[Double]?] = []
  /// For each panel and series the columns of its numbers, counted from 1.
  private(set) var places: [[[Int]]] = []

  init(_ figure: Figure) {
    for panel in figure.panels {
      var list: [[Int]] = []
      for series in panel.series { list.append(add(series, of: panel)) }
      places.append(list)
    }
  }

  /// The table as text.
  var csv: String {
    let length = cells.map(\.count).max() ?? 0
    return CSV.text(
      columns, (0..<length).map { row in cells.map { row < $0.count ? $0[row] : .empty } })
  }

  private mutating func add(_ series: Series, of panel: Panel) -> [Int] {
    let (x, y) = (panel.x, panel.y)
    let name = series.name
    func bars(_ bars: Series.Bars) -> [(String, [Double])] {
      switch bars {
      case .none: []
      case .standardErrors(let errors): [("\(name), standard error", errors)]
      case .intervals(let low, let high): [("\(name), low", low), ("\(name), high", high)]
      }
    }
    let first: [Int]
    let rest: [(String, [Double])]
    switch series.mark {
    case .line(let places, let values), .steps(let places, let values), .boxes(let places, let values, _):
      (first, rest) = (along(x, places), [(name, values)])
    case .points(let places, let values, let error, _):
      (first, rest) = (along(x, places), [(name, values)] + bars(error))
    case .spread(let values, let places, let error):
      (first, rest) = (along(y, places), [(name, values)] + bars(error))
    case .band(let places, let low, let high):
      (first, rest) = (along(x, places), [("\(name), low", low), ("\(name), high", high)])
    case .image(let across, let down, let value, _, let texts, let notes):
      let places = along(x, across) + along(y, down) + [column(name, value)]
      return places + texts.map { text("\(name), as text", $0) } + (notes.map { [text("\(name), note", $0)] } ?? [])
    case .level, .upright, .diagonal, .shade: return []
    }
    return first + rest.map { column($0.0, $0.1) }
  }

  /// Places along an axis, and the names that stand there.
  private mutating func along(_ axis: Axis, _ places: [Double]) -> [Int] {
    guard case .names(let names) = axis.scale else { return [column(axis.label, places)] }
    let found = column("row of \(axis.label)", places)
    let texts = places.map { place -> CSV.Cell in
      names.indices.contains(Int(place)) ? .text(names[Int(place)]) : .empty
    }
    if !columns.contains(axis.label) {
      columns.append(axis.label)
      cells.append(texts)
      numbers.append(nil)
    }
    return [found]
  }

  /// The place of a new column of texts.
  private mutating func text(_ name: String, _ texts: [String]) -> Int {
    columns.append(name)
    cells.append(texts.map { .text($0) })
    numbers.append(nil)
    return columns.count
  }

  /// The place of a column of numbers, which is added unless it is there.
  private mutating func column(_ name: String, _ values: [Double]) -> Int {
    var unique = name
    var count = 1
    while let index = columns.firstIndex(of: unique) {
      if let there = numbers[index], there.elementsEqual(values, by: { $0 == $1 || ($0.isNaN && $1.isNaN) }) {
        return index + 1
      }
      count += 1
      unique = "\(name) (\(count))"
    }
    columns.append(unique)
    cells.append(values.map { .number($0) })
    numbers.append(values)
    return columns.count
  }
}
