// The page of one run: what was asked, what was found, the checks, and pictures.

import Experiments
import JSON
import Networks
import Sampling
import Storage

/// A run as an HTML page.
struct RunReportPage {
  let run: LoadedRun
  let origin: PageOrigin
  let threads: Int

  /// Draws the figures below `folder` and returns the page.
  ///
  /// - Throws: ``GnuplotError``, ``StorageError``.
  func write(into folder: String, gnuplot: Gnuplot) throws -> String {
    let judged =
      run.directory.isImported
      ? nil : (try CheckReport(run, threads: threads), try DiagnoseReport(run, threads: threads))
    let performance = try performance()
    let figures = try RunFigures(run: run, check: judged?.0.check, threads: threads).all()
    var body = heading(judged.map { check, diagnosis in verdict(check, diagnosis) } ?? importedVerdict)
    body += "<h2>What was asked</h2>\n" + asked
    body +=
      "<h2>What was found</h2>\n"
      + HTML.table(["", ""], (judged.map { check, diagnosis in found(check, diagnosis) } ?? []) + performance)
    for (section, list) in figures {
      body += "<h2>\(section)</h2>\n" + (try HTML.figures(list, in: folder, gnuplot: gnuplot))
    }
    if let (check, diagnosis) = judged {
      body += "<h2>Draws against theory</h2>\n" + checks(check)
      body += "<h2>Convergence</h2>\n" + convergence(diagnosis)
    }
    body +=
      "<h2>The experiment in full</h2>\n<details open><summary>Every setting, defaults written out</summary>\n<pre>"
    body += HTML.escaped(run.experiment.resolvedJSON.text()) + "</pre></details>\n"
    return HTML.page(title: run.experiment.name, origin: origin, body: body)
  }

  private var importedVerdict: String {
    "Networks from elsewhere: mcmc-run compare SPEC --trained RUN holds them against maximum entropy."
  }

  private func verdict(_ check: CheckReport, _ diagnosis: DiagnoseReport) -> String {
    let passed = check.check.passed && diagnosis.status == .done
    return passed
      ? "<span class=\"good\">All exact checks passed and the chains agree.</span>"
      : check.check.passed
        ? "<span class=\"bad\">The exact checks passed, but the diagnostics found a fault.</span>"
        : check.check.isUndecided
          ? "<span class=\"bad\">Undecided: \(HTML.escaped(check.check.doubts.map(\.description).joined(separator: "; "))).</span>"
          : "<span class=\"bad\">The exact checks did not all pass.</span>"
  }

  private func heading(_ verdict: String) -> String {
    "<h1>\(HTML.escaped(run.experiment.name))</h1>\n<p class=\"lead\">\(HTML.escaped(run.experiment.summary))</p>\n<p>\(verdict)</p>\n"
      + (run.unfinished.map { "<p><span class=\"doubt\">Not finished: \(HTML.escaped($0)).</span></p>\n" } ?? "")
  }

  private var asked: String {
    let e = run.experiment
    let rows = [
      ["task", "\(e.task.contexts) contexts, \(e.task.features) stimulus features"],
      ["network", e.network.model.words], ["ensemble", e.ensembleWords],
      [
        "sampler",
        HTML.escaped(run.sampler.kind)
          + (run.sampler.isBiased ? " <span class=\"bad\">(biased: no accept step)</span>" : "")
          + ": \(run.draws.chains) chains, \(run.draws.draws) draws in all",
      ], ["why this sampler", HTML.escaped(run.sampler.reason)],
      ["seed", "\(e.sampler.seed)"],
    ]
    return HTML.table(["", ""], rows)
  }

  /// Task performance; where the run keeps too little for it, why there is none: the rest of the page stands without.
  private func performance() throws -> [[String]] {
    do {
      return try EvaluateReport(run, threads: threads).summary.map {
        [HTML.escaped($0.title) + ", held-out stimuli", $0.value]
      }
    } catch let error as EvaluationError {
      return [["task performance", "not evaluated: " + HTML.escaped(error.description)]]
    }
  }

  private func found(_ check: CheckReport, _ diagnosis: DiagnoseReport) -> [[String]] {
    [
      [
        "exact checks",
        HTML.escaped(check.summary)
          + " (false-alarm rate \(NumberText.significant(check.check.falseAlarmRate, digits: 1)) for all together)",
      ],
      ["smallest bulk ESS", NumberText.significant(diagnosis.minEssBulk, digits: 4)],
      ["sampling time", run.samplingSeconds.map { NumberText.significant($0, digits: 3) + " s" } ?? "not known"],
    ]
  }

  private func checks(_ report: CheckReport) -> String {
    let rows = report.check.results.map { result -> [String] in
      let isWrong = result.status == .exact && !(abs(result.z) <= report.check.threshold)
      let status =
        isWrong
        ? "<span class=\"bad\">WRONG</span>"
        : result.status == .exact
          ? "<span class=\"good\">exact</span>" : "<span class=\"doubt\">\(result.status.rawValue)</span>"
      return [
        HTML.escaped(result.name), NumberText.plusMinus(result.estimate, result.standardError),
        NumberText.significant(result.expected, digits: 5), NumberText.significant(result.z, digits: 2), status,
        HTML.escaped(result.source),
      ]
    }
    let shown = rows.prefix(200)
    return HTML.table(
      ["quantity", "estimate", "expected", "z", "status", "source"], Array(shown))
      + (rows.count > shown.count ? "<p>\(rows.count - shown.count) more: mcmc-run check --json lists them.</p>\n" : "")
  }

  private func convergence(_ report: DiagnoseReport) -> String {
    let rows = report.summaries.prefix(100).map { summary in
      [
        HTML.escaped(summary.name), NumberText.plusMinus(summary.mean, summary.mcseMean),
        NumberText.significant(summary.sd, digits: 3), NumberText.significant(summary.essBulk, digits: 4),
        NumberText.significant(summary.essTail, digits: 4), NumberText.significant(summary.rHat, digits: 5),
      ]
    }
    let findings = report.findings.map { finding in
      let mark = finding.severity == .failure ? "bad" : finding.severity == .warning ? "doubt" : "good"
      return
        "<li><span class=\"\(mark)\">\(finding.severity.rawValue)</span> \(HTML.escaped(String(finding.description.dropFirst(finding.severity.rawValue.count + 2))))</li>"
    }
    return HTML.table(
      ["observable", "mean", "sd", "ESS bulk", "ESS tail", "R-hat"], Array(rows))
      + (report.summaries.count > rows.count
        ? "<p>\(report.summaries.count - rows.count) more: mcmc-run diagnose --json lists them.</p>\n" : "")
      + "<ul>\n\(findings.joined(separator: "\n"))\n</ul>\n"
  }
}

extension Experiment {
  /// The ensemble in words.
  var ensembleWords: String {
    switch ensemble {
    case .product: "product: neurons are independent, on target on average (\(weights.convention.rawValue) convention)"
    case .gibbs(let tightness): "Gibbs: whole networks, tightness \(NumberText.significant(tightness, digits: 5))"
    case .gibbsAtLoss(let loss): "Gibbs: whole networks, expected loss \(NumberText.significant(loss, digits: 5))"
    }
  }

  /// One line.
  var summary: String { "\(network.model.words); \(ensembleWords)." }
}
