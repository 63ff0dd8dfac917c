// "record": which whole networks are kept besides the observables.

import JSON

/// What a run keeps besides the observables.
package struct RecordSection: Sendable, Equatable {
  /// Whole networks kept per chain.
  package enum Weights: Sendable, Equatable {
    /// At most so many, evenly thinned; 0 keeps none.
    case atMost(Int)
    /// Those of every draw.
    case all
  }

  let weights: Weights

  /// Whether any whole network is kept.
  package var keepsNetworks: Bool { weights != .atMost(0) }

  static let schema = SpecSection(
    path: "record",
    common: [
      SpecKey(
        "weights", .integerOrAll(0...1_000_000_000), .defaultsTo(200),
        "whole networks kept per chain, evenly thinned; 0 keeps none, \"all\" those of every draw")
    ])

  init(from reader: SpecReader) throws(SpecError) {
    weights = try reader.integerOrAll("weights").map { .atMost($0) } ?? .all
  }

  var json: JSONValue {
    switch weights {
    case .atMost(let count): ["weights": .integer(count)]
    case .all: ["weights": "all"]
    }
  }
}
