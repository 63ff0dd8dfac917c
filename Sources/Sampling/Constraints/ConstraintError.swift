// Why a maximum-entropy problem over constraint functions is refused, in words that name the constraints.

/// A maximum-entropy problem that has no solution, or one that the solver cannot reach.
public enum ConstraintError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Settings or targets out of range.
  case invalidInput(String)
  /// The functions of these constraints are linearly dependent, and the targets contradict that.
  case inconsistent(constraints: [String], combination: [Double], value: Double, wanted: Double)
  /// The multipliers run away without the averages of this constraint coming closer to its target.
  case diverging(constraint: String, wanted: Double, reached: Double, standardError: Double, multipliers: [Double])
  /// No density exists beyond these multipliers.
  case notNormalizable(reason: String, multipliers: [Double])
  /// The stages or draws allowed were used up first.
  case notConverged(constraint: String, wanted: Double, reached: Double, standardError: Double, reason: String)

  public var description: String {
    switch self {
    case .invalidInput(let reason):
      return reason
    case .inconsistent(let constraints, let combination, let value, let wanted):
      if constraints.count == 1 {
        let factor = combination[0]
        return "\(constraints[0]) is the same everywhere, \(digits(value / factor)), but its target is "
          + "\(digits(wanted / factor))"
      }
      let terms = zip(combination, constraints).map { "\(shortNumber($0)) · \($1)" }.joined(separator: " + ")
      return "the constraints contradict each other: \(terms) is always \(digits(value)), but the targets give "
        + "\(digits(wanted)); make the targets agree, leave out one of the constraints, or ask for soft constraints"
    case .diverging(let constraint, let wanted, let reached, let standardError, _):
      return "no distribution with these averages was found: the multipliers run away while the average of "
        + "\(constraint) stays at \(digits(reached)) ± \(shortNumber(standardError)), and \(digits(wanted)) is wanted; either none exists, or it "
        + "is so near to the edge of what exists that draws do not tell"
    case .notNormalizable(let reason, _):
      return
        "the search came to the edge of what exists before the averages were reached: \(reason); either no distribution has them, or it is "
        + "so near to that edge that draws do not tell"
    case .notConverged(let constraint, let wanted, let reached, let standardError, let reason):
      return "the multipliers did not converge: \(reason); the average of \(constraint) is \(digits(reached)) ± "
        + "\(shortNumber(standardError)), and \(digits(wanted)) is wanted; targets nearer to the averages without constraints "
        + "(smaller ones, or larger scales of the weights) need fewer draws, and another seed has other noise"
    }
  }
}

/// Nine digits, so that numbers that differ look different.
private func digits(_ value: Double) -> String { String(format: "%.9g", value) }
