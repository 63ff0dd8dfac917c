// --map NAME=ARRAY: which arrays are which part of the networks.

/// Which arrays are which parts.
package struct ImportMap: Sendable {
  private(set) var entries: [(part: NetworkPart, expression: ArrayExpression)] = []

  /// Reads the texts `NAME=ARRAY`.
  ///
  /// - Throws: ``UsageError`` for a name that is no part, and a part that is there twice.
  package init(_ texts: [String]) throws {
    for text in texts {
      guard let place = text.firstIndex(of: "="), place > text.startIndex, place < text.index(before: text.endIndex)
      else {
        throw UsageError("--map: found \(text); allowed: NAME=ARRAY, with NAME one of \(NetworkPart.words)")
      }
      let (word, array) = (String(text[..<place]), String(text[text.index(after: place)...]))
      guard let part = NetworkPart(word) else {
        let isReversed = NetworkPart(array) != nil ? "; the part stands first: \(array)=\(word)" : ""
        throw UsageError("--map: found the part \(word); allowed: \(NetworkPart.words)\(isReversed)")
      }
      guard !entries.contains(where: { $0.part == part }) else {
        throw UsageError("--map: \(part) is there twice; allowed: once")
      }
      entries.append((part, ArrayExpression(text: array)))
    }
  }

  /// What the names of a source's arrays say by themselves: `output`, `input` …, or a table's columns w, m0 …, b0 …, g0 …
  init(namesOf arrays: ImportArrays) {
    func entry(_ part: NetworkPart, _ text: String) -> (NetworkPart, ArrayExpression) {
      (part, ArrayExpression(text: text))
    }
    let columns: [(part: NetworkPart, pattern: String)] = [(.input, "m*"), (.context(layer: 1), "b*"), (.gain, "g*")]
    if arrays["w"] != nil, !arrays.names(matching: "m*").isEmpty {
      entries = [entry(.output, "w")]
      entries += columns.filter { !arrays.names(matching: $0.pattern).isEmpty }.map { entry($0.part, $0.pattern) }
      if arrays["bias"] != nil { entries.append(entry(.bias(layer: 1), "bias")) }
      return
    }
    for name in arrays.names {
      guard let part = NetworkPart(name), !entries.contains(where: { $0.part == part }) else { continue }
      entries.append(entry(part, name))
    }
  }

  var isEmpty: Bool { entries.isEmpty }

  /// `NAME=ARRAY` of every part.
  var texts: [String] { entries.map { "\($0.part)=\($0.expression.text)" } }

  /// Whether some part is made of an array.
  func uses(_ name: String, of arrays: ImportArrays) -> Bool {
    entries.contains { entry in
      ([entry.expression.text] + entry.expression.items).contains { text in
        text == name || text.hasPrefix("\(name)[") || text.hasPrefix("\(name).T") || text.hasPrefix("\(name).mT")
          || arrays.names(matching: text).contains(name)
      }
    }
  }
}
