// A draw schema as JSON: every segment says itself what it holds.

import JSON
import Sampling

extension DrawSchema {
  /// The schema as JSON on one line.
  var json: String {
    JSONValue.object([
      .init("observables", .array(observables.map(\.json))),
      .init("statistics", .array(statistics.map { .string($0) })),
      .init("network", .array(network.blocks.map(\.json))),
    ]).text(.compact)
  }

  /// Reads what ``json`` gave.
  ///
  /// - Throws: ``StorageError/damaged(path:reason:)`` naming `path`.
  init(json text: String, path: String) throws {
    let damaged = StorageError.damaged(path: path, reason: "its schema cannot be read")
    let json = try JSONValue(parsing: text, path: path)
    var taken: Set<String> = []
    /// Names that stand in files, and in names of files: each once within its group.
    func name(_ text: String?, in group: String) throws -> String {
      guard let text, isName(text), taken.insert("\(group)/\(text)").inserted else { throw damaged }
      return text
    }
    /// Lengths whose products do not overflow.
    func lengths(_ values: [Int?]) throws -> [Int] {
      var product = 1
      return try values.map { length in
        guard let length, length > 0, values.count <= 32, length <= (1 << 48) / product else { throw damaged }
        product *= length
        return length
      }
    }
    guard let observables = json["observables"]?.array, let statistics = json["statistics"]?.array,
      let blocks = json["network"]?.array
    else { throw damaged }
    var network = ParameterLayout()
    for block in blocks {
      guard let shape = block["shape"]?.array?.map(\.integer),
        let kind = block["kind"]?.string.flatMap({ ParameterKind(rawValue: $0) }),
        kind == .binary || kind == .real && network.binaryRange.isEmpty, network.dimension < 1 << 52
      else { throw damaged }
      network.append(try name(block["name"]?.string, in: "network"), shape: try lengths(shape), kind: kind)
    }
    self.init(
      observables: try observables.map { json in
        guard let axes = json["axes"]?.array else { throw damaged }
        let pairs = try axes.map { axis in
          guard let pair = axis.array, pair.count == 2, let name = pair[0].string, isName(name) else { throw damaged }
          return (name, pair[1].integer)
        }
        return ObservableVariable(
          try name(json["name"]?.string, in: "observables"),
          axes: zip(pairs, try lengths(pairs.map(\.1))).map { ObservableVariable.Axis($0.0, $1) })
      },
      statistics: try statistics.map { try name($0.string, in: "sample_stats") },
      network: network)
  }

  /// Whether every draw has the same names and shapes in both.
  func difference(from other: DrawSchema) -> String? {
    if observables != other.observables { return "its observables are others" }
    if statistics != other.statistics { return "its sampler statistics are others" }
    if network != other.network { return "its networks have other blocks" }
    return nil
  }
}

/// Whether a text can be the name of something recorded.
func isName(_ text: String) -> Bool {
  (1...200) ~= text.utf8.count
    && text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
}

extension ObservableVariable {
  fileprivate var json: JSONValue {
    .object([
      .init("name", .string(name)),
      .init("axes", .array(axes.map { .array([.string($0.name), .integer($0.length)]) })),
    ])
  }
}

extension ParameterBlock {
  fileprivate var json: JSONValue {
    .object([
      .init("name", .string(name)), .init("shape", .array(shape.map { .integer($0) })),
      .init("kind", .string(kind.rawValue)),
    ])
  }

  /// Leading axes flattened: the number of rows of neurons.
  var rows: Int { shape.dropLast().reduce(1, *) }
  /// The length of the last axis.
  var rowLength: Int { shape.last ?? 1 }
}

extension ParameterLayout {
  /// The memory of one network as stored: eight bytes a real number, one a binary one.
  var storedBytes: Int { 8 * realCount + binaryRange.count }
}

/// Names of the dimensions in one group: an axis keeps its name unless variables disagree about its length.
struct DimensionNames {
  private var lengths: [String: Int] = [:]
  private var contested: Set<String> = []

  /// - Parameter reserved: names that axes must not take, such as `draw`.
  init(_ axes: [[ObservableVariable.Axis]], reserved: Set<String>) {
    contested = reserved
    for axis in axes.joined() {
      if let length = lengths[axis.name], length != axis.length { contested.insert(axis.name) }
      lengths[axis.name] = axis.length
    }
  }

  /// `context`, or `readout_context_0` where `context` is another length elsewhere or stands twice in one variable.
  func name(ofAxis index: Int, of variable: String, axes: [ObservableVariable.Axis]) -> String {
    let name = axes[index].name
    let isRepeated = axes.contains { $0.name == name } && axes.filter { $0.name == name }.count > 1
    return contested.contains(name) || isRepeated ? "\(variable)_\(name)_\(index)" : name
  }
}
