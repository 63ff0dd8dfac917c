// A JSON object that states the checksum of its own text as its last member.

import JSON

/// A JSON object whose text ends with the SHA-256 of all that stands before.
///
/// The hash is of bytes, not of values: any change of the text is noticed, be it a blank.
package enum SealedJSON {
  private static let key = "sha256"

  /// The text of `members` on lines of their own, sealed.
  package static func text(_ members: [JSONValue.Member]) -> String {
    // `{` and members, without the end `\n}`.
    seal(String(JSONValue.object(members).text().dropLast(2)), separator: ",\n  ", colon: ": ", end: "\n}\n")
  }

  /// The text of `members` in one line, sealed, without the end of the line.
  package static func line(_ members: [JSONValue.Member]) -> String {
    seal(String(JSONValue.object(members).text(.compact).dropLast()), separator: ",", colon: ":", end: "}")
  }

  private static func seal(_ body: String, separator: String, colon: String, end: String) -> String {
    "\(body)\(separator)\"\(key)\"\(colon)\"\(SHA256.hexDigest(of: body))\"\(end)"
  }

  /// Reads what ``text(_:)`` or ``line(_:)`` gave.
  ///
  /// - Throws: ``StorageError/damaged(path:reason:)`` naming `path` if a byte of it was changed.
  package static func read(_ text: String, path: String) throws -> JSONValue {
    let changed = StorageError.damaged(path: path, reason: "it was changed after it was written")
    let bytes = text.utf8
    // The last: what is sealed may hold sealed objects.
    guard let mark = bytes.indices.last(where: { bytes[$0...].starts(with: "\"\(key)\":".utf8) }),
      let comma = bytes[..<mark].lastIndex(of: UInt8(ascii: ","))
    else { throw changed }
    let body = String(text[..<comma])
    let forms = [(",\n  ", ": ", "\n}\n"), (",", ":", "}")]
    guard forms.contains(where: { seal(body, separator: $0.0, colon: $0.1, end: $0.2) == text }) else { throw changed }
    return try JSONValue(parsing: text, path: path)
  }

  /// What a file holds, and whether it is sealed; files of earlier versions are not. O(bytes).
  ///
  /// - Parameter remedy: what to do about a file that was changed, a clause.
  /// - Throws: ``StorageError``: `damaged` if the text is not what was sealed, or no JSON; `system`.
  package static func read(_ path: String, remedy: String) throws -> (value: JSONValue, isSealed: Bool) {
    let text = try Posix.text(of: path)
    do {
      let value = try JSONValue(parsing: text, path: path)
      return isSealed(value) ? (try read(text, path: path), true) : (value, false)
    } catch StorageError.damaged(_, let reason) {
      throw StorageError.damaged(path: path, reason: "\(reason); \(remedy)")
    }
  }

  /// Whether a text that was read says that it is sealed.
  static func isSealed(_ value: JSONValue) -> Bool { value[key] != nil }
}
