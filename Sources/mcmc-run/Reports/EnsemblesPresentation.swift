// What `ensembles` shows people: the three ensembles side by side, against their common limit.

import Experiments
import JSON
import Networks
import Sampling

extension EnsemblesReport: StudyPresentation {
  private static let columns = ["quantity", "N", "product", "Gibbs", "hard", "theory of hard", "limit"]

  private var widths: [Int] { Set(points.map(\.neurons)).sorted() }

  private func point(_ kind: Kind, _ neurons: Int) -> Point {
    points.first { $0.kind == kind && $0.neurons == neurons }!
  }

  private var rows: [[TextTable.Cell]] {
    let recorded = names.flatMap { name in
      widths.map { width -> [TextTable.Cell] in
        let hard = point(.hard, width).observable(name)
        let theory = TextTable.Cell.number(hard?.theory, digits: 5)
        return [.init(name), .integer(width)]
          + Kind.allCases.map { .estimate(point($0, width).observable(name)?.estimate) }
          + [
            hard?.exact == nil && hard?.theory != nil ? theory.marked(" ~") : theory,
            .number(limit(of: name), digits: 5),
          ]
      }
    }
    let structure = widths.map { width -> [TextTable.Cell] in
      [.init("structure <rho>"), .integer(width)] + Kind.allCases.map { .estimate(point($0, width).structure) }
        + [.empty, .number(limit.meanStructure, digits: 5)]
    }
    return recorded + structure
  }

  private static let distanceColumns = ["N", "product", "p", "Gibbs", "p", "hard", "p"]

  private var distanceRows: [[TextTable.Cell]] {
    widths.map { width in
      [.integer(width)]
        + Kind.allCases.flatMap { kind -> [TextTable.Cell] in
          let found = point(kind, width)
          return [.estimate(found.distance), .number(found.pValue, digits: 2)]
        }
    }
  }

  private static let distanceTitle = "Energy distance of neurons from independent ones of the limit's law"

  func text(_ style: TextStyle) -> TextDocument {
    var document = TextDocument(
      title: "\(title), N = \(widths.map(String.init).joined(separator: ", "))\n" + (subtitle ?? ""))
    document.table(TextTable(Self.columns, keys: 2, rows: rows))
    document.prose(
      "limit: N -> infinity (of Gibbs up to 1/tightness). Theory is exact at this N (~ as N grows). Whole networks differ from the limit by 1/N."
    )
    document.heading(Self.distanceTitle)
    document.table(TextTable(Self.distanceColumns, rows: distanceRows))
    document.prose("p: that the neurons have one law, by permuting networks; product: two halves of its own networks.")
    return document
  }

  var subtitle: String? {
    "Spec: " + experiment.summary + " In place of its ensemble: product, Gibbs of tightness "
      + "\(NumberText.significant(tightness, digits: 4)), hard."
  }

  var pageSections: [(heading: String, columns: [String], rows: [[String]])] {
    func html(_ rows: [[TextTable.Cell]]) -> [[String]] { rows.map { $0.map { HTML.escaped($0.text) } } }
    return [
      ("The three ensembles", Self.columns, html(rows)), (Self.distanceTitle, Self.distanceColumns, html(distanceRows)),
    ]
  }

  var figures: [Figure] {
    names.filter { $0 != "loss" && $0 != "input_second_moment" }.map { name in
      figure(
        name, limit(of: name), theory: { self.point($0, $1).observable(name)?.theory },
        value: { $0.observable(name)?.estimate })
    } + [
      figure("structure", limit.meanStructure, theory: { _, _ in nil }, value: { $0.structure }),
      figure("distance", 0, theory: { _, _ in nil }, value: { $0.distance }),
    ]
  }

  /// A quantity of the three ensembles against 1/N.
  private func figure(
    _ name: String, _ limit: Double?, theory: (Kind, Int) -> Double?, value: (Point) -> Estimate?
  ) -> Figure {
    let x = widths.map { 1 / Double($0) }
    var series: [Series] = []
    if let limit { series.append(.level(limit)) }
    for (number, kind) in Kind.allCases.enumerated() {
      let known = widths.map { theory(kind, $0) ?? .nan }
      if known.contains(where: \.isFinite) {
        series.append(
          .points(
            number == 0 ? "theory" : nil, name: "theory, \(kind.rawValue)", x: x, y: known, isJoined: true, .theory))
      }
      let found = widths.map { value(point(kind, $0)) }
      series.append(
        .points(
          kind == .gibbs ? "Gibbs" : kind.rawValue, x: x, y: found.map { $0?.value ?? .nan },
          bars: .standardErrors(found.map { $0?.standardError ?? 0 }), .series(number)))
    }
    return Figure(
      name: "ensembles-" + Figure.fileName(name), title: "\(name) against 1/N",
      caption: "Bars are standard errors; level: the limit of infinitely wide networks.",
      alternativeText: "\(name) of the product, Gibbs and hard ensemble at \(widths.count) widths.",
      panels: [Panel(x: Axis("1/N", from: 0), y: Axis(name), series: series)])
  }
}
