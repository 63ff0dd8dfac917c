// The picture of the checks: how far each estimate is from its exact value, in standard errors.

import Experiments
import Sampling

extension RunFigures {
  /// Checks that are shown at most, the most extreme.
  private static let mostChecks = 36

  /// z = (estimate - expected)/standard error of every exact check, with the threshold of all together.
  func standardErrors() -> Figure? {
    guard let check else { return nil }
    let exact = check.results.filter { $0.status == .exact && $0.z.isFinite }
    let chosen = exact.indices.sorted { abs(exact[$0].z) > abs(exact[$1].z) }.prefix(Self.mostChecks).sorted()
    let shown = chosen.map { exact[$0] }
    guard !shown.isEmpty else { return nil }
    // Far outliers stand at the edge; their numbers are in the table.
    let limit = max(1.15 * check.threshold, min(3 * check.threshold, 1.1 * (shown.map { abs($0.z) }.max() ?? 0)))
    func rows(_ title: String, _ isWrong: Bool, _ look: Look) -> Series? {
      let values = shown.map { result in
        (abs(result.z) > check.threshold) == isWrong ? min(max(result.z, -limit), limit) : .nan
      }
      return values.contains(where: \.isFinite) ? .rows(title, values, look) : nil
    }
    let threshold = NumberText.significant(check.threshold, digits: 3)
    let rate = NumberText.significant(check.falseAlarmRate, digits: 1)
    let wrong = shown.count { abs($0.z) > check.threshold }
    return Figure(
      name: "checks", title: "Exact checks",
      caption:
        "Estimates less their exact values, in standard errors. Of right draws all stay between the outer lines (±\(threshold)) with probability 1 − \(rate); a single one is between the inner lines (±1.96) with 95 %."
        + (exact.count > shown.count ? " The \(shown.count) most extreme of \(exact.count)." : "")
        + (shown.contains { abs($0.z) > limit }
          ? " Points at the edges lie further out: the table has their numbers." : ""),
      alternativeText:
        "\(shown.count) exact checks in standard errors, \(wrong) of them beyond the threshold of \(threshold).",
      panels: [
        Panel(
          x: Axis("(estimate − exact) / standard error", from: -1.05 * limit, to: 1.05 * limit),
          y: .names("quantity", shown.map(\.name)),
          series: [
            .upright(0, nil, Look.muted.solid(0.7)), .upright(-1.96, "95 % of one", .muted),
            .upright(1.96, "95 % of one", .muted),
            .upright(-check.threshold, "threshold of all", Look.theory),
            .upright(check.threshold, "threshold of all", Look.theory),
          ] + [rows("agrees", false, .series(0)), rows("wrong", true, .series(1))].compactMap { $0 },
          height: .rows(shown.count))
      ])
  }
}
