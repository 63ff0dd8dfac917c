// What binds a network to its task through its linear readout: a potential V(R) in the log density −N V(R).

import Sampling

/// The task's part of a log density that depends on a network only through its readout R: ln p = … − N V(R).
public enum ReadoutPotential: Sendable, Equatable {
  /// V(R) = β ½ Σ_c (R_c − A_c)ᵀ S (R_c − A_c), the Gibbs ensemble (THEORY section 5).
  case loss(tightness: Double, target: Matrix, stimulusCovariance: Matrix)
  /// V(R) = −Λ·R, the product ensemble (THEORY section 4).
  case multipliers(Matrix)
  /// R = target, the hard ensemble (THEORY section 11): V = 0, and networks with another readout are not meant. The log density is
  /// that of the conditional law p0(θ) δ(R(θ) − A), without the δ.
  case constraint(target: Matrix)

  /// The number of contexts K.
  public var contexts: Int { shape.rows }
  /// The number of stimulus features D.
  public var features: Int { shape.columns }

  private var shape: Matrix {
    switch self {
    case .loss(_, let target, _): target
    case .multipliers(let multipliers): multipliers
    case .constraint(let target): target
    }
  }

  /// V(R), with ∂V/∂R written to `slope` (both [context, feature], row-major). O(K D²).
  func value(at readout: [Double], slope: inout [Double]) -> Double {
    switch self {
    case .multipliers(let multipliers):
      var value = 0.0
      for k in 0..<readout.count {
        slope[k] = -multipliers.elements[k]
        value -= multipliers.elements[k] * readout[k]
      }
      return value
    case .constraint:
      for k in 0..<readout.count { slope[k] = 0 }
      return 0
    case .loss(let tightness, let target, let covariance):
      let features = target.columns
      var value = 0.0
      for c in 0..<target.rows {
        for d in 0..<features {
          var sum = 0.0
          for e in 0..<features {
            let k = c * features + e
            sum += covariance.elements[d * features + e] * (readout[k] - target.elements[k])
          }
          let k = c * features + d
          slope[k] = tightness * sum
          value += (readout[k] - target.elements[k]) * slope[k]
        }
      }
      return value / 2
    }
  }

  /// V(R + e_c δᵀ) − V(R) for a change δ of row `context`, given ∂V/∂R at R. O(D²).
  @inline(__always)
  func change(ofRow context: Int, by change: [Double], slope: [Double]) -> Double {
    let features = change.count
    var value = 0.0
    for d in 0..<features { value += slope[context * features + d] * change[d] }
    if case .loss(let tightness, _, let covariance) = self {
      var square = 0.0
      for d in 0..<features {
        for e in 0..<features { square += change[d] * covariance.elements[d * features + e] * change[e] }
      }
      value += tightness * square / 2
    }
    return value
  }

  /// Updates ∂V/∂R after the same change. O(D²).
  @inline(__always)
  func updateSlope(_ slope: inout [Double], ofRow context: Int, by change: [Double]) {
    guard case .loss(let tightness, _, let covariance) = self else { return }
    let features = change.count
    for d in 0..<features {
      var sum = 0.0
      for e in 0..<features { sum += covariance.elements[d * features + e] * change[e] }
      slope[context * features + d] += tightness * sum
    }
  }
}

extension ReadoutPotential {
  /// The loss with a target A drawn given a readout: A_c = Σ_k v_k (v_k·R_c + z/√(λ_k β n)) over the eigenvectors v_k of S
  /// with eigenvalues λ_k > 0. A constraint has no noise: A = R.
  ///
  /// - Parameter weight: n, what multiplies the potential.
  ///
  /// Nil if the potential is neither a constraint nor a loss of positive tightness. O(K D² + D³).
  func drawingTarget(given readout: Matrix, weight: Double, using stream: inout RandomStream) -> ReadoutPotential? {
    if case .constraint = self { return .constraint(target: readout) }
    guard case .loss(let tightness, _, let covariance) = self, tightness * weight > 0,
      let eigen = try? SymmetricEigen(covariance)
    else { return nil }
    var target = Matrix(rows: readout.rows, columns: readout.columns)
    let largest = eigen.values.last ?? 0
    for k in 0..<readout.columns where eigen.values[k] > 1e-12 * largest {
      let spread = 1 / (eigen.values[k] * tightness * weight).squareRoot()
      for c in 0..<readout.rows {
        var projection = spread * stream.standardNormal()
        for d in 0..<readout.columns { projection += eigen.vectors[d, k] * readout[c, d] }
        for d in 0..<readout.columns { target[c, d] += projection * eigen.vectors[d, k] }
      }
    }
    return .loss(tightness: tightness, target: target, stimulusCovariance: covariance)
  }
}
