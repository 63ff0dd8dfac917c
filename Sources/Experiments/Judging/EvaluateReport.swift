// Task performance of a run's networks on held-out stimuli.

import JSON
import Networks
import Sampling
import Storage

/// The task performance of a run's networks.
public struct EvaluateReport: Sendable {
  package let name: String
  /// How many stimuli the networks are judged on.
  public let stimuli: Int
  /// Where these come from: drawn, given, or the task's own list where nothing is known of others.
  let source: EvaluationData.Source
  /// What these are: held-out stimuli, but where nothing is known of others.
  package let stimuliWords: String
  /// How many networks were judged: all draws of linear networks, the kept ones of others.
  public let networks: Int
  /// Losses (in squared outputs), accuracies and shares (0 ... 1), each with its Monte Carlo standard error.
  public let performance: TaskPerformance
  /// The populations among the kept networks, if they were looked for and there can be any.
  public let populations: PopulationReport?
  /// What recurrent networks do in time; nil for other tasks.
  package let integration: IntegrationReport?
  /// What networks that run in time do on trials; nil for others.
  package let trials: TrialReport?
  /// Set if the run's sampler is biased by construction.
  package let biasedSampler: String?

  /// Judges a run's networks on held-out stimuli, which the experiment's `evaluation.seed` draws. O(networks · stimuli · weights).
  ///
  /// - Parameter populations: what ``PopulationReport`` found, if it was asked; it plays no part in the performance.
  /// - Throws: an error of kind `input` if whole networks are needed and none was kept; what is damaged.
  public init(
    _ run: LoadedRun, populations: PopulationReport? = nil, threads: Int = Threads.perProcessor
  ) throws { try self.init(run, populations: populations, threads: threads, show: nil) }

  /// The same, with something that shows how long work gets on.
  package init(
    _ run: LoadedRun, populations: PopulationReport?, threads: Int,
    show: ((PartsProgress) -> @Sendable () -> Void)?
  ) throws {
    self.populations = populations
    let experiment = run.experiment
    name = experiment.name
    integration = try IntegrationReport(run, threads: threads)
    biasedSampler = run.sampler.isBiased ? run.sampler.kind : nil
    trials = try TrialReport(run, threads: threads, show: show)
    if let trials {
      stimuli = trials.trials
      source = trials.areHeldOut ? .drawn : .task
      stimuliWords = trials.words
      networks = trials.networks
      performance = trials.performance
      return
    }
    let data = try experiment.evaluationData()
    let heldOut = data.stimuli
    stimuli = heldOut.rows
    source = data.source
    stimuliWords = data.words
    let responses = try Self.responses(run, heldOut)
    if let responses {
      networks = responses.reduce(0) { $0 + $1.count }
      performance = try TaskPerformance(responses, task: data.task, stimuli: heldOut)
      return
    }
    networks = run.draws.draws
    performance = try TaskPerformance(
      run.draws, task: data.task, stimuli: heldOut, covariance: data.covariance, threads: threads)
  }

  /// The kept networks' answers, [chain][network]; nil for networks that respond linearly.
  private static func responses(_ run: LoadedRun, _ stimuli: Matrix) throws -> [[NetworkResponse]]? {
    guard !run.experiment.respondsLinearly else { return nil }
    let reader = RunReader(run.directory)
    var responses: [[NetworkResponse]] = []
    for chain in reader.chains {
      var list: [NetworkResponse] = []
      try reader.forEachNetwork(ofChain: chain) { network in
        if let response = try run.ensemble.response(at: try network.position(), stimuli: stimuli) {
          list.append(response)
        }
      }
      responses.append(list)
    }
    guard let fewest = responses.map(\.count).min(), fewest > 0 else {
      throw EvaluationError.noNetworks
    }
    return responses.map { Array($0.prefix(fewest)) }
  }

  package var figures: [(name: String, title: String, value: NetworkStatistic?)] {
    [
      ("loss", "loss", performance.loss),
      ("meanSquaredError", "mean squared error", performance.meanSquaredError),
      ("rSquared", "R squared", performance.rSquared),
      ("signAccuracy", trials == nil ? "sign accuracy" : "accuracy", performance.signAccuracy),
      ("contextLeakage", "context leakage", performance.contextLeakage),
      ("signAccuracyExact", "sign accuracy, all Gaussian stimuli", performance.signAccuracyExact),
      ("mappingError", "mapping error", performance.mappingError),
    ]
  }

  /// The pinned machine-readable form.
  package var json: JSONValue {
    // The mapping error is told of networks that have one; the other figures are always there.
    var members = figures.filter { $0.name != "mappingError" || $0.value != nil }.map { figure in
      let value: JSONValue =
        figure.value.map {
          ["mean": .number($0.mean), "sd": .number($0.sd), "standardError": .number($0.standardError)]
        } ?? .null
      return (figure.name, value)
    }
    members += [
      ("stimuli", .integer(stimuli)), ("stimuliFrom", .string(source.rawValue)),
      ("biasedSampler", biasedSampler.map { .string($0) } ?? .null), ("populations", populations?.json ?? .null),
    ]
    if let integration { members.append(("integration", integration.json)) }
    if let trials { members.append(("trials", trials.json)) }
    return .object(members)
  }
}

/// An evaluation that the run does not hold enough for.
package struct EvaluationError: ExperimentError {
  package let description: String
  package var kind: FailureKind { .input }

  /// Outputs are asked of networks that were not kept.
  static let noNetworks = EvaluationError(
    description: "this run kept no whole networks, which the outputs of nonlinear networks need; "
      + "sample it with \"record\": {\"weights\": 200}")
}
