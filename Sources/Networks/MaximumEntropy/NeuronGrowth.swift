// How fast a neuron's response grows with its weights, which decides whether a readout-linear law can be normalised.

import Foundation
import Sampling

extension NeuronResponse {
  /// sup of (Λ·h)² over |m|²/σ_m² (plus |b|²/σ_b² where h grows with b) far out: with the output weight's variance v integrated
  /// out, exp(v (Λ·h)²/2) is beaten by the Gaussian prior if and only if v times this is below one.
  ///
  /// For gains in (0, g_max] the supremum is at a corner, where every gain is 0 or g_max. On Gaussian stimuli gains tend to ḡ(b, ∞):
  /// 1 for linear, 1/2 for relu and softplus, 0 for tanh and erf. On a list of stimuli tanh and erf are bounded; linear, relu and (far
  /// out) softplus are homogeneous in (m, b), and the supremum is found by fixed-point ascent from many starts.
  func growth(_ multipliers: Matrix, inputScale: Double, contextScale: Double) -> Double {
    let square = inputScale * inputScale
    switch self {
    case .continuousGain(let activation):
      guard multipliers.rows <= 20 else { return 0 }
      var largest = 0.0
      for pattern in 1..<1 << multipliers.rows {
        var norm = 0.0
        for d in 0..<multipliers.columns {
          var sum = 0.0
          for c in 0..<multipliers.rows where pattern >> c & 1 == 1 { sum += multipliers[c, d] }
          norm += sum * sum
        }
        largest = max(largest, norm)
      }
      return largest * activation.largestGain * activation.largestGain * square
    case .gaussianStimuli(let activation, let covariance):
      let limit = activation == .linear ? 1 : activation.isBounded ? 0 : 0.5
      var norm = 0.0
      for d in 0..<covariance.rows {
        var sum = 0.0
        for c in 0..<multipliers.rows {
          for e in 0..<covariance.rows { sum += multipliers[c, e] * covariance[e, d] }
        }
        norm += sum * sum
      }
      return limit * limit * norm * square
    case .sampledStimuli(let activation, let stimuli):
      guard !activation.isBounded else { return 0 }
      return Self.homogeneousGrowth(
        activation == .linear ? .linear : .relu, stimuli, multipliers, scales: (inputScale, contextScale))
    }
  }

  /// sup F² over the unit sphere of (m/σ_m, b/σ_b), F = (1/P) Σ_cp (Λ_c·x_p) φ(m·x_p + b_c).
  private static func homogeneousGrowth(
    _ activation: Activation, _ stimuli: Matrix, _ multipliers: Matrix, scales: (input: Double, context: Double)
  ) -> Double {
    let features = stimuli.columns
    let contexts = multipliers.rows
    let dimension = features + contexts
    let response = NeuronResponse.sampledStimuli(activation, stimuli)
    var largest = 0.0
    // Low-discrepancy starts: the supremum must not depend on a random stream.
    for start in 0..<64 {
      var point = [Double](repeating: 0, count: dimension)
      for j in 0..<dimension {
        let angle = Double(start + 1) * Double(j + 1) * 1.6180339887
        point[j] = sin(angle + Double(j))
      }
      for sign in [1.0, -1.0] {
        var best = 0.0
        for _ in 0..<60 {
          let norm = point.reduce(0) { $0 + $1 * $1 }.squareRoot()
          guard norm > 0 else { break }
          for j in 0..<dimension { point[j] /= norm }
          let weights = (0..<dimension).map { (j: Int) -> Double in
            point[j] * (j < features ? scales.input : scales.context)
          }
          var gradient = [Double](repeating: 0, count: dimension)
          let value = weights.withUnsafeBufferPointer { x in
            gradient.withUnsafeMutableBufferPointer {
              response.addGradient(
                x.baseAddress!, x.baseAddress! + features, multipliers: multipliers, weight: { _ in sign },
                to: $0.baseAddress!)
            }
          }
          if value * sign <= best * (1 + 1e-12), best > 0 { break }
          best = max(best, value * sign)
          // F is homogeneous of degree one: at a maximum on the sphere its gradient points along the position. Half a step of the
          // fixed-point iteration never overshoots.
          for j in 0..<dimension {
            let slope = gradient[j] * (j < features ? scales.input : scales.context)
            point[j] = point[j] * max(abs(value), 1e-300) + slope
          }
        }
        largest = max(largest, best)
      }
    }
    return largest * largest
  }
}
