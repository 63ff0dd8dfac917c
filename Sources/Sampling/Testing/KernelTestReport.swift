// What a test of a kernel found.

/// The outcome of a statistical test of a kernel.
public struct KernelTestReport: Sendable, Equatable {
  /// What was found of one test function, in the last round.
  public struct Function: Sendable, Equatable {
    /// The function's name.
    public let name: String
    /// The largest distance between the two distribution functions.
    public let distance: Double
    /// An upper bound on the p-value of that distance, for this function alone.
    public let pValue: Double
    /// The fraction of chains in which the function's value changed.
    public let changedFraction: Double
    /// Whether exact draws differ in this function while no chain ever changed it.
    public let isStuck: Bool
  }

  /// One round of the sequential test.
  public struct Round: Sendable, Equatable {
    /// Chains, and as many exact draws.
    public let sampleSize: Int
    /// The smallest p-value of all functions times their number (Bonferroni), at most 1.
    public let pValue: Double
    /// The kernel is rejected if ``pValue`` is not above this level.
    public let level: Double
  }

  /// The decision.
  public enum Verdict: Sendable, Equatable {
    /// No difference from the target was found.
    case passed
    /// The chains' law of the named function is not the target's.
    case rejected(function: String)
    /// No chain ever changed the named function: doing nothing is invariant, but it does not sample.
    case stuck(function: String)
  }

  /// The probability that a correct kernel is rejected, at most.
  public let falseAlarmRate: Double
  /// The rounds that were needed.
  public let rounds: [Round]
  /// The functions, as in the last round.
  public let functions: [Function]
  /// The decision.
  public let verdict: Verdict

  /// Whether the kernel passed.
  public var passed: Bool { verdict == .passed }
  /// The p-value of the last round.
  public var pValue: Double { rounds.last?.pValue ?? 1 }
  /// The level of the last round.
  public var level: Double { rounds.last?.level ?? 0 }
  /// Chains run in all rounds.
  public var chains: Int { rounds.reduce(0) { $0 + $1.sampleSize } }
  /// The function with the smallest p-value in the last round.
  public var worst: Function? { functions.min { $0.pValue < $1.pValue } }
}

extension KernelTestReport: CustomStringConvertible {
  public var description: String {
    let figures = "p = \(shortNumber(pValue)) at level \(shortNumber(level)), \(chains) chains"
    switch verdict {
    case .passed: return "passed (\(figures))"
    case .rejected(let function): return "rejected: \(function) has another law than under the target (\(figures))"
    case .stuck(let function): return "rejected: \(function) never changed in \(chains) chains"
    }
  }
}
