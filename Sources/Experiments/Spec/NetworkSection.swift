// "network": the model whose weights are drawn.

import JSON
import Networks

extension FeedforwardArchitecture.ReadoutScaling: SpecChoice {}
extension FeedforwardArchitecture.DrivenLayers: SpecChoice {}

/// A deep network of an experiment.
package struct DeepNetworkSection: Sendable, Equatable {
  /// Neurons in each hidden layer, first to last.
  package let widths: [Int]
  package let activation: Activation
  package let readoutScaling: FeedforwardArchitecture.ReadoutScaling
  let contextLayers: FeedforwardArchitecture.DrivenLayers
}

/// The network model of an experiment.
package enum NetworkSection: Sendable, Equatable {
  case gainModulatedLinear(neurons: Int, gains: GainsSection)
  case twoLayer(neurons: Int, activation: Activation)
  case deep(DeepNetworkSection)

  private static let neurons = SpecKey("neurons", .integer(1...1_000_000_000), "N: number of hidden neurons")
  private static let activation = SpecKey("activation", .choice(of: Activation.self), "phi of the hidden neurons")

  static let schema = SpecSection(
    path: "network", kindMeaning: "the model",
    kinds: [
      ("gainModulatedLinear", [neurons, SpecKey("gains", .object, .defaultsTo([:]), "where the gains come from")]),
      ("twoLayer", [neurons, activation]),
      (
        "deep",
        [
          SpecKey("widths", .integers(1...1_000_000, maximumCount: 100), "neurons in each hidden layer"), activation,
          SpecKey(
            "readoutScaling", .choice(of: FeedforwardArchitecture.ReadoutScaling.self), .defaultsTo("meanField"),
            "output divided by the last width, or by its square root"),
          SpecKey(
            "contextLayers", .choice(of: FeedforwardArchitecture.DrivenLayers.self), .defaultsTo("first"),
            "the hidden layers that the context drives"),
        ]
      ),
    ])

  init(from reader: SpecReader, contexts: Int) throws(SpecError) {
    switch reader.kind {
    case "gainModulatedLinear":
      let neurons = try reader.integer("neurons")
      let gains = try GainsSection(from: try reader.section("gains", as: GainsSection.schema), contexts: contexts)
      if case .fixed(let file) = gains, file.table.rows != neurons {
        throw reader.source.error(
          at: reader.path + "gains" + "path",
          "\(file.location.path) has \(file.table.rows) rows; allowed: \(neurons), one a neuron (network.neurons)")
      }
      self = .gainModulatedLinear(neurons: neurons, gains: gains)
    case "twoLayer":
      self = .twoLayer(neurons: try reader.integer("neurons"), activation: try reader.choice("activation"))
    default:
      self = .deep(
        DeepNetworkSection(
          widths: try reader.integers("widths"), activation: try reader.choice("activation"),
          readoutScaling: try reader.choice("readoutScaling"), contextLayers: try reader.choice("contextLayers")))
    }
  }

  var json: JSONValue {
    switch self {
    case .gainModulatedLinear(let neurons, let gains):
      ["kind": "gainModulatedLinear", "neurons": .integer(neurons), "gains": gains.json]
    case .twoLayer(let neurons, let activation):
      ["kind": "twoLayer", "neurons": .integer(neurons), "activation": .string(activation.rawValue)]
    case .deep(let deep):
      [
        "kind": "deep", "widths": .integers(deep.widths), "activation": .string(deep.activation.rawValue),
        "readoutScaling": .string(deep.readoutScaling.rawValue),
        "contextLayers": .string(deep.contextLayers.rawValue),
      ]
    }
  }
}
