// train: the networks of an experiment's model by gradient descent, and gradient flow where it is an exact equation.

import JSON
import Networks
import Sampling

/// The training of an experiment's networks.
package struct TrainingStudy: Study {
  package static let name = "train"
  package static let tables = ["networks.csv"]

  package let folder: StudyFolder
  let settings: TrainingSettings

  package init(_ folder: StudyFolder) throws {
    self.folder = folder
    settings = TrainingSettings(folder.options)
    try validate()
  }

  private func validate() throws {
    // A task without outputs is refused for that reason first.
    if !folder.experiment.network.model.isInTime { _ = try folder.experiment.learningTask() }
    if settings.rule == .fullBatch, settings.batchSize != nil {
      throw StudyError("--batch-size: \"full-batch\" takes all stimuli at once; say --rule sgd or --rule adam", .usage)
    }
    if settings.rule == .sgd, folder.experiment.network.model.isInTime {
      throw StudyError(
        "--rule sgd: recurrent networks are trained on all trials at once; say --rule full-batch or --rule adam", .usage
      )
    }
    if settings.rule == .sgd, settings.batchSize == nil {
      throw StudyError("--rule sgd needs --batch-size, the number of stimuli of a step", .usage)
    }
    if let size = settings.batchSize {
      guard !folder.experiment.network.model.isInTime else {
        throw StudyError(
          "--batch-size: recurrent networks are trained on all trials at once; leave the option out", .usage)
      }
      guard let stimuli = try folder.experiment.stimulusList() else {
        throw StudyError(
          "--batch-size: the loss over gaussian stimuli is an expectation and has no batches; "
            + "say \"stimuli\": {\"kind\": \"sampled\", \"count\": 64}", .usage)
      }
      guard !(folder.experiment.respondsLinearly && folder.experiment.task.task.isData) else {
        throw StudyError(
          "--batch-size: networks that respond linearly see wanted outputs that are data through their regression on all stimuli at once; "
            + "leave the option out", .usage)
      }
      try TrainingError.requireBatch(of: size, stimuli: stimuli.rows)
    }
    _ = try NetworkTraining(folder, prefix: "network", settings: settings, of: folder.experiment)
  }

  package func answer(_ execution: Execution) throws -> TrainingReport {
    let training = try NetworkTraining(folder, prefix: "network", settings: settings, of: folder.experiment)
    let networks = try training.networks(execution)
    let performance = try training.experiment.performance(of: networks.map(\.position))
    return TrainingReport(
      experiment: folder.experiment, settings: settings, networks: networks, performance: performance,
      trials: try training.experiment.trialReport(of: networks.map(\.position)),
      flow: try training.experiment.gradientFlow().map {
        try TrainingReport.Flow($0.run(untilLoss: settings.lossBound))
      })
  }
}

extension Experiment {
  /// Gradient flow of infinitely wide networks of the model; nil but for binary gains that are drawn.
  func gradientFlow() throws -> GradientFlow? {
    guard let probability = network.model.drawnGainProbability,
      task.contexts <= GradientFlow.maximumContexts
    else { return nil }
    return try GradientFlow(
      task: try learningTask(), activeProbability: probability, outputScale: weights.output, inputScale: weights.input,
      stimulusCovariance: try stimulusCovariance())
  }

  /// The task performance of whole networks on held-out stimuli, or what else they can be judged on.
  func performance(of positions: [[Double]]) throws -> TaskPerformance {
    try performance(of: positions, try networkEnsemble())
  }

  private func performance(of positions: [[Double]], _ ensemble: some SampledEnsemble) throws -> TaskPerformance {
    if let trials = try trialReport(of: positions) { return trials.performance }
    if respondsLinearly {
      let density = try ensemble.density()
      let observables = ensemble.observables(of: density)
      return try performance(readouts: positions.map { observables.values(at: $0, of: density) })
    }
    let data = try evaluationData()
    let responses = try positions.compactMap { try ensemble.response(at: $0, stimuli: data.stimuli) }
    return try TaskPerformance([responses], task: data.task, stimuli: data.stimuli)
  }

  /// What whole networks do on trials; nil for networks that do not run in time.
  func trialReport(of positions: [[Double]]) throws -> TrialReport? {
    try (networkEnsemble() as? RecurrentEnsemble).map { try TrialReport([positions], $0, self, threads: 1) }
  }

  /// The same of linear networks, whose readouts are known.
  func performance(readouts: [[String: Double]]) throws -> TaskPerformance {
    let names = readouts[0].keys.filter { $0.hasPrefix("readout[") }.sorted()
    let table = DrawTable(
      names: names,
      scalars: Dictionary(uniqueKeysWithValues: names.map { name in (name, [readouts.map { $0[name]! }]) }),
      streaming: [])
    let data = try evaluationData()
    return TaskPerformance(table, task: data.task, stimuli: data.stimuli, covariance: data.covariance)
  }
}
