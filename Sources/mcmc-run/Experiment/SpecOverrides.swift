// What the command line says in place of the spec's sampler section.

import JSON

/// Values of `--seed`, `--chains`, `--warmup` and `--draws`.
struct SpecOverrides: Sendable, Equatable {
  var seed: Int?
  var chains: ChainNumbers?
  var warmup: Int?
  var draws: Int?

  /// The tree with the given values in its sampler section, each bearing its option's name.
  ///
  /// A tree whose sampler section is no object is left as it is: reading it gives the error.
  func applied(to root: JSONValue) -> JSONValue {
    let values: [(key: String, value: JSONValue?)] = [
      ("seed", seed.map { .integer($0) }), ("chains", chains?.json),
      ("warmup", warmup.map { .integer($0) }), ("draws", draws.map { .integer($0) }),
    ]
    var result = root
    for case (let key, let value?) in values {
      result = result.setting("sampler", key, to: JSONValue(value.content, origin: .option("--\(key)")))
    }
    return result
  }
}

extension JSONValue {
  fileprivate func setting(_ section: String, _ key: String, to value: JSONValue) -> JSONValue {
    let inner = self[section] ?? JSONValue(.object([]), origin: origin)
    return setting(section, to: inner.setting(key, to: value))
  }

  private func setting(_ key: String, to value: JSONValue) -> JSONValue {
    guard case .object(var members) = content else { return self }
    if let position = members.firstIndex(where: { $0.key == key }) {
      members[position].value = value
    } else {
      members.append(JSONMember(key, value, keyOrigin: value.origin))
    }
    return JSONValue(.object(members), origin: origin)
  }
}
