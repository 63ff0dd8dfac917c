// What a segment says of itself: whose draws it holds and where they belong.

import Sampling

/// Where a segment belongs and what it holds.
package struct SegmentHeader: Sendable, Equatable {
  static let format = "mcmc-run segment"
  /// 2 stores a statistic once that is the same in all draws of the segment; segments of version 1 are read.
  static let formatVersion = 2

  /// The identity of the run.
  package var runID: String
  /// The chain's number.
  package var chain: Int
  package var phase: Phase
  /// From 0 within chain and phase.
  package var number: Int
  /// The number of its first draw within the phase.
  package var firstDraw: Int
  /// How many draws it holds.
  package var draws: Int
  /// The draws (numbered within the phase) whose networks it holds.
  package var networks: Int
  /// What a draw consists of.
  package var schema: DrawSchema
  /// The random generator of the state at its end.
  package var generator: String
  /// The GSL version of that generator's state.
  package var gslVersion: String

  func write(to group: NetCDFGroup) throws {
    try group.setAttribute("format", Self.format)
    try group.setAttribute("format_version", Self.formatVersion)
    try group.setAttribute("run_id", runID)
    try group.setAttribute("chain", chain)
    try group.setAttribute("phase", phase.rawValue)
    try group.setAttribute("segment", number)
    try group.setAttribute("first_draw", firstDraw)
    try group.setAttribute("draws", draws)
    try group.setAttribute("networks", networks)
    try group.setAttribute("schema", schema.json)
    try group.setAttribute("generator", generator)
    try group.setAttribute("gsl_version", gslVersion)
  }

  init(
    runID: String, chain: Int, phase: Phase, number: Int, firstDraw: Int, draws: Int, networks: Int,
    schema: DrawSchema, generator: String, gslVersion: String
  ) {
    self.runID = runID
    self.chain = chain
    self.phase = phase
    self.number = number
    self.firstDraw = firstDraw
    self.draws = draws
    self.networks = networks
    self.schema = schema
    self.generator = generator
    self.gslVersion = gslVersion
  }

  init(reading group: NetCDFGroup) throws {
    guard try group.textAttribute("format") == Self.format,
      1...Self.formatVersion ~= (try group.integerAttribute("format_version")),
      let phase = Phase(rawValue: try group.textAttribute("phase"))
    else {
      throw StorageError.damaged(
        path: group.path, reason: "it is not a segment of format version 1 or \(Self.formatVersion)")
    }
    self.init(
      runID: try group.textAttribute("run_id"), chain: try group.integerAttribute("chain"), phase: phase,
      number: try group.integerAttribute("segment"), firstDraw: try group.integerAttribute("first_draw"),
      draws: try group.integerAttribute("draws"), networks: try group.integerAttribute("networks"),
      schema: try DrawSchema(json: try group.textAttribute("schema"), path: group.path),
      generator: try group.textAttribute("generator"), gslVersion: try group.textAttribute("gsl_version"))
    try requirePossible(in: group)
  }

  /// Refuses numbers that no segment has: every other size is a product of these.
  private func requirePossible(in group: NetCDFGroup) throws {
    let counts = [chain, number, firstDraw, draws, networks]
    guard counts.allSatisfy({ (0..<1 << 53) ~= $0 }), draws > 0, draws <= group.limit, networks <= draws else {
      throw StorageError.damaged(path: group.path, reason: "it claims numbers of draws that cannot be")
    }
    for variable in schema.observables {
      try group.requirePossible(variable.name, [draws] + variable.axes.map(\.length), bytesEach: 8)
    }
    try group.requirePossible("observables", [draws, schema.observableCount], bytesEach: 8)
    for block in schema.network.blocks where networks > 0 {
      try group.requirePossible(block.name, [networks] + block.shape, bytesEach: block.kind == .real ? 8 : 1)
    }
  }
}
