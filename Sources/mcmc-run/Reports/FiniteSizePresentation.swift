// What `finite-size` shows people: tables, sentences and pictures of every observable against N.

import Experiments
import JSON
import Networks
import Sampling

extension FiniteSizeReport: StudyPresentation {
  private func cells(_ row: Row) -> [TextTable.Cell] {
    guard let fit = row.fit else { return [.init(row.name), .missing(row.refusal)] }
    func theory(_ value: Double?, _ z: Double?) -> TextTable.Cell {
      guard let value else { return .empty }
      return TextTable.Cell.number(value, digits: 5).with("z", .number(z, digits: 2), label: "z ")
    }
    return [
      .init(row.name), .estimate(fit.limit), theory(row.theory?.leading, row.z(0)),
      .estimate(fit.coefficient(1)), theory(row.theory?.firstCorrection, row.z(1)),
      fit.order > 1 ? .estimate(fit.coefficient(2)) : .empty,
      TextTable.Cell.number(fit.pValue, digits: 2).marked(isRejected(row) ? " !" : ""),
      row.neuronsNeeded.map {
        TextTable.Cell.fixed($0.value.rounded(.up), places: 0).marked(row.tolerance!.isRelative ? "" : " *")
      } ?? .empty,
    ]
  }

  private static let columns = [
    "observable", "N -> infinity", "theory", "c1", "theory's c1", "c2", "p of fit", "N for accuracy",
  ]

  func text(_ style: TextStyle) -> TextDocument {
    let widths = neurons.map(String.init).joined(separator: ", ")
    let kind =
      isExact
      ? "product ensemble: theory holds at every N"
      : experiment.ensemble == .product
        ? "product ensemble"
        : "\(experiment.ensemble.isHard ? "hard" : "Gibbs") ensemble: theory is that of N -> infinity"
    var document = TextDocument(title: "\(title), N = \(widths)\n\(kind)")
    document.table(TextTable(Self.columns, rows: rows.map(cells)))
    document.prose(
      rejections + "O(N) = O + c1/N (+ c2/N^2, unless theory has no such term), weighted by Monte Carlo errors.\n"
        + "N for accuracy: from there on O(N) is within \(NumberText.significant(100 * accuracy, digits: 3)) % of its limit "
        + "(* within \(NumberText.significant(accuracy, digits: 3)), the limit being 0).")
    return document + pointTable
  }

  /// Every point with its error, where some cannot be believed and so are in no fit; empty otherwise.
  private var pointTable: TextDocument {
    var document = TextDocument()
    guard !judgement.isSound else { return document }
    let heading = zip(neurons, judgement.points).map {
      "N = \($0)" + ($1.diagnosis?.converged == false ? " (not converged)" : "")
    }
    let cells = rows.map { row -> [TextTable.Cell] in
      [.init(row.name)]
        + neurons.map { width in
          row.points.first { $0.neurons == width }.map { .estimate($0.estimate) } ?? .missing("-")
        }
    }
    document.heading("All points, those that have not converged with errors that are too small")
    document.table(TextTable(["observable"] + heading, rows: cells))
    return document
  }

  /// Which fits the points contradict, in a sentence; empty if none.
  private var rejections: String {
    let names = rows.filter(isRejected).map(\.name)
    guard !names.isEmpty else { return "" }
    let level = NumberText.significant(rejectionLevel, digits: 2)
    return "! The points reject the fit (p below \(level)): \(names.joined(separator: ", ")). "
      + "Its limit and c1 are off by more than their errors; leave out the smallest N.\n"
  }

  var pageSections: [(heading: String, columns: [String], rows: [[String]])] {
    [("Every observable against N", Self.columns, rows.map { cells($0).map { HTML.escaped($0.text) } })]
      + (rejections.isEmpty
        ? [] : [("Fits that the points reject", ["which, and what to do"], [[HTML.escaped(rejections)]])])
  }

  var figures: [Figure] {
    let wanted =
      experiment.observableNames + [
        "loss", "output_second_moment", "input_second_moment", "readout[0,0]", "active_fraction[1]",
      ]
    return rows.filter { wanted.contains($0.name) && $0.points.contains { $0.estimate.value.isFinite } }.map(figure)
  }

  /// An observable against 1/N; points whose runs have not converged are hollow.
  private func figure(_ row: Row) -> Figure {
    let smallest = row.points.first!.neurons
    let result =
      row.fit.map {
        "Limit \(NumberText.estimate($0.limit)), c1 = \(NumberText.estimate($0.coefficient(1)))."
          + (isRejected(row) ? " The points reject the fit." : "")
      } ?? "No fit: \(row.refusal)."
    let theory = row.theory.map {
      " Theory: \(NumberText.significant($0.leading, digits: 5))"
        + ($0.firstCorrection.map { " and c1 = \(NumberText.significant($0, digits: 5))" } ?? ", limit only") + "."
    }
    let unfit = row.points.filter { !$0.isFit }
    return Figure(
      name: "finite-size-" + Figure.fileName(row.name), title: "\(row.name) against 1/N",
      caption: result + (theory ?? "")
        + " Bars are standard errors; below: points less \(row.fit == nil ? "theory" : "the fit"), in standard errors (SE)."
        + (unfit.isEmpty
          ? "" : " Not converged, and left out: N = \(unfit.map { "\($0.neurons)" }.joined(separator: ", "))."),
      alternativeText:
        "\(row.name) against 1/N at \(row.points.count) widths, from \(NumberText.significant(row.points.first!.estimate.value, digits: 4)) at N = \(smallest) to \(NumberText.significant(row.points.last!.estimate.value, digits: 4)) at N = \(row.points.last!.neurons).",
      stacks: [panels(row)])
  }

  /// The observable against 1/N, and below it what the fit (or theory, without a fit) leaves of the points, in standard errors.
  private func panels(_ row: Row) -> [Panel] {
    let smallest = row.points.map(\.neurons).min() ?? 1
    let curve = (0...48).map { Double($0) / 48 / Double(smallest) }
    func fitted(_ x: Double) -> Double? {
      row.fit.map { x == 0 ? $0.limit.value : $0.value(neurons: 1 / x).value }
    }
    func theory(_ x: Double) -> Double? { row.theory.map { $0.leading + ($0.firstCorrection ?? 0) * x } }
    var curves: [Series] = []
    var drawn: [Series] = []
    var residuals: [Series] = [.level(0)]
    if row.fit != nil { curves.append(.line("fit", x: curve, y: curve.map { fitted($0)! }, .series(0))) }
    if row.theory != nil { curves.append(.line("theory", x: curve, y: curve.map { theory($0)! }, .theory)) }
    for (isFit, title, look) in [(true, "drawn", Look.series(0)), (false, "not converged", Look.series(1).hollow)] {
      let points = row.points.filter { $0.isFit == isFit }
      guard !points.isEmpty else { continue }
      let x = points.map { 1 / Double($0.neurons) }
      let errors = points.map { $0.estimate.standardError ?? 0 }
      drawn.append(.points(title, x: x, y: points.map(\.estimate.value), bars: .standardErrors(errors), look))
      let left = points.indices.map { k -> Double in
        guard let expected = fitted(x[k]) ?? theory(x[k]), errors[k] > 0 else { return .nan }
        return (points[k].estimate.value - expected) / errors[k]
      }
      residuals.append(.points(nil, name: "residual, \(title)", x: x, y: left, look))
    }
    let x = Axis("1/N", from: 0)
    let panel = Panel(x: x, y: Axis(row.name), series: curves + drawn)
    // Residuals of right points lie within about 2, which a scale of their own would hide.
    let limit = max(2.5, 1.15 * (residuals.flatMap(\.yValues).filter(\.isFinite).map(abs).max() ?? 0))
    let below = Panel(x: x, y: Axis("residual (SE)", from: -limit, to: limit), series: residuals, height: .low)
    return below.isEmpty ? [panel] : [panel, below]
  }
}
