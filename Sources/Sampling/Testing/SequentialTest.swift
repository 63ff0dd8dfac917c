// The sequential wrapper that gives tests of kernels a bounded false-alarm rate and power where it is needed.

/// The sequential test of Gandy & Scott 2020 (algorithm 3).
///
/// With false-alarm rate α and at most k rounds, β = α/k and γ = β^{1/k}. A round with p-value p (Bonferroni over the test
/// functions) rejects if p ≤ β, passes if p > γ, and otherwise leaves the decision to the next round, on fresh
/// chains, with β divided by γ; rounds after the first are `growth` times larger. A correct kernel reaches round i with
/// probability ≤ γ^{i−1} and is rejected there with probability ≤ β, so in all with probability ≤ α, whatever its p-values'
/// discreteness. (The paper passes at p > γ + β, which bounds this for uniform p-values only.)
public struct SequentialTest: Sendable, Equatable {
  /// α: the probability that a correct kernel is rejected, at most.
  public let falseAlarmRate: Double
  /// The number of chains in the first round.
  public let sampleSize: Int
  /// By what the number of chains grows after the first round.
  public let growth: Int
  /// k.
  public let maximumRounds: Int

  /// - Precondition: a false-alarm rate inside (0, 1); at least 458 chains, below which p-values have no proven bound; at least
  ///   one round; growth at least 1.
  public init(falseAlarmRate: Double = 1e-5, sampleSize: Int = 2000, growth: Int = 4, maximumRounds: Int = 7) {
    precondition(falseAlarmRate > 0 && falseAlarmRate < 1, "a false-alarm rate is between 0 and 1")
    precondition(sampleSize >= KolmogorovSmirnov.minimumCount, "a test of a kernel needs at least 458 chains")
    precondition(growth >= 1 && maximumRounds >= 1)
    self.falseAlarmRate = falseAlarmRate
    self.sampleSize = sampleSize
    self.growth = growth
    self.maximumRounds = maximumRounds
  }

  /// The same test as one of `count` that share its false-alarm rate.
  public func shared(by count: Int) -> SequentialTest {
    SequentialTest(
      falseAlarmRate: falseAlarmRate / Double(count), sampleSize: sampleSize, growth: growth,
      maximumRounds: maximumRounds)
  }

  /// Runs rounds until a decision. `round` tests with the given number of chains, independently of all other rounds.
  func run(_ round: (Int) throws -> [KernelTestReport.Function]) rethrows -> KernelTestReport {
    var level = falseAlarmRate / Double(maximumRounds)
    let continuation = pow(level, 1 / Double(maximumRounds))
    var rounds: [KernelTestReport.Round] = []
    while true {
      let count = rounds.isEmpty ? sampleSize : sampleSize * growth
      let functions = try round(count)
      let smallest = functions.map(\.pValue).min() ?? 1
      let pValue = min(1, smallest * Double(functions.count))
      rounds.append(.init(sampleSize: count, pValue: pValue, level: level))
      var verdict: KernelTestReport.Verdict?
      if let stuck = functions.first(where: \.isStuck) {
        verdict = .stuck(function: stuck.name)
      } else if pValue <= level, let worst = functions.min(by: { $0.pValue < $1.pValue }) {
        verdict = .rejected(function: worst.name)
      } else if pValue > continuation || rounds.count == maximumRounds {
        verdict = .passed
      }
      if let verdict {
        return KernelTestReport(
          falseAlarmRate: falseAlarmRate, rounds: rounds, functions: functions, verdict: verdict)
      }
      level /= continuation
    }
  }
}
