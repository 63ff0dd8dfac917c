// Runs whose networks nobody drew: which they are, and what has no meaning for them.

import Storage

extension RunDirectory {
  /// Whether the run's networks were made elsewhere and imported.
  package var isImported: Bool { record["imported"] != nil }

  /// Refuses what has a meaning only for networks that were drawn.
  ///
  /// - Parameter work: to follow "so that there is nothing to".
  /// - Throws: an error of kind `input`.
  package func requireDrawn(_ work: String) throws {
    guard isImported else { return }
    throw UnsupportedExperiment(
      path,
      "its networks were imported, not drawn, so that there is nothing to \(work); compare SPEC --trained \(path) holds them against maximum entropy"
    )
  }
}
