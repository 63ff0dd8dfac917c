// The exact law of one readout entry in the product ensemble: an atom at zero and a continuous part (THEORY section 4).

import CGSL
import Sampling

/// The law of R_cd = (1/N) Σ_i w_i g_ic m_id of networks of N independent neurons, at every N.
///
/// A population with s² = Var(w) Var(m_d) and κ = Cov(w, m_d) has moment generating function
/// ((1 - (s+κ)η)(1 + (s-κ)η))^(-1/2), so that with P_0 the probability of a gain 0
/// E[exp(η N R)] = [P_0 + Σ_k P_k ((1 - (s_k+κ_k)η)(1 + (s_k-κ_k)η))^(-1/2)]^N.
/// P_0^N belongs to the atom R = 0. The rest is inverted (Gil-Pelaez 1951) along a hyperbola through the saddle point that
/// bends away from the branch cuts: there the integrand decays instead of oscillating, and both tails keep their relative
/// accuracy.
public struct ReadoutLaw: Sendable {
  /// Largest number of contexts: all patterns of gains are enumerated.
  public static let maximumContexts = 12

  /// Number of neurons, N.
  public let neurons: Int
  /// P(R_cd = 0) = (Σ_{g: g_c = 0} P(g))^N.
  public let atomProbability: Double
  /// E[R_cd].
  public let mean: Double
  /// Var(R_cd).
  public let variance: Double
  /// The fourth cumulant over the squared variance.
  public let excessKurtosis: Double

  private let populations: [ProductPopulation]
  private let silent: Double

  /// The law for one context c and feature d of networks of `neurons` neurons; nil above ``maximumContexts`` contexts
  /// unless all gains are one, and for given gains, with which neurons are not alike. O(2^K K D).
  ///
  /// - Throws: ``MaxEntropyError`` for an index outside the readout or a number of neurons below 1, ``GSLError``.
  public init?(_ law: NeuronLaw, context: Int, feature: Int, neurons: Int) throws {
    func check(_ name: String, _ value: Int, _ allowed: ClosedRange<Int>) throws {
      guard allowed.contains(value) else {
        throw MaxEntropyError.invalidParameter(
          name: name, value: Double(value),
          allowed: "a whole number from \(allowed.lowerBound) to \(allowed.upperBound)")
      }
    }
    try check("the context of the readout entry", context, 0...(law.contexts - 1))
    try check("the feature of the readout entry", feature, 0...(law.features - 1))
    try check("the number of neurons", neurons, 1...(1 << 40))
    if case .given = law.solution.table { return nil }
    let contexts = law.contexts
    var populations: [ProductPopulation] = []
    var silent = 0.0
    if case .saturated(_, let margin) = law.solution.table {
      var v = [Double](repeating: 0, count: law.features)
      for c in 0..<contexts { for d in 0..<law.features { v[d] += law.solution.scaledMultipliers[c, d] } }
      populations.append(ProductPopulation(law.solution, projection: v[feature], margin: margin))
    } else {
      guard contexts <= Self.maximumContexts else { return nil }
      for index in 0..<1 << contexts {
        let pattern = GainPattern(index: index, contexts: contexts)
        let moments = try law.moments(of: pattern)
        if pattern.isActive(in: context) {
          guard moments.weight > 0 else { continue }
          populations.append(
            ProductPopulation(
              weight: moments.weight, outputVariance: moments.outputVariance, covariance: moments.covariance[feature],
              inputVariance: moments.inputCovariance[feature, feature]))
        } else {
          silent += moments.weight
        }
      }
    }
    self.init(neurons: neurons, populations: populations, silent: silent)
  }

  /// The law of (1/N) Σ_i z_i, z = 0 with probability `silent` and otherwise a product of two Gaussian numbers.
  init(neurons: Int, populations: [ProductPopulation], silent: Double) {
    self.neurons = neurons
    self.silent = silent
    self.populations = ProductPopulation.merged(populations)
    let n = Double(neurons)
    atomProbability = pow(silent, n)
    var moments = [0.0, 0.0, 0.0, 0.0]
    for population in self.populations { population.addMoments(to: &moments) }
    let own = moments[1] - moments[0] * moments[0]
    let square = moments[0] * moments[0]
    let fourth =
      moments[3] - 4 * moments[2] * moments[0] - 3 * moments[1] * moments[1] + 12 * moments[1] * square
      - 6 * square * square
    mean = moments[0]
    variance = own / n
    excessKurtosis = fourth / (own * own * n)
  }

  /// Whether this is another entry's law, but for rounding: contexts and features that a task treats alike have one.
  func isAlike(_ other: ReadoutLaw) -> Bool {
    func isNear(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-10 * max(abs(a), abs(b)) }
    return neurons == other.neurons && isNear(silent, other.silent)
      && populations.elementsEqual(other.populations) {
        let (width, shift) = ($0.upper + $0.lower, $0.upper - $0.lower)
        return isNear($0.weight, $1.weight) && isNear(width, $1.upper + $1.lower)
          && abs(shift - ($1.upper - $1.lower)) <= 1e-10 * width
      }
  }

  /// P(R_cd ≤ x), the atom included from x = 0 on.
  ///
  /// About 300 evaluations of the generating function, O(2^K) each.
  ///
  /// - Throws: ``GSLError``.
  public func cdf(_ x: Double) throws -> QuadratureValue {
    let part = try continuousCDF(x)
    let mass = 1 - atomProbability
    return QuadratureValue(value: mass * part.value + (x >= 0 ? atomProbability : 0), error: mass * part.error)
  }

  /// P(R_cd > x), x > 0, with its relative accuracy kept however small it is.
  ///
  /// - Precondition: x > 0.
  /// - Throws: ``GSLError``.
  public func probability(above x: Double) throws -> QuadratureValue {
    precondition(x > 0, "the atom at 0 is not dealt with")
    let mass = 1 - atomProbability
    let tail = try upperTail(x, mirrored: false)
    return QuadratureValue(value: mass * tail.value, error: mass * tail.error)
  }

  /// P(R_cd ≤ x | R_cd ≠ 0): the law of the draws that are not exactly zero.
  ///
  /// - Throws: ``GSLError``.
  public func continuousCDF(_ x: Double) throws -> QuadratureValue {
    let tail = try upperTail(abs(x), mirrored: x < 0)
    return QuadratureValue(value: x < 0 ? tail.value : 1 - tail.value, error: tail.error)
  }

  /// The density of R_cd given R_cd ≠ 0; infinite at 0 if one active neuron can be alone.
  ///
  /// - Throws: ``GSLError``.
  public func density(_ x: Double) throws -> QuadratureValue {
    if x == 0, neurons == 1 || silent > 0 { return QuadratureValue(value: .infinity, error: 0) }
    let contour = ReadoutContour(populations, silent: silent, neurons: neurons, at: abs(x), mirrored: x < 0)
    let scale = Double(neurons) / (1 - atomProbability)
    let integral = try contour.integrate(cumulative: false)
    return QuadratureValue(value: scale * integral.value, error: scale * integral.error)
  }

  /// P(R > x | R ≠ 0), or of -R.
  private func upperTail(_ x: Double, mirrored: Bool) throws -> QuadratureValue {
    let contour = ReadoutContour(populations, silent: silent, neurons: neurons, at: x, mirrored: mirrored)
    let integral = try contour.integrate(cumulative: true)
    let mass = 1 - atomProbability
    // Left of the pole at η = 0 the integral is minus the lower tail.
    let value = contour.crossing > 0 ? integral.value / mass : 1 + integral.value / mass
    return QuadratureValue(value: min(1, max(0, value)), error: integral.error / mass)
  }

  /// The continuous part's CDF as a table for many evaluations, such as a Kolmogorov-Smirnov test.
  ///
  /// Intervals are halved until the midpoint lies within half the tolerance of the chord; the rest of the error is the
  /// curvature's variation inside an interval.
  ///
  /// - Parameter tolerance: the wanted absolute error of probabilities; far below 1/√draws to be invisible in a test.
  /// - Throws: ``GSLError``; ``ReadoutLawError`` where quadrature does not reach the tolerance.
  public func tabulatedContinuousCDF(tolerance: Double = 1e-5) throws -> TabulatedCDF {
    let deviation = variance.squareRoot()
    func bound(_ sign: Double) throws -> Double {
      var width = 4 * deviation
      for _ in 0..<200 {
        let x = mean + sign * width
        let value = try continuousCDF(x).value
        if (sign < 0 ? value : 1 - value) < tolerance / 4 { return x }
        width *= 1.5
      }
      throw ReadoutLawError.unresolved(nodes: 200)
    }
    let lower = try bound(-1)
    let upper = try bound(1)
    var grid = (0...64).map { lower + (upper - lower) * Double($0) / 64 }
    // The density may be singular at zero, which must not lie inside an interval.
    if lower < 0, upper > 0, !grid.contains(0) { grid = (grid + [0]).sorted() }
    var nodes = [grid[0]]
    var values = [try continuousCDF(grid[0]).value]
    for next in grid.dropFirst() {
      try refine(
        from: (nodes.last!, values.last!), to: (next, try continuousCDF(next).value), tolerance: tolerance, &nodes,
        &values)
    }
    return TabulatedCDF(nodes: nodes, values: values)
  }

  /// A table has no more nodes; some thousand are usual.
  private static let mostNodes = 20_000

  private func refine(
    from left: (x: Double, value: Double), to right: (x: Double, value: Double), tolerance: Double,
    _ nodes: inout [Double], _ values: inout [Double]
  ) throws {
    // Noise of the quadrature above the tolerance would be refined without end.
    guard nodes.count < Self.mostNodes else { throw ReadoutLawError.unresolved(nodes: nodes.count) }
    let x = 0.5 * (left.x + right.x)
    let middle = (x: x, value: try continuousCDF(x).value)
    let resolved = abs(middle.value - 0.5 * (left.value + right.value)) < tolerance / 2
    if resolved || x <= left.x || x >= right.x {
      for node in [middle, right] {
        nodes.append(node.x)
        values.append(max(node.value, values.last!))
      }
    } else {
      try refine(from: left, to: middle, tolerance: tolerance, &nodes, &values)
      try refine(from: middle, to: right, tolerance: tolerance, &nodes, &values)
    }
  }
}

/// Why the law of a readout entry is not known.
public enum ReadoutLawError: Error, Sendable, Equatable, CustomStringConvertible {
  /// So many nodes do not resolve the distribution function.
  case unresolved(nodes: Int)

  public var description: String {
    switch self {
    case .unresolved(let nodes): "quadrature does not resolve its distribution function with \(nodes) nodes"
    }
  }
}

/// A distribution function as a table with linear interpolation, which is monotone.
public struct TabulatedCDF: Sendable {
  private let nodes: [Double]
  private let values: [Double]

  init(nodes: [Double], values: [Double]) {
    self.nodes = nodes
    self.values = values
  }

  /// Number of nodes.
  public var count: Int { nodes.count }

  /// The probability of a value up to x; outside the table its end values. O(log nodes).
  public func callAsFunction(_ x: Double) -> Double {
    guard x > nodes[0] else { return values[0] }
    guard x < nodes[nodes.count - 1] else { return values[values.count - 1] }
    var low = 0
    var high = nodes.count - 1
    while high - low > 1 {
      let middle = (low + high) / 2
      if nodes[middle] <= x { low = middle } else { high = middle }
    }
    return values[low] + (values[high] - values[low]) * (x - nodes[low]) / (nodes[high] - nodes[low])
  }
}
