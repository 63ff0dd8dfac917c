// Exact draws of networks of independent neurons with several loadings, a chunk of neurons at a time.

import Sampling

/// Draws whole networks neuron by neuron from a solved law of loadings (THEORY sections 4 and 12).
///
/// Given gains are the same in every draw, and not part of it. Draws are independent and need no warm-up. Memory is that of one chunk of
/// neurons, whatever N; a draw costs O(N (L² + J + K)).
public struct LoadingSource: ~Copyable, DrawSource {
  public let schema: DrawSchema
  public let chain: Int
  public let warmupDraws = 0
  public private(set) var draws = 0

  private let law: LoadingLaw
  private let neurons: Int
  private let gainLogOdds: Double
  private let recordsGains: Bool
  private let observables: ObservableList<DrawnLoadingView>
  private var stream: RandomStream
  private var view: DrawnLoadingView
  private var populations: BatchSums
  private let expressions: ExpressionObservables?
  private var expressionValues: ExpressionObservables.Workspace?
  private var fullChunk: LoadingChunk
  private var lastChunk: LoadingChunk
  private var values: [Double]

  /// A source of networks of a density's law.
  ///
  /// - Parameter expressed: observables that are recorded behind the others, given what these are.
  /// - Throws: whatever `expressed` throws.
  init(
    _ law: LoadingLaw, _ density: LoadingDensity, chain: Int, stream: consuming RandomStream,
    observables expressed: (_ recorded: [ObservableVariable]) throws -> ExpressionObservables?
  ) rethrows {
    self.law = law
    neurons = density.neurons
    self.chain = chain
    self.stream = stream
    let problem = density.solution.problem
    gainLogOdds = density.gainLogOdds
    recordsGains = !density.layout.binaryRange.isEmpty
    observables = ObservableList(Observable.ofLoadings(problem)) {
      DrawnLoadingView(sums: LoadingSums(problem, counting: .moments))
    }
    view = observables.makeWorkspace()
    populations = BatchSums(view.sums.populations)
    fullChunk = law.makeChunk(neurons: min(neurons, ProductSource.chunk))
    lastChunk = law.makeChunk(neurons: neurons % ProductSource.chunk)
    expressions = try expressed(observables.variables)
    expressionValues = expressions?.makeWorkspace()
    schema = DrawSchema(
      observables: observables.variables + (expressions?.variables ?? []), statistics: [], network: density.layout)
    values = [Double](repeating: 0, count: schema.observableCount)
  }

  public mutating func next(into sink: inout some DrawSink) throws {
    view.sums.reset()
    expressions?.begin(&expressionValues!)
    let isRecorded = sink.wantsNetwork(ofDraw: draws)
    var first = 0
    while first < neurons {
      let part = first..<min(neurons, first + fullChunk.neurons)
      if part.count == fullChunk.neurons {
        fullChunk.firstNeuron = first
        Self.fill(&fullChunk, from: law, using: &stream, addingTo: &view.sums)
        if let expressions { Self.add(fullChunk, to: expressions, &expressionValues!) }
        if isRecorded { try Self.record(fullChunk, withGains: recordsGains, as: part, ofDraw: draws, into: &sink) }
      } else {
        lastChunk.firstNeuron = first
        Self.fill(&lastChunk, from: law, using: &stream, addingTo: &view.sums)
        if let expressions { Self.add(lastChunk, to: expressions, &expressionValues!) }
        if isRecorded { try Self.record(lastChunk, withGains: recordsGains, as: part, ofDraw: draws, into: &sink) }
      }
      first = part.upperBound
    }
    populations.add(view.sums.populations, neurons: neurons)
    view.logDensity = view.sums.logDensity(
      law.solution.multipliers, law.solution.problem.scales, gainLogOdds: gainLogOdds)
    Self.write(observables, &view, expressions, &expressionValues, to: &values)
    try sink.record(draw: draws, observables: values.span, statistics: [Double]().span)
    draws += 1
  }

  // Static, with every array apart: exclusivity checking would not let them be reached through one `self`.

  private static func fill(
    _ chunk: inout LoadingChunk, from law: LoadingLaw, using stream: inout RandomStream,
    addingTo sums: inout LoadingSums
  ) {
    law.draw(into: &chunk, using: &stream)
    chunk.loadings.withUnsafeBufferPointer { theta in
      chunk.gains.withUnsafeBufferPointer { sums.add(theta.baseAddress!, $0.baseAddress!, count: chunk.neurons) }
    }
  }

  private static func record(
    _ chunk: LoadingChunk, withGains recordsGains: Bool, as part: Range<Int>, ofDraw draw: Int,
    into sink: inout some DrawSink
  ) throws {
    let values = recordsGains ? chunk.loadings + chunk.gains : chunk.loadings
    try sink.recordNetwork(draw: draw, part: part, values: values.span)
  }

  private static func add(
    _ chunk: LoadingChunk, to expressions: ExpressionObservables, _ workspace: inout ExpressionObservables.Workspace
  ) {
    chunk.loadings.withUnsafeBufferPointer { theta in
      chunk.gains.withUnsafeBufferPointer { gains in
        let arrays = NeuronArrays(
          output: theta.baseAddress, inputs: theta.baseAddress! + chunk.neurons, gains: gains.baseAddress,
          stride: chunk.neurons, count: chunk.neurons)
        expressions.add(arrays, slopes: nil, to: &workspace)
      }
    }
  }

  private static func write(
    _ observables: ObservableList<DrawnLoadingView>, _ view: inout DrawnLoadingView,
    _ expressions: ExpressionObservables?, _ workspace: inout ExpressionObservables.Workspace?,
    to values: inout [Double]
  ) {
    var out = values.mutableSpan
    observables.write([Double]().span, &view, to: &out)
    if let expressions { expressions.finish(&workspace!, into: &out, from: out.count - expressions.variables.count) }
  }

  public var snapshot: ChainSnapshot {
    var archive = [Double(draws)]
    populations.save(to: &archive)
    return ChainSnapshot(archive: archive, stream: stream.snapshot)
  }

  public mutating func restore(_ snapshot: ChainSnapshot) throws {
    var archive = snapshot.archive[...]
    draws = Int(try archive.next())
    try populations.restore(from: &archive)
    guard archive.isEmpty else { throw ArchiveError("the saved state has \(archive.count) numbers too many") }
    stream = try RandomStream(restoring: snapshot.stream)
  }

  public var streamingStatistics: [StreamingStatistic] { populations.statistics }
}
