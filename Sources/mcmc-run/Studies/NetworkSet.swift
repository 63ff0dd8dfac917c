// Networks to compare, wherever they come from: their neurons as clouds, their statistics, their performance.

import JSON
import Networks
import Sampling

/// Networks of one origin.
struct NetworkSet {
  let name: String
  let title: String
  /// The neurons of each network as points.
  let clouds: [Matrix]
  /// Of gain-modulated linear networks.
  let chunks: [NeuronChunk]?
  let performance: TaskPerformance

  /// The statistics that are compared.
  func figures(_ experiment: Experiment) throws -> [(name: String, value: JSONValue)] {
    func statistic(_ value: NetworkStatistic?) -> JSONValue {
      value.map {
        .estimate(Estimate(value: $0.mean, standardError: $0.standardError.isFinite ? $0.standardError : nil))
      } ?? .null
    }
    var figures: [(name: String, value: JSONValue)] = [
      ("networks", .integer(clouds.count)), ("loss", statistic(performance.loss)),
      ("signAccuracy", statistic(performance.signAccuracy)),
      ("participationRatio", .number(try PrincipalAxes(try NeuronCloud(networks: clouds).points).participationRatio)),
    ]
    guard let chunks, case .gainModulatedLinear(_, .binary(let probability)) = experiment.network else {
      return figures
    }
    let populations = try PopulationStatistics(
      chunks, task: try experiment.learningTask(), activeProbability: probability)
    figures += [
      ("patternKL", .estimate(populations.patternKL)), ("patternKLBias", .number(populations.patternKLBias)),
      ("meanStructure", .estimate(populations.meanStructure)),
      ("readoutShare", .array((populations.readoutShare ?? []).map { .estimate($0) })),
      ("patternShare", .array(populations.patternShare.map { .estimate($0) })),
      ("outputSecondMoment", .number(populations.populations.reduce(0) { $0 + $1.weight * $1.moments[0, 0] })),
      (
        "inputSecondMoment",
        .number(
          populations.populations.reduce(0) { sum, p in
            sum + p.weight * (1..<p.moments.rows).reduce(0) { $0 + p.moments[$1, $1] }
          })
      ),
      ("populationReadout", .numbers(populations.populations.flatMap { p in p.covariance.map { p.weight * $0 } })),
    ]
    return figures
  }

  /// Gain-modulated linear networks.
  init(_ name: String, _ title: String, _ chunks: [NeuronChunk], _ experiment: Experiment) throws {
    self.name = name
    self.title = title
    self.chunks = chunks
    clouds = chunks.map(\.neuronCloud)
    let readouts = chunks.map { chunk in
      let readout = chunk.readout
      return Dictionary(
        uniqueKeysWithValues: (0..<readout.rows).flatMap { c in
          (0..<readout.columns).map { ("readout[\(c),\($0)]", readout[c, $0]) }
        })
    }
    performance = try experiment.performance(readouts: readouts, try experiment.heldOutStimuli())
  }

  private init(_ name: String, _ title: String, clouds: [Matrix], _ performance: TaskPerformance) {
    self.name = name
    self.title = title
    self.clouds = clouds
    chunks = nil
    self.performance = performance
  }

  /// Networks of any model with one hidden layer, by their positions.
  init(_ name: String, _ title: String, _ positions: [[Double]], _ experiment: Experiment) throws {
    let ensemble = try experiment.networkEnsemble()
    if let ensemble = ensemble as? GainModulatedLinearEnsemble {
      let density = try ensemble.density()
      try self.init(name, title, positions.map { NeuronChunk(of: density, at: $0) }, experiment)
    } else {
      self.init(
        name, title, clouds: try Self.clouds(positions, ensemble), try experiment.performance(of: positions))
    }
  }

  private static func clouds(_ positions: [[Double]], _ ensemble: some SampledEnsemble) throws -> [Matrix] {
    let layout = try ensemble.density().layout
    let neurons = layout["output_weight"]?.count ?? 0
    let blocks = layout.blocks.filter { $0.shape.last == neurons }.map(\.name)
    return try positions.map { try layout.neuronCloud(at: $0, blocks: blocks) }
  }
}
