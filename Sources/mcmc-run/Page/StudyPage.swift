// The page of a study: what was asked, the tables, and pictures.

import Experiments
import JSON
import Storage

/// A study as an HTML page.
struct StudyPage {
  let folder: StudyFolder
  let report: any StudyPresentation
  let origin: PageOrigin

  /// Draws the figures below `place` and returns the page.
  ///
  /// - Throws: ``GnuplotError``, ``StorageError``.
  func write(into place: String, gnuplot: Gnuplot) throws -> String {
    var body =
      "<h1>\(HTML.escaped(report.title))</h1>\n<p class=\"lead\">\(HTML.escaped(report.subtitle ?? folder.experiment.summary))</p>\n"
    if !folder.isSealed {
      body += "<p class=\"doubt\">Unverified: an earlier version wrote this study without checksums.</p>\n"
    }
    for sentence in report.judgement.summary { body += "<p class=\"bad\">\(HTML.escaped(sentence))</p>\n" }
    for (question, answer) in report.answers {
      body += "<p><strong>\(HTML.escaped(question))</strong> \(HTML.escaped(answer))</p>\n"
    }
    let tables = (report.pageSections + report.judgement.pageSections).enumerated().map { index, section in
      PageSection("table-\(index + 1)", section.heading, HTML.longTable(section.columns, section.rows))
    }
    let sections =
      [PageSection("figures", "Figures", try HTML.figures(report.figures, in: place, gnuplot: gnuplot))] + tables + [
        PageSection(
          "question", "The question in full",
          HTML.folded(
            "Every setting, defaults written out",
            "<pre>" + HTML.escaped(folder.experiment.resolvedJSON.text() + "\n" + folder.options.text()) + "</pre>",
            isOpen: true))
      ]
    body += PageSection.html(sections)
    return HTML.page(title: report.title, origin: origin, body: body)
  }
}
