// What `train` shows people: where networks ended, what that took, and the loss during training.

import Experiments
import JSON
import Networks
import Sampling

extension TrainingReport: StudyPresentation {
  private var rows: [[TextTable.Cell]] {
    figuresByName.compactMap { figure in
      guard figure.value != nil || figure.flow != nil else { return nil }
      return [
        .init(figure.title), .estimate(figure.value),
      ] + (flow == nil ? [] : [.number(figure.flow, digits: 5)])
    }
  }

  private var columns: [String] {
    ["mean over networks", "trained"] + (flow == nil ? [] : ["gradient flow, N -> infinity"])
  }

  func text(_ style: TextStyle) -> TextDocument {
    var document = TextDocument(title: "\(title), \(networks.count) networks")
    document.table(TextTable(columns, rows: rows))
    var text =
      "\(reached) of \(networks.count) networks reached a loss of \(NumberText.significant(settings.lossBound, digits: 3))"
    let limit = networks.count { $0.stop == "stepsDone" }
    text += limit > 0 ? "; \(style.doubtful("\(limit) stopped after \(settings.steps) steps"))\n" : "\n"
    if let correlation = flow?.correlation {
      text +=
        "Correlation of the flow's population-resolved readout with maximum entropy at its own second moments: "
        + String(format: "%.4f", correlation) + "\n"
    }
    document.prose(text)
    return document
  }

  var pageSections: [(heading: String, columns: [String], rows: [[String]])] {
    [("\(networks.count) networks", columns, rows.map { $0.map { HTML.escaped($0.text) } })]
  }

  var figures: [Figure] { [lossCurves] }

  private var lossCurves: Figure {
    let shown = networks.prefix(20)
    func line(_ title: String?, _ name: String, _ curve: [LossPoint], _ look: Look) -> Series {
      .line(title, name: "loss of \(name)", x: curve.map(\.time), y: curve.map { max($0.loss, 1e-300) }, look)
    }
    var lines = shown.enumerated().map { index, network in
      line(
        index == 0 ? "networks" : nil, "network \(index)", network.lossCurve,
        Look.series(0).solid(0.7))
    }
    if let flow {
      lines.append(
        line("gradient flow", "flow", flow.result.lossCurve, Look.series(1)))
    }
    return Figure(
      name: "loss-curves", title: "The loss during training",
      caption: "\(shown.count) networks\(flow == nil ? "" : ", and gradient flow of infinitely wide ones").",
      alternativeText:
        "The loss falls from about \(NumberText.significant(shown.first?.lossCurve.first?.loss ?? 0, digits: 3)) to \(NumberText.significant(shown.first?.loss ?? 0, digits: 3)) during training.",
      panels: [
        Panel(
          x: Axis(settings.rule == .adam ? "sum of learning rates" : "training time"),
          y: Axis("loss", scale: .logarithmic), series: lines)
      ])
  }
}
