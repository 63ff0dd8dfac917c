// A network too big for memory, written into its segment's file part by part.

import Sampling

/// The `networks` group of a segment that holds exactly one network, open for writing.
final class NetworkStream {
  /// The file that becomes the segment.
  let file: NetCDFFile
  /// Where it is meanwhile.
  let path: String
  private let layout: ParameterLayout
  private let group: NetCDFGroup
  private let variables: [NetCDFVariable]
  private var isKept = false

  init(path: String, layout: ParameterLayout, draw: Int) throws {
    self.path = path
    self.layout = layout
    file = try NetCDFFile.create(at: path)
    (group, variables) = try NetworkGroup.define(in: file.root, layout: layout, draws: [draw])
  }

  deinit {
    // The segment was never finished: a half-written file helps nobody.
    if !isKept { unlink(path) }
  }

  /// Declares that the file was closed and published, and is not to be removed.
  func keep() { isKept = true }

  /// Writes neurons `part` of every block (all of them if nil), as ``DrawSink/recordNetwork(draw:part:values:)`` gets them.
  func write(part: Range<Int>?, values: Span<Double>) throws {
    try values.withUnsafeBufferPointer { values in
      var offset = 0
      for (block, variable) in zip(layout.blocks, variables) {
        let neurons = part ?? 0..<block.rowLength
        let count = block.rows * neurons.count
        let box = UnsafeBufferPointer(rebasing: values[offset..<offset + count])
        let start = [0] + block.shape.dropLast().map { _ in 0 } + [neurons.lowerBound]
        let lengths = [1] + block.shape.dropLast() + [neurons.count]
        switch block.kind {
        case .real, .sign: try group.write(box, to: variable, start: start, count: lengths)
        case .binary:
          try box.map { $0 == 0 ? Int8(0) : 1 }.withUnsafeBufferPointer {
            try group.write($0, to: variable, start: start, count: lengths)
          }
        }
        offset += count
      }
    }
  }
}

/// The layout of the `networks` group, the same for streamed and for buffered networks.
enum NetworkGroup {
  static let name = "networks"

  /// Defines `draw` (the numbers of the draws) and one variable a block, `[network, ...]`.
  static func define(
    in root: NetCDFGroup, layout: ParameterLayout, draws: [Int]
  ) throws -> (NetCDFGroup, [NetCDFVariable]) {
    let group = try root.defineGroup(name)
    let networks = try group.defineDimension("network", draws.count)
    let numbers = try group.defineVariable("draw", of: Int64.self, [networks])
    try group.write(draws.map { Int64($0) }, to: numbers, shape: [draws.count])
    let variables = try layout.blocks.map { block in
      let shape = block.shape.isEmpty ? [1] : block.shape
      let dimensions = try shape.enumerated().map { axis, length in
        try group.defineDimension("\(block.name)_dim_\(axis)", length)
      }
      switch block.kind {
      case .real, .sign: return try group.defineVariable(block.name, of: Double.self, [networks] + dimensions)
      case .binary: return try group.defineVariable(block.name, of: Int8.self, [networks] + dimensions)
      }
    }
    return (group, variables)
  }
}
