// The Gibbs density of a gain-modulated linear network with its input weights integrated out.

import Sampling

/// What remains of a Gibbs density once the input weights are integrated out: a function of the K × K matrix
/// C = (σ_m²/N²) Σ_i w_i² g_i g_iᵀ alone.
///
/// Along every eigenvector of S (eigenvalue λ_k) the readout R_k ∈ ℝ^K is, given output weights and gains, N(0, C), and the
/// Gibbs weight is a Gaussian likelihood of the target A_k with precision κ_k = t β N λ_k. With B_k = I + κ_k C,
///
///     ln ∫ dm p = const − ½ Σ_k [ln det B_k + κ_k A_kᵀ B_k⁻¹ A_k],
///
/// defined for κ_k = 0 too. Given w, a draw m⁰ of the prior with readout R⁰ becomes one of the conditional by
/// m_i = m⁰_i + (σ_m²/N) w_i Σ_k (g_i·ζ_k) v_k, ζ_k = B_k⁻¹ [κ_k (A_k − R⁰_k) − √κ_k ξ_k], ξ_k ~ N(0, I) (Matheron's rule).
struct CollapsedReadout: Sendable {
  let contexts: Int
  let features: Int
  /// κ_k, ascending.
  var precisions: [Double]
  /// A in the eigenbasis: [eigenvector, context].
  let target: [Double]
  /// v_k: [eigenvector, feature].
  let basis: [Double]
  /// Whether all κ_k are equal, so that one factorisation serves all.
  let isIsotropic: Bool

  /// Nil if the density's potential is no loss, or if S has no eigendecomposition.
  init?(_ density: GainModulatedLinearDensity) {
    guard case .loss(let tightness, let target, let covariance) = density.potential,
      let eigen = try? SymmetricEigen(covariance)
    else { return nil }
    contexts = target.rows
    features = target.columns
    let scale = density.inverseTemperature * tightness * Double(density.neurons)
    let precisions = eigen.values.map { max(0, scale * $0) }
    self.precisions = precisions
    let rotated = target * eigen.vectors
    self.target = rotated.transposed.elements
    basis = eigen.vectors.transposed.elements
    isIsotropic = precisions.allSatisfy { abs($0 - precisions[0]) <= 1e-14 * precisions[0] }
  }

  /// Scratch memory: the factor of B, a vector, and matrices of readouts in both bases.
  struct Workspace: Sendable {
    var factor: [Double]
    var vector: [Double]
    /// ζ: [eigenvector, context].
    var shift: [Double]

    init(contexts: Int, features: Int) {
      factor = [Double](repeating: 0, count: contexts * contexts)
      vector = [Double](repeating: 0, count: contexts)
      shift = [Double](repeating: 0, count: contexts * features)
    }
  }

  func makeWorkspace() -> Workspace { Workspace(contexts: contexts, features: features) }

  /// −½ Σ_k [ln det B_k + κ_k A_kᵀ B_k⁻¹ A_k] of C, [context, context], of which the lower triangle is read. O(K³ + K² D), for
  /// stimuli that are not isotropic O(K³ D).
  @inline(__always)
  func logLikelihood(_ covariance: UnsafePointer<Double>, using workspace: inout Workspace) -> Double {
    workspace.factor.withUnsafeMutableBufferPointer { factor in
      workspace.vector.withUnsafeMutableBufferPointer { vector in
        precisions.withUnsafeBufferPointer { precisions in
          target.withUnsafeBufferPointer { target in
            var sum = 0.0
            var logDeterminant = 0.0
            for k in 0..<features {
              let precision = precisions[k]
              if k == 0 || !isIsotropic {
                logDeterminant = factorise(covariance, precision: precision, into: factor.baseAddress!)
              }
              // |L⁻¹ A_k|² = A_kᵀ B_k⁻¹ A_k
              var square = 0.0
              for c in 0..<contexts {
                var value = target[k * contexts + c]
                for e in 0..<c { value -= factor[c * contexts + e] * vector[e] }
                value *= factor[c * contexts + c]
                vector[c] = value
                square += value * value
              }
              sum += logDeterminant + precision * square
            }
            return -sum / 2
          }
        }
      }
    }
  }

  /// Writes the Cholesky factor of B = I + κ C with the inverses of its diagonal in place of the diagonal; returns ln det B.
  @inline(__always)
  func factorise(
    _ covariance: UnsafePointer<Double>, precision: Double, into factor: UnsafeMutablePointer<Double>
  ) -> Double {
    let n = contexts
    // One logarithm for many factors, each at least 1.
    var determinant = 1.0
    var logDeterminant = 0.0
    for c in 0..<n {
      for e in 0...c {
        var value = precision * covariance[c * n + e]
        for f in 0..<e { value -= factor[c * n + f] * factor[e * n + f] }
        if e < c {
          factor[c * n + e] = value * factor[e * n + e]
        } else {
          value += 1
          determinant *= value
          if determinant > 1e200 {
            logDeterminant += log(determinant)
            determinant = 1
          }
          factor[c * n + c] = 1 / value.squareRoot()
        }
      }
    }
    return logDeterminant + log(determinant)
  }

  /// Given C and the readout R⁰ of input weights drawn from their prior, writes what has to be added to them: for every
  /// context c and feature d, (σ_m²/N) w_i Σ_c g_ic z_cd with z_cd in `shift`, [context, feature].
  ///
  /// Returns ½ Σ_k κ_k |R_k − A_k|², the task's part of minus the log density at the new input weights. `noise` has K D standard
  /// normal numbers.
  func drawShift(
    _ covariance: UnsafePointer<Double>, readout: UnsafePointer<Double>, noise: UnsafePointer<Double>,
    into result: UnsafeMutablePointer<Double>, using workspace: inout Workspace
  ) -> Double {
    for k in 0..<contexts * features { result[k] = 0 }
    return workspace.factor.withUnsafeMutableBufferPointer { factor in
      workspace.shift.withUnsafeMutableBufferPointer { shift in
        var penalty = 0.0
        for k in 0..<features {
          let precision = precisions[k]
          if k == 0 || !isIsotropic { _ = factorise(covariance, precision: precision, into: factor.baseAddress!) }
          penalty += drawShift(
            k, covariance, readout: readout, noise: noise, factor: factor.baseAddress!,
            zeta: shift.baseAddress! + k * contexts, into: result)
        }
        return penalty / 2
      }
    }
  }

  /// The part of ``drawShift(_:readout:noise:into:using:)`` along one eigenvector, given the factor of its B.
  @inline(__always)
  private func drawShift(
    _ k: Int, _ covariance: UnsafePointer<Double>, readout: UnsafePointer<Double>, noise: UnsafePointer<Double>,
    factor: UnsafePointer<Double>, zeta: UnsafeMutablePointer<Double>, into result: UnsafeMutablePointer<Double>
  ) -> Double {
    let n = contexts
    let precision = precisions[k]
    let spread = precision.squareRoot()
    // A_k − R⁰_k, kept as the residual to which C ζ is added at the end.
    @inline(__always) func residual(_ c: Int) -> Double {
      var value = target[k * n + c]
      for d in 0..<features { value -= readout[c * features + d] * basis[k * features + d] }
      return value
    }
    for c in 0..<n {
      var value = precision * residual(c) - spread * noise[k * n + c]
      for e in 0..<c { value -= factor[c * n + e] * zeta[e] }
      zeta[c] = value * factor[c * n + c]
    }
    for c in stride(from: n - 1, through: 0, by: -1) {
      var value = zeta[c]
      for e in (c + 1)..<max(n, c + 1) { value -= factor[e * n + c] * zeta[e] }
      zeta[c] = value * factor[c * n + c]
    }
    var square = 0.0
    for c in 0..<n {
      var error = residual(c)
      for e in 0..<n { error -= covariance[max(c, e) * n + min(c, e)] * zeta[e] }
      square += error * error
      for d in 0..<features { result[c * features + d] += zeta[c] * basis[k * features + d] }
    }
    return precision * square
  }
}
