// What the peers record: the observables of every draw, in memory.

import Sampling

/// Keeps the observables of a chain's draws, and nothing of its sampler.
struct ObservableSink: DrawSink {
  let names: [String]
  /// [draw, observable].
  private var values: [Double] = []

  init(_ schema: DrawSchema, draws: Int) {
    names = schema.scalarNames
    values.reserveCapacity(draws * schema.observableCount)
  }

  func wantsNetwork(ofDraw draw: Int) -> Bool { false }

  mutating func recordNetwork(draw: Int, part: Range<Int>?, values: Span<Double>) {}

  mutating func record(draw: Int, observables: Span<Double>, statistics: Span<Double>) {
    for index in observables.indices { values.append(observables[index]) }
  }

  /// The draws of one observable.
  func series(_ index: Int) -> [Double] {
    stride(from: index, to: values.count, by: names.count).map { values[$0] }
  }
}
