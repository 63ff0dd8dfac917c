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
      ? nil : (check: try CheckReport(run, threads: threads), diagnosis: try DiagnoseReport(run, threads: threads))
    let figures = try RunFigures(run: run, check: judged?.check.check, threads: threads)
    func drawn(_ section: RunFigures.Section) throws -> String {
      try HTML.figures(section.figures, leftOut: section.leftOut, in: folder, gnuplot: gnuplot)
    }
    let populations = try populations()
    let evaluation = try evaluation(populations.report)
    var sections: [PageSection] = [
      PageSection("asked", "What was asked", asked),
      PageSection(
        "found", "What was found",
        HTML.table(
          ["", ""], (judged.map { found($0.check, $0.diagnosis) } ?? []) + evaluation.rows)),
    ]
    if let judged {
      sections.append(
        PageSection("theory", "Draws against theory", try drawn(figures.theory()) + checks(judged.check)))
    }
    sections.append(
      PageSection(
        "networks", "What the networks are",
        try drawn(figures.networks()) + populations.html + (evaluation.report?.trials.map(inTime) ?? "")))
    sections.append(PageSection("spread", "How observables are spread", try drawn(figures.spread())))
    if let judged {
      sections.append(
        PageSection(
          "chains", "How the chains went",
          findings(judged.diagnosis) + (try drawn(figures.chains())) + observables(judged.diagnosis)))
    }
    sections.append(
      PageSection(
        "experiment", "The experiment in full",
        HTML.folded(
          "Every setting, defaults written out",
          "<pre>" + HTML.escaped(run.experiment.resolvedJSON.text()) + "</pre>", isOpen: true)))
    return HTML.page(
      title: run.experiment.name, origin: origin,
      body: heading(judged.map { verdict($0.check, $0.diagnosis) } ?? importedVerdict) + PageSection.html(sections))
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
      ["task", HTML.escaped(e.taskWords)],
      ["network", HTML.escaped(e.network.model.words)], ["ensemble", HTML.escaped(e.ensembleWords)],
      [
        "sampler",
        HTML.escaped(run.sampler.kind)
          + (run.sampler.isBiased ? " <span class=\"bad\">(biased: no accept step)</span>" : "")
          + ": \(run.draws.chains) chains, \(run.draws.draws) draws in all" + HTML.escaped(startWords),
      ], ["why this sampler", HTML.escaped(run.sampler.reason)],
      ["seed", "\(e.sampler.seed)"],
    ]
    return HTML.table(["", ""], rows)
  }

  /// Where chains started, if not all from the prior.
  private var startWords: String {
    let starts = run.experiment.sampler.start
    if let groups = (try? run.startGroups()) ?? nil {
      return "; started from "
        + groups.map { "\($0.start) (\($0.numbers.map(String.init).joined(separator: ", ")))" }.joined(
          separator: ", from ")
    }
    return starts.areDefault ? "" : "; started from \(starts.entries[0].words)"
  }

  /// Task performance; where the run keeps too little for it, why there is none: the rest of the page stands without.
  private func evaluation(_ populations: PopulationReport?) throws -> (report: EvaluateReport?, rows: [[String]]) {
    func notEvaluated(_ reason: String) -> (EvaluateReport?, [[String]]) {
      (nil, [["task performance", "not evaluated: " + HTML.escaped(reason)]])
    }
    do {
      let report = try EvaluateReport(run, populations: populations, threads: threads)
      return (
        report, report.summary.map { [HTML.escaped("\($0.title), \(report.stimuliWords)"), $0.value] }
      )
    } catch let error as EvaluationError {
      return notEvaluated(error.description)
    } catch let error as UnsupportedExperiment {
      return notEvaluated(error.description)
    }
  }

  /// What `evaluate` finds of networks that run in time: their shape, their populations, how alike they are.
  private func inTime(_ report: TrialReport) -> String {
    func table(_ columns: [String], _ rows: [[TextTable.Cell]]) -> String {
      HTML.longTable(columns, rows.map { $0.map { HTML.escaped($0.text) } })
    }
    var html = "<h3>Choices on \(report.words)</h3>\n" + table(report.choiceColumns, report.choiceRows)
    if let words = report.missingWords { html += "<p>\(HTML.escaped(words))</p>\n" }
    html += "<h3>The shape of \(report.networks) kept networks</h3>\n" + table(report.shapeColumns, report.shapeRows)
    if !report.populationRows.isEmpty {
      html += "<h3>\(report.populationTitle)</h3>\n" + table(report.populationColumns, report.populationRows)
    }
    if let words = report.overlapWords { html += "<p>\(HTML.escaped(words))</p>\n" }
    return html
  }

  /// Contexts and features together beyond which mixtures and clusters take minutes.
  private static let mostDimensions = 12

  /// What `evaluate` finds of populations, or why it finds nothing.
  private func populations() throws -> (report: PopulationReport?, html: String) {
    let task = run.experiment.task
    guard task.contexts + task.features <= Self.mostDimensions else {
      return (
        nil,
        "<p class=\"left-out\">Populations among whole networks: not looked for here, since of so many contexts that takes minutes; mcmc-run evaluate does.</p>\n"
      )
    }
    let found: PopulationReport?
    do {
      found = try PopulationReport(run, threads: threads)
    } catch let error as EvaluationError {
      return (nil, "<p class=\"left-out\">Populations: not looked for: \(HTML.escaped(error.description)).</p>\n")
    }
    guard let found else {
      // Those of networks in time are counted otherwise: see below.
      if run.experiment.network.model.isInTime { return (nil, "") }
      return (
        nil,
        "<p class=\"left-out\">Populations among whole networks: none were looked for, since there are no kept networks with one hidden layer (or too large ones).</p>\n"
      )
    }
    var html = "<h3>Populations in \(found.networks) kept networks</h3>\n"
    if let legend = found.occupancyLegend {
      html += HTML.longTable(found.occupancyColumns, found.occupancyRows.map { $0.map { HTML.escaped($0.text) } })
      html += "<p\(legend.isConsistent ? "" : " class=\"bad\"")>\(HTML.escaped(legend.text))</p>\n"
    }
    html += HTML.table(found.measureColumns, found.measureRows.map { $0.map { HTML.escaped($0.text) } })
    for note in found.notes { html += "<p>Not computed: \(HTML.escaped(note)).</p>\n" }
    return (found, html)
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

  private static let mostChecks = 200
  private static let mostObservables = 400

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
    let shown = rows.prefix(Self.mostChecks)
    return HTML.longTable(["quantity", "estimate", "expected", "z", "status", "source"], Array(shown))
      + (rows.count > shown.count ? "<p>\(rows.count - shown.count) more: mcmc-run check --json lists them.</p>\n" : "")
  }

  private func findings(_ report: DiagnoseReport) -> String {
    let findings = report.findings.map { finding in
      let mark = finding.severity == .failure ? "bad" : finding.severity == .warning ? "doubt" : "good"
      return
        "<li><span class=\"\(mark)\">\(finding.severity.rawValue)</span> \(HTML.escaped(String(finding.description.dropFirst(finding.severity.rawValue.count + 2))))</li>"
    }
    return "<ul>\n\(findings.joined(separator: "\n"))\n</ul>\n"
  }

  /// Every observable, those that mix worst first.
  private func observables(_ report: DiagnoseReport) -> String {
    let ordered = report.summaries.enumerated().sorted { a, b in
      func badness(_ summary: ObservableSummary) -> Double {
        summary.isConstant || summary.essBulk.isNaN ? .infinity : min(summary.essBulk, summary.essTail)
      }
      return (badness(a.element), a.offset) < (badness(b.element), b.offset)
    }.map(\.element)
    let rows = ordered.prefix(Self.mostObservables).map { summary in
      [
        HTML.escaped(summary.name), NumberText.plusMinus(summary.mean, summary.mcseMean),
        NumberText.significant(summary.sd, digits: 3), NumberText.significant(summary.essBulk, digits: 4),
        NumberText.significant(summary.essTail, digits: 4), NumberText.significant(summary.rHat, digits: 5),
      ]
    }
    return "<h3>Every observable, the fewest effective draws first</h3>\n"
      + HTML.longTable(["observable", "mean", "sd", "ESS bulk", "ESS tail", "R-hat"], Array(rows))
      + (ordered.count > rows.count
        ? "<p>\(ordered.count - rows.count) more: mcmc-run diagnose --json lists them.</p>\n" : "")
  }
}

extension Experiment {
  /// The ensemble in words.
  var ensembleWords: String {
    switch ensemble {
    case .product: "product: neurons are independent, on target on average (\(weights.convention.rawValue) convention)"
    case .gibbs(let tightness): "Gibbs: whole networks, tightness \(NumberText.significant(tightness, digits: 5))"
    case .hard: "hard: whole networks that solve the task exactly"
    case .gibbsAtLoss(let loss): "Gibbs: whole networks, expected loss \(NumberText.significant(loss, digits: 5))"
    }
  }

  /// One line.
  var summary: String { "\(network.model.words); \(ensembleWords)." }
}
