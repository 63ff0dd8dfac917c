// The Gibbs ensemble's readout is a Gaussian mixture: Gaussian given how much squared weight each gain pattern carries.

import Sampling

/// Averages over the readout for one or all components of the mixture, in the stimulus covariance's eigenbasis.
///
/// Given Γ = Σ_i w_i² g_i g_iᵀ the readout's columns are N(0, σ_m² Γ/N²), because m is Gaussian. With X = β σ_m² Γ/N and
/// J_d = (1 + s_d X)⁻¹ the Gibbs weight integrates to Π_d det(J_d)^(1/2) exp(-(βN s_d/2) A_dᵀJ_dA_d), under which
/// A_d - R_d ~ N(J_d A_d, (1 - J_d)/(βN s_d)). Everything is positive: nothing oscillates, whatever D.
struct ReadoutMixture: Sendable {
  let contexts: Int
  let features: Int
  /// βN.
  let sharpness: Double
  /// Eigenvalues s_d of the stimulus covariance.
  let eigenvalues: [Double]
  /// A in the eigenbasis, `[feature, context]`.
  let target: [Double]
  /// Whether all second moments of the readout are accumulated.
  let wantsCovariance: Bool

  /// Sums over components, weighted.
  struct Averages: Sendable {
    var weight = 0.0
    /// E[J_d A_d], `[feature, context]`.
    var error: [Double]
    /// E[(J_d A_d)(J_e A_e)ᵀ], rows and columns `feature · K + context`.
    var errorSquare: Matrix
    /// E[1 - J_d], `[feature, context, context]`.
    var spread: [Double]
    /// E[Σ_d s_d |A_d - R_d|²].
    var squaredError = 0.0
    /// E[Σ_d s_d (A_d - R_d)·A_d].
    var errorAlongTarget = 0.0
  }

  func makeAverages() -> Averages {
    let size = contexts * features
    return Averages(
      error: [Double](repeating: 0, count: size),
      errorSquare: wantsCovariance ? Matrix(rows: size, columns: size) : Matrix(rows: 0, columns: 0),
      spread: [Double](repeating: 0, count: size * contexts))
  }

  /// log of the component's Gibbs weight for X, `[context, context]`; K at most 2, or X with all entries equal.
  func logWeight(_ x: [Double]) -> Double {
    var total = 0.0
    for d in 0..<features {
      let s = eigenvalues[d]
      let (determinant, quadratic) = determinantAndQuadratic(x, s, d)
      total -= 0.5 * log(determinant) + 0.5 * sharpness * s * quadratic
    }
    return total
  }

  /// det(1 + s X) and A_dᵀ(1 + s X)⁻¹A_d.
  private func determinantAndQuadratic(_ x: [Double], _ s: Double, _ d: Int) -> (Double, Double) {
    if contexts == 2 {
      let p = 1 + s * x[0]
      let q = s * x[1]
      let r = 1 + s * x[3]
      let determinant = 1 + s * (x[0] + x[3]) + s * s * (x[0] * x[3] - x[1] * x[1])
      let a = target[2 * d]
      let b = target[2 * d + 1]
      return (determinant, (r * a * a - 2 * q * a * b + p * b * b) / determinant)
    }
    let determinant = 1 + s * x[0] * Double(contexts)
    var sum = 0.0
    var square = 0.0
    for c in 0..<contexts {
      sum += target[d * contexts + c]
      square += target[d * contexts + c] * target[d * contexts + c]
    }
    return (determinant, square - s * x[0] / determinant * sum * sum)
  }

  /// Adds a component with the given weight.
  func add(_ x: [Double], weight: Double, to averages: inout Averages, scratch: inout [Double]) {
    averages.weight += weight
    let k = contexts
    for d in 0..<features {
      let s = eigenvalues[d]
      var trace = 0.0
      var square = 0.0
      var along = 0.0
      for c in 0..<k {
        var image = 0.0
        for e in 0..<k {
          let j = resolvent(x, s, c, e)
          image += j * target[d * k + e]
          averages.spread[(d * k + c) * k + e] += weight * ((c == e ? 1 : 0) - j)
          if c == e { trace += 1 - j }
        }
        scratch[d * k + c] = image
        averages.error[d * k + c] += weight * image
        square += image * image
        along += image * target[d * k + c]
      }
      averages.squaredError += weight * (s * square + trace / sharpness)
      averages.errorAlongTarget += weight * s * along
    }
    guard wantsCovariance else { return }
    let size = k * features
    for i in 0..<size {
      for j in 0..<size { averages.errorSquare.elements[i * size + j] += weight * scratch[i] * scratch[j] }
    }
  }

  /// An entry of (1 + s X)⁻¹.
  private func resolvent(_ x: [Double], _ s: Double, _ c: Int, _ e: Int) -> Double {
    if contexts == 2 {
      let determinant = 1 + s * (x[0] + x[3]) + s * s * (x[0] * x[3] - x[1] * x[1])
      if c != e { return -s * x[1] / determinant }
      return (1 + s * x[c == 0 ? 3 : 0]) / determinant
    }
    return (c == e ? 1 : 0) - s * x[0] / (1 + s * x[0] * Double(contexts))
  }
}
