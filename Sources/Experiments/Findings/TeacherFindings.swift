// Findings on students of a teacher: what they learn, from which start, and where the starts part.

import JSON
import Networks
import Sampling

extension PaperFinding {
  static let teacherStudent = PaperFinding(
    id: .teacherStudent, title: "Teacher and students",
    statement:
      "Networks drawn from the posterior of a teacher's labels are as like each other as like their teacher. With more labels they come nearer "
      + "to it, until students that know nothing of the teacher no longer find it in the time that there is."
  ) { experiment, path, execution in
    var settings = TeacherStudentSettings(stimuli: [8, 16, 24, 32, 48, 64, 128])
    settings.teachers = 20
    let report = try TeacherStudentStudy.answer(experiment, options: settings.json, at: path, execution)
    return FindingResult(
      claims: report.claims, evidence: .study(report, figures: nil, mostFigures: 3, mostTables: 2),
      judgement: report.judgementWhereStartsAgree)
  }
}

extension TeacherStudentReport {
  /// The judgement on numbers of labels at which starts agree: that they part elsewhere is what is claimed.
  fileprivate var judgementWhereStartsAgree: StudyJudgement {
    let agreeing = Set(comparisons.filter(\.agree).map(\.stimuli))
    return StudyJudgement(
      points: points.filter { agreeing.contains($0.stimuli) }.map {
        ("P = \($0.stimuli), from the \($0.start.rawValue)", $0.diagnosis)
      }, refusals: judgement.refusals)
  }

  fileprivate var claims: [Claim] {
    let agreeing = comparisons.filter(\.agree)
    let parting = comparisons.filter { !$0.agree }
    var claims = [
      Claim(
        statement: "The Nishimori identities hold over teachers where chains agree (THEORY 10)",
        expected: "all, at a false-alarm rate of \(NumberText.significant(nishimori.falseAlarmRate, digits: 1))",
        found: "\(nishimori.decision.rawValue): \(nishimori.rows.count) differences, the largest "
          + "\(NumberText.significant(nishimori.rows.map { abs($0.z) }.max() ?? .nan, digits: 2)) standard errors",
        isReproduced: nishimori.decision == .holds),
      Claim(
        statement: "With few labels chains forget where they began",
        expected: "R-hat of both starts at most 1.1 at the fewest labels",
        found: agreeing.isEmpty
          ? "nowhere" : "at P = " + agreeing.map { "\($0.stimuli)" }.joined(separator: ", "),
        isReproduced: comparisons.first?.agree ?? false),
      Claim(
        statement: "With more labels the starts part: students from the prior do not find the teacher in the same time",
        expected: "R-hat above 1.1 for more than one teacher in twenty",
        found: parting.isEmpty
          ? "nowhere"
          : "at P = "
            + parting.map { "\($0.stimuli) (\($0.teachers - $0.agreeing) of \($0.teachers) teachers)" }.joined(
              separator: ", "),
        isReproduced: !parting.isEmpty),
    ]
    if let most = settings.stimuli.last, let few = settings.stimuli.first,
      let begins = bayes(few), let ends = bayes(most)
    {
      let error = hypot(begins.standardError ?? 0, ends.standardError ?? 0)
      claims.append(
        Claim(
          statement:
            "Students that begin at the teacher generalise better with more labels: Bayes-optimal error at P = \(few) and \(most)",
          expected: "it falls, by 5 standard errors",
          found: "\(NumberText.estimate(begins)) and \(NumberText.estimate(ends))",
          isReproduced: begins.value - ends.value > 5 * error))
    }
    let ratios = agreeing.compactMap { comparison -> (Int, Double, Double)? in
      guard let point = points.first(where: { $0.stimuli == comparison.stimuli && $0.start == .teacher }),
        let gibbs = point.estimate("generalisation_error"), let bayes = point.estimate("bayes_error")
      else { return nil }
      let error = hypot(gibbs.standardError ?? 0, 2 * (bayes.standardError ?? 0))
      return (comparison.stimuli, gibbs.value / bayes.value, error / bayes.value)
    }
    claims.append(
      Claim(
        statement: "A student's error is twice that of the posterior mean where chains agree",
        expected: "2, within 3 standard errors",
        found: ratios.map { "\(NumberText.plusMinus($0.1, $0.2)) (P = \($0.0))" }.joined(separator: ", "),
        isReproduced: !ratios.isEmpty && ratios.allSatisfy { abs($0.1 - 2) < 3 * $0.2 }))
    return claims
  }

  private func bayes(_ stimuli: Int) -> Estimate? {
    points.first { $0.stimuli == stimuli && $0.start == .teacher }?.estimate("bayes_error")
  }
}
