// Diagnostics do not depend on the unit of the draws: bit for bit under powers of two, from end to end of the number range.

import Foundation
import Testing

@testable import Sampling

@Suite struct OwnUnitTests {
  static let units = [0x1p-1000, 0x1p-540, 0x1p-60, 0x1p-1, 0x1p60, 0x1p530, 0x1p1000]

  private static let draws: [[Double]] = {
    guard let chains = try? TestChains.autoregressive(chains: 4, draws: 250, coefficient: 0.6, seed: 71) else {
      return []
    }
    return chains.map { $0.map { $0 + 0.3 } }
  }()

  @Test(arguments: units)
  func summariesScaleWithTheDraws(unit: Double) throws {
    let plain = try ObservableSummary(name: "x", draws: Self.draws)
    let scaled = try ObservableSummary(name: "x", draws: Self.draws.map { $0.map { $0 * unit } })
    #expect(plain.essBulk < 500 && plain.essBulk > 100)
    for free in [\ObservableSummary.essBulk, \.essTail, \.rHat] {
      #expect(scaled[keyPath: free] == plain[keyPath: free])
    }
    for sized in [\ObservableSummary.mean, \.sd, \.mcseMean, \.mcseSd, \.quantile5, \.median, \.quantile95] {
      #expect(scaled[keyPath: sized] == plain[keyPath: sized] * unit)
    }
    #expect(!scaled.isConstant)
  }

  @Test(arguments: units)
  func functionsScaleWithTheDraws(unit: Double) throws {
    let scaled = Self.draws.map { $0.map { $0 * unit } }
    for free in [Diagnostics.essMean, Diagnostics.essSd, Diagnostics.essBulk, Diagnostics.splitRHat, Diagnostics.rHat] {
      #expect(free(scaled) == free(Self.draws))
    }
    for sized in [Diagnostics.mcseMean, Diagnostics.mcseSd] { #expect(sized(scaled) == sized(Self.draws) * unit) }
    #expect(Diagnostics.eBFMI(energies: scaled) == Diagnostics.eBFMI(energies: Self.draws))
    let labels = [0, 0, 1, 1]
    #expect(
      try Diagnostics.nestedRHat(scaled, superchains: labels)
        == Diagnostics.nestedRHat(Self.draws, superchains: labels))
    let time = try Diagnostics.integratedAutocorrelationTime(scaled, minimumTimes: 10)
    #expect(time == (try Diagnostics.integratedAutocorrelationTime(Self.draws, minimumTimes: 10)))
  }

  /// What differs by rounding is constant in every unit; what differs by more than that varies in every unit.
  @Test(arguments: units)
  func constancyIsRelative(unit: Double) throws {
    let rounded = (0..<2).map { chain in (0..<50).map { (0.1 + Double(($0 + chain) % 3) * 0.1.ulp) * unit } }
    let varying = (0..<2).map { chain in (0..<50).map { (0.1 + Double(($0 + chain) % 3) * 100 * 0.1.ulp) * unit } }
    #expect(Diagnostics.isConstant(rounded) && !Diagnostics.isConstant(varying))
    let summary = try ObservableSummary(name: "x", draws: rounded)
    #expect(summary.isConstant && summary.rHat.isNaN && summary.essBulk == 100)
    #expect(!(try ObservableSummary(name: "x", draws: varying).isConstant))
    #expect(Diagnostics.essMean(varying) != 100)
  }
}
