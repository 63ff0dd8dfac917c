// JSON as `run.json` and segments hold it: how it is read back, and what a damaged text becomes.

import JSON

extension JSONValue {
  package typealias Member = JSONMember

  package var string: String? { if case .string(let text) = content { text } else { nil } }
  package var integer: Int? { if case .integer(let value) = content { value } else { nil } }
  package var array: [JSONValue]? { if case .array(let values) = content { values } else { nil } }

  /// Reads a text that a file holds.
  ///
  /// - Throws: ``StorageError/damaged(path:reason:)`` naming `path` if it is not JSON.
  package init(parsing text: String, path: String) throws {
    do {
      self = try JSONReader.read(text)
    } catch {
      throw StorageError.damaged(path: path, reason: "it is not JSON: \(error)")
    }
  }
}
