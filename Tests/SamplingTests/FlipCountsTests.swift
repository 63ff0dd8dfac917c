// Flips of binary coordinates are counted from draw to draw, and survive a restart.

import Testing

@testable import Sampling

@Suite struct FlipCountsTests {
  @Test func countsChangesOfBinaryCoordinates() throws {
    var layout = ParameterLayout(real: "w", count: 2)
    layout.append("gain", shape: [2, 2], kind: .binary)
    var counts = FlipCounts(layout)
    let positions: [[Double]] = [[5, 6, 0, 1, 0, 1], [7, 8, 1, 1, 0, 0], [7, 8, 0, 1, 0, 1], [7, 8, 0, 1, 0, 1]]
    for position in positions.prefix(2) { counts.add(position.span) }
    var archive: [Double] = []
    counts.save(to: &archive)
    var copy = FlipCounts(layout)
    var rest = archive[...]
    try copy.restore(from: &rest)
    #expect(rest.isEmpty)
    for position in positions.suffix(2) { copy.add(position.span) }
    #expect(
      copy.statistics == [
        StreamingStatistic("gain_flips", axes: [.init("gain_dim_0", 2), .init("gain_dim_1", 2)], values: [2, 0, 0, 2])
      ])

    var damaged = archive[...]
    damaged[2] = -1
    #expect(throws: ArchiveError.self) { try copy.restore(from: &damaged) }
    damaged = archive.dropLast()
    #expect(throws: ArchiveError.self) { try copy.restore(from: &damaged) }
  }

  @Test func anArchiveWithoutCountsBeginsAnew() throws {
    var counts = FlipCounts(ParameterLayout(real: "w", count: 1, binary: "gain", count: 1))
    var none: ArraySlice<Double> = []
    try counts.restore(from: &none)
    for value in [1.0, 0, 1] { counts.add([0, value].span) }
    #expect(counts.statistics[0].values == [2])
    #expect(FlipCounts(ParameterLayout(real: "w", count: 1)).statistics.isEmpty)
  }
}
