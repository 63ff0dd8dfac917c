// The periods of a trial, in milliseconds and in steps.

/// Periods that follow each other, as neurogym times them: a period of d milliseconds has ⌊d/dt⌋ steps.
public struct TrialPeriods: Sendable, Equatable {
  /// Milliseconds per step.
  public let step: Double
  /// Milliseconds of each period.
  public let durations: [Double]

  /// - Precondition: `step` is above 0, durations are not below, and ``times`` fits a whole number.
  public init(step: Double, durations: [Double]) {
    precondition(step > 0 && durations.allSatisfy { $0 >= 0 }, "time goes forward")
    self.step = step
    self.durations = durations
  }

  /// The steps of a period as a real number, which does not overflow. What rounding leaves below a whole number counts as whole.
  public static func steps(_ duration: Double, of step: Double) -> Double {
    let count = duration / step
    return (count * (1 + 1e-12)).rounded(.down)
  }

  /// The steps of a period, by its place.
  public subscript(place: Int) -> Range<Int> {
    let start = durations[..<place].reduce(0) { $0 + Int(Self.steps($1, of: step)) }
    return start..<start + Int(Self.steps(durations[place], of: step))
  }

  /// T.
  public var times: Int { durations.reduce(0) { $0 + Int(Self.steps($1, of: step)) } }

  /// The standard deviation of noise per step: σ/√dt, as neurogym has it.
  public func noise(_ sigma: Double) -> Double { sigma / step.squareRoot() }
}
