// Second moments about the mean of points that come in pieces.

import Numerics

/// Σ (x − x̄)(x − x̄)ᵀ of points x that are added some at a time.
///
/// Pieces are centred by themselves and put together: C + C' + (n n'/(n + n')) δδᵀ, δ the difference of their means (Chan, Golub & LeVeque 1983),
/// so that no digits are lost where means are large.
struct CentredMoments {
  private(set) var count = 0
  private(set) var mean: [Double]
  /// [coordinate, coordinate].
  private(set) var products: [Double]

  init(coordinates: Int) {
    mean = [Double](repeating: 0, count: coordinates)
    products = [Double](repeating: 0, count: coordinates * coordinates)
  }

  /// Adds points [point, coordinate]. O(points · coordinates²).
  mutating func add(_ points: [Double]) {
    let size = mean.count
    let added = points.count / size
    guard added > 0 else { return }
    var own = [Double](repeating: 0, count: size)
    for row in 0..<added { for i in 0..<size { own[i] += points[row * size + i] } }
    for i in 0..<size { own[i] /= Double(added) }
    var centred = points
    for row in 0..<added { for i in 0..<size { centred[row * size + i] -= own[i] } }
    var part = [Double](repeating: 0, count: size * size)
    VectorKernels.gram(transposed: centred, into: &part, rows: size, inner: added, scale: 1)
    let total = Double(count + added)
    let weight = Double(count) * Double(added) / total
    for i in 0..<size { own[i] -= mean[i] }
    for i in 0..<size {
      for j in 0..<size { products[i * size + j] += part[i * size + j] + weight * own[i] * own[j] }
    }
    for i in 0..<size { mean[i] += own[i] * Double(added) / total }
    count += added
  }
}
