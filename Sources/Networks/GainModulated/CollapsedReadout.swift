// The Gibbs or hard density of a gain-modulated linear network with its input weights integrated out.

import Sampling

/// What remains of a Gibbs density once the input weights are integrated out: a function of the K × K matrix
/// C = (σ_m²/N²) Σ_i w_i² g_i g_iᵀ alone.
///
/// Along every eigenvector of S (eigenvalue λ_k) the readout R_k ∈ ℝ^K is, given output weights and gains, N(0, C), and the
/// Gibbs weight is a Gaussian likelihood of the target A_k with precision κ_k = t β N λ_k. With B_k = I + κ_k C,
///
///     ln ∫ dm p = const − ½ Σ_k [ln det B_k + κ_k A_kᵀ B_k⁻¹ A_k],
///
/// defined for κ_k = 0 too. In the hard ensemble, κ → ∞, R = A has the density N(A_k; 0, C) along every feature: B_k = κ C, with any κ,
/// which changes the sum by a constant. Given w, a draw m⁰ of the prior with readout R⁰ becomes one of the conditional by
/// m_i = m⁰_i + (σ_m²/N) w_i Σ_k (g_i·ζ_k) v_k, ζ_k = B_k⁻¹ [κ_k (A_k − R⁰_k) − √κ_k ξ_k], ξ_k ~ N(0, I) (Matheron's rule); in the hard
/// ensemble without ξ.
struct CollapsedReadout: Sendable {
  let contexts: Int
  let features: Int
  /// κ_k, ascending.
  var precisions: [Double]
  /// What stands before κ C in B: 1, or 0 in the hard ensemble.
  let ridge: Double
  /// A in the eigenbasis: [eigenvector, context].
  let target: [Double]
  /// v_k: [eigenvector, feature].
  let basis: [Double]
  /// Whether all κ_k are equal, so that one factorisation serves all.
  let isIsotropic: Bool

  /// Nil if the density's potential is neither a loss nor a constraint, or if S has no eigendecomposition.
  ///
  /// - Parameter span: of given gains, which a constraint sees only within it; nil for gains that span all contexts.
  init?(_ density: GainModulatedLinearDensity, span: GainSpan? = nil) {
    if case .constraint(let target) = density.potential {
      self.init(hard: target, density, span: span)
      return
    }
    guard case .loss(let tightness, let target, let covariance) = density.potential,
      let eigen = try? SymmetricEigen(covariance)
    else { return nil }
    let scale = density.inverseTemperature * tightness * Double(density.neurons)
    let precisions = eigen.values.map { max(0, scale * $0) }
    self.init(precisions: precisions, ridge: 1, target: target * eigen.vectors, basis: eigen.vectors)
  }

  /// The hard ensemble's, κ such that κ C is of the order of 1; contexts are those of the gains' span.
  private init(hard target: Matrix, _ density: GainModulatedLinearDensity, span: GainSpan?) {
    let precision = density.outputPrecision * density.inputPrecision * Double(density.neurons)
    self.init(
      precisions: [Double](repeating: precision, count: target.columns), ridge: 0,
      target: span.map { $0.coordinates(of: target) } ?? target, basis: .identity(target.columns))
  }

  /// - Parameters:
  ///   - target: A in the basis, [context, eigenvector].
  ///   - basis: [feature, eigenvector].
  private init(precisions: [Double], ridge: Double, target: Matrix, basis: Matrix) {
    contexts = target.rows
    features = target.columns
    self.precisions = precisions
    self.ridge = ridge
    self.target = target.transposed.elements
    self.basis = basis.transposed.elements
    isIsotropic = precisions.allSatisfy { abs($0 - precisions[0]) <= 1e-14 * precisions[0] }
  }

  /// Whether readouts are on target exactly.
  var isHard: Bool { ridge == 0 }

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

  /// Σ_k κ_k A_kᵀ B_k⁻¹ A_k of C: in the hard ensemble tr AᵀC⁻¹A. O(K³ + K² D), for stimuli that are not isotropic O(K³ D).
  func targetDistance(_ covariance: UnsafePointer<Double>, using workspace: inout Workspace) -> Double {
    var sum = 0.0
    for k in 0..<features {
      if k == 0 || !isIsotropic { _ = factorise(covariance, precision: precisions[k], into: &workspace.factor) }
      for c in 0..<contexts {
        var value = target[k * contexts + c]
        for e in 0..<c { value -= workspace.factor[c * contexts + e] * workspace.vector[e] }
        value *= workspace.factor[c * contexts + c]
        workspace.vector[c] = value
        sum += precisions[k] * value * value
      }
    }
    return sum
  }

  /// Writes the Cholesky factor of B = I + κ C, hard κ C, with the inverses of its diagonal in place of the diagonal; returns ln det B.
  @inline(__always)
  func factorise(
    _ covariance: UnsafePointer<Double>, precision: Double, into factor: UnsafeMutablePointer<Double>
  ) -> Double {
    let n = contexts
    // One logarithm for many factors, each at least 1 unless the ensemble is hard.
    var determinant = 1.0
    var logDeterminant = 0.0
    for c in 0..<n {
      for e in 0...c {
        var value = precision * covariance[c * n + e]
        for f in 0..<e { value -= factor[c * n + f] * factor[e * n + f] }
        if e < c {
          factor[c * n + e] = value * factor[e * n + e]
        } else {
          value += ridge
          determinant *= value
          if determinant > 1e200 || determinant < 1e-200 {
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
  /// Returns ½ Σ_k κ_k |R_k − A_k|², the task's part of minus the log density at the new input weights; 0 in the hard ensemble. `noise` has K D standard
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
    let spread = isHard ? 0 : precision.squareRoot()
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
    return isHard ? 0 : precision * square
  }
}
