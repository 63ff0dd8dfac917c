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
    body += try HTML.figures(report.figures, in: place, gnuplot: gnuplot)
    for section in report.pageSections + report.judgement.pageSections {
      body += "<h2>\(HTML.escaped(section.heading))</h2>\n"
      body += HTML.table(section.columns, section.rows)
    }
    body += "<h2>The question in full</h2>\n<details open><summary>Every setting, defaults written out</summary>\n<pre>"
    body += HTML.escaped(folder.experiment.resolvedJSON.text() + "\n" + folder.options.text()) + "</pre></details>\n"
    return HTML.page(title: report.title, origin: origin, body: body)
  }
}
