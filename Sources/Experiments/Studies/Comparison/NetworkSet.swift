// Networks to compare, wherever they come from: their neurons as clouds, their statistics, their performance.

import Networks
import Sampling

/// Networks of one origin.
package struct NetworkSet {
  let name: String
  let title: String
  /// The neurons of each network as points.
  let clouds: [Matrix]
  /// Of gain-modulated linear networks.
  let chunks: [NeuronChunk]?
  let performance: TaskPerformance
  /// Of recurrent networks.
  let recurrent: RecurrentSet?
  /// Of gain-modulated linear networks whose gains are given, or 0 and 1.
  private let populations: PopulationStatistics?

  private let participationRatio: Double
  /// <w^2> and <|m|^2> over all neurons: the clouds' first coordinates are w, of every output channel, and m_1 ... m_D.
  let secondMoments: (output: Double, input: Double)

  /// P(g) <w m_d>_g of every population and feature.
  var populationReadout: [Double]? { populations.map(Self.readout) }

  private static func readout(_ populations: PopulationStatistics) -> [Double] {
    populations.populations.flatMap { population in population.covariance.map { population.weight * $0 } }
  }

  /// The statistics that are compared.
  ///
  /// - Parameter pairs: ePAIRS of the neurons; nil where it could not be computed.
  func figures(pairs: EllipticalPairs?) -> ComparedSet {
    func statistic(_ value: NetworkStatistic?) -> Estimate? {
      value.map { Estimate(value: $0.mean, standardError: $0.standardError.isFinite ? $0.standardError : nil) }
    }
    return ComparedSet(
      name: name, title: title, networks: clouds.count, loss: statistic(performance.loss),
      signAccuracy: statistic(performance.signAccuracy), participationRatio: participationRatio,
      outputSecondMoment: secondMoments.output, inputSecondMoment: secondMoments.input,
      populations: populations.map { populations in
        ComparedSet.Populations(
          patternKL: populations.patternKL, patternKLBias: populations.patternKLBias,
          meanStructure: populations.meanStructure, readoutShare: populations.readoutShare ?? [],
          patternShare: populations.patternShare, readout: Self.readout(populations))
      }, recurrent: recurrent?.figures, pairs: pairs.map { ($0.effect, $0.pValue) })
  }

  /// Gain-modulated linear networks.
  init(_ name: String, _ title: String, _ chunks: [NeuronChunk], _ experiment: Experiment) throws {
    let readouts = chunks.map { chunk in
      let readout = chunk.readout
      return Dictionary(
        uniqueKeysWithValues: (0..<readout.rows).flatMap { c in
          (0..<readout.columns).map { ("readout[\(c),\($0)]", readout[c, $0]) }
        })
    }
    try self.init(
      name, title, clouds: chunks.map(\.neuronCloud), chunks: chunks,
      try experiment.performance(readouts: readouts), experiment)
  }

  private init(
    _ name: String, _ title: String, clouds: [Matrix], chunks: [NeuronChunk]?, recurrent: RecurrentSet? = nil,
    _ performance: TaskPerformance, _ experiment: Experiment
  ) throws {
    self.name = name
    self.title = title
    self.clouds = clouds
    self.chunks = chunks
    self.recurrent = recurrent
    self.performance = performance
    let points = try NeuronCloud(networks: clouds).points
    participationRatio = try PrincipalAxes(points).participationRatio
    let outputs = recurrent?.architecture.outputChannels ?? 1
    let inputs = recurrent?.architecture.inputChannels ?? experiment.task.features
    var (output, input) = (0.0, 0.0)
    for i in 0..<points.rows {
      for k in 0..<outputs { output += points[i, k] * points[i, k] }
      for d in 0..<inputs { input += points[i, outputs + d] * points[i, outputs + d] }
    }
    secondMoments = (output / Double(points.rows * outputs), input / Double(points.rows))
    guard let chunks, let gains = experiment.closedFormGains else {
      populations = nil
      return
    }
    populations = try PopulationStatistics(chunks, task: try experiment.learningTask(), gains: gains)
  }

  /// Networks of any model whose neurons are points, by their positions.
  init(_ name: String, _ title: String, _ positions: [[Double]], _ experiment: Experiment, threads: Int) throws {
    let ensemble = try experiment.networkEnsemble()
    if let chunks = try ensemble.neuronChunks(at: positions) {
      try self.init(name, title, chunks, experiment)
    } else if let ensemble = ensemble as? RecurrentEnsemble {
      let recurrent = try RecurrentSet(positions, ensemble, experiment, threads: threads)
      try self.init(
        name, title, clouds: recurrent.clouds, chunks: nil, recurrent: recurrent, recurrent.trials.performance,
        experiment)
    } else {
      try self.init(
        name, title, clouds: try Self.clouds(positions, ensemble), chunks: nil,
        try experiment.performance(of: positions), experiment)
    }
  }

  private static func clouds(_ positions: [[Double]], _ ensemble: some SampledEnsemble) throws -> [Matrix] {
    try positions.map { position in
      let (layout, values) = try ensemble.allWeights(at: position)
      let neurons = layout["output_weight"]?.count ?? 0
      let blocks = layout.blocks.filter { $0.shape.last == neurons }.map(\.name)
      return try layout.neuronCloud(at: values, blocks: blocks)
    }
  }
}
