// An axis of a sweep: keys of the spec that change together, and their values.

import JSON
import Sampling

/// Keys of a spec, and the values that all of them take.
package struct SweepAxis: Sendable, Equatable {
  /// The keys, as they were written.
  package let keys: [String]
  /// In the order in which they are gone through; infinity is the hard ensemble, the limit of ever larger tightness.
  package let values: [Double]
  /// Whether values were asked for evenly in their logarithm, or are spread as if they had been.
  package let isLogarithmic: Bool
  /// The option of the command line that it is from.
  let option: String

  /// The most values of an axis.
  static let mostValues = 1000

  package static let allowed =
    "KEY=VALUES with keys of the spec that take a number (several, with \",\" between, change together) and values such as 1,3,10, "
    + "lo:hi:n or lo:hi:n:log; ensemble.tightness may end at the word hard"

  /// The word for the limit of ever larger tightness.
  private static let hard = "hard"

  init(keys: [String], values: [Double], isLogarithmic: Bool, option: String? = nil) {
    self.keys = keys
    self.option = option ?? "--over \(keys.joined(separator: ","))"
    self.values = values
    self.isLogarithmic = isLogarithmic
  }

  /// Reads `KEY=VALUES`.
  ///
  /// - Throws: ``UsageError`` that says what is wrong.
  package init(_ text: String) throws {
    func fault(_ message: String) -> UsageError { UsageError("--over \(JSONWriter.excerpt(text)): \(message)") }
    guard let sign = text.firstIndex(of: "=") else { throw fault("there is no \"=\"; allowed: \(Self.allowed)") }
    let keys = text[..<sign].split(separator: ",", omittingEmptySubsequences: false).map {
      String($0).trimmingBlanks
    }
    guard Set(keys).count == keys.count else { throw fault("a key is there twice") }
    var isWhole = true
    for key in keys {
      guard let path = JSONPath(parsing: key), let setting = SpecSetting("\(key)=1"), setting.path == path else {
        throw fault("\(JSONWriter.excerpt(key)) is no key; allowed: \(Self.allowed)")
      }
      if let wrong = setting.fault(in: SpecSchema.sections) { throw fault("\(key): \(wrong)") }
      guard let form = Self.number(path) else {
        throw fault("\(key) does not take a number; allowed: keys of the spec that do, such as ensemble.tightness")
      }
      if form == .real { isWhole = false }
    }
    let list = text[text.index(after: sign)...]
    var values: [Double] = []
    var isLogarithmic = false
    for item in list.split(separator: ",", omittingEmptySubsequences: false) {
      let parts = item.split(separator: ":", omittingEmptySubsequences: false).map { String($0).trimmingBlanks }
      if parts == [Self.hard] {
        guard keys == ["ensemble.tightness"] else {
          throw fault(
            "\"\(Self.hard)\" is the limit of ensemble.tightness, and of no other key; allowed: \(Self.allowed)")
        }
        values.append(.infinity)
        continue
      }
      let numbers = parts.prefix(2).map { (try? JSONReader.read($0))?.realNumber }
      guard let low = numbers[0] else {
        throw fault("\(JSONWriter.excerpt(String(item))) is no number; allowed: \(Self.allowed)")
      }
      guard parts.count > 1 else {
        values.append(low)
        continue
      }
      guard (3...4).contains(parts.count), let high = numbers[1], let count = Int(parts[2]),
        (2...Self.mostValues).contains(count), low != high, parts.count == 3 || parts[3] == "log",
        parts.count == 3 || low * high > 0
      else {
        throw fault(
          "\(JSONWriter.excerpt(String(item))) is no range; allowed: lo:hi:n or lo:hi:n:log with lo and hi different (for log of one "
            + "sign) and n from 2 to \(Self.mostValues)")
      }
      if parts.count == 4 { isLogarithmic = true }
      values += (0..<count).map { index in
        let part = Double(index) / Double(count - 1)
        if index == 0 { return low }
        if index == count - 1 { return high }
        return Self.rounded(parts.count == 4 ? low * pow(high / low, part) : low + part * (high - low))
      }
    }
    if isWhole {
      var seen: Set<Double> = []
      let isRange = list.contains(":")
      if !isRange, let bad = values.first(where: { $0 != $0.rounded() }) {
        throw fault("found \(JSONValue.number(bad).text()); allowed: whole numbers")
      }
      // Neighbours of a range may be rounded to one number.
      values = values.map { $0.rounded() }.filter { !isRange || seen.insert($0).inserted }
    }
    guard Set(values).count == values.count else { throw fault("a value is there twice") }
    guard values.count <= Self.mostValues else {
      throw fault("\(values.count) values; allowed: at most \(Self.mostValues)")
    }
    let ordered = values.filter(\.isFinite).sorted()
    // 1,3,10,30 is meant to be evenly spread in its logarithm.
    let isSpread = ordered.count > 2 && ordered[0] > 0 && ordered.last! / ordered[0] >= 10
    self.init(keys: keys, values: values, isLogarithmic: isLogarithmic || isSpread)
  }

  private enum Number { case whole, real }

  /// What number a key takes; nil if it takes none.
  private static func number(_ path: JSONPath) -> Number? {
    let names = path.steps.compactMap { step -> String? in if case .key(let name) = step { name } else { nil } }
    let home = names.dropLast().joined(separator: ".")
    guard let section = SpecSchema.sections.section(at: home) else { return nil }
    let isElement = path.steps.count > names.count
    func number(_ form: SpecForm) -> Number? {
      switch form {
      case .integer, .integerOrAll, .chains: isElement ? nil : .whole
      case .number: isElement ? nil : .real
      case .integers: isElement ? .whole : nil
      case .matrix: isElement ? .real : nil
      case .numberOrList: .real
      case .orNull(let inner): number(inner)
      default: nil
      }
    }
    return section.allKeys.lazy.filter { $0.name == names.last }.compactMap { number($0.form) }.first
  }

  /// The value of a key as it stands in a spec.
  private static func json(_ value: Double, _ path: JSONPath) -> JSONValue {
    number(path) == .whole ? .integer(Int(value)) : .number(value)
  }

  /// What the spec says differently at a value; the number of neurons of deep networks is that of all their layers.
  ///
  /// - Throws: ``StudyError`` where the number of neurons is given by the rest of the spec.
  func changes(at value: Double, of experiment: Experiment) throws -> [(path: JSONPath, value: JSONValue)] {
    try keys.flatMap { key -> [(path: JSONPath, value: JSONValue)] in
      let path = JSONPath(parsing: key)!
      if endsHard {
        return [
          (
            ["ensemble"],
            value.isFinite ? ["kind": "gibbs", "tightness": Self.json(value, path)] : ["kind": .string(Self.hard)]
          )
        ]
      }
      guard path == ["network", "neurons"] else { return [(path, Self.json(value, path))] }
      guard let keys = experiment.network.model.keys(width: Int(value)) else {
        throw StudyError("--over network.neurons: \(experiment.sizeIsGiven)")
      }
      return keys.map { (JSONPath($0.path.map { .key($0) }), $0.value) }
    }
  }

  /// The keys as one name: their last parts where these are all different.
  package var name: String { keys.joined(separator: ",") }

  /// The key in a word, for axes and tables: `tightness`.
  package var title: String {
    let last = keys.map { $0.split(separator: ".").last.map(String.init) ?? $0 }
    return last.joined(separator: ", ")
  }

  /// A number to twelve digits: the tenth part of 1 is 0.1, and not the double next to it.
  private static func rounded(_ value: Double) -> Double { Double(String(format: "%.12g", value)) ?? value }

  /// A value for people: whole numbers without decimals.
  ///
  /// - Parameter exactly: with all its digits.
  package static func text(_ value: Double, exactly: Bool = false) -> String {
    if value.isInfinite { return hard }
    if exactly { return JSONValue.number(value).text() }
    return value == value.rounded() && abs(value) < 1e6 ? String(format: "%.0f", value) : String(format: "%.4g", value)
  }

  /// A value in words: `tightness = 10`.
  package func words(_ value: Double) -> String { "\(title) = \(Self.text(value))" }

  /// A value in the names of files: as short as keeps the values apart.
  func fileName(_ value: Double) -> String {
    let texts = Set(values.map { Self.text($0) })
    return Self.text(value, exactly: texts.count < values.count)
  }

  /// Whether one of the values is the hard ensemble.
  package var endsHard: Bool { values.contains(.infinity) }

  /// A value as files and answers have it.
  package static func json(_ value: Double) -> JSONValue { value.isInfinite ? .string(hard) : .number(value) }

  /// Whether networks have another shape at another value.
  var changesShape: Bool { keys.contains { $0.hasPrefix("network.") || $0.hasPrefix("task.") } }

  /// Whether the axis is the number of neurons.
  package var isNeurons: Bool { keys == ["network.neurons"] }

  var json: JSONValue {
    ["keys": .array(keys.map { .string($0) }), "values": .array(values.map(Self.json)), "log": .bool(isLogarithmic)]
  }

  /// Reads what ``json`` wrote; nil for something else.
  init?(_ json: JSONValue) {
    guard let keys = json["keys"]?.array?.compactMap(\.string), !keys.isEmpty,
      let values = json["values"]?.array?.compactMap({ $0.string == Self.hard ? .infinity : $0.realNumber }),
      !values.isEmpty
    else { return nil }
    self.init(keys: keys, values: values, isLogarithmic: json["log"] == .bool(true))
  }
}

extension String {
  /// Without blanks at both ends.
  fileprivate var trimmingBlanks: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
