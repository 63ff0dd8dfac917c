// "network.gains": where the gains g_ic of a gain-modulated linear network come from.

import JSON
import Networks

/// The gains of an experiment's gain-modulated linear network.
package enum GainsSection: Sendable, Equatable {
  /// Drawn with the network: g in {0, 1}, one with the given probability under the reference measure.
  case binary(activeProbability: Double)
  /// Given: a row a neuron, a column a context.
  case fixed(DataFile)
  /// g = phi'(b), b normal with the context weights' standard deviation.
  case continuous(Activation)

  static let schema = SpecSection(
    path: "network.gains", kindMeaning: "where the gains come from", presence: .defaultsTo("binary"),
    kinds: [
      (
        "binary",
        [SpecKey("activeProbability", .number(.probabilityAboveZero), .defaultsTo(0.5), "prior probability of gain 1")]
      ),
      (
        "fixed",
        [
          SpecKey("path", .path, "a CSV file of gains, a row per neuron and a column per context")
            .example("gains.csv", ExampleTable(.patterns, rows: .neurons, columns: .contexts))
        ]
      ),
      (
        "continuous",
        [
          SpecKey(
            "activation", .choice(Activation.allCases.filter(\.hasBoundedGains).map(\.rawValue)),
            "phi, whose slope at b is the gain"
          ).example("tanh")
        ]
      ),
    ])

  init(from reader: SpecReader, contexts: Int) throws(SpecError) {
    switch reader.kind {
    case "binary": self = .binary(activeProbability: try reader.number("activeProbability"))
    case "fixed":
      let location = try reader.path("path")
      let columns = NumericTable.Columns(count: contexts, meaning: "one a context")
      self = .fixed(try reader.source.table(location, at: reader.path + "path", columns: columns))
    default:
      guard let activation = Activation(rawValue: try reader.choice("activation") as String) else {
        preconditionFailure("the reader knows the words of this list")
      }
      self = .continuous(activation)
    }
  }

  var json: JSONValue {
    switch self {
    case .binary(let probability): ["kind": "binary", "activeProbability": .number(probability)]
    case .fixed(let file): ["kind": "fixed", "path": .string(file.location.path)]
    case .continuous(let activation): ["kind": "continuous", "activation": .string(activation.rawValue)]
    }
  }
}
