// Networks from elsewhere as draws of a chain: seen through the model's observables, each kept whole.

import Networks
import Sampling

/// Yields given networks one after the other.
struct ImportedSource<Ensemble: SampledEnsemble>: ~Copyable, DrawSource {
  let schema: DrawSchema
  let chain: Int
  let warmupDraws = 0
  private(set) var draws = 0
  private let positions: [[Double]]
  private let density: Ensemble.Density
  private let observables: ExtendedObservables<Ensemble.Seen>
  private var accumulator: Ensemble.Accumulator
  private var workspace: ExtendedObservables<Ensemble.Seen>.Workspace
  private var densityWorkspace: Ensemble.Density.Workspace
  private var values: [Double]
  private let stream: RandomStreamSnapshot

  /// - Throws: ``MaxEntropyError`` if the ensemble does not exist; ``SpecError`` for observables that cannot be evaluated.
  init(
    _ ensemble: Ensemble, of experiment: Experiment, _ positions: [[Double]], chain: Int,
    stream: RandomStreamSnapshot
  ) throws {
    let density = try ensemble.density()
    // Nothing of what cannot be copied may be there when this throws.
    let observables = try experiment.extended(ensemble.observables(of: density), at: density.layout)
    self.density = density
    self.observables = observables
    accumulator = ensemble.accumulator(of: density)
    workspace = observables.makeWorkspace()
    densityWorkspace = density.makeWorkspace()
    schema = DrawSchema(observables: observables.variables, statistics: [], network: density.layout.stored)
    values = [Double](repeating: 0, count: schema.observableCount)
    self.positions = positions
    self.chain = chain
    self.stream = stream
  }

  mutating func next(into sink: inout some DrawSink) throws {
    let position = positions[draws]
    let logDensity = density.logDensity(at: position.span, using: &densityWorkspace)
    Self.evaluate(observables, at: position, logDensity: logDensity, into: &values, using: &workspace)
    accumulator.add(position.span)
    if sink.wantsNetwork(ofDraw: draws) { try sink.recordNetwork(draw: draws, part: nil, values: position.span) }
    try sink.record(draw: draws, observables: values.span, statistics: [Double]().span)
    draws += 1
  }

  /// Takes the arrays apart from `self`, which exclusivity checking would not let both be reached through.
  private static func evaluate(
    _ observables: ExtendedObservables<Ensemble.Seen>, at position: [Double], logDensity: Double,
    into values: inout [Double], using workspace: inout ExtendedObservables<Ensemble.Seen>.Workspace
  ) {
    var out = values.mutableSpan
    observables.evaluate(at: position.span, logDensity: logDensity, into: &out, using: &workspace)
  }

  var snapshot: ChainSnapshot {
    var archive = [Double(draws)]
    accumulator.save(to: &archive)
    return ChainSnapshot(archive: archive, stream: stream)
  }

  mutating func restore(_ snapshot: ChainSnapshot) throws {
    var archive = snapshot.archive[...]
    draws = try archive.nextCount(below: positions.count + 1)
    try accumulator.restore(from: &archive)
  }

  var streamingStatistics: [StreamingStatistic] { accumulator.statistics }
}
