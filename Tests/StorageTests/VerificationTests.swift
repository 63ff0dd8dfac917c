// A file is hashed once, and again when it was touched.

import Foundation
import Sampling
import Testing

@testable import Storage

@Suite struct VerificationTests {
  private func makeRun(_ scratch: Scratch) throws -> RunDirectory {
    let lock = try RunDirectory.create(Toy.description(), at: scratch("run"))
    try Toy.run(lock, draws: 40, settings: Toy.tiny) { try ToySource(chain: $0) }
    return lock.run
  }

  private func segments(of run: RunDirectory) throws -> [String] {
    let reader = RunReader(run)
    return try reader.chains.flatMap { chain in
      try Phase.allCases.flatMap { phase in
        try reader.segmentNames(ofChain: chain, phase).map { "\(run.chainDirectory(chain))/\($0.fileName)" }
      }
    }
  }

  /// Reads a run in every way.
  private func readAll(_ run: RunDirectory) throws {
    let reader = RunReader(run)
    _ = try reader.drawCounts()
    let names = try #require(try reader.schema()).scalarNames
    _ = try reader.observables(names)
    for name in names { _ = try reader.observables([name]) }
    _ = try reader.statistics(["energy"])
    _ = try reader.streamingStatistics()
    #expect(reader.problems().isEmpty)
    _ = try reader.digest()
  }

  /// Waits out the steps in which the times of files move: a file that has just changed is not trusted.
  @Test func everySegmentIsHashedOnce() async throws {
    let scratch = try Scratch()
    let path = try makeRun(scratch).path
    try await Task.sleep(for: .seconds(2.5))
    let run = try RunDirectory.open(path)
    try readAll(run)
    let files = try segments(of: run)
    #expect(files.count > 4 && run.verified.verifications == files.count)
    // Another process knows nothing of that.
    let other = try RunDirectory.open(path)
    #expect(RunReader(other).problems().isEmpty && other.verified.verifications == files.count)
    // A byte that changes under the reader's eyes is found.
    let handle = try #require(FileHandle(forUpdatingAtPath: files[1]))
    try handle.seek(toOffset: 3000)
    let byte = try #require(try handle.read(upToCount: 1)?.first)
    try handle.seek(toOffset: 3000)
    try handle.write(contentsOf: [byte ^ 1])
    try handle.close()
    #expect(RunReader(run).problems().count == 1)
    #expect(run.verified.verifications == files.count)
  }

  /// Some scalars of a variable, few of a wide one, of the first draws only.
  @Test func scalarsByPlace() throws {
    let scratch = try Scratch()
    let reader = RunReader(try makeRun(scratch))
    let names = try #require(try reader.schema()).scalarNames
    let all = try reader.observables(names)
    for limit in [1, 7, 40, Int.max] {
      for places in [[0], [3], [4, 1], Array(names.indices)] {
        let some = try reader.observables(at: places, limit: limit)
        #expect(some == places.map { place in all[place].map { Array($0.prefix(limit)) } })
        // However few numbers are read at a time.
        try reader.forEachSegment(ofChain: reader.chains[0], .draws) { segment in
          let whole = try segment.observables(at: places, limit: limit)
          for most in [1, 5, 64] { #expect(try segment.observables(at: places, limit: limit, most: most) == whole) }
        }
      }
    }
  }
}
