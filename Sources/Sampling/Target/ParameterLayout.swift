// How a flat position is cut into named blocks of parameters.

/// What values a parameter takes.
public enum ParameterKind: String, Sendable {
  /// Any real number; gradient-based kernels move it.
  case real
  /// One of two opposite values, + and − the block's magnitude; flips move it.
  case sign
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
  /// Of signs, the size of every entry; 1 otherwise.
  public let magnitude: Double
  /// The number of entries.
  public var count: Int { shape.reduce(1, *) }
  /// The part of the position that it occupies.
  public var range: Range<Int> { offset..<offset + count }

  /// Whether an entry may have a value.
  func allows(_ value: Double) -> Bool {
    switch kind {
    case .real: value.isFinite
    case .sign: abs(value) == magnitude
    case .binary: value == 0 || value == 1
    }
  }

  /// The same in words.
  var allowedWords: String {
    switch kind {
    case .real: "a finite number"
    case .sign: "\(magnitude) or \(-magnitude)"
    case .binary: "0 or 1"
    }
  }
}

/// The blocks of a position: real ones first, then signs, then binary ones.
///
/// Real blocks come first so that a kernel for real coordinates works on `0 ..< realCount` and never looks at the rest.
public struct ParameterLayout: Sendable, Equatable {
  /// The blocks in order.
  public private(set) var blocks: [ParameterBlock] = []

  /// No blocks yet.
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
  /// - Precondition: a new name; no real block after one that flips, and no signs after a binary one; a positive magnitude.
  public mutating func append(_ name: String, shape: [Int], kind: ParameterKind = .real, magnitude: Double = 1) {
    precondition(!blocks.contains { $0.name == name }, "two parameter blocks are called \(name)")
    precondition(
      kind == .binary || blocks.allSatisfy { $0.kind == .real || $0.kind == kind },
      "real parameter blocks come before signs, and these before binary ones")
    precondition(magnitude > 0)
    blocks.append(ParameterBlock(name: name, shape: shape, kind: kind, offset: dimension, magnitude: magnitude))
  }

  /// The number of coordinates.
  public var dimension: Int { blocks.last?.range.upperBound ?? 0 }

  /// The number of real coordinates; they are `0 ..< realCount`.
  public var realCount: Int { blocks.last { $0.kind == .real }?.range.upperBound ?? 0 }

  /// The coordinates that flip: signs and binary ones.
  public var binaryRange: Range<Int> { realCount..<dimension }

  /// The blocks as files keep them: signs are numbers like others.
  public var stored: ParameterLayout {
    guard blocks.contains(where: { $0.kind == .sign }) else { return self }
    var layout = ParameterLayout()
    for block in blocks { layout.append(block.name, shape: block.shape, kind: block.kind == .binary ? .binary : .real) }
    return layout
  }

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
