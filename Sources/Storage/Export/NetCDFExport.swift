// A run as one NetCDF file in ArviZ's schema (InferenceData, https://python.arviz.org/en/stable/schema/schema.html).

import Sampling

extension RunExport {
  /// Writes one NetCDF-4 file with the groups `posterior`, `sample_stats`, their `warmup_` forms, `observed_data` and
  /// `constant_data` where there is something to put into them, and `networks` if asked for.
  ///
  /// Chains are cut to the shortest, because the schema knows only equally long ones.
  ///
  /// - Throws: ``StorageError``. On failure nothing is left at `path`.
  package func writeNetCDF(to path: String, replacing: Bool = false) throws -> ExportSummary {
    let (schema, summary) = try extent()
    try writeWhole(path, own: nil, replacing: replacing) { temporary in
      let file = try NetCDFFile.create(at: temporary)
      try describe(file.root)
      try writeDraws(schema, summary, to: file)
      if includesNetworks { try writeNetworks(schema, summary, to: file) }
      for group in [ExportArray.Group.observedData, .constantData] { try writeArrays(of: group, to: file) }
      try file.close()
      try Posix.synchronize(file: temporary)
    }
    return summary
  }

  private func describe(_ group: NetCDFGroup) throws {
    try group.setAttribute("created_at", Date().formatted(.iso8601))
    try group.setAttribute("creation_library", program.name)
    try group.setAttribute("inference_library", program.name)
    try group.setAttribute("inference_library_version", program.version)
  }

  private func writeDraws(_ schema: DrawSchema, _ summary: ExportSummary, to file: NetCDFFile) throws {
    let phases = [Phase.draws, .warmup].filter { summary.draws[$0]! > 0 }
    let plan = ExportPlan(schema, phases: phases)
    var written: [(group: NetCDFGroup, variables: [NetCDFVariable])] = []
    for group in plan.groups {
      let netCDF = try file.root.defineGroup(group.name)
      try describe(netCDF)
      var axes = AxisWriter(netCDF, group.variables.map(\.axes), labels: labels, reserved: ["chain", "draw"])
      let chain = try axes.define("chain", numbers: summary.chains)
      let draw = try axes.define("draw", numbers: Array(0..<summary.draws[group.phase]!))
      let variables = try group.variables.map { variable in
        let dimensions = try [chain, draw] + axes.dimensions(of: variable.name, variable.axes)
        switch variable.kind {
        case .real: return try netCDF.defineVariable(variable.name, of: Double.self, dimensions)
        case .integer: return try netCDF.defineVariable(variable.name, of: Int64.self, dimensions)
        case .boolean:
          let id = try netCDF.defineVariable(variable.name, of: Int8.self, dimensions)
          try netCDF.setAttribute("dtype", "bool", of: id)
          return id
        }
      }
      written.append((netCDF, variables))
    }
    try plan.forEachPiece(of: reader, draws: summary.draws) { piece in
      let variable = plan.groups[piece.group].variables[piece.variable]
      let (group, variables) = written[piece.group]
      let start = [piece.chain, piece.firstDraw] + variable.axes.map { _ in 0 }
      let count = [1, piece.draws] + variable.axes.map(\.length)
      let id = variables[piece.variable]
      switch variable.kind {
      case .real: try Self.write(piece.values, to: id, of: group, start, count)
      case .integer:
        try Self.write(try wholeNumbers(piece.values, name: variable.name), to: id, of: group, start, count)
      case .boolean: try Self.write(piece.values.map { $0 == 0 ? Int8(0) : 1 }, to: id, of: group, start, count)
      }
    }
  }

  private static func write<Number: NetCDFNumber>(
    _ values: [Number], to variable: NetCDFVariable, of group: NetCDFGroup, _ start: [Int], _ count: [Int]
  ) throws {
    try values.withUnsafeBufferPointer { try group.write($0, to: variable, start: start, count: count) }
  }

  private func writeNetworks(_ schema: DrawSchema, _ summary: ExportSummary, to file: NetCDFFile) throws {
    let draws = summary.draws[.draws]!
    let kept = (0..<draws).filter(reader.run.description.recording.keeps)
    guard !kept.isEmpty, schema.network.dimension > 0 else { return }
    let group = try file.root.defineGroup("networks")
    let blocks = schema.network.blocks
    let shapes = blocks.map { block in
      block.shape.enumerated().map { ObservableVariable.Axis("\(block.name)_dim_\($0)", $1) }
    }
    var axes = AxisWriter(group, shapes, labels: labels, reserved: ["chain", "draw"])
    let chain = try axes.define("chain", numbers: summary.chains)
    let draw = try axes.define("draw", numbers: kept)
    let variables = try zip(blocks, shapes).map { block, shape in
      let dimensions = try [chain, draw] + axes.dimensions(of: block.name, shape)
      return block.kind == .real
        ? try group.defineVariable(block.name, of: Double.self, dimensions)
        : try group.defineVariable(block.name, of: Int8.self, dimensions)
    }
    for (place, number) in reader.chains.enumerated() {
      var index = 0
      try reader.forEachNetwork(ofChain: number) { network in
        guard network.draw < draws else { return }
        for (block, variable) in zip(blocks, variables) {
          try network.forEachPiece(of: block) { piece in
            let start = [place, index] + piece.start
            let count = [1, 1] + piece.start.dropLast().map { _ in 1 } + [piece.values.count]
            switch block.kind {
            case .real, .sign: try Self.write(piece.values, to: variable, of: group, start, count)
            case .binary: try Self.write(piece.values.map { Int8($0) }, to: variable, of: group, start, count)
            }
          }
        }
        index += 1
      }
    }
  }

  private func writeArrays(of kind: ExportArray.Group, to file: NetCDFFile) throws {
    let arrays = arrays.filter { $0.group == kind }
    guard !arrays.isEmpty else { return }
    let group = try file.root.defineGroup(kind.rawValue)
    try describe(group)
    var axes = AxisWriter(group, arrays.map(\.axes), labels: labels, reserved: [])
    for array in arrays {
      let id = try group.defineVariable(
        array.name, of: Double.self, try axes.dimensions(of: array.name, array.axes))
      try group.write(array.values, to: id, shape: array.axes.map(\.length))
    }
  }
}

/// Defines dimensions with their coordinate variables, each once.
private struct AxisWriter {
  private let group: NetCDFGroup
  private let names: DimensionNames
  private let labels: [String: [String]]
  private var defined: [String: NetCDFDimension] = [:]

  init(
    _ group: NetCDFGroup, _ axes: [[ObservableVariable.Axis]], labels: [String: [String]], reserved: Set<String>
  ) {
    self.group = group
    self.labels = labels
    names = DimensionNames(axes, reserved: reserved)
  }

  /// Defines a dimension whose coordinates are numbers.
  mutating func define(_ name: String, numbers: [Int]) throws -> NetCDFDimension {
    let dimension = try group.defineDimension(name, numbers.count)
    let coordinate = try group.defineVariable(name, of: Int64.self, [dimension])
    try group.write(numbers.map { Int64($0) }, to: coordinate, shape: [numbers.count])
    defined[name] = dimension
    return dimension
  }

  /// The dimensions of a variable, defined where they are not yet.
  mutating func dimensions(
    of variable: String, _ axes: [ObservableVariable.Axis]
  ) throws -> [NetCDFDimension] {
    try axes.indices.map { index in
      let name = names.name(ofAxis: index, of: variable, axes: axes)
      if let known = defined[name] { return known }
      guard let texts = labels[axes[index].name], texts.count == axes[index].length else {
        return try define(name, numbers: Array(0..<axes[index].length))
      }
      let dimension = try group.defineDimension(name, texts.count)
      try group.write(texts: texts, name, dimension)
      defined[name] = dimension
      return dimension
    }
  }
}
