// "linearReadout": in each context the network reports a linear combination of the features.

import JSON
import Networks
import Sampling

/// In context c, report A_c · x.
package struct LinearReadoutTask: TaskKind {
  package static let kind = "linearReadout"
  package static let keys = [
    SpecKey("target", .matrix, "A: a row per context, a column per feature; zero rows where blocked")
  ]

  /// A, [context, feature].
  package let target: Matrix

  package init(target: Matrix) { self.target = target }

  package init(from reader: SpecReader) throws(SpecError) {
    target = try reader.matrix("target")
    let most = TaskSection.mostContexts
    guard target.rows <= most, target.columns <= most else {
      throw reader.error(
        at: "target",
        "found \(target.rows) x \(target.columns) numbers; allowed: at most \(most) contexts (rows) and as many features (columns)"
      )
    }
  }

  package var json: JSONValue { ["kind": .string(Self.kind), "target": .matrix(target)] }

  package var contexts: Int { target.rows }
  package var features: Int { target.columns }
  package var sizePath: JSONPath { ["task", "target"] }

  package func learningTask() throws -> LearningTask { try LearningTask(target: target) }
}
