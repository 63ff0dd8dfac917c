// What `evaluate` says: task performance of the drawn networks on held-out stimuli.

import JSON
import Networks
import Sampling
import Storage

/// The task performance of a run's networks.
struct EvaluateReport: Sendable {
  let name: String
  let stimuli: Int
  let networks: Int
  let performance: TaskPerformance
  /// The populations among the kept networks, if they were looked for and there can be any.
  let populations: PopulationReport?
  /// Set if the run's sampler is biased by construction.
  let biasedSampler: String?

  /// - Throws: ``EvaluationError`` if whole networks are needed and none was kept.
  init(_ run: LoadedRun, populations: PopulationReport? = nil) throws {
    self.populations = populations
    let experiment = run.experiment
    name = experiment.name
    stimuli = experiment.evaluation.count
    biasedSampler = run.sampler.isBiased ? run.sampler.kind : nil
    let heldOut = try experiment.heldOutStimuli()
    let responses = try Self.responses(run, heldOut)
    if let responses {
      networks = responses.reduce(0) { $0 + $1.count }
      performance = try TaskPerformance(responses, task: try experiment.learningTask(), stimuli: heldOut)
      return
    }
    networks = run.draws.draws
    performance = TaskPerformance(
      run.draws, task: try experiment.learningTask(), stimuli: heldOut,
      covariance: try experiment.heldOutCovariance())
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
      throw EvaluationError(
        description: "this run kept no whole networks, which the outputs of nonlinear networks need; "
          + "sample it with \"record\": {\"weights\": 200}")
    }
    return responses.map { Array($0.prefix(fewest)) }
  }

  private var figures: [(name: String, title: String, value: NetworkStatistic?)] {
    [
      ("loss", "loss", performance.loss),
      ("meanSquaredError", "mean squared error", performance.meanSquaredError),
      ("rSquared", "R squared", performance.rSquared),
      ("signAccuracy", "sign accuracy", performance.signAccuracy),
      ("contextLeakage", "context leakage", performance.contextLeakage),
      ("signAccuracyExact", "sign accuracy, all Gaussian stimuli", performance.signAccuracyExact),
      ("mappingError", "mapping error", performance.mappingError),
    ]
  }

  /// The pinned machine-readable form.
  var json: JSONValue {
    // The mapping error is told of networks that have one; the other figures are always there.
    .object(
      figures.filter { $0.name != "mappingError" || $0.value != nil }.map { figure in
        let value: JSONValue =
          figure.value.map {
            ["mean": .number($0.mean), "sd": .number($0.sd), "standardError": .number($0.standardError)]
          } ?? .null
        return (figure.name, value)
      } + [
        ("biasedSampler", biasedSampler.map { .string($0) } ?? .null), ("populations", populations?.json ?? .null),
      ])
  }

  /// The figures as words: mean and standard error.
  var summary: [(title: String, value: String)] {
    figures.compactMap { figure in
      figure.value.map { (figure.title, NumberText.plusMinus($0.mean, $0.standardError)) }
    }
  }

  /// A table for people.
  func text(_ style: TextStyle) -> String {
    var table = TextTable([("on held-out stimuli", .left), ("mean", .right), ("sd over networks", .right)])
    for figure in figures
    where figure.value != nil || ["rSquared", "signAccuracy", "contextLeakage"].contains(figure.name) {
      table.add([
        .init(figure.title),
        .init(figure.value.map { NumberText.plusMinus($0.mean, $0.standardError) } ?? "no target"),
        .init(figure.value.map { NumberText.significant($0.sd, digits: 3) } ?? ""),
      ])
    }
    let label = biasedSampler.map { "\nThe sampler \($0) is \(style.bad("BIASED")): it has no accept step.\n" } ?? ""
    return "\(name): \(networks) networks on \(stimuli) held-out stimuli\n\n" + table.text(style) + label
      + (populations?.text(style) ?? "")
  }
}

/// An evaluation that the run does not hold enough for.
struct EvaluationError: ReportableError {
  let description: String
  var exitStatus: CommandStatus { .badInput }
}
