// Where trained networks ended, what that took, and gradient flow beside it.

import JSON
import Networks
import Sampling
import Storage

/// Trained networks, and the flow of infinitely wide ones.
package struct TrainingReport: StudyReport {
  /// Where gradient flow ended, and the maximum-entropy law of its own second moments.
  package struct Flow: Sendable {
    package let result: GradientFlowResult
    let meanStructure: Double
    /// With the maximum-entropy law; nil where that does not exist.
    package let correlation: Double?

    init(_ result: GradientFlowResult) throws {
      self.result = result
      meanStructure = try result.meanStructure()
      correlation = (try? result.matchedMaximumEntropy()).flatMap { try? result.correlation(with: $0) }
    }
  }

  let experiment: Experiment
  package let settings: TrainingSettings
  package let networks: [TrainedRecord]
  let performance: TaskPerformance
  /// What networks that run in time do on trials; nil for others.
  package let trials: TrialReport?
  package let flow: Flow?

  package var title: String { "\(experiment.name): trained by \(settings.words)" }

  /// Mean and standard error over networks.
  private func mean(_ value: (TrainedRecord) -> Double?) -> Estimate? {
    let values = networks.compactMap(value)
    guard values.count == networks.count else { return nil }
    let moments = RunningMoments(values)
    guard values.count > 1 else { return Estimate(value: moments.mean, standardError: nil) }
    let count = Double(values.count)
    return Estimate(value: moments.mean, standardError: (moments.squaredDeviations / (count - 1) / count).squareRoot())
  }

  package var figuresByName: [(name: String, title: String, value: Estimate?, flow: Double?)] {
    func statistic(_ value: NetworkStatistic?) -> Estimate? {
      value.map { Estimate(value: $0.mean, standardError: $0.standardError.isFinite ? $0.standardError : nil) }
    }
    return [
      ("loss", "loss", mean(\.loss), flow?.result.loss), ("steps", "steps", mean { Double($0.steps) }, nil),
      // Adam's steps are no time of a flow.
      ("time", "training time", mean { settings.rule == .adam ? nil : $0.time }, flow?.result.time),
      ("relativeNormChange", "relative change of the weights", mean(\.relativeNormChange), nil),
      (
        "outputSecondMoment", "mean w^2", mean { $0.observables["output_second_moment"] },
        flow?.result.outputSecondMoment
      ),
      (
        "inputSecondMoment", trials == nil ? "mean |m|^2" : "mean |I|^2",
        mean { $0.observables["input_second_moment"] },
        flow?.result.inputSecondMoment
      ),
    ] + experiment.observableNames.map { name in (name, name, mean { $0.observables[name] }, nil) } + [
      ("heldOutLoss", "loss, \(judgedOn)", statistic(performance.loss), nil),
      (
        "signAccuracy", "\(trials == nil ? "sign " : "")accuracy, \(judgedOn)", statistic(performance.signAccuracy), nil
      ),
    ]
  }

  /// In words, what networks were judged by.
  private var judgedOn: String { trials?.words ?? "held-out stimuli" }

  package var reached: Int { networks.count { $0.loss <= settings.lossBound } }

  private var diagnoses: [RunDiagnosis] { networks.map { RunDiagnosis(training: [$0], lossBound: settings.lossBound) } }

  package var judgement: StudyJudgement {
    StudyJudgement(points: diagnoses.enumerated().map { ("network \($0)", $1) })
  }

  package var json: JSONValue { .object(members + (trials.map { [("trials", $0.json)] } ?? [])) }

  private var members: [(String, JSONValue)] {
    let json: JSONValue = [
      "settings": settings.json, "reachedLossBound": .integer(reached),
      "networks": .object(figuresByName.map { ($0.name, .estimate($0.value)) }),
      "points": .array(
        zip(networks.indices, diagnoses).map { number, diagnosis in
          let network = networks[number]
          return .object(
            [
              ("network", .integer(number)), ("loss", .number(network.loss)), ("steps", .integer(network.steps)),
              ("stop", .string(network.stop)),
            ] + RunDiagnosis.members(diagnosis))
        }),
      "flow": flow.map { flow in
        [
          "loss": .number(flow.result.loss), "time": .number(flow.result.time),
          "outputSecondMoment": .number(flow.result.outputSecondMoment),
          "inputSecondMoment": .number(flow.result.inputSecondMoment), "meanStructure": .number(flow.meanStructure),
          "readoutShare": flow.result.readoutShare.map { .numbers($0) } ?? .null,
          "correlationWithMaximumEntropy": .number(flow.correlation),
        ]
      } ?? .null,
    ]
    guard case .object(let members) = json.content else { preconditionFailure("members make an object") }
    return members.map { ($0.key, $0.value) }
  }

  package var tables: [(file: String, csv: String)] {
    let names = Set(networks.flatMap(\.observables.keys)).sorted()
    return [
      (
        "networks.csv",
        CSV.text(
          ["network", "training_loss", "steps", "time", "relative_norm_change", "stop", "converged"] + names,
          networks.enumerated().map { number, network in
            [
              .number(Double(number)), .number(network.loss), .number(Double(network.steps)), .number(network.time),
              .number(network.relativeNormChange), .text(network.stop),
              .text(network.loss <= settings.lossBound ? "true" : "false"),
            ] + names.map { .number(network.observables[$0] ?? .nan) }
          })
      )
    ]
  }
}
