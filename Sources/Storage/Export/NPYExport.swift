// A run as NumPy arrays: one .npy file a variable, in directories named after ArviZ's groups.

import Sampling

extension RunExport {
  /// Writes a directory of `.npy` files: `posterior/loss.npy` of shape `[chain, draw, ...]` and so on.
  ///
  /// Chains are cut to the shortest, because an array knows only equally long ones.
  ///
  /// - Throws: ``StorageError``. On failure nothing is left at `path`.
  package func writeNPY(to path: String, replacing: Bool = false) throws -> ExportSummary {
    let (schema, summary) = try extent()
    try writeWhole(path, own: ["*/*.npy"], replacing: replacing) { try writeArrays(schema, summary, to: $0) }
    return summary
  }

  /// Writes the same arrays into one `.npz` file, where they are called `posterior/loss` and so on.
  ///
  /// - Throws: ``StorageError``; beyond 4 GiB ``StorageError/export(_:)``. On failure nothing is left at `path`.
  package func writeNPZ(to path: String, replacing: Bool = false) throws -> ExportSummary {
    let (schema, summary) = try extent()
    try writeWhole(path, own: nil, replacing: replacing) { temporary in
      // An archive has its members one after the other, and draws come with all variables at once.
      let folder = "\(temporary)-arrays"
      try writeArrays(schema, summary, to: folder)
      try NPZFile.pack(folder: folder, to: temporary, by: program.name)
    }
    return summary
  }

  private func writeArrays(_ schema: DrawSchema, _ summary: ExportSummary, to folder: String) throws {
    try Posix.makeDirectories(folder)
    try writeDraws(schema, summary, to: folder)
    if includesNetworks { try writeNetworks(schema, summary, to: folder) }
    for array in arrays {
      try Posix.makeDirectories("\(folder)/\(array.group.rawValue)")
      let file = try NPYFile(
        "\(folder)/\(array.group.rawValue)/\(array.name).npy", shape: array.axes.map(\.length), type: .real)
      try file.append(array.values)
      try file.close()
    }
  }

  private func writeDraws(_ schema: DrawSchema, _ summary: ExportSummary, to directory: String) throws {
    let plan = ExportPlan(schema, phases: [Phase.draws, .warmup].filter { summary.draws[$0]! > 0 })
    let files = try plan.groups.map { group in
      try Posix.makeDirectories("\(directory)/\(group.name)")
      return try group.variables.map { variable in
        try NPYFile(
          "\(directory)/\(group.name)/\(variable.name).npy",
          shape: [summary.chains.count, summary.draws[group.phase]!] + variable.axes.map(\.length), type: variable.kind)
      }
    }
    try plan.forEachPiece(of: reader, draws: summary.draws) { piece in
      try files[piece.group][piece.variable].append(piece.values)
    }
    for file in files.joined() { try file.close() }
  }

  private func writeNetworks(_ schema: DrawSchema, _ summary: ExportSummary, to directory: String) throws {
    let draws = summary.draws[.draws]!
    let kept = (0..<draws).filter(reader.run.description.recording.keeps)
    guard !kept.isEmpty, schema.network.dimension > 0 else { return }
    try Posix.makeDirectories("\(directory)/networks")
    let numbers = try NPYFile("\(directory)/networks/draw.npy", shape: [kept.count], type: .integer)
    try numbers.append(kept.map { Double($0) })
    try numbers.close()
    for block in schema.network.blocks {
      let file = try NPYFile(
        "\(directory)/networks/\(block.name).npy", shape: [summary.chains.count, kept.count] + block.shape,
        type: block.kind == .real ? .real : .boolean)
      for chain in reader.chains {
        try reader.forEachNetwork(ofChain: chain) { network in
          guard network.draw < draws else { return }
          try network.forEachPiece(of: block) { try file.append($0.values) }
        }
      }
      try file.close()
    }
  }
}
