// A sink that keeps the draws of one chain in memory.

/// Keeps every draw it is given; whole networks are not kept.
///
/// 8 bytes a recorded number. Warm-up draws are kept like any others: give them to another sink.
public struct MemorySink: DrawSink, Sendable {
  /// The draws of every scalar observable: `[scalar, draw]`.
  public private(set) var observables: [[Double]]
  /// The sampler's figures: `[figure, draw]`.
  public private(set) var statistics: [[Double]]

  /// An empty sink with room for `draws` draws of a source with this schema.
  public init(_ schema: DrawSchema, draws: Int) {
    func columns(_ count: Int) -> [[Double]] {
      (0..<count).map { _ in
        var column: [Double] = []
        column.reserveCapacity(draws)
        return column
      }
    }
    observables = columns(schema.observableCount)
    statistics = columns(schema.statistics.count)
  }

  public func wantsNetwork(ofDraw draw: Int) -> Bool { false }

  public mutating func recordNetwork(draw: Int, part: Range<Int>?, values: Span<Double>) {}

  public mutating func record(draw: Int, observables values: Span<Double>, statistics figures: Span<Double>) {
    for index in 0..<values.count { observables[index].append(values[index]) }
    for index in 0..<figures.count { statistics[index].append(figures[index]) }
  }
}

/// Forgets what it is given, as warm-up draws deserve.
@usableFromInline
struct ForgetfulSink: DrawSink {
  @usableFromInline init() {}
  @usableFromInline func wantsNetwork(ofDraw draw: Int) -> Bool { false }
  @usableFromInline mutating func recordNetwork(draw: Int, part: Range<Int>?, values: Span<Double>) {}
  @usableFromInline mutating func record(draw: Int, observables: Span<Double>, statistics: Span<Double>) {}
}

/// Accumulates nothing.
public struct NoAccumulator: PositionAccumulator {
  /// Collects nothing.
  public init() {}
  public mutating func add(_ position: Span<Double>) {}
  public var statistics: [StreamingStatistic] { [] }
  public func save(to archive: inout [Double]) {}
  public mutating func restore(from archive: inout ArraySlice<Double>) throws {}
}
