// What was imported.

import JSON

/// What came of an import.
package struct ImportReport: Sendable {
  package let run: String
  package let networks: Int
  package let chains: Int
  package let neurons: Int
  /// The model in words.
  package let model: String
  /// Blocks of a network, each with its shape.
  package let blocks: [(name: String, shape: [Int])]
  /// Arrays that no part is made of.
  package let unused: [String]
  package let notes: [String]

  package var json: JSONValue {
    [
      "run": .string(run), "networks": .integer(networks), "chains": .integer(chains), "neurons": .integer(neurons),
      "blocks": .object(blocks.map { ($0.name, .integers($0.shape)) }),
      "unused": .array(unused.map { .string($0) }), "notes": .array(notes.map { .string($0) }),
    ]
  }
}
