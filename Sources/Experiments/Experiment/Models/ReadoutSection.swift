// "network.readout" and "network.weightKind": output weights that are given, and weights that are signs.

import JSON
import Networks
import Sampling

/// What the weights of a network of nonlinear layers are besides normal numbers that are drawn.
package struct WeightForms: Sendable, Equatable {
  /// Where given output weights come from.
  enum Readout: Sendable, Equatable {
    case drawn
    case ones
    /// A number a row.
    case file(DataFile)
    /// +1 and −1 by the flip of a coin.
    case coins(seed: UInt64)
  }

  let readout: Readout
  /// Which drawn weights are + or − their scale.
  let signs: Set<WeightGroup>

  static let none = WeightForms(readout: .drawn, signs: [])

  static let keys = [
    SpecKey(
      "readout", .choice(["drawn", "fixed"]), .derived("\"drawn\""),
      "output weights drawn with the others, or given: ones, or as \"path\" or \"readoutSeed\" says"),
    SpecKey(
      "path", .orNull(.path), .derived("null"),
      "with \"readout\": \"fixed\": a CSV file of the output weights, one per row"),
    SpecKey(
      "readoutSeed", .orNull(.integer(0...Int.max)), .derived("null"),
      "with \"readout\": \"fixed\": output weights +1 and -1 by coins of this seed"),
    SpecKey(
      "weightKind", .weightKinds, .derived("\"gaussian\""),
      "what drawn weights are: normal numbers, or + and - their scale with equal probability"),
  ]

  private init(readout: Readout, signs: Set<WeightGroup>) {
    self.readout = readout
    self.signs = signs
  }

  /// - Parameters:
  ///   - neurons: that are read out.
  ///   - groups: the groups of weights of such a network.
  init(from reader: SpecReader, neurons: Int, groups: [WeightGroup]) throws(SpecError) {
    let isFixed = reader.gives("readout") ? try reader.choice("readout") == "fixed" : false
    let location = reader.gives("path") ? try reader.pathOrNull("path") : nil
    let seed = reader.gives("readoutSeed") ? try reader.integerOrNull("readoutSeed") : nil
    for (key, isGiven) in [("path", location != nil), ("readoutSeed", seed != nil)] where isGiven && !isFixed {
      throw reader.error(at: key, "the output weights are drawn; say \"readout\": \"fixed\", or leave the key out")
    }
    switch (location, seed) {
    case (_?, _?):
      throw reader.error(
        at: "readoutSeed",
        "path and readoutSeed are both given, but either says all output weights; allowed: one of them")
    case (let location?, nil):
      let columns = NumericTable.Columns(count: 1, meaning: "the output weight")
      let file = try reader.source.table(location, at: reader.path + "path", columns: columns)
      guard file.table.rows == neurons else {
        throw reader.error(
          at: "path",
          "\(file.location.path) has \(file.table.rows) row\(file.table.rows == 1 ? "" : "s"); allowed: \(neurons), one a "
            + "neuron that is read out")
      }
      readout = .file(file)
    case (nil, let seed?): readout = .coins(seed: UInt64(seed))
    case (nil, nil): readout = isFixed ? .ones : .drawn
    }
    let drawn = isFixed ? groups.filter { $0 != .output } : groups
    signs =
      reader.gives("weightKind") ? try Self.signs(try reader.weightKinds("weightKind"), reader, drawn, groups) : []
  }

  private static func signs(
    _ kinds: SpecReader.WeightKinds, _ reader: SpecReader, _ drawn: [WeightGroup], _ groups: [WeightGroup]
  ) throws(SpecError) -> Set<WeightGroup> {
    switch kinds {
    case .all(let kind): return kind == .sign ? Set(drawn) : []
    case .byGroup(let list):
      for (group, kind) in list where !drawn.contains(group) && (kind == .sign || !groups.contains(group)) {
        throw reader.error(
          at: "weightKind",
          groups.contains(group)
            ? "the output weights are given (\"readout\": \"fixed\") and not drawn; leave \"output\" out"
            : "this network has no \"\(group.rawValue)\" weights; allowed: \(groups.map { "\"\($0.rawValue)\"" }.joined(separator: ", "))"
        )
      }
      return Set(list.filter { $0.kind == .sign }.map(\.group))
    }
  }

  /// The members of the resolved section; none where all weights are drawn from Gaussians, as before there were others.
  var members: [(String, JSONValue)] {
    var members: [(String, JSONValue)] = []
    if readout != .drawn { members.append(("readout", "fixed")) }
    switch readout {
    case .drawn, .ones: break
    case .file(let file): members.append(("path", .string(file.location.path)))
    case .coins(let seed): members.append(("readoutSeed", .integer(Int(seed))))
    }
    if !signs.isEmpty {
      let groups = WeightGroup.allCases.filter(signs.contains)
      members.append(("weightKind", .object(groups.map { ($0.rawValue, .string(WeightPrior.Kind.sign.rawValue)) })))
    }
    return members
  }

  var dataFiles: [(key: [String], file: DataFile)] {
    if case .file(let file) = readout { [(["network", "path"], file)] } else { [] }
  }

  /// Given output weights; nil where they are drawn.
  func outputWeights(_ neurons: Int) -> [Double]? {
    switch readout {
    case .drawn: return nil
    case .ones: return [Double](repeating: 1, count: neurons)
    case .file(let file): return file.table.elements
    case .coins(let seed):
      // Stimuli have the stream of chain 0.
      guard var stream = try? RandomStream(StreamKey(seed: seed, chain: 1, purpose: .stimuli)) else {
        preconditionFailure("the default generator exists")
      }
      return (0..<neurons).map { _ in stream.bernoulli(0.5) ? 1 : -1 }
    }
  }

  /// To follow the network in words.
  var words: String {
    let given =
      switch readout {
      case .drawn: ""
      case .ones: ", output weights 1"
      case .file: ", given output weights"
      case .coins: ", given output weights of 1 and -1"
      }
    guard !signs.isEmpty else { return given }
    return given
      + ", \(WeightGroup.allCases.filter(signs.contains).map(\.rawValue).joined(separator: " and ")) weights of two signs"
  }
}
