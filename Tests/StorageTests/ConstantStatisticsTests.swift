// Statistics that are the same in all draws of a segment are stored once, and read as if they were stored for each.

import Foundation
import Sampling
import Testing

@testable import Storage

@Suite struct ConstantStatisticsTests {
  @Test func constantsAreStoredOnce() throws {
    let scratch = try Scratch()
    let lock = try RunDirectory.create(Toy.description(chains: [0]), at: scratch("run"))
    try Toy.run(lock, draws: 100) { try ToySource(chain: $0) }
    let reader = RunReader(lock.run)
    let name = try #require(try reader.segmentNames(ofChain: 0, .draws).first)
    let path = "\(lock.run.chainDirectory(0))/\(name.fileName)"
    let file = try NetCDFFile.open(path)
    #expect(try file.root.integerAttribute("format_version") == 2)
    let group = try file.root.group("sample_stats")
    // The step size is tuned in warm-up only; every thousandth draw or so diverges.
    let constants: Set = ["step_size", "n_steps", "tree_depth"]
    let segment = try reader.segment(name, ofChain: 0)
    for statistic in segment.header.schema.statistics {
      let values = try segment.statistic(statistic)
      #expect(values.count == 100)
      #expect((Set(values.map(\.bitPattern)).count == 1) == constants.contains(statistic), "\(statistic)")
      let shape = try group.shape(of: try group.variable(statistic))
      #expect(shape == (constants.contains(statistic) ? [] : [100]), "\(statistic)")
    }
    #expect(try segment.statistics().count == 600)
  }

  /// A statistic may be stored once or for every draw, and in no other way.
  @Test(arguments: [[], [100], [1], [99], [100, 1]]) func otherShapesAreRefused(shape: [Int]) throws {
    let scratch = try Scratch()
    let lock = try RunDirectory.create(Toy.description(chains: [0]), at: scratch("run"))
    try Toy.run(lock, draws: 100) { try ToySource(chain: $0, warmup: 0) }
    let reader = RunReader(lock.run)
    let digest = try reader.digest()
    let directory = lock.run.chainDirectory(0)
    let name = try #require(try reader.segmentNames(ofChain: 0, .draws).first)
    var forged = try Forgery(reader.segment(name, ofChain: 0))
    let place = try #require(forged.variables.firstIndex { $0.name == "n_steps" })
    forged.variables[place].shape = shape
    forged.variables[place].values = [Double](repeating: 3, count: shape.reduce(1, *))
    try Posix.remove("\(directory)/\(name.fileName)")
    let path = "\(directory)/.forged"
    try forged.write(to: path)
    var hash = SHA256()
    try Posix.read(path) { hash.update($0) }
    let newName = SegmentName(phase: .draws, number: 0, checksum: SegmentName.checksum(of: hash))
    try Posix.rename(path, to: "\(directory)/\(newName.fileName)")
    if shape == [] || shape == [100] {
      #expect(try reader.digest() == digest)
    } else {
      #expect { try reader.digest() } throws: { "\($0)".contains("n_steps has shape \(shape), not [100]") }
    }
  }
}
