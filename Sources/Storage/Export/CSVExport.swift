// A run as CSV files in CmdStan's conventions: one file a chain, the sampler's columns first, indices counted from 1.

import Sampling

extension RunExport {
  /// CmdStan's names of the sampler's statistics, in the order of its columns.
  private static let sampler: [(ours: String, theirs: String)] = [
    ("acceptance_rate", "accept_stat__"), ("step_size", "stepsize__"), ("tree_depth", "treedepth__"),
    ("n_steps", "n_leapfrog__"), ("diverging", "divergent__"), ("energy", "energy__"),
  ]

  /// One column of the files.
  private struct Column {
    let name: String
    /// In a row of observables followed by statistics.
    let index: Int
  }

  /// Writes a directory of CSV files, `chain-0000.csv` and so on.
  ///
  /// Columns: `lp__`, then what the sampler reports under CmdStan's names (statistics that CmdStan has no name for as
  /// `energy_error__` and so on), then the observables: `readout[0,1]` is `readout.1.2`. Warm-up rows come first where
  /// they are exported. Every chain has the draws that it has.
  ///
  /// - Throws: ``StorageError``. On failure nothing is left at `path`.
  package func writeCSV(to path: String, replacing: Bool = false) throws -> ExportSummary {
    let (schema, summary) = try extent()
    let columns = Self.columns(of: schema)
    try writeWhole(path, own: ["chain-[0-9]*.csv"], replacing: replacing) { temporary in
      try Posix.makeDirectories(temporary)
      for chain in reader.chains {
        try writeChain(chain, columns, schema, to: "\(temporary)/\(RunDirectory.chainName(chain)).csv")
      }
    }
    let counts = try reader.drawCounts()
    return ExportSummary(
      chains: summary.chains, draws: [.draws: counts.max() ?? 0, .warmup: summary.draws[.warmup]!], leftOut: 0)
  }

  private static func columns(of schema: DrawSchema) -> [Column] {
    let observables = schema.scalarNames
    func statistic(_ name: String) -> Int? { schema.statistics.firstIndex(of: name).map { observables.count + $0 } }
    var columns: [Column] = []
    if let index = observables.firstIndex(of: "lp") { columns.append(Column(name: "lp__", index: index)) }
    for (ours, theirs) in sampler {
      if let index = statistic(ours) { columns.append(Column(name: theirs, index: index)) }
    }
    for name in schema.statistics where !sampler.contains(where: { $0.ours == name }) {
      columns.append(Column(name: name + "__", index: statistic(name)!))
    }
    for (index, name) in observables.enumerated() where name != "lp" {
      columns.append(Column(name: fromOne(name), index: index))
    }
    return columns
  }

  /// `readout[0,1]` as `readout.1.2`.
  private static func fromOne(_ scalar: String) -> String {
    guard let bracket = scalar.firstIndex(of: "["), scalar.hasSuffix("]") else { return scalar }
    let indices = scalar[scalar.index(after: bracket)...].dropLast().split(separator: ",")
    return scalar[..<bracket] + indices.map { ".\(Int($0)! + 1)" }.joined()
  }

  private func writeChain(_ chain: Int, _ columns: [Column], _ schema: DrawSchema, to path: String) throws {
    let file = try OutputFile(path)
    let place = reader.chains.firstIndex(of: chain)!
    let warmup = try reader.drawCounts(.warmup)[place]
    try file.append(
      """
      # program = \(program.name) \(program.version)
      # method = sample
      #   sample
      #     num_samples = \(try reader.drawCounts()[place])
      #     num_warmup = \(warmup)
      #     save_warmup = \(includesWarmup ? 1 : 0)
      #     thin = \(thin)
      # id = \(chain)
      \(columns.map(\.name).joined(separator: ","))

      """)
    for phase in Phase.allCases where phase == .draws || includesWarmup {
      try reader.forEachSegment(ofChain: chain, phase) { segment in
        let observables = try segment.observables()
        let statistics = try segment.statistics()
        let left = schema.observableCount
        let right = schema.statistics.count
        for draw in 0..<segment.header.draws {
          let cells = columns.map { column in
            Self.cell(
              column.index < left
                ? observables[draw * left + column.index] : statistics[draw * right + column.index - left])
          }
          try file.append(cells.joined(separator: ",") + "\n")
        }
      }
    }
    try file.close()
  }

  /// The shortest digits that read back as the same number; whole numbers without a point.
  private static func cell(_ value: Double) -> String {
    if let whole = Int32(exactly: value), !(value == 0 && value.sign == .minus) { return String(whole) }
    return value.description
  }
}
