// Findings from what the kernels reported: stuck chains, divergences, tree depth, acceptance, energies, bias.

/// What a chain's kernel reported over its transitions after warm-up; `nil` where a kernel has no such thing.
public struct ChainStatistics: Sendable, Equatable, Codable {
  /// The chain's number.
  public var chain: Int
  /// Transitions after warm-up.
  public var transitions: Int
  /// Transitions that changed the position.
  public var moves: Int
  /// Proposals rejected for a non-finite log density or gradient.
  public var nonFiniteRejections: Int
  /// The mean acceptance probability.
  public var acceptanceRate: Double?
  /// The acceptance rate that the kernel was tuned for.
  public var targetAcceptanceRate: Double?
  /// Diverging transitions.
  public var divergences: Int?
  /// Transitions that reached the maximum tree depth.
  public var treeDepthSaturations: Int?
  /// See ``Diagnostics/eBFMI(energies:)``.
  public var eBFMI: Double?

  /// The report of one chain; leave out what its kernel does not have.
  public init(
    chain: Int, transitions: Int, moves: Int, nonFiniteRejections: Int = 0, acceptanceRate: Double? = nil,
    targetAcceptanceRate: Double? = nil, divergences: Int? = nil, treeDepthSaturations: Int? = nil,
    eBFMI: Double? = nil
  ) {
    self.chain = chain
    self.transitions = transitions
    self.moves = moves
    self.nonFiniteRejections = nonFiniteRejections
    self.acceptanceRate = acceptanceRate
    self.targetAcceptanceRate = targetAcceptanceRate
    self.divergences = divergences
    self.treeDepthSaturations = treeDepthSaturations
    self.eBFMI = eBFMI
  }
}

extension Finding {
  /// The findings on the kernels' work: one for every check that these statistics allow, passed ones included.
  ///
  /// Empty for no chain with transitions.
  public static func sampling(
    _ statistics: [ChainStatistics], thresholds: DiagnosticThresholds = DiagnosticThresholds()
  ) -> [Finding] {
    let chains = statistics.filter { $0.transitions > 0 }
    guard !chains.isEmpty else { return [] }
    return [
      movement(chains), nonFinite(chains, thresholds), acceptance(chains, thresholds), divergences(chains, thresholds),
      treeDepth(chains, thresholds), energies(chains, thresholds),
    ].compactMap { $0 }
  }

  /// The label that a kernel with a biased stationary distribution carries wherever its draws show.
  ///
  /// - Parameter measuredBias: what is known of the bias, as a clause, e.g. `the loss is 3.1 % too large`.
  public static func biasedKernel(_ kernel: String, measuredBias: String?) -> Finding {
    Finding(
      severity: .warning, check: "biased kernel",
      measured: "\(kernel) has no accept step; \(measuredBias ?? "its bias has not been measured")",
      meaning: "The draws follow a distribution near the target, not the target; more draws do not help.",
      advice: "Use MALA or HMC for exact results, or a smaller step for a smaller bias.")
  }

  private static func movement(_ chains: [ChainStatistics]) -> Finding {
    let stuck = chains.filter { $0.moves == 0 }
    guard !stuck.isEmpty else {
      return Finding(
        severity: .info, check: "movement", measured: "0 of \(count(chains.count, "chain")) never moved",
        meaning: "Every chain accepted proposals.")
    }
    return Finding(
      severity: .failure, check: "movement",
      measured: "\(stuck.count) of \(count(chains.count, "chain")) never moved (\(numbers(stuck)))",
      meaning: "All draws of such a chain are its starting point.",
      advice: "Set a smaller step size, warm up longer, or take another kernel.")
  }

  private static func nonFinite(_ chains: [ChainStatistics], _ thresholds: DiagnosticThresholds) -> Finding {
    let bad = chains.reduce(0) { $0 + $1.nonFiniteRejections }
    let (measured, fraction) = share(bad, of: chains, "rejected for a non-finite log density or gradient")
    if bad == 0 {
      return Finding(
        severity: .info, check: "finite log density", measured: measured,
        meaning: "The log density was finite wherever it was asked for.")
    }
    return Finding(
      severity: fraction > thresholds.nonFiniteFraction ? .warning : .info, check: "finite log density",
      measured: measured,
      meaning: "Proposals left the region where the log density can be computed; rejecting them is exact.",
      advice: "Right at the edge of a bounded support; else set a smaller step size or smaller scales.")
  }

  private static func acceptance(_ chains: [ChainStatistics], _ thresholds: DiagnosticThresholds) -> Finding? {
    let known = chains.filter { $0.acceptanceRate != nil }
    guard !known.isEmpty else { return nil }
    let off = known.filter { chain in
      let rate = chain.acceptanceRate!
      guard let target = chain.targetAcceptanceRate else { return !(rate >= thresholds.minimumAcceptance) }
      return !(abs(rate - target) <= thresholds.acceptanceDistance)
    }
    let rates = (off.isEmpty ? known : off).map { chain in
      let target = chain.targetAcceptanceRate.map { " (target \(shortNumber($0)))" } ?? ""
      return "chain \(chain.chain): \(shortNumber(chain.acceptanceRate!))\(target)"
    }
    let shown = rates.prefix(3).joined(separator: ", ") + (rates.count > 3 ? " and \(rates.count - 3) more" : "")
    let measured = "\(off.count) of \(count(known.count, "chain")) far off; \(shown)"
    if off.isEmpty {
      return Finding(
        severity: .info, check: "acceptance rate", measured: measured, meaning: "The kernel's tuning took hold.")
    }
    return Finding(
      severity: .warning, check: "acceptance rate", measured: measured,
      meaning: "The tuning does not suit the region that the chain explores; draws stay exact but mix slowly.",
      advice: "Run a longer warm-up; where the rate is too low, set a smaller step size, else a larger one.")
  }

  private static func divergences(_ chains: [ChainStatistics], _ thresholds: DiagnosticThresholds) -> Finding? {
    let known = chains.filter { $0.divergences != nil }
    guard !known.isEmpty else { return nil }
    let bad = known.reduce(0) { $0 + $1.divergences! }
    let (measured, fraction) = share(bad, of: known, "diverged")
    if bad == 0 {
      return Finding(
        severity: .info, check: "divergences", measured: measured,
        meaning: "The integrator followed the trajectories everywhere.")
    }
    return Finding(
      severity: fraction > thresholds.divergenceFraction ? .failure : .warning, check: "divergences",
      measured: measured,
      meaning: "The integrator failed where the target curves strongly; that region may be missing from the draws.",
      advice:
        "Set a larger sampler.targetAcceptance (0.95) or a smaller step size, or warm up longer; if they remain, try tempering."
    )
  }

  private static func treeDepth(_ chains: [ChainStatistics], _ thresholds: DiagnosticThresholds) -> Finding? {
    let known = chains.filter { $0.treeDepthSaturations != nil }
    guard !known.isEmpty else { return nil }
    let bad = known.reduce(0) { $0 + $1.treeDepthSaturations! }
    let (measured, fraction) = share(bad, of: known, "stopped at the maximum tree depth")
    if bad == 0 {
      return Finding(
        severity: .info, check: "tree depth", measured: measured,
        meaning: "Every trajectory ended by its own U-turn.")
    }
    return Finding(
      severity: fraction > thresholds.treeDepthFraction ? .warning : .info, check: "tree depth", measured: measured,
      meaning: "Those trajectories were cut short: draws stay exact but mix slowly.",
      advice: "Warm up longer so that metric and step size fit, or take HMC with set leapfrog steps.")
  }

  private static func energies(_ chains: [ChainStatistics], _ thresholds: DiagnosticThresholds) -> Finding? {
    let known = chains.filter { $0.eBFMI != nil && !$0.eBFMI!.isNaN }.sorted { $0.eBFMI! < $1.eBFMI! }
    guard let worst = known.first else { return nil }
    let bad = known.filter { $0.eBFMI! < thresholds.eBFMI }
    let measured =
      "\(bad.count) of \(count(known.count, "chain")) below \(shortNumber(thresholds.eBFMI)); "
      + "smallest \(shortNumber(worst.eBFMI!)) (chain \(worst.chain))"
    if bad.isEmpty {
      return Finding(
        severity: .info, check: "E-BFMI", measured: measured,
        meaning: "Fresh momentum reaches the energies that the target has.")
    }
    return Finding(
      severity: .warning, check: "E-BFMI", measured: measured,
      meaning: "Energies change slowly from draw to draw: the tails may be explored poorly.",
      advice: "Warm up longer and take more draws; trust tail quantiles only if their ESS is large.")
  }

  /// `n of N transitions (p %) did this`, with n / N.
  private static func share(_ part: Int, of chains: [ChainStatistics], _ verb: String) -> (String, Double) {
    let all = chains.reduce(0) { $0 + $1.transitions }
    let fraction = Double(part) / Double(all)
    let percent = part == 0 ? "" : " (\(shortNumber(100 * fraction)) %)"
    return ("\(part) of \(count(all, "transition"))\(percent) \(verb)", fraction)
  }

  private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

  private static func numbers(_ chains: [ChainStatistics]) -> String {
    (chains.count == 1 ? "chain " : "chains ") + chains.map { String($0.chain) }.joined(separator: ", ")
  }
}
