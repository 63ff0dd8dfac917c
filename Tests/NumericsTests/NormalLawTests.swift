// Normal laws, quadrature and the alias table against what they are by definition.

import Foundation
import Testing

@testable import Numerics

@Suite struct NormalLawTests {
  private func bound(_ x: Double) -> BivariateNormal.Bound { (x, StandardNormal.probability(below: x)) }

  /// Φ₂(h, k; ρ) = ∫_{−∞}^h φ(x) Φ((k − ρx)/s) dx.
  @Test(arguments: [(0.3, -0.4, 0.5), (-1.2, 0.7, -0.9), (0, 0, 0.6), (2, 2, 0.99)])
  func theBivariateLawIsItsIntegral(h: Double, k: Double, rho: Double) throws {
    let s = (1 - rho * rho).squareRoot()
    let value = BivariateNormal.probability(
      bound(h), bound(k), correlation: rho, sine: s,
      conditional: (bound((k - rho * h) / s), bound((h - rho * k) / s)))
    let integral = try AdaptiveQuadrature.integrate(-12...h, absoluteError: 1e-14, relativeError: 1e-13) {
      StandardNormal.density($0) * StandardNormal.probability(below: (k - rho * $0) / s)
    }
    #expect(abs(value - integral.value) < 1e-13)
  }

  @Test func rootsAreFound() throws {
    #expect(abs(try AdaptiveQuadrature.root(in: 1...2) { $0 * $0 - 2 } - 2.0.squareRoot()) < 1e-14)
    #expect(throws: GSLError.self) { try AdaptiveQuadrature.root(in: 2...3) { $0 * $0 - 2 } }
  }

  /// Over a grid of pairs of uniform numbers every value comes as often as its weight says.
  @Test func anAliasTableHasItsWeights() {
    let weights = [1.0, 0, 3, 0.5, 3.5]
    let table = AliasTable(weights: weights)
    let side = 400
    var counts = [Int](repeating: 0, count: weights.count)
    for i in 0..<side {
      table.withDraws { draw in
        for j in 0..<side { counts[draw((Double(i) + 0.5) / Double(side), (Double(j) + 0.5) / Double(side))] += 1 }
      }
    }
    for (count, weight) in zip(counts, weights) {
      #expect(abs(Double(count) / Double(side * side) - weight / 8) < 0.005)
    }
  }
}
