// How a flat position is cut into named blocks of parameters.

/// What values a parameter takes.
public enum ParameterKind: String, Sendable {
  /// Any real number; gradient-based kernels move it.
  case real
  /// 0 or 1; flips move it.
  case binary
}

/// A named, shaped part of a position, row-major.
public struct ParameterBlock: Sendable, Equatable {
  /// The name, as it stands in files.
  public let name: String
  /// The length of each axis; the last varies fastest.
  public let shape: [Int]
  /// What its entries may be.
  public let kind: ParameterKind
  /// Where it starts in the position.
  public let offset: Int
  /// The number of entries.
  public var count: Int { shape.reduce(1, *) }
  /// The part of the position that it occupies.
  public var range: Range<Int> { offset..<offset + count }
}

/// The blocks of a position, real ones first, binary ones after them.
///
/// Real blocks come first so that a kernel for real coordinates works on `0 ..< realCount` and never looks at the rest.
public struct ParameterLayout: Sendable, Equatable {
  /// The blocks in order.
  public private(set) var blocks: [ParameterBlock] = []

  public init() {}

  /// A layout of one real block.
  public init(real name: String, count: Int) { append(name, shape: [count], kind: .real) }

  /// A layout of one real block and one binary block after it.
  ///
  /// - Precondition: two names.
  public init(real name: String, count: Int, binary binaryName: String, count binaryCount: Int) {
    self.init(real: name, count: count)
    append(binaryName, shape: [binaryCount], kind: .binary)
  }

  /// Adds a block at the end.
  ///
  /// - Precondition: a new name; no real block after a binary one.
  public mutating func append(_ name: String, shape: [Int], kind: ParameterKind = .real) {
    precondition(!blocks.contains { $0.name == name }, "two parameter blocks are called \(name)")
    precondition(
      kind == .binary || blocks.allSatisfy { $0.kind == .real }, "real parameter blocks come before binary ones")
    blocks.append(ParameterBlock(name: name, shape: shape, kind: kind, offset: dimension))
  }

  /// The number of coordinates.
  public var dimension: Int { blocks.last?.range.upperBound ?? 0 }

  /// The number of real coordinates; they are `0 ..< realCount`.
  public var realCount: Int { blocks.last { $0.kind == .real }?.range.upperBound ?? 0 }

  /// The binary coordinates.
  public var binaryRange: Range<Int> { realCount..<dimension }

  /// The block of this name.
  public subscript(name: String) -> ParameterBlock? { blocks.first { $0.name == name } }

  /// A coordinate as a person names it, e.g. `input_weights[1,17]`, counted from 0.
  public func name(ofCoordinate coordinate: Int) -> String {
    guard let block = blocks.first(where: { $0.range.contains(coordinate) }) else { return "coordinate \(coordinate)" }
    var rest = coordinate - block.offset
    var indices: [String] = []
    for length in block.shape.reversed() {
      indices.insert(String(rest % length), at: 0)
      rest /= length
    }
    return "\(block.name)[\(indices.joined(separator: ","))]"
  }
}
