// What a test says, or why it says nothing.

/// The outcome of one test on one network.
public struct TestOutcome: Sendable, Equatable {
  /// The statistic, of which large values speak against the hypothesis; nil if the test could not be done.
  public let statistic: Double?
  /// Of F: of its numerator and denominator; of χ²: one; none for tests without a formula.
  public let degreesOfFreedom: [Int]
  /// The p-value; nil if the test could not be done. Never 1 instead.
  public let pValue: Double?
  /// Why the test could not be done; nil if it was.
  public let reason: String?

  /// A test that was done.
  static func tested(_ statistic: Double, degreesOfFreedom: [Int] = [], pValue: Double) -> TestOutcome {
    TestOutcome(statistic: statistic, degreesOfFreedom: degreesOfFreedom, pValue: pValue, reason: nil)
  }

  /// A test that could not be done, with the reason in words.
  static func notTestable(_ reason: String) -> TestOutcome {
    TestOutcome(statistic: nil, degreesOfFreedom: [], pValue: nil, reason: reason)
  }

  /// Whether the test could be done.
  public var isTestable: Bool { pValue != nil }
}
