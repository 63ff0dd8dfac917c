// Pictures of a teacher-student study: errors, overlaps and R-hat against labels per weight.

import Experiments
import Networks
import Sampling

extension TeacherStudentReport {
  var figures: [Figure] {
    [errors, overlaps, identities].filter { !$0.isEmpty } + (evidence.isEmpty ? [] : [evidence])
  }

  private var x: Axis {
    let all = settings.stimuli.map(ratio)
    let isWide = all.count > 2 && all.last! > 8 * all[0]
    return Axis("labels per weight", scale: isWide ? .logarithmic : .linear)
  }

  /// What is told along the labels, a line and its points per start; points that cannot be believed are hollow.
  ///
  /// - Parameter isNamed: whether the key has words for them.
  private func series(_ column: String, isNamed: Bool = false) -> [Series] {
    settings.starts.enumerated().flatMap { index, start -> [Series] in
      let own = points.filter { $0.start == start && $0.estimate(column) != nil }
      let look = Look.series(index)
      let title = "from the \(start.rawValue)"
      func drawn(_ points: [Point], _ words: String?, _ name: String, _ look: Look) -> Series {
        .points(
          isNamed ? words : nil, name: "\(column), \(name)", x: points.map { ratio($0.stimuli) },
          y: points.map { $0.estimate(column)!.value },
          bars: .standardErrors(points.map { $0.estimate(column)!.standardError ?? 0 }), look)
      }
      let fit = own.filter { isFit($0.stimuli, $0.start) }
      let unfit = own.filter { !isFit($0.stimuli, $0.start) }
      let path = Series.line(
        nil, name: "\(column), \(title), line", x: own.map { ratio($0.stimuli) },
        y: own.map { $0.estimate(column)!.value }, look)
      return (own.count > 1 ? [path] : []) + (fit.isEmpty ? [] : [drawn(fit, title, title, look)])
        + (unfit.isEmpty ? [] : [drawn(unfit, "\(title), not converged", "\(title), not converged", look.hollow)])
    }
  }

  private func theorySeries(_ column: String, isNamed: Bool = true) -> [Series] {
    LearningPrediction.Law.allCases.enumerated().compactMap { index, law in
      let own = theory.filter { $0.law == law }
      let values = own.map { entry in entry.expected.first { $0.name == column }?.value ?? .nan }
      guard !own.isEmpty else { return nil }
      let words = Self.words(law) + (law.isExact ? " (exact)" : " (asymptotic)")
      return .points(
        isNamed ? words : nil, name: "\(words), \(column)", x: own.map { ratio($0.stimuli) }, y: values, isJoined: true,
        law == .kernelRenormalisation ? .series(6) : .theory)
    }
  }

  private func values(_ columns: [String]) -> [Double] {
    points.flatMap { point in columns.compactMap { point.estimate($0)?.value } }
  }

  /// Logarithmic where all that is shown is positive.
  private func y(_ label: String, _ columns: [String]) -> Axis {
    let all = values(columns)
    let isPositive = all.allSatisfy { $0 > 0 }
    let isWide = (all.max() ?? 1) > 5 * (all.min() ?? 1)
    return Axis(label, scale: isPositive && isWide ? .logarithmic : .linear)
  }

  private func range(_ column: String) -> String {
    let all = values([column])
    return
      "\(NumberText.significant(all.min() ?? .nan, digits: 3)) to \(NumberText.significant(all.max() ?? .nan, digits: 3))"
  }

  private var errors: Figure {
    let panels = [
      Panel(
        title: "A student", x: x, y: y("generalisation error", ["generalisation_error"]),
        series: theorySeries("generalisation_error") + series("generalisation_error", isNamed: true)),
      Panel(
        title: "The posterior mean", x: x, y: y("Bayes-optimal error", ["bayes_error"]),
        series: theorySeries("bayes_error", isNamed: false) + series("bayes_error")),
      Panel(
        title: "On the labels", x: x, y: y("training error", ["training_error"]),
        series: theorySeries("training_error", isNamed: false) + series("training_error") + [.level(noise, "noise T")]),
    ]
    return Figure(
      name: "errors", title: "Learning curves",
      caption:
        "Squared errors on held-out stimuli without noise, and on the training labels. Bars are standard errors over teachers; "
        + "hollow points have chains that disagree.",
      alternativeText:
        "Generalisation error \(range("generalisation_error")) over \(settings.stimuli.count) numbers of labels.",
      panels: panels.filter { !$0.isEmpty })
  }

  private var overlaps: Figure {
    let unrelated = points.first?.estimate("unrelated_overlap")?.value
    let unrelatedSpecialisation = points.first?.estimate("unrelated_specialisation")?.value
    let rHats = comparisons.compactMap { found in found.largestRHat.map { (ratio(found.stimuli), min($0, 100)) } }
    let medians = comparisons.compactMap { found in found.medianRHat.map { (ratio(found.stimuli), min($0, 100)) } }
    let panels = [
      Panel(
        title: "Answers", x: x, y: Axis("overlap with the teacher"), series: series("answer_overlap", isNamed: true)),
      Panel(
        title: "Weights, best order and signs", x: x, y: Axis("overlap with the teacher"),
        series: series("overlap") + (unrelated.map { [.level($0, "unrelated networks")] } ?? [])),
      Panel(
        title: "First hidden layer", x: x, y: Axis("specialisation"),
        series: series("specialisation")
          + (unrelatedSpecialisation.map { [.level($0)] } ?? [])),
      Panel(
        title: "Do the starts agree?", x: x, y: Axis("R-hat of both starts"),
        series: [
          .points("largest over teachers", x: rHats.map(\.0), y: rHats.map(\.1), isJoined: true, .series(2)),
          .points("median over teachers", x: medians.map(\.0), y: medians.map(\.1), isJoined: true, .series(3)),
          .level(TeacherStudentStudy.largestRHat, "agree below"),
        ]),
    ]
    return Figure(
      name: "overlaps", title: "What students have in common with their teacher",
      caption:
        "Cosines of answers on held-out stimuli and of weights, the latter after the best permutation and signs of neurons; how much more a "
        + "neuron is like its own partner than like others; and whether chains from both starts agree. Bars are standard errors over teachers.",
      alternativeText: "Overlap of answers \(range("answer_overlap")).", panels: panels.filter { !$0.isEmpty })
  }

  /// Every row that counts, as a number of standard errors.
  private var identities: Figure {
    var names: [String] = []
    for row in nishimori.rows where !names.contains(row.name) { names.append(row.name) }
    let threshold = (try? nishimori.threshold()) ?? 4
    let series = settings.starts.enumerated().compactMap { index, start -> Series? in
      let own = rows.filter { $0.counts && $0.start == start }
      guard !own.isEmpty else { return nil }
      return Series(
        "from the \(start.rawValue)",
        .spread(
          x: own.map(\.row.z), y: own.map { Double(names.firstIndex(of: $0.row.name) ?? 0) }, bars: .none),
        .series(index))
    }
    return Figure(
      name: "identities", title: "Nishimori identities",
      caption:
        "Differences that are 0 on average over teachers, in standard errors, a point per number of labels. Between the lines a right sampler "
        + "has all of them, with probability \(NumberText.significant(1 - nishimori.falseAlarmRate, digits: 4)).",
      alternativeText:
        "\(nishimori.rows.count) differences; the largest is \(NumberText.significant(nishimori.rows.map { abs($0.z) }.max() ?? 0, digits: 3)) standard errors.",
      panels: [
        Panel(
          x: Axis("standard errors"), y: .names("", names),
          series: series + [.upright(-threshold), .upright(threshold), .upright(0)], height: .rows(names.count))
      ], across: (1, 1))
  }

  private var evidence: Figure {
    Figure(
      name: "evidence", title: "Log evidence",
      caption: "ln of the mean over the prior of exp(-n beta L), per teacher. Bars are standard errors over teachers.",
      alternativeText: "Log evidence \(range("log_evidence")).",
      panels: [
        Panel(
          x: x, y: Axis("log evidence"), series: theorySeries("log_evidence") + series("log_evidence", isNamed: true))
      ].filter { _ in points.contains { $0.estimate("log_evidence") != nil } })
  }
}
