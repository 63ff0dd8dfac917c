// JSON files that carry the checksum of their own text, so that a changed byte is found when they are read.

import JSON

/// A JSON object whose first member is the SHA-256 of the file's text, the checksum's own 64 digits being zeros.
package enum SealedJSON {
  private static let key = "sha256"
  private static let head = "{\n  \"\(key)\": \""
  private static let blank = String(repeating: "0", count: 64)

  /// The sealed text of an object. O(bytes).
  package static func text(_ members: [(String, JSONValue)]) -> String {
    let rest = JSONValue.object([(key, .string(blank))] + members).text().dropFirst(head.utf8.count + blank.utf8.count)
    return head + SHA256.hexDigest(of: head + blank + rest + "\n") + rest + "\n"
  }

  /// What a file holds, and whether it is sealed; files of earlier versions are not. O(bytes).
  ///
  /// - Parameter remedy: what to do about a file that was changed, a clause.
  /// - Throws: ``StorageError``: `damaged` if the text is not what was sealed, or no JSON; `system`.
  package static func read(_ path: String, remedy: String) throws -> (value: JSONValue, isSealed: Bool) {
    let text = try Posix.text(of: path)
    do {
      let value = try JSONValue(parsing: text, path: path)
      guard let digest = value[key]?.string else { return (value, false) }
      let rest = text.utf8.dropFirst(head.utf8.count + blank.utf8.count)
      guard text == head + digest + (String(rest) ?? ""),
        SHA256.hexDigest(of: head + blank + (String(rest) ?? "")) == digest
      else {
        throw StorageError.damaged(
          path: path, reason: "its checksum does not match: it was changed after it was written")
      }
      return (value, true)
    } catch StorageError.damaged(_, let reason) {
      throw StorageError.damaged(path: path, reason: "\(reason); \(remedy)")
    }
  }
}
