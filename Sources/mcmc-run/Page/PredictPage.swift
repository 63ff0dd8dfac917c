// The page of predictions: a table, a row per context, and pictures.

import Experiments
import JSON
import Storage

/// Predictions as an HTML page.
struct PredictPage {
  let run: LoadedRun
  let report: PredictReport
  let origin: PageOrigin

  /// Draws the figures below `folder` and returns the page.
  ///
  /// - Throws: ``GnuplotError``, ``StorageError``.
  func write(into folder: String, gnuplot: Gnuplot) throws -> String {
    let title = "Predictions of \(run.experiment.name)"
    var body = "<h1>\(HTML.escaped(title))</h1>\n<p class=\"lead\">\(HTML.escaped(run.experiment.summary))</p>\n"
    if let unfinished = run.unfinished {
      body += "<p><span class=\"doubt\">Not finished: \(HTML.escaped(unfinished)).</span></p>\n"
    }
    if let sampler = report.biasedSampler {
      body += "<p class=\"bad\">The sampler \(HTML.escaped(sampler)) is biased: it has no accept step.</p>\n"
    }
    body +=
      "<p>\(report.prediction.networks) networks on \(report.stimuli.rows) stimuli; intervals hold \(report.intervalWords) of the networks.</p>\n"
    body += HTML.table(report.columns, report.rows.map { $0.map { HTML.escaped($0.text) } })
    body += "<p>\(HTML.escaped(report.legend)).</p>\n"
    for remark in report.remarks {
      body += "<p\(remark == report.tooFew ? " class=\"doubt\"" : "")>\(HTML.escaped(remark))</p>\n"
    }
    body += try HTML.figures(PredictFigures(report: report).all(), in: folder, gnuplot: gnuplot)
    return HTML.page(title: title, origin: origin, body: body)
  }
}
