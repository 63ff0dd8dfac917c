// The sums over the nodes of the Fourier integral for a few contexts: integrand, and integrand times what is averaged.

import Sampling

/// Sums over a lattice of τ of the integrand of ``GibbsContour`` relative to its value at the saddle point.
struct ContourSums {
  /// Logarithm of the integrand at the saddle point times prefactor and volume of a node.
  private(set) var logScale = 0.0
  /// Of the integrand.
  private(set) var weight = 0.0
  /// Of -iτ_c.
  private(set) var shift: [Double]
  /// Of τ_c τ_e.
  private(set) var products: Matrix
  /// Of P0(g) (1 - ρ_g)^(-1/2)/Z1, by pattern.
  private(set) var patterns: [Double]
  /// Of Σ_g P0(g) (1 - ρ_g)^(-3/2)/Z1.
  private(set) var squares = 0.0

  private let neurons: Double
  private let sharpness: Double
  private let prior: [Double]
  private let multipliers: [Double]
  private let target: [Double]
  /// σ_w σ_m Λ·g, by pattern.
  private let projections: [Double]
  private let scale: Double
  private let contexts: Int
  private var saddle = 0.0
  /// P0(g) (1 - ρ_g)^(-1/2) at one node.
  private var real: [Double]
  private var imaginary: [Double]
  private var tilts: [Double]

  init(
    neurons: Int, sharpness: Double, scale: Double, prior: [Double], multipliers: [Double], target: [Double]
  ) {
    let contexts = multipliers.count
    self.neurons = Double(neurons)
    self.sharpness = sharpness
    self.scale = scale
    self.prior = prior
    self.multipliers = multipliers
    self.target = target
    self.contexts = contexts
    projections = Self.subsetSums(multipliers.map { scale * $0 })
    shift = [Double](repeating: 0, count: contexts)
    products = Matrix(rows: contexts, columns: contexts)
    patterns = [Double](repeating: 0, count: prior.count)
    real = patterns
    imaginary = patterns
    tilts = patterns
    for g in 0..<prior.count { saddle += prior[g] / (1 - projections[g] * projections[g]).squareRoot() }
    saddle = log(saddle)
  }

  /// Σ_c g_c x_c, by pattern; context 0 is the leading bit.
  private static func subsetSums(_ x: [Double]) -> [Double] {
    var sums = [0.0]
    for value in x { sums = sums.flatMap { [$0, $0 + value] } }
    return sums
  }

  /// Adds all nodes of a lattice within a ball. O(nodes · 2^K).
  mutating func addNodes(step: Double, reach: Double) {
    let count = Int((reach / step).rounded(.up))
    let own =
      dot(multipliers, multipliers) / (2 * sharpness) - dot(multipliers, target) + saddle
    logScale =
      neurons * own + 0.5 * Double(contexts) * log(neurons / (2 * Double.pi * sharpness))
      + Double(contexts) * log(step)
    var index = [Int](repeating: -count, count: contexts)
    // τ and -τ contribute conjugates: the first coordinate needs only half its range.
    index[0] = 0
    var tau = [Double](repeating: 0, count: contexts)
    while true {
      var square = 0.0
      for c in 0..<contexts {
        tau[c] = step * Double(index[c])
        square += tau[c] * tau[c]
      }
      if square <= reach * reach { add(tau, square: square, times: index[0] == 0 ? 1 : 2) }
      var c = contexts - 1
      index[c] += 1
      while c > 0, index[c] > count {
        index[c] = -count
        c -= 1
        index[c] += 1
      }
      if index[0] > count { break }
    }
  }

  private mutating func add(_ tau: [Double], square: Double, times: Double) {
    // iτ·g σ_w σ_m, by pattern, as for the projections.
    tilts[0] = 0
    for g in 1..<prior.count {
      let c = contexts - 1 - g.trailingZeroBitCount
      tilts[g] = tilts[g & (g - 1)] + scale * tau[c]
    }
    var sumReal = 0.0
    var sumImaginary = 0.0
    var cubeReal = 0.0
    var cubeImaginary = 0.0
    for g in 0..<prior.count {
      // 1 - (a + ib)²; its real part is positive, so that the principal root is the continuous one.
      let a = projections[g]
      let b = tilts[g]
      let x = 1 - a * a + b * b
      let y = -2 * a * b
      let modulus = (x * x + y * y).squareRoot()
      let root = (0.5 * (modulus + x)).squareRoot()
      let u = prior[g] * root / modulus
      let v = -prior[g] * 0.5 * y / (root * modulus)
      real[g] = u
      imaginary[g] = v
      sumReal += u
      sumImaginary += v
      // Divided once more by 1 - (a + ib)².
      let inverse = 1 / (modulus * modulus)
      cubeReal += (u * x + v * y) * inverse
      cubeImaginary += (v * x - u * y) * inverse
    }
    var phase = 0.0
    for c in 0..<contexts { phase += tau[c] * (multipliers[c] / sharpness - target[c]) }
    let norm = sumReal * sumReal + sumImaginary * sumImaginary
    let exponent = neurons * (0.5 * log(norm) - saddle - square / (2 * sharpness))
    guard exponent > -45 else { return }
    let angle = neurons * (atan2(sumImaginary, sumReal) + phase)
    let size = times * exp(exponent)
    let weightReal = size * cos(angle)
    let weightImaginary = size * sin(angle)
    weight += weightReal
    for c in 0..<contexts {
      shift[c] += weightImaginary * tau[c]
      for e in 0..<contexts { products.elements[c * contexts + e] += weightReal * tau[c] * tau[e] }
    }
    // Factors of one neuron come with 1/Z1: only the real part of the product survives.
    let factorReal = (weightReal * sumReal + weightImaginary * sumImaginary) / norm
    let factorImaginary = (weightImaginary * sumReal - weightReal * sumImaginary) / norm
    for g in 0..<prior.count { patterns[g] += factorReal * real[g] - factorImaginary * imaginary[g] }
    squares += factorReal * cubeReal - factorImaginary * cubeImaginary
  }
}
