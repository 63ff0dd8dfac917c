// How often each binary coordinate changed from draw to draw: whether a chain's flips move at all.

/// Counts, for every binary coordinate, the draws at which it differs from the draw before.
///
/// O(number of binary coordinates) a draw, no allocation. Whatever moves the coordinates is counted: flips, redrawn
/// networks, swaps of replicas.
@usableFromInline
struct FlipCounts: PositionAccumulator {
  private let blocks: [ParameterBlock]
  private let range: Range<Int>
  private var flips: [Double]
  private var previous: [Double]
  private var hasPrevious = false

  @usableFromInline
  init(_ layout: ParameterLayout) {
    blocks = layout.blocks.filter { $0.kind != .real }
    range = layout.binaryRange
    flips = [Double](repeating: 0, count: range.count)
    previous = flips
  }

  @usableFromInline
  mutating func add(_ position: Span<Double>) {
    for (index, coordinate) in range.enumerated() {
      // Of a sign too, whether it is the larger of its two values.
      let value = position[coordinate] > 0 ? 1.0 : 0
      if hasPrevious { flips[index] += abs(value - previous[index]) }
      previous[index] = value
    }
    hasPrevious = true
  }

  /// `<block>_flips` of every block that flips, in its shape.
  @usableFromInline var statistics: [StreamingStatistic] {
    blocks.map { block in
      StreamingStatistic(
        "\(block.name)_flips",
        axes: block.shape.enumerated().map { .init("\(block.name)_dim_\($0)", $1) },
        values: Array(flips[block.offset - range.lowerBound..<block.range.upperBound - range.lowerBound]))
    }
  }

  @usableFromInline
  func save(to archive: inout [Double]) {
    guard !range.isEmpty else { return }
    archive.append(hasPrevious ? 1 : 0)
    for index in flips.indices { archive.append(2 * flips[index] + previous[index]) }
  }

  /// Of an archive that ends before the counts, written by a program that took none, the count begins anew.
  @usableFromInline
  mutating func restore(from archive: inout ArraySlice<Double>) throws {
    guard !range.isEmpty, !archive.isEmpty else { return }
    hasPrevious = try archive.nextCount(below: 2) == 1
    for index in flips.indices {
      let (count, value) = try archive.nextCount(below: 1 << 53).quotientAndRemainder(dividingBy: 2)
      flips[index] = Double(count)
      previous[index] = Double(value)
    }
  }
}
