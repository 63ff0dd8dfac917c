// How far a run has come, and how fast, from the names and times of its files and one or two headers a chain.

import Sampling

/// What is on disk of one chain.
package struct ChainFiles: Sendable, Equatable {
  /// Draws on disk, by phase.
  package fileprivate(set) var draws: [Phase: Int] = [.warmup: 0, .draws: 0]
  /// Draws of both phases in segments that are no older than the moment that was asked for.
  package fileprivate(set) var fresh = 0
  /// When the last segment was written, in seconds since 1970; nil before the first.
  package fileprivate(set) var lastWritten: Double?
}

extension RunReader {
  /// What is on disk of each chain, in the order of ``chains``.
  ///
  /// - Parameter moment: seconds since 1970, from which on draws are fresh.
  /// - Throws: ``StorageError``.
  package func files(since moment: Double) throws -> [ChainFiles] {
    try chains.map { chain in
      var files = ChainFiles()
      for phase in Phase.allCases {
        let names = try segmentNames(ofChain: chain, phase)
        guard let last = names.last else { continue }
        let times = try names.reversed().prefixOfTimes(in: run.chainDirectory(chain), since: moment)
        files.lastWritten = max(files.lastWritten ?? 0, times.last)
        let header = try self.header(last, ofChain: chain)
        files.draws[phase] = header.firstDraw + header.draws
        guard times.count > 0 else { continue }
        files.fresh +=
          files.draws[phase]! - (try self.header(names[names.count - times.count], ofChain: chain)).firstDraw
      }
      return files
    }
  }

  private func header(_ name: SegmentName, ofChain chain: Int) throws -> SegmentHeader {
    let segment = try segment(name, ofChain: chain)
    try segment.requirePlace(in: run, chain: chain, name: name, firstDraw: segment.header.firstDraw)
    return segment.header
  }
}

extension ReversedCollection<[SegmentName]> {
  /// How many of the newest segments are no older than a moment, and when the newest was written.
  fileprivate func prefixOfTimes(in directory: String, since moment: Double) throws -> (count: Int, last: Double) {
    var (count, last) = (0, 0.0)
    for name in self {
      let time = try Posix.modificationTime(of: "\(directory)/\(name.fileName)")
      if last == 0 { last = time }
      guard time >= moment else { break }
      count += 1
    }
    return (count, last)
  }
}
