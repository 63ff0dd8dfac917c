// A cell of a table: what people read, and the numbers behind it.

import Experiments
import JSON
import Networks
import Sampling
import Storage

extension TextTable {
  /// One cell: its text, how that is dressed once its width is known, and its values for other programs.
  struct Cell: Sendable, ExpressibleByStringLiteral {
    /// A value by its name, which is empty for the cell's own: the column of other programs is called by the title and the name.
    typealias Value = (name: String, value: CSV.Cell)

    let text: String
    let values: [Value]
    /// nil for a cell that says nothing of its column.
    let isNumber: Bool?
    fileprivate(set) var dress: @Sendable (TextStyle, String) -> String = { $1 }

    private init(_ text: String, _ values: [Value], isNumber: Bool?) {
      self.text = text.withoutHiddenCharacters()
      self.values = values
      self.isNumber = isNumber
    }

    /// A text; nothing at all if that is empty.
    init(_ text: String) {
      self.init(
        text, text.isEmpty ? [] : [("", .text(text.withoutHiddenCharacters()))], isNumber: text.isEmpty ? nil : false)
    }

    init(stringLiteral value: String) { self.init(value) }
  }
}

extension TextTable.Cell {
  static var empty: TextTable.Cell { "" }

  /// Words in place of a number that there is not; other programs read nothing.
  static func missing(_ words: String) -> TextTable.Cell { TextTable.Cell(words, [], isNumber: nil) }

  /// A number to so many significant digits; nothing where there is none.
  static func number(_ value: Double?, digits: Int) -> TextTable.Cell {
    number(value) { NumberText.significant($0, digits: digits) }
  }

  /// A number to so many decimal places; nothing where there is none.
  static func fixed(_ value: Double?, places: Int) -> TextTable.Cell {
    number(value) { String(format: "%.\(places)f", $0) }
  }

  /// A number in words of its own.
  static func number(_ value: Double?, words: (Double) -> String) -> TextTable.Cell {
    guard let value else { return .empty }
    return TextTable.Cell(words(value), [("", read(value))], isNumber: true)
  }

  /// A p-value, which is not told apart from 0 below 1e-12; nothing where there is none.
  static func pValue(_ value: Double?) -> TextTable.Cell {
    number(value) { $0 < 1e-12 ? "< 1e-12" : NumberText.significant($0, digits: 2) }
  }

  static func integer(_ value: Int) -> TextTable.Cell {
    TextTable.Cell("\(value)", [("", .text("\(value)"))], isNumber: true)
  }

  /// `value ± error`, or the value alone; nothing where there is none. Other programs read two columns.
  static func estimate(_ estimate: Estimate?) -> TextTable.Cell {
    guard let estimate, !estimate.value.isNaN else { return .empty }
    return TextTable.Cell(NumberText.estimate(estimate), values(estimate.value, estimate.standardError), isNumber: true)
  }

  /// `value ± error`. Other programs read two columns.
  static func plusMinus(_ value: Double, _ error: Double) -> TextTable.Cell {
    TextTable.Cell(NumberText.plusMinus(value, error), values(value, error), isNumber: true)
  }

  /// `low to high`. Other programs read two columns.
  static func range(_ low: Double, _ high: Double, words: (Double) -> String) -> TextTable.Cell {
    TextTable.Cell(
      "\(words(low)) to \(words(high))", [("low", read(low)), ("high", read(high))], isNumber: true)
  }

  /// `done of total unit`. Other programs read three columns.
  static func count(_ done: Int, of total: Int?, _ unit: String) -> TextTable.Cell {
    let words = total.map { "\(done) of \($0) \(unit)" } ?? "\(done) \(unit)"
    return TextTable.Cell(
      words, [("", .text("\(done)")), ("of", total.map { .text("\($0)") } ?? .empty), ("unit", .text(unit))],
      isNumber: true)
  }

  /// This with another cell behind it in brackets, after a label; other programs read that in a column of this name.
  func with(_ name: String, _ other: TextTable.Cell, label: String = "") -> TextTable.Cell {
    guard !other.text.isEmpty else { return self }
    let more = other.values.map { (name: $0.name.isEmpty ? name : "\(name) \($0.name)", value: $0.value) }
    return TextTable.Cell("\(text) (\(label)\(other.text))", values + more, isNumber: isNumber, dress)
  }

  /// This with a mark behind it, which people alone read.
  func marked(_ mark: String) -> TextTable.Cell { TextTable.Cell(text + mark, values, isNumber: isNumber, dress) }

  /// This in the colours that `dress` gives it.
  func dressed(_ dress: @escaping @Sendable (TextStyle, String) -> String) -> TextTable.Cell {
    TextTable.Cell(text, values, isNumber: isNumber, dress)
  }

  private init(
    _ text: String, _ values: [Value], isNumber: Bool?, _ dress: @escaping @Sendable (TextStyle, String) -> String
  ) {
    self.init(text, values, isNumber: isNumber)
    self.dress = dress
  }

  private static func values(_ value: Double, _ error: Double?) -> [Value] {
    [("", read(value)), ("standard error", error.map(read) ?? .empty)]
  }

  /// All digits; infinities as most programs read them, nothing for what is not a number.
  private static func read(_ value: Double) -> CSV.Cell {
    value.isInfinite ? .text(value < 0 ? "-inf" : "inf") : .number(value)
  }
}
