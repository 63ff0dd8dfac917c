// How parts of networks become positions: blocks of the model, in its scaling.

import JSON
import Networks
import Sampling

/// The positions of an experiment's networks, made of parts.
struct ImportedLayout {
  let layout: ParameterLayout
  private let experiment: Experiment
  private let readoutFactor: Double

  init(_ experiment: Experiment) throws {
    guard !experiment.network.model.isInTime else {
      throw UnsupportedExperiment(
        "network.kind", "recurrent networks are not imported; allowed: networks of one or more layers")
    }
    self.experiment = experiment
    layout = try Self.layout(try experiment.networkEnsemble())
    let model = experiment.network.model as? any FeedforwardModel
    readoutFactor = model?.architecture(experiment.task).readoutFactor ?? 1 / Double(experiment.hiddenNeurons)
  }

  private static func layout(_ ensemble: some SampledEnsemble) throws -> ParameterLayout {
    try ensemble.density().layout
  }

  /// The block that a part fills.
  private static func block(_ part: NetworkPart) -> String? {
    switch part {
    case .output: "output_weight"
    case .input: "input_weights"
    case .hidden(let layer): "hidden_weights_\(layer)"
    case .context(let layer): layer == 1 ? "context_drive" : "context_drive_\(layer)"
    case .gain: "gain"
    case .bias: nil
    }
  }

  /// Checks that parts and blocks are the same.
  ///
  /// - Throws: ``UsageError`` for parts that the model does not have, and blocks that no part is.
  func requireParts(_ parts: NetworkParts) throws {
    let names = layout.blocks.map(\.name)
    for part in parts.keys.sorted(by: { $0.description < $1.description }) {
      guard let block = Self.block(part), !names.contains(block) else { continue }
      if part == .gain, let given = experiment.givenGains {
        guard parts[.gain] == given else {
          throw UsageError("--map gain: the gains differ from those that the experiment gives (network.gains.path)")
        }
        continue
      }
      // Whether they are the given ones is seen where they are read.
      if part == .output, experiment.network.model.givenOutputWeights != nil { continue }
      throw UsageError(
        "--map \(part): the experiment's networks (\(experiment.network.model.words)) have no such part; they have \(names.joined(separator: ", "))"
      )
    }
    let filled = Set(parts.keys.compactMap(Self.block))
    for block in layout.blocks where !filled.contains(block.name) {
      // One context that adds nothing needs no array, nor do further layers to which no context adds anything.
      if block.name.hasPrefix("context_drive"), block.shape[0] == 1 || block.name != "context_drive" { continue }
      throw UsageError(
        "--map: the experiment's networks (\(experiment.network.model.words)) have \(block.name) \(block.shape), which no array is; "
          + "say --map \(Self.word(block.name))=ARRAY")
    }
  }

  private static func word(_ block: String) -> String {
    switch block {
    case "context_drive": "context"
    case let name where name.hasPrefix("context_drive_"): "context" + name.dropFirst(14)
    case let name where name.hasPrefix("hidden_weights_"): "hidden" + name.dropFirst(15)
    default: block
    }
  }

  /// The position of a network. O(weights).
  ///
  /// - Throws: ``SpecError`` for shapes other than the experiment's, and gains other than 0 and 1 where they are binary.
  func position(of parts: NetworkParts, _ convention: ReadoutConvention, source: String) throws(SpecError) -> [Double] {
    var position = [Double](repeating: 0, count: layout.dimension)
    for (part, matrix) in parts {
      if part == .output { try requireGivenOutputs(matrix, convention, source) }
      guard let name = Self.block(part), let block = layout[name] else { continue }
      let rows = block.shape.count == 1 ? 1 : block.shape[0]
      let neurons = block.shape.last!
      let hasShape =
        part.isVector ? matrix.elements.count == neurons : matrix.rows == neurons && matrix.columns == rows
      guard hasShape else {
        throw SpecError(
          file: source, place: .file,
          message:
            "\(part) has shape [\(matrix.rows), \(matrix.columns)]; allowed by the experiment: [\(neurons), \(rows)], a row per neuron"
        )
      }
      if block.kind == .binary, let bad = matrix.elements.first(where: { $0 != 0 && $0 != 1 }) {
        throw SpecError(file: source, place: .file, message: "\(part): found \(bad); allowed: 0 and 1")
      }
      var factor = 1.0
      if part == .output { factor = convention.outputFactor(neurons: neurons, readoutFactor: readoutFactor) }
      if case .hidden = part { factor = convention.hiddenFactor(previous: rows) }
      for i in 0..<neurons {
        for r in 0..<rows {
          var value = factor * (part.isVector ? matrix.elements[i] : matrix[i, r])
          if block.kind == .sign {
            guard abs(abs(value) - block.magnitude) <= 1e-6 * block.magnitude else {
              throw SpecError(
                file: source, place: .file,
                message:
                  "\(part): found \(value); allowed by the experiment (network.weightKind): \(block.magnitude) and "
                  + "\(-block.magnitude)")
            }
            value = value > 0 ? block.magnitude : -block.magnitude
          }
          position[block.offset + r * neurons + i] = value
        }
      }
    }
    return position
  }

  /// - Throws: ``SpecError`` for output weights other than those that the experiment gives.
  private func requireGivenOutputs(
    _ matrix: Matrix, _ convention: ReadoutConvention, _ source: String
  ) throws(SpecError) {
    guard let given = experiment.network.model.givenOutputWeights else { return }
    let factor = convention.outputFactor(neurons: given.count, readoutFactor: readoutFactor)
    let isGiven =
      matrix.elements.count == given.count
      && zip(matrix.elements, given).allSatisfy { abs(factor * $0 - $1) <= 1e-6 * max(abs($1), 1e-300) }
    guard isGiven else {
      throw SpecError(
        file: source, place: .file,
        message:
          "output: the output weights differ from those that the experiment gives (network.readout \"fixed\"), scaled as --scaling says"
      )
    }
  }

  /// The root mean square of each kind of weight over some positions, as a spec's `weights`; 1 for kinds that are all zero.
  func scales(of positions: [[Double]]) -> JSONValue {
    func scale(_ isMember: (String) -> Bool) -> JSONValue {
      var (sum, count) = (0.0, 0)
      for block in layout.blocks where isMember(block.name) {
        for position in positions { for value in position[block.range] { sum += value * value } }
        count += block.range.count * positions.count
      }
      let square = sum / Double(max(1, count))
      return .number(square > 0 && square.isFinite ? min(max(square.squareRoot(), 1e-50), 1e50) : 1)
    }
    return [
      "output": scale { $0 == "output_weight" }, "input": scale { $0 == "input_weights" },
      "context": scale { $0.hasPrefix("context_drive") }, "hidden": scale { $0.hasPrefix("hidden_weights") },
    ]
  }
}
