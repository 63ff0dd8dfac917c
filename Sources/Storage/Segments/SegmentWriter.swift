// How a segment gets onto the disk: composed whole, checksummed, synchronised, then given its name.

import JSON
import Sampling

/// When a segment ends.
package struct SegmentSettings: Sendable, Equatable {
  /// The work that a sudden death may cost, in seconds.
  package var seconds: Double
  /// The size at which a segment is full, in bytes; also the size above which a network is not held in memory.
  package var bytes: Int
  package init(seconds: Double = 10, bytes: Int = 8 << 20) {
    self.seconds = seconds
    self.bytes = bytes
  }
}

/// Writes the segments of one chain.
struct SegmentWriter {
  let run: RunDirectory
  let chain: Int

  /// Where a segment is while it is written. Names that start with a dot are nobody's business and are cleared away
  /// when a chain is taken up again.
  func temporaryPath(_ phase: Phase, _ number: Int) -> String {
    "\(run.chainDirectory(chain))/.\(phase.rawValue)-\(RunDirectory.padded(number, 6)).tmp"
  }

  /// Makes the chain's directory and clears away what a killed process left.
  ///
  /// - Parameter record: what is there of the chain.
  func prepare(_ record: ChainRecord) throws {
    let directory = run.chainDirectory(chain)
    try Posix.makeDirectory(directory)
    for name in try Posix.names(in: directory) where name.hasPrefix(".") { try Posix.remove("\(directory)/\(name)") }
    try write(record)
    try Posix.synchronize(directory: run.path)
  }

  /// Notes how far the chain has come, after the segments that the note counts.
  func write(_ record: ChainRecord) throws {
    try record.write(ofChain: chain, runID: run.description.identity.digest, to: run.chainDirectory(chain))
  }

  /// Publishes a segment: on return it is on the disk for good.
  ///
  /// - Throws: ``StorageError``; then nothing of it is left and all earlier segments are as they were.
  func write(
    _ buffer: SegmentBuffer, number: Int, snapshot: ChainSnapshot, streaming: [StreamingStatistic]
  ) throws {
    let temporary = temporaryPath(buffer.phase, number)
    let header = SegmentHeader(
      runID: run.description.identity.digest, chain: chain, phase: buffer.phase, number: number,
      firstDraw: buffer.firstDraw, draws: buffer.count, networks: buffer.networkDraws.count, schema: buffer.schema,
      generator: snapshot.stream.generator, gslVersion: snapshot.stream.gslVersion)
    var hash = SHA256()
    if let stream = buffer.stream {
      try Self.compose(header, buffer, snapshot, streaming, in: stream.file.root)
      try stream.file.close()
      try Posix.synchronize(file: temporary)
      try Posix.read(temporary) { hash.update($0) }
    } else {
      // Composed in memory, so that what goes to the disk is checksummed before it can be damaged there, and so that a
      // full disk is met by this program and not inside a library that cannot say so.
      let bytes = 8 * (buffer.observables.count + buffer.statistics.count + snapshot.archive.count) + (1 << 16)
      let file = try NetCDFFile.createImage(for: temporary, bytes: bytes)
      try Self.compose(header, buffer, snapshot, streaming, in: file.root)
      try file.closeImage { image in
        hash.update(image)
        try Posix.write(image, toNew: temporary)
      }
    }
    let name = SegmentName(phase: buffer.phase, number: number, checksum: SegmentName.checksum(of: hash))
    try Posix.rename(temporary, to: "\(run.chainDirectory(chain))/\(name.fileName)")
    buffer.stream?.keep()
    try Posix.synchronize(directory: run.chainDirectory(chain))
  }

  private static func compose(
    _ header: SegmentHeader, _ buffer: SegmentBuffer, _ snapshot: ChainSnapshot, _ streaming: [StreamingStatistic],
    in root: NetCDFGroup
  ) throws {
    try header.write(to: root)
    try writeDraws(buffer, in: root)
    if buffer.stream == nil { try writeNetworks(buffer, in: root) }
    try writeStreaming(streaming, in: root)
    let state = try root.defineGroup("state")
    try write(snapshot.archive, "archive", in: state)
    try write(snapshot.stream.state, "random_stream", in: state)
  }

  /// Writes an array of any length; nothing if it is empty, because NetCDF has no dimension of length 0.
  private static func write<Number: NetCDFNumber>(_ values: [Number], _ name: String, in group: NetCDFGroup) throws {
    guard !values.isEmpty else { return }
    let dimension = try group.defineDimension("\(name)_length", values.count)
    let variable = try group.defineVariable(name, of: Number.self, [dimension])
    try group.write(values, to: variable, shape: [values.count])
  }

  private static func writeDraws(_ buffer: SegmentBuffer, in root: NetCDFGroup) throws {
    let draw = try root.defineDimension("draw", buffer.count)
    let observables = try root.defineGroup("observables")
    let names = DimensionNames(buffer.schema.observables.map(\.axes), reserved: ["draw"])
    var dimensions: [String: NetCDFDimension] = [:]
    let width = buffer.schema.observableCount
    var offset = 0
    var columns: [Double] = []
    for variable in buffer.schema.observables {
      var axes = [draw]
      for (index, axis) in variable.axes.enumerated() {
        let name = names.name(ofAxis: index, of: variable.name, axes: variable.axes)
        if dimensions[name] == nil { dimensions[name] = try observables.defineDimension(name, axis.length) }
        axes.append(dimensions[name]!)
      }
      let id = try observables.defineVariable(variable.name, of: Double.self, axes)
      columns.removeAll(keepingCapacity: true)
      for row in 0..<buffer.count {
        columns.append(contentsOf: buffer.observables[row * width + offset..<row * width + offset + variable.count])
      }
      try observables.write(columns, to: id, shape: [buffer.count] + variable.axes.map(\.length))
      offset += variable.count
    }
    let statistics = try root.defineGroup("sample_stats")
    for (index, name) in buffer.schema.statistics.enumerated() {
      columns.removeAll(keepingCapacity: true)
      for row in 0..<buffer.count {
        columns.append(buffer.statistics[row * buffer.schema.statistics.count + index])
      }
      // Most of what fast samplers report never changes, and would take more room than their draws.
      let bits = columns[0].bitPattern
      let isConstant = columns.allSatisfy { $0.bitPattern == bits }
      let id = try statistics.defineVariable(name, of: Double.self, isConstant ? [] : [draw])
      if isConstant { columns.removeLast(buffer.count - 1) }
      try statistics.write(columns, to: id, shape: isConstant ? [] : [buffer.count])
    }
  }

  private static func writeNetworks(_ buffer: SegmentBuffer, in root: NetCDFGroup) throws {
    guard !buffer.networkDraws.isEmpty else { return }
    let layout = buffer.schema.network
    let (group, variables) = try NetworkGroup.define(in: root, layout: layout, draws: buffer.networkDraws)
    var real = buffer.realBlocks.makeIterator()
    var binary = buffer.binaryBlocks.makeIterator()
    for (block, variable) in zip(layout.blocks, variables) {
      let shape = [buffer.networkDraws.count] + (block.shape.isEmpty ? [1] : block.shape)
      switch block.kind {
      case .real, .sign: try group.write(real.next()!, to: variable, shape: shape)
      case .binary: try group.write(binary.next()!, to: variable, shape: shape)
      }
    }
  }

  private static func writeStreaming(_ streaming: [StreamingStatistic], in root: NetCDFGroup) throws {
    let group = try root.defineGroup("streaming")
    // Names and axes as text too: a statistic without entries has no variable.
    let index = JSONValue.array(
      streaming.map { statistic in
        .object([
          .init("name", .string(statistic.name)),
          .init("axes", .array(statistic.axes.map { .array([.string($0.name), .integer($0.length)]) })),
        ])
      })
    try group.setAttribute("statistics", index.text(.compact))
    let names = DimensionNames(streaming.map(\.axes), reserved: [])
    var dimensions: [String: NetCDFDimension] = [:]
    for statistic in streaming where !statistic.values.isEmpty {
      var axes: [NetCDFDimension] = []
      for (index, axis) in statistic.axes.enumerated() {
        let name = names.name(ofAxis: index, of: statistic.name, axes: statistic.axes)
        if dimensions[name] == nil { dimensions[name] = try group.defineDimension(name, axis.length) }
        axes.append(dimensions[name]!)
      }
      let id = try group.defineVariable(statistic.name, of: Double.self, axes)
      try group.write(statistic.values, to: id, shape: statistic.axes.map(\.length))
    }
  }
}
