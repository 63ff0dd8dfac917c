// A table for other programs.

import Storage

extension TextTable {
  /// One line of titles and one line a row. A column whose cells have several values is several columns.
  var csv: String {
    let places = columns.indices.flatMap { column in valueNames(column).map { (column: column, name: $0) } }
    return CSV.text(
      places.map { place in
        [columns[place.column].title, place.name].filter { !$0.isEmpty }.joined(separator: " ")
      },
      rows.map { row in
        places.map { place in row[place.column].values.first { $0.name == place.name }?.value ?? .empty }
      })
  }

  /// The names of the values in a column's cells, in the order in which rows bring them; one without a name where there are none.
  private func valueNames(_ column: Int) -> [String] {
    var names: [String] = []
    for row in rows {
      for value in row[column].values where !names.contains(value.name) { names.append(value.name) }
    }
    return names.isEmpty ? [""] : names
  }
}
