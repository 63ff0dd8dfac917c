// The step size that gives a wanted acceptance rate, by Nesterov's dual averaging.

/// Dual averaging of the logarithm of a step size (Hoffman & Gelman 2014, section 3.2; constants as in Stan).
///
/// With H_t = δ − α_t, δ the wanted and α_t the observed acceptance rate of update t = 1, 2, …:
/// h_t = (1 − 1/(t + t0)) h_{t−1} + H_t/(t + t0), ln ε_t = μ − (√t/γ) h_t, and the average
/// ln ε̄_t = t^{−κ} ln ε_t + (1 − t^{−κ}) ln ε̄_{t−1}; γ = 0.05, t0 = 10, κ = 0.75, μ = ln(10 ε_0).
public struct DualAveraging: Sendable, Equatable {
  /// δ.
  public private(set) var targetAcceptanceRate: Double
  private var center: Double
  private var updates = 0.0
  private var meanError = 0.0
  private var logAverage = 0.0

  /// Starts around `stepSize`.
  public init(stepSize: Double, targetAcceptanceRate: Double) {
    self.targetAcceptanceRate = targetAcceptanceRate
    center = log(10 * stepSize)
  }

  /// Forgets everything and starts around `stepSize`.
  public mutating func restart(stepSize: Double) {
    self = DualAveraging(stepSize: stepSize, targetAcceptanceRate: targetAcceptanceRate)
  }

  /// Takes in an acceptance rate and returns the step size to try next, ε_t.
  public mutating func update(acceptanceRate: Double) -> Double {
    updates += 1
    let weight = 1 / (updates + 10)
    meanError += weight * (targetAcceptanceRate - min(1, acceptanceRate) - meanError)
    let logStep = center - updates.squareRoot() / 0.05 * meanError
    let share = pow(updates, -0.75)
    logAverage += share * (logStep - logAverage)
    return exp(logStep)
  }

  /// The averaged step size ε̄ to freeze; nil before the first update.
  public var averagedStepSize: Double? { updates > 0 ? exp(logAverage) : nil }

  /// Appends everything, as numbers that restore bit for bit.
  package func save(to archive: inout [Double]) {
    archive += [targetAcceptanceRate, center, updates, meanError, logAverage]
  }

  /// Reads what ``save(to:)`` wrote.
  package init(from archive: inout ArraySlice<Double>) throws {
    targetAcceptanceRate = try archive.next()
    center = try archive.next()
    updates = try archive.next()
    meanError = try archive.next()
    logAverage = try archive.next()
  }
}
