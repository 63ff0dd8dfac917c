// "inputSelection": in context c the network reports feature c.

import JSON
import Networks

/// In context c, report feature c: A = identity, D = K.
package struct InputSelectionTask: TaskKind {
  package static let kind = "inputSelection"
  package static let keys = [
    SpecKey(
      "contexts", .integer(1...TaskSection.mostContexts),
      "K: in context c the network reports feature c of K features; with binary or continuous gains up to "
        + "\(MeaningRule.mostSymmetricContexts)")
  ]

  package let contexts: Int

  package init(contexts: Int) { self.contexts = contexts }

  package init(from reader: SpecReader) throws(SpecError) { contexts = try reader.integer("contexts") }

  package var json: JSONValue { ["kind": .string(Self.kind), "contexts": .integer(contexts)] }

  package var features: Int { contexts }
  package var sizePath: JSONPath { ["task", "contexts"] }
  package var isSymmetric: Bool { true }

  package func keys(contexts: Int) -> [(path: [String], value: JSONValue)]? {
    [(["task", "contexts"], .integer(contexts))]
  }

  package func learningTask() throws -> LearningTask { try .inputSelection(contexts: contexts) }
}
