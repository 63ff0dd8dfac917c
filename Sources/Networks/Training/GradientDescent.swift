// Networks trained by gradient descent from their prior, many at once.

import Sampling

/// Full-batch or mini-batch gradient descent, or Adam, on the loss of any network model.
///
/// Network number i starts at a draw of the prior from the stream (seed, i, start) and shuffles its batches with the stream
/// (seed, i, training): results depend neither on the number of threads nor on the other networks. With a small learning rate
/// full-batch descent follows ``GradientFlow`` in the same time, Σ η. One step costs one gradient of the loss.
public struct GradientDescent<Density: NetworkDensity>: Sendable {
  /// The loss on all stimuli.
  public let loss: LossGradient<Density>
  /// Rule, rate and when to stop.
  public let options: TrainingOptions
  /// The batches; nil for the full batch.
  public let batches: MiniBatches<Density>?

  /// A loss counts as diverged at this many times the larger of its starting value and its value without weights.
  static var divergenceFactor: Double { 1e3 }

  /// - Parameters:
  ///   - density: the Gibbs density with the loss on all stimuli; its prior is where training starts.
  ///   - tightness: the density's β.
  /// - Throws: ``TrainingError`` naming what is out of range.
  public init(
    _ density: Density, tightness: Double = 1, options: TrainingOptions = TrainingOptions(),
    batches: MiniBatches<Density>? = nil
  ) throws {
    try options.validate()
    loss = try LossGradient(density, tightness: tightness)
    self.options = options
    self.batches = batches
  }

  /// Trains networks number `first ..< first + count`, several at a time.
  ///
  /// - Parameters:
  ///   - seed: names all random streams.
  ///   - threads: networks at a time.
  ///   - start: draws a network's start; nil for the density's prior.
  ///   - isInterrupted: asked before every step; once true, networks end as they are, with ``TrainingStop/interrupted``.
  ///   - didTrain: told of every network that is done, from any thread.
  /// - Returns: the networks in order of their numbers.
  /// - Throws: ``TrainingError`` of the first network, by number, that diverged; ``RandomStreamError``.
  /// - Precondition: at least one network.
  public func trainNetworks(
    _ count: Int, first: Int = 0, seed: UInt64, threads: Int = Threads.perProcessor,
    start: (@Sendable (inout RandomStream) -> [Double])? = nil,
    isInterrupted: @Sendable () -> Bool = { false }, didTrain: @Sendable (Int, TrainedNetwork) -> Void = { _, _ in }
  ) throws -> [TrainedNetwork] {
    precondition(count >= 1, "at least one network")
    return try parallelMap(count, threads: threads) { index in
      let number = first + index
      var starts = try RandomStream(StreamKey(seed: seed, chain: number, purpose: .start))
      let position = start.map { $0(&starts) } ?? loss.density.drawPrior(using: &starts)
      var stream = try RandomStream(StreamKey(seed: seed, chain: number, purpose: .training))
      let network = try train(from: position, number: number, isInterrupted: isInterrupted, using: &stream)
      didTrain(number, network)
      return network
    }
  }

  /// Trains one network from a given start.
  ///
  /// - Parameters:
  ///   - number: names the network in errors.
  ///   - stream: shuffles the batches; not used without them.
  /// - Throws: ``TrainingError`` if the loss or a weight grows beyond bounds.
  /// - Precondition: a position of the density's dimension.
  public func train(
    from start: [Double], number: Int? = nil, isInterrupted: () -> Bool = { false },
    using stream: inout RandomStream
  ) throws -> TrainedNetwork {
    precondition(start.count == loss.density.dimension, "the start has another dimension than the network")
    var walk = Descent(self, start: start, number: number)
    var pending: [[Int]] = []
    while true {
      if walk.loss <= options.lossBound { return walk.finish(.lossReached) }
      if walk.isDone { return walk.finish(.stepsDone) }
      if isInterrupted() { return walk.finish(.interrupted) }
      guard let batches else {
        try walk.step()
        continue
      }
      if pending.isEmpty { pending = batches.epoch(using: &stream).reversed() }
      let batch = try LossGradient(batches.density(pending.removeLast()), tightness: loss.tightness)
      try walk.step(on: batch, evaluating: pending.isEmpty)
    }
  }
}
