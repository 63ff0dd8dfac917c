// What `evaluate` says: task performance of the drawn networks on held-out stimuli.

import JSON
import Networks
import Sampling

/// The task performance of a run's networks.
struct EvaluateReport: Sendable {
  let name: String
  let stimuli: Int
  let networks: Int
  let performance: TaskPerformance
  /// Set if the run's sampler is biased by construction.
  let biasedSampler: String?

  init(_ run: LoadedRun) throws {
    let experiment = run.experiment
    name = experiment.name
    stimuli = experiment.evaluation.count
    networks = run.draws.draws
    biasedSampler = run.sampler.isBiased ? run.sampler.kind : nil
    performance = TaskPerformance(
      run.draws, task: try experiment.learningTask(), stimuli: try experiment.heldOutStimuli(),
      covariance: try experiment.heldOutCovariance())
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
    .object(
      figures.map { figure in
        let value: JSONValue =
          figure.value.map {
            ["mean": .number($0.mean), "sd": .number($0.sd), "standardError": .number($0.standardError)]
          } ?? .null
        return (figure.name, value)
      } + [("biasedSampler", biasedSampler.map { .string($0) } ?? .null)])
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
    for figure in figures {
      table.add([
        .init(figure.title),
        .init(figure.value.map { NumberText.plusMinus($0.mean, $0.standardError) } ?? "no target"),
        .init(figure.value.map { NumberText.significant($0.sd, digits: 3) } ?? ""),
      ])
    }
    let label = biasedSampler.map { "\nThe sampler \($0) is \(style.bad("BIASED")): it has no accept step.\n" } ?? ""
    return "\(name): \(networks) networks on \(stimuli) held-out stimuli\n\n" + table.text(style) + label
  }
}
