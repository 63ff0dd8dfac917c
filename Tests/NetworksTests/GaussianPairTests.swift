// Mean products of two neurons on Gaussian stimuli: against one-dimensional integrals, differences, and their limits.

import Foundation
import Sampling
import Testing

@testable import Networks

@Suite struct GaussianPairTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var (a, b, p, q, r): (Double, Double, Double, Double, Double)
    var testDescription: String { "a \(a), b \(b), p \(p), q \(q), r \(r)" }

    init(_ a: Double, _ b: Double, _ p: Double, _ q: Double, correlation: Double) {
      (self.a, self.b, self.p, self.q, r) = (a, b, p, q, correlation * (p * q).squareRoot())
    }

    func pair(_ activation: Activation) -> GaussianPair {
      let function = activation.function.pairs!
      let first = GaussianInput(function, drive: a, variance: p)
      let second = GaussianInput(function, drive: b, variance: q)
      return function.pair(first, second, GaussianCorrelation(first, second, covariance: r))
    }

    /// E[φ(u + a) E[φ(v + b) | u]], the inner mean in closed form, the outer by Simpson's rule over ±12 standard deviations,
    /// cut at the kinks of rectifiers, rounded or not.
    func integral(_ activation: Activation) -> Double {
      let spread = p.squareRoot()
      let residual = max(0, q - r * r / p)
      func integrand(_ z: Double) -> Double {
        let mean = b + r / p * spread * z
        let inner: Double
        if activation == .erf {
          inner = Foundation.erf(mean / (1 + 2 * residual).squareRoot())
        } else if residual > 0 {
          let s = residual.squareRoot()
          inner =
            mean * 0.5 * erfc(-mean / s / 2.0.squareRoot()) + s * exp(-mean * mean / s / s / 2) / 2.50662827463100050
        } else {
          inner = max(mean, 0)
        }
        return activation.value(a + spread * z) * inner * exp(-z * z / 2) / 2.50662827463100050
      }
      var cuts = [-12, 12, max(-12, min(12, -a / spread))]
      if r != 0 {
        let (kink, width) = (-b * p / (r * spread), abs(12 * residual.squareRoot() * p / (r * spread)))
        for cut in [kink - width, kink, kink + width] { cuts.append(max(-12, min(12, cut))) }
      }
      cuts.sort()
      var total = 0.0
      for (lower, upper) in zip(cuts, cuts.dropFirst()) where upper > lower {
        let count = 20_000
        let h = (upper - lower) / Double(count)
        var sum = integrand(lower) + integrand(upper)
        for k in 1..<count { sum += (k % 2 == 1 ? 4 : 2) * integrand(lower + h * Double(k)) }
        total += sum * h / 3
      }
      return total
    }
  }

  static let cases: [Case] = {
    var list: [Case] = []
    for rho in [-1, -0.9999, -0.2, 0, 0.8, 0.99999, 1] {
      for (a, b) in [(0.0, 0.0), (0, 0.7), (-0.4, 0), (0.5, 0.8), (-1.1, 0.3), (2.5, -3), (-6, -5), (9, 4)] {
        for (p, q) in [(1.0, 1.0), (0.3, 2.5), (9, 0.04)] { list.append(Case(a, b, p, q, correlation: rho)) }
      }
    }
    return list
  }()

  @Test(arguments: [Activation.relu, .erf]) func valueIsTheIntegral(activation: Activation) {
    for each in Self.cases {
      let expected = each.integral(activation)
      let error = abs(each.pair(activation).value - expected) / max(1, abs(expected))
      #expect(error < 2e-13, "\(activation), \(each)")
    }
  }

  /// Where neurons are not parallel; step 1e-5 gives differences to about 1e-9.
  @Test(arguments: [Activation.linear, .relu, .erf]) func slopesAreCentralDifferences(activation: Activation) {
    for each in Self.cases where each.r * each.r < 0.97 * each.p * each.q {
      let pair = each.pair(activation)
      func difference(_ key: WritableKeyPath<Case, Double>) -> Double {
        let h = 1e-5 * (key == \.a || key == \.b ? 1 : min(each.p, each.q))
        var (above, below) = (each, each)
        above[keyPath: key] += h
        below[keyPath: key] -= h
        return (above.pair(activation).value - below.pair(activation).value) / (2 * h)
      }
      #expect(abs(pair.driveSlopes.0 - difference(\.a)) < 1e-8, "\(each)")
      #expect(abs(pair.driveSlopes.1 - difference(\.b)) < 1e-8, "\(each)")
      #expect(abs(pair.varianceSlopes.0 - difference(\.p)) < 1e-7, "\(each)")
      #expect(abs(pair.varianceSlopes.1 - difference(\.q)) < 1e-7, "\(each)")
      #expect(abs(pair.covarianceSlope - difference(\.r)) < 1e-7, "\(each)")
    }
  }

  /// A rectifier with itself: E[(u + a)₊²] = (a² + p) Φ(a/√p) + a √p φ(a/√p), and its slopes.
  @Test func rectifierWithItself() {
    for (a, p) in [(0.0, 1.0), (0.7, 0.3), (-1.3, 4), (3, 1e-4), (-3, 1e-4), (1e-9, 1e-20)] {
      let pair = Case(a, a, p, p, correlation: 1).pair(.relu)
      let h = a / p.squareRoot()
      let below = 0.5 * erfc(-h / 2.0.squareRoot())
      let density = exp(-h * h / 2) / (2 * Double.pi).squareRoot()
      let scale = a * a + p
      #expect(abs(pair.value - (scale * below + a * p.squareRoot() * density)) < 1e-14 * scale)
      let mean = a * below + p.squareRoot() * density
      #expect(abs(pair.driveSlopes.0 + pair.driveSlopes.1 - 2 * mean) < 1e-14 * scale.squareRoot())
      let total = pair.varianceSlopes.0 + pair.varianceSlopes.1 + pair.covarianceSlope
      #expect(abs(total - below) < 1e-14)
    }
  }

  /// The arc-cosine and arcsine kernels (Cho & Saul 2009, Williams 1997) without drives, near-parallel inputs included.
  @Test func kernelsWithoutDrives() {
    for correlation in [-1, -1 + 1e-12, -0.3, 0, 0.6, 1 - 1e-12, 1] {
      let each = Case(0, 0, 1.7, 0.6, correlation: correlation)
      let scale = (each.p * each.q).squareRoot()
      let theta = acos(max(-1, min(1, each.r / scale)))
      let relu = scale / (2 * Double.pi) * (sin(theta) + (Double.pi - theta) * cos(theta))
      #expect(abs(each.pair(.relu).value - relu) < 1e-14)
      let erf = 2 / Double.pi * asin(2 * each.r / ((1 + 2 * each.p) * (1 + 2 * each.q)).squareRoot())
      #expect(abs(each.pair(.erf).value - erf) < 1e-14)
    }
  }

  /// Inputs without variance are their drives, and nothing is infinite on the way there.
  @Test(arguments: [Activation.relu, .erf]) func smallVariances(activation: Activation) {
    for p in [0, .leastNonzeroMagnitude, 1e-200, 1e-18] {
      for (a, b) in [(0.5, 0.8), (-0.5, 0.8), (0, 0.3), (0, 0)] {
        for q in [p, 1.3] {
          for sign in [-1.0, 0, 1] {
            let pair = Case(a, b, p, q, correlation: sign).pair(activation)
            let numbers = [
              pair.value, pair.driveSlopes.0, pair.driveSlopes.1, pair.varianceSlopes.0, pair.varianceSlopes.1,
              pair.covarianceSlope,
            ]
            #expect(numbers.allSatisfy { !$0.isNaN })
            if q == p, a != 0 {
              #expect(abs(pair.value - activation.value(a) * activation.value(b)) < 1e-8)
              #expect(abs(pair.driveSlopes.0 - activation.gain(a) * activation.value(b)) < 1e-8)
            }
          }
        }
      }
    }
  }
}
