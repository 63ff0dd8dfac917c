// How one neuron responds linearly to the stimulus: what its output weight multiplies in the readout.

import Foundation
import Sampling

/// The linear response h_cd(m, b) of a neuron without closed-form maximum-entropy law: its share of the readout is w h_cd.
public enum NeuronResponse: Sendable, Equatable {
  /// Gain-modulated linear: h_cd = φ'(b_c) m_d.
  case continuousGain(Activation)
  /// On Gaussian stimuli of covariance S: h_cd = ḡ(b_c, |m|_S) (S m)_d, exact by Stein's lemma (THEORY section 1).
  case gaussianStimuli(Activation, covariance: Matrix)
  /// On a list of stimuli X [stimulus, feature]: h_cd = (1/P) Σ_p φ(m·x_p + b_c) x_pd.
  case sampledStimuli(Activation, Matrix)

  /// φ.
  public var activation: Activation {
    switch self {
    case .continuousGain(let activation), .gaussianStimuli(let activation, _), .sampledStimuli(let activation, _):
      activation
    }
  }

  /// Writes h [context, feature] at m and b. O(K D), on a list O(P K D).
  func write(
    _ m: UnsafePointer<Double>, _ b: UnsafePointer<Double>, contexts: Int, features: Int,
    to h: UnsafeMutablePointer<Double>
  ) {
    switch self {
    case .continuousGain(let activation):
      for c in 0..<contexts {
        let gain = activation.gain(b[c])
        for d in 0..<features { h[c * features + d] = gain * m[d] }
      }
    case .gaussianStimuli(let activation, let covariance):
      let variance = Self.quadraticForm(covariance, m)
      for c in 0..<contexts {
        let gain = activation.gaussianGain(drive: b[c], variance: variance).gain
        for d in 0..<features { h[c * features + d] = gain * Self.product(covariance, m, d) }
      }
    case .sampledStimuli(let activation, let stimuli):
      for k in 0..<contexts * features { h[k] = 0 }
      for p in 0..<stimuli.rows {
        let input = Self.product(stimuli, m, p)
        for c in 0..<contexts {
          let value = activation.value(input + b[c]) / Double(stimuli.rows)
          for d in 0..<features { h[c * features + d] += value * stimuli.elements[p * features + d] }
        }
      }
    }
  }

  /// F = Λ·h, adding `weight` ∂F/∂m and `weight` ∂F/∂b.
  ///
  /// - Parameter weight: of the derivatives, given F.
  func addGradient(
    _ m: UnsafePointer<Double>, _ b: UnsafePointer<Double>, multipliers: Matrix, weight: (Double) -> Double,
    to gradient: UnsafeMutablePointer<Double>
  ) -> Double {
    let contexts = multipliers.rows
    let features = multipliers.columns
    let db = gradient + features
    func along(_ c: Int, _ vector: (Int) -> Double) -> Double {
      var sum = 0.0
      for d in 0..<features { sum += multipliers.elements[c * features + d] * vector(d) }
      return sum
    }
    var value = 0.0
    switch self {
    case .continuousGain(let activation):
      for c in 0..<contexts { value += activation.gain(b[c]) * along(c) { m[$0] } }
      let factor = weight(value)
      for c in 0..<contexts {
        let gain = activation.gain(b[c])
        for d in 0..<features { gradient[d] += factor * gain * multipliers.elements[c * features + d] }
        db[c] += factor * activation.curvature(b[c]) * along(c) { m[$0] }
      }
    case .gaussianStimuli(let activation, let covariance):
      let variance = Self.quadraticForm(covariance, m)
      for c in 0..<contexts {
        value +=
          activation.gaussianGain(drive: b[c], variance: variance).gain * along(c) { Self.product(covariance, m, $0) }
      }
      let factor = weight(value)
      for c in 0..<contexts {
        let gain = activation.gaussianGain(drive: b[c], variance: variance)
        let projection = along(c) { Self.product(covariance, m, $0) }
        db[c] += factor * gain.driveSlope * projection
        for d in 0..<features {
          // ∂/∂m_d of ḡ(b, mᵀSm) Λ_c·S m.
          var own = 0.0
          for e in 0..<features { own += covariance[d, e] * multipliers.elements[c * features + e] }
          gradient[d] +=
            factor * (gain.gain * own + 2 * gain.varianceSlope * Self.product(covariance, m, d) * projection)
        }
      }
    case .sampledStimuli(let activation, let stimuli):
      let share = 1 / Double(stimuli.rows)
      func input(_ p: Int) -> Double { Self.product(stimuli, m, p) }
      for p in 0..<stimuli.rows {
        let x = input(p)
        for c in 0..<contexts {
          value += share * activation.value(x + b[c]) * along(c) { stimuli.elements[p * features + $0] }
        }
      }
      let factor = weight(value)
      for p in 0..<stimuli.rows {
        let x = input(p)
        for c in 0..<contexts {
          let slope =
            factor * share * activation.gain(x + b[c]) * along(c) { stimuli.elements[p * features + $0] }
          db[c] += slope
          for d in 0..<features { gradient[d] += slope * stimuli.elements[p * features + d] }
        }
      }
    }
    return value
  }

  /// The readout that stands for the target A: A itself, A S, or A S_P.
  public func readoutTarget(of target: Matrix) -> Matrix {
    switch self {
    case .continuousGain: target
    case .gaussianStimuli(_, let covariance): target * covariance
    case .sampledStimuli(_, let stimuli): target * GaussianStimuli.secondMoment(of: stimuli)
    }
  }

  /// vᵀ M v.
  private static func quadraticForm(_ matrix: Matrix, _ v: UnsafePointer<Double>) -> Double {
    var sum = 0.0
    for i in 0..<matrix.rows { sum += v[i] * product(matrix, v, i) }
    return sum
  }

  /// (M v)_row.
  @inline(__always)
  private static func product(_ matrix: Matrix, _ v: UnsafePointer<Double>, _ row: Int) -> Double {
    let columns = matrix.columns
    var sum = 0.0
    for j in 0..<columns { sum += matrix.elements[row * columns + j] * v[j] }
    return sum
  }
}
