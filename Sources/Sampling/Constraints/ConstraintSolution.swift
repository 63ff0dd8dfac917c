// What the general maximum-entropy solver finds, with the errors of its own draws.

/// The multipliers of a maximum-entropy problem and what was measured at them.
public struct ConstraintSolution: Sendable, Equatable {
  /// The constraints' names.
  public let names: [String]
  /// The wanted averages ⟨f⟩.
  public let targets: [Double]
  /// Λ: of all that solve the problem, if constraints are redundant, the ones of least norm.
  public let multipliers: [Double]
  /// The Monte Carlo standard errors of ``multipliers``, from C⁻¹ Cov(f̄) C⁻¹ of the draws they were fitted to, or the errors of a quadrature.
  public let multiplierErrors: [Double]
  /// ⟨f⟩ at the multipliers, from fresh draws.
  public let moments: [Double]
  /// The Monte Carlo standard errors of ``moments``.
  public let momentErrors: [Double]
  /// C = Cov(f) at the multipliers: the Hessian of ln Z.
  public let hessian: Matrix
  /// The number of linearly independent constraint functions.
  public let rank: Int
  /// KL(p_Λ ‖ p_0) in nats with its standard error; nil if it was not asked for.
  public let relativeEntropy: EvidenceEstimate?
  /// How many independent draws estimate the slowest of the moments as well as those made; infinite where none were needed.
  public let effectiveDraws: Double
  /// The largest R-hat of the constraint functions over those chains; they disagree if it is much above 1.
  public let largestRHat: Double
  /// Rounds of draws, those for the relative entropy included.
  public let stages: Int
}

extension ConstraintSolution {
  /// A solution of independent constraints that needed no draws: its multipliers have the errors of a quadrature, and nothing less than what
  /// rounding leaves of long sums.
  package init(
    exact names: [String], targets: [Double], multipliers: [Double], multiplierErrors: [Double], moments: [Double],
    hessian: Matrix, relativeEntropy: Double
  ) {
    let rounding = 1e-10
    let least = rounding * multipliers.reduce(0) { max($0, abs($1)) }
    self.init(
      names: names, targets: targets, multipliers: multipliers,
      multiplierErrors: multiplierErrors.map { max($0, least) },
      moments: moments, momentErrors: moments.indices.map { rounding * hessian[$0, $0].squareRoot() }, hessian: hessian,
      rank: names.count,
      relativeEntropy: EvidenceEstimate(
        value: relativeEntropy, standardError: rounding * (1 + abs(relativeEntropy)), problem: nil),
      effectiveDraws: .infinity, largestRHat: 1, stages: 0)
  }
}

/// A table of the constraints, then the rank and the relative entropy.
extension ConstraintSolution: CustomStringConvertible {
  public var description: String {
    let width = names.reduce("constraint".count) { max($0, $1.count) }
    func row(_ name: String, _ cells: [String]) -> String {
      name + String(repeating: " ", count: max(0, width - name.count))
        + cells.map { String(repeating: " ", count: max(1, 12 - $0.count)) + $0 }.joined()
    }
    func number(_ value: Double) -> String { String(format: "%.4g", value) }
    var lines = [row("constraint", ["target", "average", "MCSE", "multiplier", "MCSE"])]
    for k in names.indices {
      lines.append(
        row(
          names[k],
          [targets[k], moments[k], momentErrors[k], multipliers[k], multiplierErrors[k]].map(number)))
    }
    lines.append(
      "rank \(rank) of \(names.count), \(stages) rounds of draws, R-hat \(String(format: "%.4f", largestRHat))")
    if let entropy = relativeEntropy {
      let problem = entropy.problem.map { " (\($0))" } ?? ""
      lines.append(
        "relative entropy to the base \(number(entropy.value)) ± \(number(entropy.standardError)) nats\(problem)")
    }
    return lines.joined(separator: "\n")
  }
}

/// What the solver reports after each round of draws.
public struct ConstraintProgress: Sendable, Equatable {
  /// The number of the round, from 0.
  public let stage: Int
  /// Draws of all chains.
  public let draws: Int
  /// Λ of this round.
  public let multipliers: [Double]
  /// The largest of |residual|/sd over the constraints, sd that of the base.
  public let largestResidual: Double
}
