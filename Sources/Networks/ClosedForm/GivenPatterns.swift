// The dual of given gains: the average over the neurons' own duals instead of the logarithm of a sum over patterns.
//
// A neuron with gains g has log Z = -(1/2) log(1 - |Vᵀg|²), and nothing weighs patterns against each other. That is the barrier
// term of DualDerivatives with no logarithm beside it: the probabilities P are 0, and μ is the pattern's fraction.

import CGSL
import Sampling

/// The dual's geometry for given gains: coordinates are the entries of X, `[direction, feature]`, row by row, V = U X.
///
/// A value costs O(G r D) for G patterns in r dimensions, derivatives O(G r² D²), the third derivative as much.
struct GivenPatterns: CorrectableGeometry, Sendable {
  /// Uᵀg, `[pattern, direction]`.
  let patterns: Matrix
  /// The fraction of neurons with each pattern.
  let fractions: [Double]
  let features: Int
  let targetCoordinates: [Double]
  let covarianceForm: Matrix
  /// t = 1 - |Vᵀg|², by pattern.
  private(set) var margin: [Double]
  private(set) var smallestMargin = 1.0
  /// -(1/2) Σ fraction · log t at the point of the last `logSum`.
  private(set) var logNormalizer = 0.0
  var barrier = 0.0
  /// Vᵀg, `[pattern, feature]`.
  private var images: Matrix

  var directions: Int { patterns.columns }
  var dimension: Int { directions * features }
  var multiplicity: [Double] { [Double](repeating: 1, count: dimension) }

  /// - Parameters:
  ///   - patterns: in an orthonormal basis of their span, or in the contexts themselves.
  ///   - target: B = A/(σ_w σ_m) in the same basis, `[direction, feature]`.
  ///   - inverseCovariance: S⁻¹, or nil for the identity.
  init(patterns: Matrix, fractions: [Double], target: Matrix, inverseCovariance: Matrix? = nil) {
    precondition(patterns.columns == target.rows && patterns.rows == fractions.count, "shapes must agree")
    self.patterns = patterns
    self.fractions = fractions
    features = target.columns
    targetCoordinates = target.elements
    margin = [Double](repeating: 1, count: fractions.count)
    images = Matrix(rows: fractions.count, columns: target.columns)
    covarianceForm = isotropicForm(inverseCovariance ?? Matrix.identity(target.columns), copies: target.rows)
  }

  var atomMass: Double {
    var total = 0.0
    for p in 0..<fractions.count { total += fractions[p] * max(0, 1 - margin[p]).squareRoot() / margin[p] }
    return total
  }

  var logMargins: (sum: Double, count: Double) { (margin.reduce(0) { $0 + log($1) }, Double(margin.count)) }

  /// The mass of one decomposition into atoms g ŷᵀ of patterns that occur: y_g = fraction · Mᵀ G⁻¹ g, G = Σ fraction · g gᵀ.
  func rowNormSum(_ gradient: [Double]) -> Double {
    var gram = Matrix(rows: directions, columns: directions)
    for p in 0..<fractions.count {
      let g = patterns.row(p)
      subtractOuterProduct(g.map { -fractions[p] * $0 }, g, from: &gram)
    }
    // Patterns that do not span the space have no such decomposition.
    guard let factor = try? Cholesky(gram) else { return .infinity }
    var total = 0.0
    for p in 0..<fractions.count {
      let weights = factor.solve(patterns.row(p))
      var square = 0.0
      for d in 0..<features {
        let component = (0..<directions).reduce(0) { $0 + weights[$1] * gradient[$1 * features + d] }
        square += component * component
      }
      total += fractions[p] * square.squareRoot()
    }
    return total
  }

  mutating func logSum(at x: [Double]) -> Double? {
    images = images(x)
    var total = 0.0
    var smallest = Double.infinity
    for p in 0..<fractions.count {
      var structure = 0.0
      for d in 0..<features { structure += images[p, d] * images[p, d] }
      let t = 1 - structure
      guard t > 0 else { return nil }
      margin[p] = t
      smallest = min(smallest, t)
      total -= 0.5 * fractions[p] * log(t)
    }
    guard total.isFinite else { return nil }
    smallestMargin = smallest
    logNormalizer = total
    return total
  }

  /// Xᵀg of every pattern, `[pattern, feature]`.
  private func images(_ x: [Double]) -> Matrix {
    patterns * Matrix(rows: directions, columns: features, elements: x)
  }

  /// Σ fraction · g (Vᵀg)ᵀ/t for the patterns in any other coordinates, `[coordinate, feature]`: in contexts, the readout.
  func average(of patterns: Matrix) -> Matrix {
    var result = Matrix(rows: patterns.columns, columns: features)
    for p in 0..<fractions.count {
      let weight = fractions[p] / margin[p]
      for c in 0..<patterns.columns {
        for d in 0..<features { result[c, d] += weight * patterns[p, c] * images[p, d] }
      }
    }
    return result
  }

  mutating func derivatives(at x: [Double]) -> DualDerivatives {
    let zeros = [Double](repeating: 0, count: dimension)
    var gradient = zeros
    var coupling = zeros
    var inverse = 0.0
    var inverseSquared = 0.0
    var hessian = PatternTensor(directions: directions, features: features)
    for p in 0..<fractions.count {
      let weight = fractions[p] + barrier
      let first = weight / margin[p]
      let second = (2.0 / 3) * weight / (margin[p] * margin[p])
      inverse += first
      inverseSquared += second
      let g = patterns.row(p)
      let v = images.row(p)
      hessian.addIsotropic(g, factor: first)
      hessian.addSquare(g, v, factor: 3 * second)
      for r in 0..<directions {
        for d in 0..<features {
          gradient[r * features + d] += first * g[r] * v[d]
          coupling[r * features + d] += second * g[r] * v[d]
        }
      }
    }
    return DualDerivatives(
      gradient: gradient, hessian: hessian.matrix, inverseMargin: inverse, inverseMarginSquared: inverseSquared,
      coupling: coupling, plainGradient: zeros, plainInverseMargin: 0)
  }

  /// With v = Vᵀg, ω = Wᵀg and s = v·ω: Σ fraction · g gᵀ(2 s δ/t² + 2 (ω vᵀ + v ωᵀ)/t² + 8 s v vᵀ/t³).
  mutating func hessianDerivative(at x: [Double], along direction: [Double]) -> Matrix {
    let turned = images(direction)
    var result = PatternTensor(directions: directions, features: features)
    for p in 0..<fractions.count {
      let g = patterns.row(p)
      let v = images.row(p)
      let change = turned.row(p)
      let overlap = dot(v, change)
      let inverse = 1 / margin[p]
      let second = 2 * fractions[p] * inverse * inverse
      result.addIsotropic(g, factor: overlap * second)
      // ω vᵀ + v ωᵀ by squares of the sum and the difference.
      result.addSquare(g, zip(v, change).map { $0 + $1 }, factor: 0.5 * second)
      result.addSquare(g, zip(v, change).map { $0 - $1 }, factor: -0.5 * second)
      result.addSquare(g, v, factor: 4 * overlap * second * inverse)
    }
    return result.matrix
  }
}

/// A sum of g gᵀ ⊗ (a 1 + b v vᵀ) over patterns.
private struct PatternTensor {
  private let features: Int
  private var isotropic: Matrix
  private var tensor: Matrix
  private var product: [Double]

  init(directions: Int, features: Int) {
    self.features = features
    isotropic = Matrix(rows: directions, columns: directions)
    tensor = Matrix(rows: directions * features, columns: directions * features)
    product = [Double](repeating: 0, count: directions * features)
  }

  mutating func addIsotropic(_ g: [Double], factor: Double) {
    let count = g.count
    for r in 0..<count {
      let left = factor * g[r]
      for s in 0...r { isotropic.elements[r * count + s] += left * g[s] }
    }
  }

  mutating func addSquare(_ g: [Double], _ v: [Double], factor: Double) {
    let count = product.count
    for r in 0..<g.count { for d in 0..<features { product[r * features + d] = g[r] * v[d] } }
    product.withUnsafeBufferPointer { product in
      tensor.elements.withUnsafeMutableBufferPointer { tensor in
        for i in 0..<count {
          let left = factor * product[i]
          for j in 0...i { tensor[i * count + j] += left * product[j] }
        }
      }
    }
  }

  /// The whole symmetric matrix.
  var matrix: Matrix {
    var result = tensor
    for r in 0..<isotropic.rows {
      for s in 0...r {
        for d in 0..<features { result[r * features + d, s * features + d] += isotropic[r, s] }
      }
    }
    // Within a block of one direction with itself only the diagonal was added, so that the lower triangle is complete.
    for i in 0..<result.rows { for j in 0..<i { result[j, i] = result[i, j] } }
    return result
  }
}
