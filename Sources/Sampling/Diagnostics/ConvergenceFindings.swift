// Findings from the summaries of observables: finite draws, R-hat, ESS.

extension Finding {
  /// The findings on convergence, one or more a check: also the checks that passed, so that a report says what was
  /// checked.
  ///
  /// Empty for no observables. Constant observables are counted apart: nothing can be said of their mixing.
  public static func convergence(
    of summaries: [ObservableSummary], thresholds: DiagnosticThresholds = DiagnosticThresholds()
  ) -> [Finding] {
    guard let first = summaries.first else { return [] }
    guard first.drawsPerChain >= Diagnostics.minimumDraws else {
      return [finiteDraws(summaries), tooFewDraws(first)].compactMap { $0 }
    }
    let varying = summaries.filter { $0.nonFiniteDraws == 0 && !$0.isConstant }
    return [finiteDraws(summaries), constants(summaries)].compactMap { $0 }
      + (varying.isEmpty
        ? []
        : [
          rHat(varying, thresholds),
          ess("bulk ESS", of: \.essBulk, "means and medians", varying, thresholds),
          ess("tail ESS", of: \.essTail, "5 % and 95 % quantiles", varying, thresholds),
        ])
  }

  private static func finiteDraws(_ summaries: [ObservableSummary]) -> Finding? {
    let bad = summaries.filter { $0.nonFiniteDraws > 0 }
    guard let worst = bad.max(by: { $0.nonFiniteDraws < $1.nonFiniteDraws }) else { return nil }
    return Finding(
      severity: .failure, check: "finite draws",
      measured: "\(bad.count) of \(observables(summaries.count)) with NaN or infinite draws; most in \(worst.name): "
        + "\(worst.nonFiniteDraws) of \(worst.chains * worst.drawsPerChain)",
      meaning: "No estimate can be made of them.",
      advice: "Look for overflow or a division by zero in the observable, at the draws where it happens.")
  }

  private static func tooFewDraws(_ shape: ObservableSummary) -> Finding {
    Finding(
      severity: .failure, check: "number of draws", measured: "\(shape.drawsPerChain) per chain",
      meaning: "That is too few to tell whether the chains agree or what the errors are.",
      advice: "Take at least \(Diagnostics.minimumDraws) draws per chain, better 1000.")
  }

  private static func constants(_ summaries: [ObservableSummary]) -> Finding? {
    let constant = summaries.filter(\.isConstant)
    guard !constant.isEmpty else { return nil }
    return Finding(
      severity: .info, check: "constant observables",
      measured: "\(constant.count) of \(observables(summaries.count)) never change: \(list(constant.map(\.name)))",
      meaning: "Convergence cannot be judged by them; right if the experiment fixes them.")
  }

  private static func rHat(_ summaries: [ObservableSummary], _ thresholds: DiagnosticThresholds) -> Finding {
    let check = "R-hat"
    let known = summaries.filter { !$0.rHat.isNaN }.sorted { $0.rHat > $1.rHat }
    guard known.count == summaries.count else {
      let shape = summaries[0]
      return Finding(
        severity: .warning, check: check,
        measured: "undefined for \(summaries.count - known.count) of \(observables(summaries.count)) "
          + "(chains: \(shape.chains), draws per chain: \(shape.drawsPerChain))",
        meaning: "Whether chains agree has not been checked.",
        advice: "Run at least 2 chains (better 4) of at least \(Diagnostics.minimumDraws) draws.")
    }
    let limit = shortNumber(thresholds.rHat)
    let bad = known.filter { $0.rHat > thresholds.rHat }
    guard !bad.isEmpty else {
      return Finding(
        severity: .info, check: check,
        measured: "0 of \(observables(summaries.count)) above \(limit); largest \(value(known[0], known[0].rHat))",
        meaning: "The chains agree with each other.")
    }
    return Finding(
      severity: .failure, check: check,
      measured: "\(bad.count) of \(observables(summaries.count)) above \(limit): "
        + list(bad.map { value($0, $0.rHat) }),
      meaning: "The chains, or their halves, explore different regions: they have not converged.",
      advice: "Run longer warm-up and more draws; if the chains sit in separate modes, try tempering.")
  }

  private static func ess(
    _ check: String, of ess: KeyPath<ObservableSummary, Double>, _ estimates: String,
    _ summaries: [ObservableSummary], _ thresholds: DiagnosticThresholds
  ) -> Finding {
    let known = summaries.filter { !$0[keyPath: ess].isNaN }.sorted { $0[keyPath: ess] < $1[keyPath: ess] }
    guard known.count == summaries.count else {
      return Finding(
        severity: .warning, check: check,
        measured: "undefined for \(summaries.count - known.count) of \(observables(summaries.count)) "
          + "(draws per chain: \(summaries[0].drawsPerChain))",
        meaning: "Errors of \(estimates) are unknown.",
        advice: "Take at least \(Diagnostics.minimumDraws) draws per chain.")
    }
    func limit(_ summary: ObservableSummary) -> Double { thresholds.essPerChain * Double(summary.chains) }
    let bad = known.filter { $0[keyPath: ess] < limit($0) }
    guard !bad.isEmpty else {
      return Finding(
        severity: .info, check: check,
        measured: "0 of \(observables(summaries.count)) below \(shortNumber(limit(known[0]))); "
          + "smallest \(value(known[0], known[0][keyPath: ess]))",
        meaning: "There are enough effective draws for \(estimates) and their errors.")
    }
    return Finding(
      severity: .failure, check: check,
      measured: "\(bad.count) of \(observables(summaries.count)) below \(shortNumber(limit(bad[0]))): "
        + list(bad.map { value($0, $0[keyPath: ess]) }),
      meaning: "Too few effective draws: \(estimates), their errors and R-hat are unreliable.",
      advice: "Take more draws (thinning costs information), or a kernel that mixes faster.")
  }

  private static func observables(_ count: Int) -> String { count == 1 ? "1 observable" : "\(count) observables" }

  private static func value(_ summary: ObservableSummary, _ value: Double) -> String {
    "\(summary.name) \(shortNumber(value))"
  }

  /// The first three, and how many more there are.
  private static func list(_ items: [String]) -> String {
    items.prefix(3).joined(separator: ", ") + (items.count > 3 ? " and \(items.count - 3) more" : "")
  }
}
