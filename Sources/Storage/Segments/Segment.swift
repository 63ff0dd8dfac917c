// A segment read back: nothing is handed out before checksum, owner and place are found right.

import JSON
import Sampling

/// An open, verified segment.
package final class Segment {
  /// Files above this size are checked and read from disk, smaller ones from memory.
  private static let imageLimit = 16 << 20

  /// The file.
  package let path: String
  /// What it says of itself.
  package let header: SegmentHeader
  private let root: NetCDFGroup
  private let file: NetCDFFile

  /// Opens the file called `name`, checking that its bytes are the ones that were written, unless this process has found so before.
  ///
  /// - Throws: ``StorageError``: `damaged`, `system`.
  init(_ name: SegmentName, in directory: String, _ verified: VerifiedFiles) throws {
    let path = "\(directory)/\(name.fileName)"
    self.path = path
    file = try Self.open(path, name, verified)
    root = file.root
    header = try SegmentHeader(reading: root)
  }

  private static func open(_ path: String, _ name: SegmentName, _ verified: VerifiedFiles) throws -> NetCDFFile {
    let stamp = try verified.stamp(of: path)
    guard !verified.holds(path, stamp) else { return try NetCDFFile.open(path) }
    func check(_ hash: SHA256) throws {
      guard SegmentName.checksum(of: hash) == name.checksum else {
        throw StorageError.damaged(path: path, reason: "its bytes do not have the SHA-256 that its name states")
      }
    }
    var hash = SHA256()
    // libnetcdf never sees a file that is not what was written: HDF5 can crash on those.
    if try Posix.size(of: path) > imageLimit {
      try Posix.read(path) { hash.update($0) }
      try check(hash)
      verified.add(path, stamp)
      return try NetCDFFile.open(path)
    }
    let image = try Posix.contents(of: path, limit: imageLimit)
    hash.update(UnsafeRawBufferPointer(image))
    do { try check(hash) } catch {
      image.deallocate()
      throw error
    }
    verified.add(path, stamp)
    return try NetCDFFile.open(image: image, path: path)
  }

  /// Checks that the segment belongs where it lies.
  ///
  /// - Throws: ``StorageError/damaged(path:reason:)``.
  func requirePlace(in run: RunDirectory, chain: Int, name: SegmentName, firstDraw: Int) throws {
    func require(_ holds: Bool, _ reason: @autoclosure () -> String) throws {
      guard holds else { throw StorageError.damaged(path: path, reason: reason()) }
    }
    try require(header.runID == run.description.identity.digest, "it is a segment of another run")
    try require(header.chain == chain, "it is a segment of chain \(header.chain)")
    try require(
      header.phase == name.phase && header.number == name.number,
      "it is segment \(header.number) of \(header.phase.words)")
    try require(
      header.firstDraw == firstDraw, "it starts at draw \(header.firstDraw), but draw \(firstDraw) is due here")
    let recording = run.description.recording
    let due = name.phase == .warmup ? [] : recording.kept(among: firstDraw..<firstDraw + header.draws)
    try require(
      try networkDraws() == due || (header.networks == 0 && header.schema.network.dimension == 0),
      "it holds networks of other draws than this run keeps")
  }

  // MARK: - Draws

  /// The observables, `[draw, scalar]` in the schema's order.
  package func observables() throws -> [Double] {
    let group = try root.group("observables")
    return try rows(
      header.schema.observables.map { ($0.count, try read($0, in: group)) }, width: header.schema.observableCount)
  }

  /// The sampler's statistics, `[draw, statistic]` in the schema's order.
  package func statistics() throws -> [Double] {
    try rows(
      header.schema.statistics.map { (1, try statistic($0)) }, width: header.schema.statistics.count)
  }

  /// The first `limit` draws of scalars, by their places in the schema's order: `[place][draw]`.
  ///
  /// Reads the variables that have them from beginning to end, some draws at a time: single entries of wide rows would cost the library a read
  /// of its buffer each. Memory besides: 4 MB, or one draw of a variable.
  ///
  /// - Parameter most: numbers that are read at a time.
  func observables(at places: [Int], limit: Int, most: Int = 1 << 19) throws -> [[Double]] {
    var columns = places.map { _ in [Double]() }
    let group = try root.group("observables")
    let draws = min(limit, header.draws)
    var first = 0
    for variable in header.schema.observables {
      let range = first..<first + variable.count
      first = range.upperBound
      let wanted = places.indices.filter { range.contains(places[$0]) }
      guard !wanted.isEmpty else { continue }
      let lengths = variable.axes.map(\.length)
      let width = variable.count
      let known = try group.variable(variable.name, of: Double.self, shape: [header.draws] + lengths)
      var values = [Double](repeating: 0, count: min(draws, max(1, most / width)) * width)
      for index in wanted { columns[index].reserveCapacity(draws) }
      for start in stride(from: 0, to: draws, by: max(1, values.count / width)) {
        let count = min(values.count / width, draws - start)
        try values.withUnsafeMutableBufferPointer {
          try group.read(
            known, start: [start] + lengths.map { _ in 0 }, count: [count] + lengths,
            into: UnsafeMutableBufferPointer(rebasing: $0[..<(count * width)]))
        }
        for index in wanted {
          let entry = places[index] - range.lowerBound
          for draw in 0..<count { columns[index].append(values[draw * width + entry]) }
        }
      }
    }
    return columns
  }

  /// One observable, `[draw, ...]`.
  package func observable(_ variable: ObservableVariable) throws -> [Double] {
    try read(variable, in: try root.group("observables"))
  }

  /// One of the sampler's statistics, `[draw]`; stored once where it is the same in all draws.
  package func statistic(_ name: String) throws -> [Double] {
    let group = try root.group("sample_stats")
    guard try group.shape(of: try group.variable(name)).isEmpty else {
      return try group.read(name, of: Double.self, shape: [header.draws])
    }
    return [Double](repeating: try group.read(name, of: Double.self, shape: [])[0], count: header.draws)
  }

  private func read(_ variable: ObservableVariable, in group: NetCDFGroup) throws -> [Double] {
    try group.read(variable.name, of: Double.self, shape: [header.draws] + variable.axes.map(\.length))
  }

  /// Puts columns side by side.
  private func rows(_ columns: [(width: Int, values: [Double])], width: Int) throws -> [Double] {
    var rows = [Double](repeating: 0, count: header.draws * width)
    var offset = 0
    for column in columns {
      for draw in 0..<header.draws {
        for entry in 0..<column.width {
          rows[draw * width + offset + entry] = column.values[draw * column.width + entry]
        }
      }
      offset += column.width
    }
    return rows
  }

  // MARK: - State

  /// What had been accumulated by the end of the segment.
  package func streamingStatistics() throws -> [StreamingStatistic] {
    let group = try root.group("streaming")
    let index = try JSONValue(parsing: try group.textAttribute("statistics"), path: path)
    let damaged = StorageError.damaged(path: path, reason: "its list of streaming statistics cannot be read")
    guard let entries = index.array else { throw damaged }
    var taken: Set<String> = []
    return try entries.map { entry in
      guard let list = entry["axes"]?.array, let name = entry["name"]?.string, isName(name), taken.insert(name).inserted
      else { throw damaged }
      let axes = try list.map { axis in
        guard let pair = axis.array, pair.count == 2, let name = pair[0].string, isName(name),
          let length = pair[1].integer, length >= 0
        else { throw damaged }
        return ObservableVariable.Axis(name, length)
      }
      let shape = axes.map(\.length)
      let values = shape.contains(0) ? [] : try group.read(name, of: Double.self, shape: shape)
      return StreamingStatistic(name, axes: axes, values: values)
    }
  }

  /// The chain's complete state at the end of the segment.
  package func snapshot() throws -> ChainSnapshot {
    let group = try root.group("state")
    return ChainSnapshot(
      archive: try read("archive", of: Double.self, in: group),
      stream: RandomStreamSnapshot(
        generator: header.generator, gslVersion: header.gslVersion,
        state: try read("random_stream", of: UInt8.self, in: group)))
  }

  private func read<Number: NetCDFNumber>(
    _ name: String, of type: Number.Type, in group: NetCDFGroup
  ) throws -> [Number] {
    let shape = try group.shape(of: try group.variable(name))
    guard shape.count == 1 else { throw StorageError.damaged(path: path, reason: "\(name) is not a list") }
    return try group.read(name, of: type, shape: shape)
  }

  // MARK: - Networks

  /// The numbers, within the phase, of the draws whose networks are here.
  package func networkDraws() throws -> [Int] {
    guard header.networks > 0 else { return [] }
    return try root.group(NetworkGroup.name).read("draw", of: Int64.self, shape: [header.networks]).map { Int($0) }
  }

  /// Reads neurons `part` of one block of one network (all of them if nil), `[..., neuron]`.
  ///
  /// Memory: the part asked for.
  package func network(_ index: Int, block: ParameterBlock, part: Range<Int>? = nil) throws -> [Double] {
    let group = try root.group(NetworkGroup.name)
    let variable = try variable(of: block, in: group)
    let neurons = part ?? 0..<block.rowLength
    let start = [index] + block.shape.dropLast().map { _ in 0 } + [neurons.lowerBound]
    let lengths = [1] + block.shape.dropLast() + [neurons.count]
    return try Self.box(group, variable, start, lengths, kind: block.kind)
  }

  private func variable(of block: ParameterBlock, in group: NetCDFGroup) throws -> NetCDFVariable {
    let shape = [header.networks] + (block.shape.isEmpty ? [1] : block.shape)
    return switch block.kind {
    case .real, .sign: try group.variable(block.name, of: Double.self, shape: shape)
    case .binary: try group.variable(block.name, of: Int8.self, shape: shape)
    }
  }

  /// A run of entries along a block's last axis.
  struct Piece {
    /// Where it starts, an index for each axis.
    let start: [Int]
    let values: [Double]
  }

  /// Gives `take` the entries of one block of one network in order, in pieces of at most `pieceLength`.
  func forEachPiece(
    ofNetwork index: Int, block: ParameterBlock, pieceLength: Int = 1 << 17, _ take: (Piece) throws -> Void
  ) throws {
    let group = try root.group(NetworkGroup.name)
    let variable = try variable(of: block, in: group)
    let leading = Array(block.shape.dropLast())
    for row in 0..<block.rows {
      var rest = row
      var place: [Int] = []
      for length in leading.reversed() {
        place.insert(rest % length, at: 0)
        rest /= length
      }
      for start in stride(from: 0, to: block.rowLength, by: pieceLength) {
        let count = min(pieceLength, block.rowLength - start)
        let values = try Self.box(
          group, variable, [index] + place + [start], [1] + leading.map { _ in 1 } + [count], kind: block.kind)
        try take(Piece(start: place + [start], values: values))
      }
    }
  }

  private static func box(
    _ group: NetCDFGroup, _ variable: NetCDFVariable, _ start: [Int], _ lengths: [Int], kind: ParameterKind
  ) throws -> [Double] {
    let total = lengths.reduce(1, *)
    guard kind == .real else {
      var bytes = [Int8](repeating: 0, count: total)
      try bytes.withUnsafeMutableBufferPointer {
        try group.read(variable, start: start, count: lengths, into: $0)
      }
      guard bytes.allSatisfy({ $0 == 0 || $0 == 1 }) else {
        throw StorageError.damaged(path: group.path, reason: "a block of zeros and ones holds another number")
      }
      return bytes.map { Double($0) }
    }
    var values = [Double](repeating: 0, count: total)
    try values.withUnsafeMutableBufferPointer { try group.read(variable, start: start, count: lengths, into: $0) }
    return values
  }
}
