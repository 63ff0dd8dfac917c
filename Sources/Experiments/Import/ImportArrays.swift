// The arrays of a source by their names, in order.

import Storage

/// The arrays of one source of networks.
struct ImportArrays: Sendable {
  private(set) var names: [String] = []
  private var arrays: [String: StoredArray] = [:]

  subscript(name: String) -> StoredArray? { arrays[name] }

  mutating func add(_ name: String, _ array: StoredArray) {
    if arrays.updateValue(array, forKey: name) == nil { names.append(name) }
  }

  /// The names that a pattern with one `*` for a number means, by that number.
  func names(matching pattern: String) -> [String] {
    guard let star = pattern.firstIndex(of: "*") else { return [] }
    let (head, tail) = (pattern[..<star], pattern[pattern.index(after: star)...])
    let found = names.compactMap { name -> (name: String, number: Int)? in
      guard name.hasPrefix(head), name.hasSuffix(tail), name.count > head.count + tail.count else { return nil }
      let digits = name.dropFirst(head.count).dropLast(tail.count)
      guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int(digits) else { return nil }
      return (name, number)
    }
    return found.sorted { $0.number < $1.number }.map(\.name)
  }

  /// Checks that numbered arrays are numbered without gaps.
  func requireRow(_ names: [String], _ pattern: String) throws(ArrayFileError) {
    let head = pattern.prefix { $0 != "*" }.count
    let tail = pattern.count - head - 1
    let numbers = names.compactMap { Int($0.dropFirst(head).dropLast(tail)) }
    guard numbers.count == names.count, zip(numbers, numbers.dropFirst()).allSatisfy({ $1 == $0 + 1 }) else {
      throw ArrayFileError(
        "\(pattern) means \(names.joined(separator: ", ")); allowed: numbers that follow each other (name the arrays one by one otherwise)"
      )
    }
  }

  /// That there is no such array, and which there are.
  func missing(_ name: String) -> ArrayFileError {
    let shown = names.prefix(20).map { "\($0) \(StoredArray.words(arrays[$0]!.shape))" }.joined(separator: ", ")
    return ArrayFileError(
      "there is no array \(name.isEmpty ? "\"\"" : name); it has \(names.isEmpty ? "none" : shown)\(names.count > 20 ? ", ..." : "")"
    )
  }
}
