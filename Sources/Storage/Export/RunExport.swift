// A run as other programs want it: what is exported, under which names, of which length.

import Sampling

/// An array that belongs to the experiment rather than to a draw: stimuli, a target.
package struct ExportArray: Sendable, Equatable {
  /// The ArviZ group that an array belongs to.
  package enum Group: String, Sendable {
    case observedData = "observed_data"
    case constantData = "constant_data"
  }

  package let group: Group
  package let name: String
  package let axes: [ObservableVariable.Axis]
  /// The values, last axis fastest.
  package let values: [Double]

  /// - Precondition: as many values as the axes say, at least one.
  package init(_ group: Group, _ name: String, axes: [ObservableVariable.Axis], values: [Double]) {
    precondition(axes.reduce(1) { $0 * $1.length } == values.count && !values.isEmpty, "axes and values differ in size")
    self.group = group
    self.name = name
    self.axes = axes
    self.values = values
  }
}

/// What was exported, and what an array of equally long chains could not hold.
package struct ExportSummary: Sendable, Equatable {
  /// The chains' numbers.
  package let chains: [Int]
  /// Draws of each chain, by phase.
  package let draws: [Phase: Int]
  /// Draws that the longer chains have beyond that.
  package let leftOut: Int
}

/// Writes the draws of a run in the formats of other programs. Memory: one segment, whatever the length of the run.
package struct RunExport: Sendable {
  let reader: RunReader
  /// What the file says made it.
  let program: (name: String, version: String)
  /// Whether warm-up draws are exported.
  package var includesWarmup = true
  /// Whether kept networks are exported (not to CSV).
  package var includesNetworks = false
  /// Transitions per draw, for CSV's header.
  package var thin = 1
  /// Arrays of the experiment, for NetCDF and NPY.
  package var arrays: [ExportArray] = []
  /// Names along axes, by axis; an axis without names is counted from 0.
  package var labels: [String: [String]] = [:]

  package init(_ run: RunDirectory, program: String, version: String) {
    reader = RunReader(run)
    self.program = (program, version)
  }

  /// What is in the run, cut to the shortest chain.
  ///
  /// - Throws: ``StorageError/export(_:)`` if a chain has no draws yet.
  func extent() throws -> (schema: DrawSchema, summary: ExportSummary) {
    let counts = try reader.drawCounts(.draws)
    if let place = counts.firstIndex(of: 0) {
      throw StorageError.export("chain \(reader.chains[place]) of \(reader.run.path) has no draws after warm-up yet")
    }
    let warmup = includesWarmup ? try reader.drawCounts(.warmup) : []
    guard let schema = try reader.schema(), let shortest = counts.min() else {
      throw StorageError.export("\(reader.run.path) has no chains")
    }
    let leftOut = counts.reduce(0) { $0 + $1 - shortest }
    return (
      schema,
      ExportSummary(chains: reader.chains, draws: [.draws: shortest, .warmup: warmup.min() ?? 0], leftOut: leftOut)
    )
  }

  /// Whether a file is a NetCDF file or an archive of arrays that this program made.
  private func isOwnFile(_ path: String) throws -> Bool {
    if try NPZFile.isMade(path, by: program.name) { return true }
    // Not through the library: another's file may be anything.
    let head = try Posix.head(of: path)
    guard head.starts(with: [0x89, 0x48, 0x44, 0x46]),
      let attribute = head.firstRange(of: Data("creation_library".utf8))
    else { return false }
    return head[attribute.upperBound...].prefix(64).firstRange(of: Data(program.name.utf8)) != nil
  }

  /// Makes `path` whole or not at all.
  ///
  /// - Parameter own: what the export consists of if it is a folder; nil for a file.
  func writeWhole(_ path: String, own: [String]?, replacing: Bool, _ body: (String) throws -> Void) throws {
    try WholePlace(path, own: own, isOwnFile: isOwnFile).write(replacing: replacing, body)
  }
}
