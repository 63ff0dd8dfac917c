// Where draws come from and where they go.

/// Receives the draws of one chain.
public protocol DrawSink {
  /// Whether the whole network of this draw is wanted.
  func wantsNetwork(ofDraw draw: Int) -> Bool

  /// Receives neurons `part` of the network of the current draw, before ``record(draw:observables:statistics:)``.
  ///
  /// A network may come in several parts, in order, so that it never has to fit into memory at once. `values` is laid
  /// out by the schema's `network` layout with its neuron axis (always a block's last) cut down to `part`; a kernel's
  /// draws come in one part with `part == nil`: the whole position.
  mutating func recordNetwork(draw: Int, part: Range<Int>?, values: Span<Double>) throws

  /// Receives the observables and the sampler's figures of one draw.
  mutating func record(draw: Int, observables: Span<Double>, statistics: Span<Double>) throws
}

/// Yields the draws of one chain, one at a time, and can be stopped and resumed between any two of them.
public protocol DrawSource: ~Copyable {
  /// What a draw consists of.
  var schema: DrawSchema { get }
  /// The chain's number in its run.
  var chain: Int { get }
  /// Draws that are warm-up, recorded apart; they come first.
  var warmupDraws: Int { get }
  /// Draws yielded so far, warm-up included.
  var draws: Int { get }

  /// Makes the next draw and gives it to `sink`. Draws are numbered from 0 within warm-up and again within sampling.
  mutating func next(into sink: inout some DrawSink) throws

  /// Brings here what other processes hold of the state, before ``snapshot`` is taken to be kept. Default: nothing.
  mutating func collect()
  /// The exact state between two draws.
  var snapshot: ChainSnapshot { get }
  /// Puts the source back to where `snapshot` was taken.
  mutating func restore(_ snapshot: ChainSnapshot) throws
  /// What was accumulated over the draws after warm-up.
  var streamingStatistics: [StreamingStatistic] { get }
}

extension DrawSource where Self: ~Copyable {
  public mutating func collect() {}
}

/// A source whose draws several processes make together; one of them has the draws.
public protocol SharedDrawSource: DrawSource, ~Copyable {
  /// Takes part in a transition without making a draw of it.
  mutating func advance()
}
