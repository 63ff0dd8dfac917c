// What `train` says: where networks ended, what that took, and gradient flow beside it.

import Foundation
import JSON
import Networks
import Sampling

/// Trained networks, and the flow of infinitely wide ones.
struct TrainingReport: StudyReport {
  /// Where gradient flow ended, and the maximum-entropy law of its own second moments.
  struct Flow: Sendable {
    let result: GradientFlowResult
    let meanStructure: Double
    /// With the maximum-entropy law; nil where that does not exist.
    let correlation: Double?

    init(_ result: GradientFlowResult) throws {
      self.result = result
      meanStructure = try result.meanStructure()
      correlation = (try? result.matchedMaximumEntropy()).flatMap { try? result.correlation(with: $0) }
    }
  }

  let experiment: Experiment
  let settings: TrainingSettings
  let networks: [TrainedRecord]
  let performance: TaskPerformance
  let flow: Flow?

  var title: String { "\(experiment.name): trained by \(settings.rule == .adam ? "Adam" : "gradient descent")" }

  /// Mean and standard error over networks.
  private func mean(_ value: (TrainedRecord) -> Double?) -> Estimate? {
    let values = networks.compactMap(value)
    guard values.count == networks.count else { return nil }
    let moments = RunningMoments(values)
    guard values.count > 1 else { return Estimate(value: moments.mean, standardError: nil) }
    let count = Double(values.count)
    return Estimate(value: moments.mean, standardError: (moments.squaredDeviations / (count - 1) / count).squareRoot())
  }

  private var figuresByName: [(name: String, title: String, value: Estimate?, flow: Double?)] {
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
        "inputSecondMoment", "mean |m|^2", mean { $0.observables["input_second_moment"] },
        flow?.result.inputSecondMoment
      ),
      ("heldOutLoss", "loss, held-out stimuli", statistic(performance.loss), nil),
      ("signAccuracy", "sign accuracy, held-out stimuli", statistic(performance.signAccuracy), nil),
    ]
  }

  private var reached: Int { networks.count { $0.loss <= settings.lossBound } }

  private var diagnoses: [RunDiagnosis] { networks.map { RunDiagnosis(training: [$0], lossBound: settings.lossBound) } }

  var judgement: StudyJudgement {
    StudyJudgement(points: diagnoses.enumerated().map { ("network \($0)", $1) })
  }

  var json: JSONValue {
    [
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
  }

  private var rows: [[String]] {
    figuresByName.compactMap { figure in
      guard figure.value != nil || figure.flow != nil else { return nil }
      return [
        figure.title, figure.value.map(NumberText.estimate) ?? "",
        figure.flow.map { NumberText.significant($0, digits: 5) } ?? "",
      ]
    }
  }

  private var columns: [String] {
    ["mean over networks", "trained", flow == nil ? "" : "gradient flow, N -> infinity"]
  }

  func text(_ style: TextStyle) -> String {
    let table = TextTable(columns, rows: rows)
    var text = "\(title), \(networks.count) networks\n\n" + table.text(style)
    text +=
      "\n\(reached) of \(networks.count) networks reached a loss of \(NumberText.significant(settings.lossBound, digits: 3))"
    let limit = networks.count { $0.stop == "stepsDone" }
    text += limit > 0 ? "; \(style.doubtful("\(limit) stopped after \(settings.steps) steps"))\n" : "\n"
    if let correlation = flow?.correlation {
      text +=
        "Correlation of the flow's population-resolved readout with maximum entropy at its own second moments: "
        + String(format: "%.4f", correlation) + "\n"
    }
    return text
  }

  var sections: [(heading: String, columns: [String], rows: [[String]])] {
    [("\(networks.count) networks", columns, rows.map { $0.map(HTML.escaped) })]
  }

  var tables: [(file: String, csv: String)] {
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

  var figures: [Figure] { [lossCurves] }

  private var lossCurves: Figure {
    let shown = networks.prefix(20)
    let curves = shown.map(\.lossCurve) + (flow.map { [$0.result.lossCurve] } ?? [])
    let length = curves.map(\.count).max() ?? 0
    let rows = (0..<length).map { k -> [Figure.Cell] in
      curves.flatMap { curve -> [Figure.Cell] in
        k < curve.count ? [.number(curve[k].time), .number(max(curve[k].loss, 1e-300))] : [.empty, .empty]
      }
    }
    let plots = curves.indices.map { k -> String in
      let isFlow = k >= shown.count
      return "DATA using \(2 * k + 1):\(2 * k + 2) with lines linetype \(isFlow ? 2 : 1) "
        + "linewidth \(isFlow ? "2.2" : "0.7") title '\(isFlow ? "gradient flow" : k == 0 ? "networks" : "")'"
    }
    let names =
      shown.indices.flatMap { ["time of network \($0)", "loss of network \($0)"] }
      + (flow == nil ? [] : ["time of flow", "loss of flow"])
    return Figure(
      name: "loss-curves", title: "The loss during training",
      caption: "\(shown.count) networks\(flow == nil ? "" : ", and gradient flow of infinitely wide ones").",
      alternativeText:
        "The loss falls from about \(NumberText.significant(shown.first?.lossCurve.first?.loss ?? 0, digits: 3)) to \(NumberText.significant(shown.first?.loss ?? 0, digits: 3)) during training.",
      columns: names, rows: rows,
      commands: """
        set logscale y
        set format y '10^{%T}'
        set xlabel '\(settings.rule == .adam ? "sum of learning rates" : "training time")'
        set ylabel 'loss'
        set key top right
        plot \(plots.joined(separator: ", "))
        """,
      size: (640, 320))
  }
}
