// Agreement with ArviZ 0.23.4 (nested R-hat: arviz-stats 1.3.3; correlation time: emcee 3.1.6) on shared arrays.
//
// The arrays and values were written by Reference/make_diagnostics.py with those versions, NumPy 2.4.6 and SciPy 1.17.1.

import Testing

@testable import Sampling

@Suite struct DiagnosticsReferenceTests {
  /// Where an exact zero variance meets rounding errors, ArviZ returns what those divide to. Here means of equal numbers
  /// are exact, and these are the values.
  static let exactZeros: [String: [String: Double]] = [
    "constant-inexact": ["mcseMean": 0, "mcseSd": .nan, "eBFMI": .nan],
    "constant-per-chain": ["foldedRHat": .infinity],
  ]

  /// What differs from ArviZ: exact zeros, and draws that ArviZ takes for constant because their unit is large, which have here
  /// the values of the same draws in another unit.
  private static func differences(_ name: String, _ draws: [[Double]]) -> [String: Double] {
    guard name == "tiny-scale" else { return exactZeros[name] ?? [:] }
    let unit = 0x1p-66
    let twin = draws.map { $0.map { $0 / unit } }
    return [
      "essMean": Diagnostics.essMean(twin), "essSd": Diagnostics.essSd(twin),
      "mcseMean": Diagnostics.mcseMean(twin) * unit, "mcseSd": Diagnostics.mcseSd(twin) * unit,
    ]
  }

  @Test(arguments: ReferenceTables.shared.tables.map(\.name))
  func agreesWithArviZ(name: String) throws {
    let reference = ReferenceTables.shared
    let table = try #require(reference.tables.first { $0.name == name })
    let (draws, expected) = (table.draws, table.expected)
    let exact = Self.differences(name, draws)
    func check(_ what: String, _ value: Double, _ wanted: Double) {
      expectAgreement(value, exact[what] ?? wanted, "\(name) \(what)")
    }

    check("rHat", Diagnostics.rHat(draws), expected.rHat)
    check("bulkRHat", Diagnostics.bulkRHat(draws), expected.bulkRHat)
    check("foldedRHat", Diagnostics.foldedRHat(draws), expected.foldedRHat)
    check("splitRHat", Diagnostics.splitRHat(draws), expected.splitRHat)
    check("essBulk", Diagnostics.essBulk(draws), expected.essBulk)
    check("essTail", Diagnostics.essTail(draws), expected.essTail)
    check("essMean", Diagnostics.essMean(draws), expected.essMean)
    check("essSd", Diagnostics.essSd(draws), expected.essSd)
    check("mcseMean", Diagnostics.mcseMean(draws), expected.mcseMean)
    check("mcseSd", Diagnostics.mcseSd(draws), expected.mcseSd)
    let quantiles = Diagnostics.quantiles(draws, at: reference.probabilities)
    for (index, probability) in reference.probabilities.enumerated() {
      check("quantile \(probability)", quantiles[index], expected.quantiles[index])
      check(
        "essQuantile \(probability)", Diagnostics.essQuantile(draws, at: probability), expected.essQuantiles[index])
      check(
        "mcseQuantile \(probability)", Diagnostics.mcseQuantile(draws, at: probability), expected.mcseQuantiles[index])
    }
    for (value, wanted) in zip(Diagnostics.eBFMI(energies: draws), expected.eBFMI) { check("eBFMI", value, wanted) }
  }

  /// Autocovariances cancel, so their tolerance is relative to the variance.
  @Test(arguments: ReferenceTables.shared.tables.map(\.name))
  func autocovarianceAgrees(name: String) throws {
    let table = try #require(ReferenceTables.shared.tables.first { $0.name == name })
    let values = Diagnostics.autocovariance(table.draws[0])
    #expect(values.count == table.draws[0].count)
    let scale = table.expected.autocovariance[0]
    for (lag, (value, wanted)) in zip(values, table.expected.autocovariance).enumerated() {
      expectAgreement(value, wanted, "\(name) lag \(lag)", absolute: 1e-8 * abs(scale) + 1e-30)
    }
  }

  /// The summary shares work between its numbers; it must give those of the functions.
  @Test(arguments: ReferenceTables.shared.tables.map(\.name))
  func summaryAgrees(name: String) throws {
    let table = try #require(ReferenceTables.shared.tables.first { $0.name == name })
    let expected = table.expected
    let summary = try ObservableSummary(name: name, draws: table.draws)
    expectAgreement(summary.mean, expected.mean, "mean", absolute: 1e-12 * abs(expected.sd))
    expectAgreement(summary.sd, expected.sd, "sd", absolute: 1e-15 * abs(expected.mean))
    expectAgreement(summary.mcseMean, Diagnostics.mcseMean(table.draws), "mcseMean")
    expectAgreement(summary.mcseSd, Self.differences(name, table.draws)["mcseSd"] ?? expected.mcseSd, "mcseSd")
    expectAgreement(summary.essBulk, expected.essBulk, "essBulk")
    expectAgreement(summary.essTail, expected.essTail, "essTail")
    // A single chain's halves are compared, and a chain that stands still disagrees with every other.
    let isVerdict = table.draws.count == 1 || name == "one-stuck-chain"
    expectAgreement(
      summary.rHat, isVerdict && !summary.isConstant ? Diagnostics.agreement(table.draws) : expected.rHat, "rHat")
    if name == "one-stuck-chain" { #expect(summary.rHat == .infinity) }
    expectAgreement(summary.quantile5, expected.quantiles[0], "quantile5")
    expectAgreement(summary.median, expected.quantiles[2], "median")
    expectAgreement(summary.quantile95, expected.quantiles[4], "quantile95")
  }

  @Test(arguments: ReferenceTables.shared.tables.map(\.name))
  func autocorrelationTimeAgreesWithEmcee(name: String) throws {
    let table = try #require(ReferenceTables.shared.tables.first { $0.name == name })
    let expected = table.expected
    do {
      let time = try Diagnostics.integratedAutocorrelationTime(table.draws)
      #expect(expected.autocorrelationTimeRefused == 0)
      expectAgreement(time.draws, expected.autocorrelationTime, name)
    } catch DiagnosticsError.chainTooShort(let estimate, let draws, _) {
      #expect(expected.autocorrelationTimeRefused == 1)
      #expect(draws == table.draws[0].count)
      expectAgreement(estimate, expected.autocorrelationTime, name)
    } catch DiagnosticsError.antitheticChains(let estimate) {
      // emcee accepts such sums, negative ones too; the sums agree.
      #expect(estimate < Diagnostics.leastAutocorrelationTime)
      expectAgreement(estimate, expected.autocorrelationTime, name, absolute: 1e-12)
    } catch {
      // emcee divides 0 by 0, or by rounding errors, where a chain is constant, and passes NaN on.
      #expect(["constant", "constant-inexact", "constant-per-chain", "one-stuck-chain", "with-nan"].contains(name))
    }
  }

  @Test func nestedRHatAgrees() throws {
    #expect(ReferenceTables.shared.nested.count == 5)
    for (index, table) in ReferenceTables.shared.nested.enumerated() {
      let raw = try Diagnostics.nestedRHat(table.draws, superchains: table.superchains)
      let rank = try Diagnostics.rankNestedRHat(table.draws, superchains: table.superchains)
      expectAgreement(raw, table.raw, "nested \(index), raw")
      expectAgreement(rank, table.rank, "nested \(index), rank")
    }
  }

  /// SciPy's beta quantiles, to 1e-8 where GSL inverts and to 3e-3 draws where the expansion takes over.
  @Test func quantileErrorBoundsAgree() {
    #expect(ReferenceTables.shared.betaBounds.count == 24)
    for table in ReferenceTables.shared.betaBounds {
      let bounds = Diagnostics.betaBounds(probability: table.probability, ess: table.ess)
      let what = "p \(table.probability), ESS \(table.ess)"
      let allowed = table.ess > 3000 ? 3e-3 / table.ess : 0
      expectAgreement(bounds.low, table.low, what, absolute: allowed)
      expectAgreement(bounds.high, table.high, what, absolute: allowed)
    }
  }
}
