// The experiment that networks are of where the user names none: model and task by the shapes of their parts.

import JSON
import Networks
import Numerics

/// The gains of networks from elsewhere.
enum ImportedGains: Sendable {
  /// 0 and 1.
  case binary
  /// The same in all networks, a row per neuron.
  case given(Matrix)

  /// - Throws: ``UsageError`` for other numbers that differ between networks.
  init?(_ networks: [NetworkParts]) throws {
    guard let first = networks[0][.gain] else { return nil }
    if networks.allSatisfy({ $0[.gain]!.elements.allSatisfy { $0 == 0 || $0 == 1 } }) {
      self = .binary
    } else {
      guard networks.allSatisfy({ $0[.gain] == first }) else {
        throw UsageError(
          "--map gain: found gains other than 0 and 1 that differ between networks; allowed: gains of 0 and 1, or the same in all "
            + "networks")
      }
      self = .given(first)
    }
  }
}

/// A spec made from shapes.
enum SpecFromShapes {
  /// K, by gains or context drives; 1 without either.
  static func contexts(_ parts: NetworkParts) -> Int {
    parts[.gain]?.columns ?? parts.first { if case .context = $0.key { true } else { false } }?.value.columns ?? 1
  }

  /// The experiment's tree, without weights, ensemble and sampler.
  ///
  /// - Throws: ``UsageError`` for parts that no model has together, and without an activation where one is needed.
  static func tree(
    _ parts: NetworkParts, _ gains: ImportedGains?, _ options: ImportOptions, name: String
  ) throws -> JSONValue {
    let (neurons, features, contexts) = (parts[.output]!.elements.count, parts[.input]!.columns, contexts(parts))
    let task: JSONValue
    if contexts == features {
      task = ["kind": "inputSelection", "contexts": .integer(contexts)]
    } else {
      let target = (0..<contexts).map { c in (0..<features).map { $0 == c ? 1.0 : 0 } }
      task = ["kind": .string(LinearReadoutTask.kind), "target": .array(target.map { .numbers($0) })]
    }
    let depth = 1 + parts.keys.count { if case .hidden = $0 { true } else { false } }
    let drives = parts.keys.compactMap { if case .context(let layer) = $0 { layer } else { nil } }
    var network: [(String, JSONValue)]
    if let gains {
      guard depth == 1, options.activation == nil, drives.isEmpty else {
        throw UsageError(
          "--map gain: networks with gains have one hidden layer of linear neurons without context drives; leave out --activation and the other parts"
        )
      }
      let section: JSONValue =
        if case .binary = gains { ["kind": "binary"] } else { ["kind": "fixed", "path": "gains.csv"] }
      network = [
        ("kind", .string(GainModulatedLinearModel.kind)), ("neurons", .integer(neurons)), ("gains", section),
      ]
    } else {
      guard let activation = options.activation else {
        throw UsageError(
          "--activation: nothing says what the hidden neurons compute; allowed: \(Activation.allCases.map(\.rawValue).joined(separator: ", ")), "
            + "an experiment (--spec), or gains (--map gain=ARRAY)")
      }
      if depth == 1 {
        network = [("kind", .string(TwoLayerModel.kind)), ("neurons", .integer(neurons))]
      } else {
        let widths = [parts[.input]!.rows] + (2...depth).map { parts[.hidden(layer: $0)]!.rows }
        let scaling: FeedforwardArchitecture.ReadoutScaling = options.convention == .standard ? .standard : .meanField
        let layers: FeedforwardArchitecture.DrivenLayers = drives.isEmpty ? .none : drives == [1] ? .first : .all
        network = [
          ("kind", .string(DeepModel.kind)), ("widths", .integers(widths)),
          ("readoutScaling", .string(scaling.rawValue)),
          ("contextLayers", .string(layers.rawValue)),
        ]
      }
      network.append(("activation", .string(activation)))
    }
    var members: [(String, JSONValue)] = [
      ("name", .string(SpecForm.folderName(madeOf: options.name ?? name) ?? "networks")), ("task", task),
      ("network", .object(network)),
    ]
    if gains == nil { members.append(("stimuli", ["kind": "sampled", "count": .integer(256)])) }
    return .object(members)
  }
}
