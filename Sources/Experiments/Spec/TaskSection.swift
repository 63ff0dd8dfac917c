// "task": what the network must do in each context.

import JSON
import Sampling

/// The learning task of an experiment.
package enum TaskSection: Sendable, Equatable {
  /// In context c, report feature c: A = identity, D = K.
  case inputSelection(contexts: Int)
  /// In context c, report A_c · x.
  case linearReadout(target: Matrix)

  /// The most contexts, and the most features: a matrix of all pairs fits into memory.
  static let mostContexts = 4096

  static let schema = SpecSection(
    path: "task", kindMeaning: "what the network must do",
    kinds: [
      (
        "inputSelection",
        [
          SpecKey(
            "contexts", .integer(1...mostContexts),
            "K: in context c the network reports feature c of K features; with binary or continuous gains up to "
              + "\(MeaningRule.mostSymmetricContexts)")
        ]
      ),
      (
        "linearReadout", [SpecKey("target", .matrix, "A: a row a context, a column a feature; zero rows where blocked")]
      ),
    ])

  init(from reader: SpecReader) throws(SpecError) {
    switch reader.kind {
    case "inputSelection": self = .inputSelection(contexts: try reader.integer("contexts"))
    default:
      let target = try reader.matrix("target")
      guard target.rows <= Self.mostContexts, target.columns <= Self.mostContexts else {
        throw reader.error(
          at: "target",
          "found \(target.rows) x \(target.columns) numbers; allowed: at most \(Self.mostContexts) contexts (rows) and as many "
            + "features (columns)")
      }
      self = .linearReadout(target: target)
    }
  }

  /// K.
  package var contexts: Int {
    switch self {
    case .inputSelection(let contexts): contexts
    case .linearReadout(let target): target.rows
    }
  }

  /// D.
  package var features: Int {
    switch self {
    case .inputSelection(let contexts): contexts
    case .linearReadout(let target): target.columns
    }
  }

  /// A, K x D.
  package var target: Matrix {
    switch self {
    case .inputSelection(let contexts): .identity(contexts)
    case .linearReadout(let target): target
    }
  }

  /// The path of the key that sets K.
  var sizePath: JSONPath {
    switch self {
    case .inputSelection: ["task", "contexts"]
    case .linearReadout: ["task", "target"]
    }
  }

  var json: JSONValue {
    switch self {
    case .inputSelection(let contexts): ["kind": "inputSelection", "contexts": .integer(contexts)]
    case .linearReadout(let target): ["kind": "linearReadout", "target": .matrix(target)]
    }
  }
}

extension JSONValue {
  /// Rows of numbers.
  static func matrix(_ matrix: Matrix) -> JSONValue { .array(matrix.rowArrays.map { .numbers($0) }) }
}
