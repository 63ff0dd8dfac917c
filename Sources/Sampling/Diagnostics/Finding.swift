// A finding: one thing that was checked, and what to make of it.

import CGSL

/// The result of one check, in words for whoever ran the chains.
public struct Finding: Sendable, Equatable, Codable, CustomStringConvertible {
  /// How bad it is.
  public enum Severity: String, Sendable, Codable, Comparable, CaseIterable {
    /// The check passed, or could not be made and need not be.
    case info
    /// The draws may be used with care.
    case warning
    /// The draws must not be trusted.
    case failure

    public static func < (left: Severity, right: Severity) -> Bool {
      allCases.firstIndex(of: left)! < allCases.firstIndex(of: right)!
    }
  }

  /// How bad it is.
  public let severity: Severity
  /// What was checked, e.g. `R-hat`.
  public let check: String
  /// What was measured: n of N.
  public let measured: String
  /// What that means for the draws.
  public let meaning: String
  /// What to try; empty where there is nothing to do.
  public let advice: String

  /// A finding; each text is a sentence or two for people.
  public init(severity: Severity, check: String, measured: String, meaning: String, advice: String = "") {
    self.severity = severity
    self.check = check
    self.measured = measured
    self.meaning = meaning
    self.advice = advice
  }

  public var description: String {
    "\(severity.rawValue): \(check): \(measured). \(meaning)\(advice.isEmpty ? "" : " \(advice)")"
  }
}

/// Where the checks draw their lines.
public struct DiagnosticThresholds: Sendable, Equatable {
  /// R-hat above this fails (Vehtari et al. 2021).
  public var rHat = 1.01
  /// Bulk or tail ESS below this times the number of chains fails (Vehtari et al. 2021).
  public var essPerChain = 100.0
  /// E-BFMI below this warns (Betancourt 2016; ArviZ, Stan).
  public var eBFMI = 0.3
  /// Any divergence warns; more than this fraction of the transitions fails.
  public var divergenceFraction = 0.01
  /// Rejections for a non-finite log density or gradient above this fraction of the transitions warn.
  public var nonFiniteFraction = 0.01
  /// Transitions at the maximum tree depth above this fraction warn.
  public var treeDepthFraction = 0.01
  /// An acceptance rate further than this from its target warns.
  public var acceptanceDistance = 0.15
  /// Where there is no target, an acceptance rate below this warns.
  public var minimumAcceptance = 0.05

  /// The thresholds that `mcmc-run diagnose` has.
  public init() {}

  /// The thresholds of draws that are known to be independent: their R-hat exceeds its line in one of 10⁴ runs, whatever the number of observables.
  ///
  /// R-hat of p parts of n independent draws is about (1 + (χ²_{p−1}/(p − 1) − 1)/n)^½, and there are two of them for each observable.
  ///
  /// - Precondition: at least one chain.
  public static func ofIndependentDraws(chains: Int, drawsPerChain: Int, observables: Int) -> DiagnosticThresholds {
    var thresholds = DiagnosticThresholds()
    // The halves of chains, or the quarters of a single one.
    let parts = Double(chains > 1 ? 2 * chains : 4)
    let length = max(1, Double(chains * drawsPerChain) / parts)
    let square = gsl_cdf_chisq_Qinv(1e-4 / Double(2 * max(1, observables)), parts - 1)
    thresholds.rHat = max(thresholds.rHat, (1 + (square / (parts - 1) - 1) / length).squareRoot())
    return thresholds
  }
}
