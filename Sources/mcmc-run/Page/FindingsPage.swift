// The page of all findings: for each claim, reproduced or not, with the numbers.

import Experiments
import JSON
import Storage

/// The findings as one HTML page.
struct FindingsPage {
  let results: [(finding: PaperFinding, result: FindingResult)]

  /// Every run and point behind every claim.
  var judgement: StudyJudgement {
    StudyJudgement(
      points: results.flatMap { finding, result in
        result.judgement.points.map { ("\(finding.name), \($0.name)", $0.diagnosis) }
      },
      refusals: results.flatMap { finding, result in result.judgement.refusals.map { "\(finding.name): \($0)" } })
  }

  var json: JSONValue {
    let findings = results.map { finding, result -> JSONValue in
      let points = result.judgement.points.map { point -> JSONValue in
        .object([("name", .string(point.name))] + RunDiagnosis.members(point.diagnosis))
      }
      let members: [(String, JSONValue)] = [
        ("name", .string(finding.name)), ("title", .string(finding.title)),
        ("claims", .array(result.claims.map(\.json))), ("points", .array(points)),
      ]
      return .object(members + result.judgement.members)
    }
    return .object([("findings", .array(findings))] + judgement.members)
  }

  private static func count(_ result: FindingResult) -> String {
    "\(result.claims.count { $0.isReproduced }) of \(result.claims.count)"
  }

  func text(_ style: TextStyle) -> TextDocument {
    var document = TextDocument()
    for (finding, result) in results {
      var table = TextTable([("result", .left), ("claim", .left), ("found", .left)])
      for claim in result.claims {
        table.add([
          TextTable.Cell(claim.isReproduced ? "reproduced" : "NOT reproduced")
            .dressed { claim.isReproduced ? $0.good($1) : $0.bad($1) },
          .init(claim.statement), .init(claim.found),
        ])
      }
      document.heading("\(style.strong(finding.title)): \(Self.count(result)) claims reproduced")
      document.table(table)
    }
    return document
  }

  /// Draws the figures below `place` and returns the page.
  ///
  /// - Throws: ``GnuplotError``, ``StorageError``.
  func write(into place: String, origin: PageOrigin, gnuplot: Gnuplot) throws -> String {
    var body = "<h1>Findings</h1>\n<p class=\"lead\">Balancing structure and randomness: maximum entropy networks for "
    body += "context-dependent computations (Hruza &amp; Ostojic 2026), drawn, trained and held against theory.</p>\n"
    body += HTML.table(
      ["finding", "claims reproduced"],
      results.map { finding, result in
        let isAll = result.claims.allSatisfy(\.isReproduced)
        return [
          "<a href=\"#\(finding.name)\">\(HTML.escaped(finding.title))</a>",
          "<span class=\"\(isAll ? "good" : "doubt")\">\(Self.count(result))</span>",
        ]
      })
    for (finding, result) in results {
      body +=
        "<h2 id=\"\(finding.name)\">\(HTML.escaped(finding.title))</h2>\n<p>\(HTML.escaped(finding.statement))</p>\n"
      body += HTML.table(
        ["claim", "expected", "found", ""],
        result.claims.map { claim in
          [
            HTML.escaped(claim.statement), HTML.escaped(claim.expected), HTML.escaped(claim.found),
            claim.isReproduced ? "<span class=\"good\">reproduced</span>" : "<span class=\"bad\">not reproduced</span>",
          ]
        })
      for sentence in result.judgement.summary { body += "<p class=\"bad\">\(HTML.escaped(sentence))</p>\n" }
      let shown = try result.shown()
      body += try HTML.figures(
        shown.figures.map { $0.named("\(finding.name)-\($0.name)") }, in: place, gnuplot: gnuplot)
      for section in shown.tables + result.tables + result.judgement.pageSections {
        body += HTML.folded(section.heading, HTML.table(section.columns, section.rows), isOpen: true)
      }
    }
    return HTML.page(title: "Findings", origin: origin, body: body)
  }
}

extension FindingResult {
  /// The pictures and tables beside the claims.
  fileprivate func shown() throws -> (
    figures: [Figure], tables: [(heading: String, columns: [String], rows: [[String]])]
  ) {
    switch evidence {
    case .run(let run, let check, let names):
      let all = try RunFigures(run: run, check: check.check).all()
      return (all.filter { names.contains($0.name) }, [])
    case .study(let report, let names, let mostFigures, let mostTables):
      let report = report.shown
      let figures = report.figures.filter { names?.contains($0.name) ?? true }
      return (Array(figures.prefix(mostFigures)), Array(report.pageSections.prefix(mostTables)))
    }
  }
}
