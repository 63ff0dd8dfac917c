// The law of the product of chi-squared numbers by which a deep linear network scales its outputs.

import CGSL
import Sampling

/// The density of ℓ = ln τ, τ = Π_l χ²_{n_l}/n_l, on the grid ℓ = k·step.
///
/// Each factor's logarithm has the log-concave density exp(a ln a + aℓ - a e^ℓ)/Γ(a), a = n/2, analytic in a strip, so that
/// convolution by the trapezoid rule is exact to rounding once the step resolves the narrowest factor. All terms are
/// positive and summed in logarithms: the tails keep their relative accuracy.
struct ScaleProduct {
  /// a_l = n_l/2.
  private let shapes: [Double]
  private let logGammas: [Double]
  private let step: Double
  /// Log densities of the products of the first m + 1 factors that were asked for so far.
  private var known: [[Int: Double]]

  init(widths: [Int], step: Double) throws {
    let shapes = widths.map { Double($0) / 2 }
    self.shapes = shapes
    self.step = step
    logGammas = try GSL.checked { shapes.map { gsl_sf_lngamma($0) } }
    known = Array(repeating: [:], count: widths.count)
  }

  /// The log density of ln τ at k·step; the number of terms a call adds is O(1/step) a layer.
  mutating func logDensity(at index: Int) throws -> Double { try logDensity(upTo: shapes.count - 1, at: index) }

  private func factor(_ layer: Int, _ index: Int) -> Double {
    let l = step * Double(index)
    return Self.logDensity(l, shape: shapes[layer], logGamma: logGammas[layer])
  }

  /// The log density of the logarithm of one factor.
  static func logDensity(_ l: Double, shape a: Double, logGamma: Double) -> Double {
    a * log(a) + a * l - a * exp(l) - logGamma
  }

  private mutating func logDensity(upTo layer: Int, at index: Int) throws -> Double {
    guard layer > 0 else { return factor(0, index) }
    if let value = known[layer][index] { return value }
    let tilt = try ScaleTilt(sum: step * Double(index), shapes: Array(shapes[...layer]))
    let start = Int((tilt.logMode(of: shapes[layer]) / step).rounded())
    // Terms are log-concave: outwards from near the largest, until they no longer count.
    var terms: [Double] = []
    var largest = -Double.infinity
    for direction in [1, -1] {
      var own = direction == 1 ? start : start - 1
      while true {
        let term = try logDensity(upTo: layer - 1, at: index - own) + factor(layer, own)
        terms.append(term)
        largest = max(largest, term)
        if term < largest - 42 { break }
        own += direction
      }
    }
    let value = largest + log(terms.reduce(0) { $0 + exp($1 - largest) }) + log(step)
    known[layer][index] = value
    return value
  }
}

/// The exponential tilt e^(λℓ) under which every factor a of a product has its mode at ln(1 + λ/a).
///
/// Held as v = ln(λ + a_min): next to its end at -a_min the tilt itself would have no digits left.
struct ScaleTilt {
  private let v: Double
  private let smallest: Double

  init(_ v: Double, shapes: [Double]) {
    self.v = v
    smallest = shapes.min()!
  }

  /// The tilt that puts the mode of the product at ln τ = sum.
  ///
  /// - Throws: ``GSLError``.
  init(sum: Double, shapes: [Double]) throws {
    smallest = shapes.min()!
    let center = log(smallest)
    // The smallest shape's own mode moves most: it brackets the sum of all.
    let bracket = sum < 0 ? (center + sum - 1e-9)...center : center...(center + sum + 1e-9)
    v =
      sum == 0
      ? center
      : try AdaptiveQuadrature.root(in: bracket) { v in
        let tilt = ScaleTilt(v, shapes: shapes)
        return shapes.reduce(-sum) { $0 + tilt.logMode(of: $1) }
      }
  }

  /// λ.
  var value: Double { exp(v) - smallest }

  /// ln(1 + λ/a).
  func logMode(of a: Double) -> Double {
    a == smallest ? v - log(smallest) : log1p((exp(v) - smallest) / a)
  }
}

/// Nodes of the trapezoid rule in ln τ for averages over τ with a positive, smooth weight.
struct ScaleQuadrature {
  private let widths: [Int]
  private let range: ClosedRange<Double>
  private let step: Double

  /// Finds where the density of ln τ times exp(logWeight) counts, to e⁻⁵⁰ of its largest value, and how fast it varies.
  ///
  /// - Parameters:
  ///   - widths: of the factors of τ; without any τ is 1.
  ///   - logWeight: a function of τ, at most 0.
  /// - Throws: ``GSLError``.
  init(widths: [Int], logWeight: (Double) -> Double) throws {
    guard !widths.isEmpty else {
      (self.widths, range, step) = ([], 0...0, 1)
      return
    }
    let shapes = widths.map { Double($0) / 2 }
    let logGammas = try GSL.checked { shapes.map { gsl_sf_lngamma($0) } }
    let smallest = shapes.min()!
    let cut = 50.0
    let pace = 0.02
    var points: [(l: Double, tilt: Double, value: Double)] = []
    var largest = -Double.infinity
    // Along the saddle points the density of ln τ is known up to a slowly varying factor. As the weight is at most 1, what
    // lies beyond the prior's own bound cannot count.
    for direction in [1.0, -1.0] {
      var side: [(l: Double, tilt: Double, value: Double)] = []
      var place = direction > 0 ? 0 : -1
      while true {
        let tilt = ScaleTilt(log(smallest) + pace * Double(place), shapes: shapes)
        var l = 0.0
        var prior = 0.0
        for (a, logGamma) in zip(shapes, logGammas) {
          let own = tilt.logMode(of: a)
          l += own
          prior += ScaleProduct.logDensity(own, shape: a, logGamma: logGamma)
        }
        let value = prior + logWeight(exp(l))
        side.append((l, tilt.value, value))
        largest = max(largest, value)
        if prior < largest - cut - 10 { break }
        place += direction > 0 ? 1 : -1
      }
      points = direction > 0 ? side : side.reversed() + points
    }
    let inside = points.indices.filter { points[$0].value > largest - cut }
    let first = max(0, inside.first! - 1)
    let last = min(points.count - 1, inside.last! + 1)
    var curvature = 16.0
    for i in max(1, first)...min(points.count - 2, last) {
      let left = (points[i].value - points[i - 1].value) / (points[i].l - points[i - 1].l)
      let right = (points[i + 1].value - points[i].value) / (points[i + 1].l - points[i].l)
      curvature = max(curvature, 2 * abs(right - left) / (points[i + 1].l - points[i - 1].l))
    }
    if widths.count > 1 { curvature = max(curvature, shapes.max()! + points[last].tilt) }
    self.widths = widths
    range = points[first].l...points[last].l
    step = 0.6 / curvature.squareRoot()
  }

  /// Scales and the logarithms of their weights, at the step found or a fraction of it.
  ///
  /// - Throws: ``GSLError``.
  func nodes(refinement: Double) throws -> [(scale: Double, logWeight: Double)] {
    guard !widths.isEmpty else { return [(scale: 1, logWeight: 0)] }
    let step = step / refinement
    var product = try ScaleProduct(widths: widths, step: step)
    let first = Int((range.lowerBound / step).rounded(.down))
    let last = Int((range.upperBound / step).rounded(.up))
    return try (first...last).map {
      (scale: exp(step * Double($0)), logWeight: try product.logDensity(at: $0) + log(step))
    }
  }
}
