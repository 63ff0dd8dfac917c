// One gain pattern's share of squared output weight, as quadrature nodes that keep track of how many neurons carry it.

import CGSL
import Sampling

/// Nodes over S = Σ w_i²/σ_w² of the neurons with one gain pattern, jointly with their number n.
///
/// S = r² given n is chi-squared with n degrees of freedom (n = 0: an atom at S = 0), n is Poisson until the numbers are
/// conditioned on their sum N. In r the density is smooth down to zero.
struct PatternAxis: Sendable {
  /// S at each node.
  var squares: [Double] = []
  /// r at each node; nil for the atom.
  var radii: [Double?] = []
  /// Logarithm of the joint density with n = 0 ... limit times the quadrature weight.
  var logs: [[Double]] = []

  /// An axis with its atom and Gauss-Legendre nodes over r in `range`.
  ///
  /// - Parameter mean: expected number of neurons with the pattern; 0 for a pattern that does not occur.
  init(mean: Double, limit: Int, range: ClosedRange<Double>, order: Int) throws {
    let logPoisson = try Self.logPoisson(mean: mean, limit: limit)
    append(square: 0, radius: nil, logs: [logPoisson[0]] + [Double](repeating: -.infinity, count: limit))
    guard mean > 0 else { return }
    let logGammas = try GSL.checked { (0...limit).map { $0 == 0 ? 0 : gsl_sf_lngamma(0.5 * Double($0)) } }
    for (radius, weight) in try gaussLegendre(range, order: order) {
      var logs = [-Double.infinity]
      logs.reserveCapacity(limit + 1)
      for n in 1...max(1, limit) where n <= limit {
        logs.append(
          logPoisson[n] + log(weight) + Self.logChiDensity(radius, degrees: Double(n), logGamma: logGammas[n]))
      }
      append(square: radius * radius, radius: radius, logs: logs)
    }
  }

  /// An axis on which exactly `degrees` neurons have the pattern.
  init(degrees: Double, range: ClosedRange<Double>, order: Int) throws {
    let logGamma = try GSL.checked { gsl_sf_lngamma(0.5 * degrees) }
    for (radius, weight) in try gaussLegendre(range, order: order) {
      append(
        square: radius * radius, radius: radius,
        logs: [log(weight) + Self.logChiDensity(radius, degrees: degrees, logGamma: logGamma)])
    }
  }

  private mutating func append(square: Double, radius: Double?, logs: [Double]) {
    squares.append(square)
    radii.append(radius)
    self.logs.append(logs)
  }

  /// Logarithms of the Poisson probabilities of 0 ... limit.
  static func logPoisson(mean: Double, limit: Int) throws -> [Double] {
    guard mean > 0 else { return [0] + [Double](repeating: -.infinity, count: limit) }
    return try GSL.checked {
      (0...limit).map { Double($0) * log(mean) - mean - gsl_sf_lnfact(UInt32($0)) }
    }
  }

  private static func logChiDensity(_ r: Double, degrees: Double, logGamma: Double) -> Double {
    (degrees - 1) * log(r) - 0.5 * r * r - (0.5 * degrees - 1) * log(2) - logGamma
  }
}

/// Nodes and weights of Gauss-Legendre quadrature.
func gaussLegendre(_ range: ClosedRange<Double>, order: Int) throws -> [(node: Double, weight: Double)] {
  try GSL.checked {
    let table = gsl_integration_glfixed_table_alloc(order)
    defer { gsl_integration_glfixed_table_free(table) }
    return (0..<order).map { index in
      var node = 0.0
      var weight = 0.0
      _ = gsl_integration_glfixed_point(range.lowerBound, range.upperBound, index, &node, &weight, table)
      return (node, weight)
    }
  }
}
