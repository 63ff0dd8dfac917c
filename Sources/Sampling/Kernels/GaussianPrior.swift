// What kernels for Gaussian priors share: the prior's exponent and rotations that leave it invariant.

/// A centred Gaussian prior with independent coordinates.
@usableFromInline
struct GaussianPrior: Sendable {
  /// Standard deviations.
  private let scales: [Double]

  init(scales: [Double]) { self.scales = scales }

  /// ½ Σ_j (x_j/s_j)² over the first coordinates of `position`.
  @usableFromInline
  func exponent(_ position: [Double]) -> Double {
    precondition(position.count >= scales.count)
    var sum = 0.0
    position.withUnsafeBufferPointer { x in
      scales.withUnsafeBufferPointer { s in
        for j in 0..<s.count { sum += (x[j] / s[j]) * (x[j] / s[j]) }
      }
    }
    return 0.5 * sum
  }

  /// Writes cos θ · x + sin θ · s z into `result`, z standard normal: a draw of the prior if x is one.
  @usableFromInline
  func rotate(_ position: [Double], noise: [Double], cosine: Double, sine: Double, into result: inout [Double]) {
    precondition(position.count == result.count && noise.count == scales.count && noise.count <= position.count)
    result.withUnsafeMutableBufferPointer { result in
      position.withUnsafeBufferPointer { x in
        noise.withUnsafeBufferPointer { z in
          scales.withUnsafeBufferPointer { s in
            for j in 0..<s.count { result[j] = cosine * x[j] + sine * (s[j] * z[j]) }
          }
        }
      }
    }
  }
}

extension EvaluatedPoint {
  /// ℓ at this position.
  @inlinable @inline(__always)
  func logLikelihood<Target: GaussianPriorLogDensity>(
    of target: Target, using workspace: inout Target.Workspace
  ) -> Double {
    target.logLikelihood(at: position.span, using: &workspace)
  }
}
