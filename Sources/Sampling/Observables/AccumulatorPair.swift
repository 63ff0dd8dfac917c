// Two accumulators as one, and one that may be absent.

/// Two accumulators that watch the same positions.
public struct AccumulatorPair<First: PositionAccumulator, Second: PositionAccumulator>: PositionAccumulator {
  private var first: First
  private var second: Second

  /// Two accumulators that see the same positions.
  public init(_ first: First, _ second: Second) {
    self.first = first
    self.second = second
  }

  public mutating func add(_ position: Span<Double>) {
    first.add(position)
    second.add(position)
  }

  public var statistics: [StreamingStatistic] { first.statistics + second.statistics }

  public func save(to archive: inout [Double]) {
    first.save(to: &archive)
    second.save(to: &archive)
  }

  public mutating func restore(from archive: inout ArraySlice<Double>) throws {
    try first.restore(from: &archive)
    try second.restore(from: &archive)
  }
}

extension Optional: PositionAccumulator where Wrapped: PositionAccumulator {
  public mutating func add(_ position: Span<Double>) { self?.add(position) }
  public var statistics: [StreamingStatistic] { self?.statistics ?? [] }
  public func save(to archive: inout [Double]) { self?.save(to: &archive) }
  public mutating func restore(from archive: inout ArraySlice<Double>) throws { try self?.restore(from: &archive) }
}
