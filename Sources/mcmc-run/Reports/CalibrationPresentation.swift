// What `sbc` shows people: the verdict on every quantity, and how its ranks are spread.

import Experiments
import Sampling

extension CalibrationReport: StudyPresentation {
  private static let columns = ["quantity", "mean rank / L", "correlation", "p-value", "band"]

  private func cells(_ quantity: Quantity) -> [TextTable.Cell] {
    [
      .init(quantity.name), .fixed(quantity.meanRank, places: 3), .fixed(quantity.correlation, places: 2),
      .pValue(quantity.pValue), .init(quantity.isOutside ? "OUTSIDE" : "inside"),
    ]
  }

  /// How the table is read.
  private var legend: String {
    let rate = NumberText.significant(settings.falseAlarmRate, digits: 2)
    return "mean rank 1/2 is right; more: draws lie too low. The p-value is that of one quantity; outside means below "
      + "\(NumberText.significant(band.falseAlarmRate, digits: 2)), so that all \(quantities.count) together fail a right sampler with probability \(rate)."
  }

  private var summary: String {
    let transitions = thin == 1 ? "one transition each" : "\(thin) transitions each"
    var text = "\(settings.replicas) replicas of \(settings.draws) draws by \(sampler.rawValue), \(transitions)"
    if let pilots {
      text +=
        " (the longest autocorrelation time is \(NumberText.significant(pilots.autocorrelationTime, digits: 2)), of \(pilots.slowest))"
    }
    return text
  }

  func text(_ style: TextStyle) -> TextDocument {
    let rows = quantities.map { quantity in
      cells(quantity).map { cell in cell.dressed { quantity.isOutside ? $0.bad($1) : $1 } }
    }
    let verdict =
      passed
      ? style.good("PASSED") + ": the ranks of all \(quantities.count) quantities are uniform"
      : style.bad("REJECTED") + ": the ranks of \(outside.count) of \(quantities.count) quantities are not uniform"
    var document = TextDocument(title: "\(title)\n\(summary)")
    document.table(TextTable(Self.columns, rows: rows))
    document.prose([legend, verdict, dependence(style)].joined(separator: "\n"))
    return document
  }

  private func dependence(_ style: TextStyle) -> String {
    guard passed, let dependent else { return "" }
    return style.doubtful(
      "Neighbouring draws of \(dependent.name) are correlated (\(NumberText.significant(dependent.correlation, digits: 2))): faults are seen less well. Say a larger --thin."
    )
  }

  var pageSections: [(heading: String, columns: [String], rows: [[String]])] {
    [(summary, Self.columns, quantities.map { cells($0).map { HTML.escaped($0.text) } })]
  }

  /// The quantities that leave the band, those that see the data, and those that come nearest to leaving it.
  var figures: [Figure] {
    let wanted = quantities.sorted { $0.pValue < $1.pValue }.prefix(10).map(\.name) + ["lp", "loss"]
    return quantities.filter { $0.isOutside || wanted.contains($0.name) }.prefix(16).map(figure)
  }

  /// The empirical distribution of ranks less the uniform one, inside its band.
  private func figure(_ quantity: Quantity) -> Figure {
    let replicas = Double(settings.replicas)
    let z = (0...settings.draws + 1).map { Double($0) / Double(settings.draws + 1) }
    /// Shares of ranks below each z, less z; none lie below 0 and all below 1.
    func less(_ counts: [Int]) -> [Double] {
      zip([0] + counts.map { Double($0) / replicas } + [1], z).map(-)
    }
    let probability = NumberText.significant(1 - band.falseAlarmRate, digits: 4)
    let look = Look.series(quantity.isOutside ? 1 : 0)
    return Figure(
      name: "ranks-" + Figure.fileName(quantity.name), title: quantity.name,
      caption:
        "Share of ranks below z, less z, and the band that uniform ranks stay inside with probability \(probability), all together."
        + (quantity.isOutside ? " They leave it." : ""),
      alternativeText:
        "The distribution of \(settings.replicas) ranks of \(quantity.name), less the uniform one, \(quantity.isOutside ? "leaves" : "stays inside") its band; mean rank over L \(String(format: "%.3f", quantity.meanRank)).",
      panels: [
        Panel(
          x: Axis("z = rank / (L + 1)", from: 0, to: 1), y: Axis("share below z, less z"),
          series: [
            .band("uniform ranks", name: "band", x: z, low: less(band.lower), high: less(band.upper), .muted),
            .level(0),
            .line("ranks", name: "share below z, less z", x: z, y: less(quantity.counts), look.solid(1.8)),
          ])
      ])
  }
}
