// Segments with a right checksum and any contents: an error, or a segment; never a crash, a wait, or memory beyond the file's size.

import CNetCDF
import Foundation
import JSON
import Sampling
import Testing

@testable import Storage

/// A segment in the making, every part of which can be forged.
struct Forgery {
  enum Value {
    case text(String)
    case integers([Int64])
    case doubles([Double])
  }
  struct Variable {
    var group: String
    var name: String
    var type: Int32
    var shape: [Int]
    /// Numbers to write; nil writes none, so that a variable can claim to be of any size.
    var values: [Double]?
    /// Stored compressed.
    var isDeflated = false
  }

  var attributes: [(name: String, value: Value)]
  var streamingIndex: Value?
  var groups = ["observables", "sample_stats", "networks", "streaming", "state"]
  var variables: [Variable]

  /// The segment as it is.
  init(_ segment: Segment) throws {
    let header = segment.header
    attributes = [
      ("format", .text(SegmentHeader.format)), ("format_version", .integers([1])), ("run_id", .text(header.runID)),
      ("chain", .integers([Int64(header.chain)])), ("phase", .text(header.phase.rawValue)),
      ("segment", .integers([Int64(header.number)])), ("first_draw", .integers([Int64(header.firstDraw)])),
      ("draws", .integers([Int64(header.draws)])), ("networks", .integers([Int64(header.networks)])),
      ("schema", .text(header.schema.json)), ("generator", .text(header.generator)),
      ("gsl_version", .text(header.gslVersion)),
    ]
    let streaming = try segment.streamingStatistics()
    streamingIndex = .text(
      JSONValue.array(
        streaming.map { statistic in
          let axes = statistic.axes.map { JSONValue.array([.string($0.name), .integer($0.length)]) }
          return .object([.init("name", .string(statistic.name)), .init("axes", .array(axes))])
        }
      ).text(.compact))
    variables = try header.schema.observables.map {
      Variable(
        group: "observables", name: $0.name, type: NC_DOUBLE, shape: [header.draws] + $0.axes.map(\.length),
        values: try segment.observable($0))
    }
    variables += try header.schema.statistics.map {
      Variable(
        group: "sample_stats", name: $0, type: NC_DOUBLE, shape: [header.draws], values: try segment.statistic($0))
    }
    variables.append(
      Variable(
        group: "networks", name: "draw", type: NC_INT64, shape: [header.networks],
        values: try segment.networkDraws().map { Double($0) }))
    variables += try header.schema.network.blocks.map { block in
      Variable(
        group: "networks", name: block.name, type: block.kind == .real ? NC_DOUBLE : NC_BYTE,
        shape: [header.networks] + block.shape,
        values: try (0..<header.networks).flatMap { try segment.network($0, block: block) })
    }
    variables += streaming.map {
      Variable(group: "streaming", name: $0.name, type: NC_DOUBLE, shape: $0.axes.map(\.length), values: $0.values)
    }
    let state = try segment.snapshot()
    variables.append(
      Variable(
        group: "state", name: "archive", type: NC_DOUBLE, shape: [state.archive.count], values: state.archive))
    variables.append(
      Variable(
        group: "state", name: "random_stream", type: NC_UBYTE, shape: [state.stream.state.count],
        values: state.stream.state.map { Double($0) }))
  }

  /// Writes the file; what NetCDF itself does not take is left out.
  func write(to path: String) throws {
    // By the lock that readers in other tests hold: the library corrupts its memory when two threads are in it.
    try NetCDFFile.call("forge", path) {
      compose(path, $0)
      return NC_NOERR
    }
  }

  private func compose(_ path: String, _ netCDF: cnetcdf_functions) {
    var file: Int32 = -1
    guard netCDF.create(path, NC_NETCDF4 | NC_CLOBBER, &file) == NC_NOERR else { return }
    _ = netCDF.set_fill(file, NC_NOFILL, nil)
    for attribute in attributes { Self.put(attribute.name, attribute.value, in: file, netCDF) }
    var ids: [String: Int32] = [:]
    for group in groups {
      var id: Int32 = -1
      if netCDF.def_grp(file, group, &id) == NC_NOERR { ids[group] = id }
    }
    if let streamingIndex, let group = ids["streaming"] { Self.put("statistics", streamingIndex, in: group, netCDF) }
    for (number, variable) in variables.enumerated() {
      guard let group = ids[variable.group] else { continue }
      var dimensions: [Int32] = []
      for (axis, length) in variable.shape.enumerated() {
        var id: Int32 = -1
        if netCDF.def_dim(group, "d\(number)_\(axis)", max(0, length), &id) == NC_NOERR { dimensions.append(id) }
      }
      var id: Int32 = -1
      guard netCDF.def_var(group, variable.name, variable.type, Int32(dimensions.count), dimensions, &id) == NC_NOERR
      else {
        continue
      }
      if variable.isDeflated { _ = netCDF.def_var_deflate(group, id, 0, 1, 9) }
      guard let values = variable.values, values.count == variable.shape.reduce(1, *), variable.type != NC_STRING else {
        continue
      }
      _ = netCDF.put_var_double(group, id, values)
    }
    _ = netCDF.close(file)
  }

  private static func put(_ name: String, _ value: Value, in group: Int32, _ netCDF: cnetcdf_functions) {
    switch value {
    case .text(let text): _ = netCDF.put_att_text(group, NC_GLOBAL, name, text.utf8.count, text)
    case .integers(let values): _ = netCDF.put_att(group, NC_GLOBAL, name, NC_INT64, values.count, values)
    case .doubles(let values): _ = netCDF.put_att_double(group, NC_GLOBAL, name, NC_DOUBLE, values.count, values)
    }
  }
}

@Suite struct ForgedSegmentTests {
  /// Forgeries in all, and the processes that share them: what the library corrupts is its own process's.
  private static let count = 2000
  private static let parts = 4
  private static let numbers: [Int64] = [
    -1, 0, 1, 2, 3, 4, 5, 7, 1000, 1 << 20, 1 << 31, 1 << 40, 1 << 52, 1 << 62, .max, .min,
  ]
  private static let words = [
    "", "x", "draws", "warmup", "mt19937", "ranlux", "gfsr4", "lp", "\u{0}", "[[[[", "é", "a/b", "..",
  ]

  /// Changes one thing of a forgery.
  private func forge(_ segment: inout Forgery, _ stream: inout RandomStream) {
    func pick<Element>(_ list: [Element]) -> Element { list[stream.integer(below: list.count)] }
    /// A text with a piece of it changed, as a JSON text most likely stays one.
    func edited(_ text: String) -> String {
      let tokens = [
        "1", "2", "3", "\"lp\"", "\"readout\"", "\"weights\"", "real", "binary", "[", "]", "\"energy\"", "shape",
      ]
      let others = [
        "0", "-1", "1e9", "2.5", "4611686018427387904", "9999999999999999999999", "\"lp\"", "\"a[x]\"", "\"../x\"",
        "null", "[]", "{}", "real", "binary", "\"\"", "\"readout\"", "1000000000", "3000000",
      ]
      let token = pick(tokens.filter(text.contains) + ["\""])
      var places: [Range<String.Index>] = []
      var start = text.startIndex
      while let found = text.range(of: token, range: start..<text.endIndex) {
        places.append(found)
        start = found.upperBound
      }
      guard !places.isEmpty else { return pick(Self.words) }
      return text.replacingCharacters(in: pick(places), with: pick(others))
    }
    func value(_ old: Forgery.Value) -> Forgery.Value {
      switch stream.integer(below: 8) {
      case 0: return .integers([])
      case 1: return .integers([1, 2, 3])
      case 2: return .doubles([pick([0, 1.5, .nan, 1e300])])
      case 3: return .text(pick(Self.words))
      case 4: return .text(String(repeating: "[", count: 50_000))
      default:
        if case .text(let text) = old { return .text(edited(text)) }
        return .integers([pick(Self.numbers)])
      }
    }
    switch stream.integer(below: 12) {
    case 0...2:
      let index = stream.integer(below: segment.attributes.count)
      segment.attributes[index].value = value(segment.attributes[index].value)
    case 3: segment.attributes.remove(at: stream.integer(below: segment.attributes.count))
    case 4:
      let schema = segment.attributes.firstIndex { $0.name == "schema" } ?? 0
      if case .text(let text) = segment.attributes[schema].value {
        segment.attributes[schema].value = .text(edited(text))
      }
    case 5: if let index = segment.streamingIndex { segment.streamingIndex = pick([nil, value(index), value(index)]) }
    case 6: segment.groups.remove(at: stream.integer(below: segment.groups.count))
    case 7:
      let index = stream.integer(below: segment.variables.count)
      segment.variables[index].type = pick([
        NC_BYTE, NC_UBYTE, NC_CHAR, NC_SHORT, NC_INT, NC_INT64, NC_FLOAT, NC_DOUBLE, NC_STRING,
      ])
    case 8:
      let index = stream.integer(below: segment.variables.count)
      let axis = stream.integer(below: max(1, segment.variables[index].shape.count))
      segment.variables[index].values = nil
      if segment.variables[index].shape.isEmpty || stream.bernoulli(0.2) {
        segment.variables[index].shape.append(Int(pick([1, 2, 1 << 20, 1 << 33])))
      } else {
        segment.variables[index].shape[axis] = Int(pick([0, 1, 2, 5, 1 << 20, 1 << 33, 1 << 40]))
      }
    case 9:
      // A bomb: much of nothing, compressed, and claimed everywhere.
      let index = stream.integer(below: segment.variables.count)
      segment.variables[index].shape = [1 << 20]
      segment.variables[index].values = [Double](repeating: 0, count: 1 << 20)
      segment.variables[index].isDeflated = true
    case 10:
      let index = stream.integer(below: segment.variables.count)
      let odd: [Double] = [.nan, .infinity, -1, 5, 1e300, 0, 127, 255, 1e15]
      for _ in 0..<3 {
        guard let values = segment.variables[index].values, !values.isEmpty else { break }
        segment.variables[index].values![stream.integer(below: values.count)] = pick(odd)
      }
    default:
      let index = stream.integer(below: segment.variables.count)
      if stream.bernoulli(0.5) {
        segment.variables.remove(at: index)
      } else {
        segment.variables[index].name = pick(["x", "lp", "draw", "archive", "random_stream", "weights"])
      }
    }
  }

  /// Everything that a reader does with a segment.
  private func readAll(_ path: String, _ scratch: Scratch, exports: Bool) throws -> RunDigest {
    let run = try RunDirectory.open(path)
    let reader = RunReader(run)
    let digest = try reader.digest()
    let schema = try reader.schema()!
    _ = try reader.observables(schema.scalarNames)
    _ = try reader.statistics(schema.statistics)
    _ = try reader.streamingStatistics()
    try reader.forEachNetwork(ofChain: 0) { _ = try $0.position() }
    _ = try reader.position(ofChain: 0)
    if let state = try reader.lastSnapshot(ofChain: 0) {
      var stream = try RandomStream(restoring: state.stream)
      for _ in 0..<100 { _ = stream.standardNormal() }
      var source = try ToySource(chain: 0, warmup: 0)
      try source.restore(state)
    }
    if exports {
      var export = RunExport(run, program: "test", version: "1")
      export.includesNetworks = true
      _ = try export.writeCSV(to: scratch("csv"), replacing: true)
      _ = try export.writeNPY(to: scratch("npy"), replacing: true)
      _ = try export.writeNetCDF(to: scratch("x.nc"), replacing: true)
    }
    return digest
  }

  private func publish(_ forgery: Forgery, in run: RunDirectory) throws {
    let directory = run.chainDirectory(0)
    for name in try Posix.names(in: directory) where name.hasSuffix(".nc") { try Posix.remove("\(directory)/\(name)") }
    let path = "\(directory)/.forged"
    try forgery.write(to: path)
    var hash = SHA256()
    try Posix.read(path) { hash.update($0) }
    let name = SegmentName(phase: .draws, number: 0, checksum: SegmentName.checksum(of: hash))
    try Posix.rename(path, to: "\(directory)/\(name.fileName)")
  }

  @Test(.timeLimit(.minutes(5)), arguments: 0..<parts)
  func forgedSegmentsAreRefusedOrRead(part: Int) async {
    await #expect(processExitsWith: .success) { [part] in try ForgedSegmentTests().examine(part) }
  }

  private func examine(_ part: Int) throws {
    let scratch = try Scratch()
    let lock = try RunDirectory.create(Toy.description(chains: [0], recording: .all), at: scratch("run"))
    try Toy.run(lock, draws: 4) { try ToySource(chain: $0, warmup: 0) }
    let run = lock.run
    let name = try #require(try RunReader(run).segmentNames(ofChain: 0, .draws).first)
    let genuine = try Forgery(Segment(name, in: run.chainDirectory(0), run.verified))
    let right = try readAll(run.path, scratch, exports: true)
    // The forger forges what is a segment: unaltered, it is read as the genuine one.
    try publish(genuine, in: run)
    #expect(try readAll(run.path, scratch, exports: true) == right)
    let memory = LimitTests.peak()
    var stream = try RandomStream(StreamKey(seed: 31, chain: part, purpose: .testing))
    var refused = 0
    let count = Self.count / Self.parts
    for number in 0..<count {
      var forged = genuine
      for _ in 0...stream.integer(below: 2) { forge(&forged, &stream) }
      try publish(forged, in: run)
      do { _ = try readAll(run.path, scratch, exports: number % 10 == 0) } catch {
        refused += 1
        #expect(error is StorageError || error is RandomStreamError || error is ArchiveError, "\(error)")
      }
    }
    #expect(refused > count / 2 && refused < count)
    // A bomb of 8 MiB is written by this test itself.
    #expect(LimitTests.peak() - memory < 200 << 20)
  }
}
