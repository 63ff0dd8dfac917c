// Values and tables that show what a key is for, in an experiment file to begin with.

import JSON
import Networks

/// A table that an example names: its sides follow from the rest of the example.
package struct ExampleTable: Sendable, Equatable {
  package enum Side: Sendable, Equatable { case neurons, contexts, features, stimuli, pair }
  package enum Content: Sendable, Equatable {
    /// 0 and 1, row r the binary digits of r: every gain pattern in turn.
    case patterns
    /// Numbers from -1 to 1.
    case numbers
  }

  package let rows: Side
  package let columns: Side
  package let content: Content

  init(_ content: Content, rows: Side, columns: Side) {
    self.content = content
    self.rows = rows
    self.columns = columns
  }

  /// The table as CSV.
  func csv(size: (Side) -> Int) -> String {
    let columns = size(columns)
    return (0..<size(rows)).map { row in
      (0..<columns).map { column in
        switch content {
        case .patterns: "\(row >> (column % 60) & 1)"
        // 7 and 5 go round 11 in different orders, so that rows and columns differ.
        case .numbers: JSONValue.number(Double((7 * row + 5 * column * column + 3 * column) % 11 - 5) / 5).text()
        }
      }.joined(separator: ",") + "\n"
    }.joined()
  }
}

extension SpecKey {
  /// The same key with a value that shows what it is for; a key that may be left out is written with it where the rest does not do.
  func example(_ value: JSONValue) -> SpecKey {
    var key = self
    key.example = value
    return key
  }

  /// The same key of a path, with a file that can be made.
  func example(_ name: String, _ table: ExampleTable) -> SpecKey {
    var key = example(.string(name))
    key.exampleTable = table
    return key
  }

  /// What a file to begin with says: the key's example, or something that has its form.
  package var exampleValue: JSONValue { example ?? form.example }

  /// What is allowed, a long list cut after a whole entry.
  package var shortWords: String {
    let words = form.words
    guard words.count > 160, let end = words.prefix(150).lastIndex(of: ",") else { return words }
    return "\(words[..<end]), ..."
  }
}

extension SpecForm {
  /// A value of this form, the plainest that there is.
  fileprivate var example: JSONValue {
    switch self {
    case .integer(let range), .integerOrAll(let range): .integer(min(max(2, range.lowerBound), range.upperBound))
    case .number(let range), .numberOrList(let range): .number(range.contains(1) ? 1 : range.upper)
    case .choice(let names): .string(names.first ?? "")
    case .folderName: "experiment"
    case .path, .pathOrFolder: "data.csv"
    case .matrix: [[1, 0], [0, 1]]
    case .integers(let range, _): [.integer(min(max(2, range.lowerBound), range.upperBound))]
    case .numbers(let range, _): [.number(range.contains(1) ? 1 : range.upper)]
    case .chains: 4
    case .object: [:]
    case .weightKinds: .string(WeightPrior.Kind.allCases.first?.rawValue ?? "")
    case .observableName: "x"
    case .expression: "loss"
    case .observables, .objects: []
    case .starts: "prior"
    case .names(let count): .array((0..<count.lowerBound).map { .string("a\($0)") })
    case .orNull(let form): form.example
    }
  }
}
