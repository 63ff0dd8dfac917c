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
