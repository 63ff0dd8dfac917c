// A path from a Gaussian prior to a Gaussian posterior, whose evidence is exact.

import Foundation
import Sampling

/// ln p_t(x) = −½ |x|² − t ½ Σ_j (x_j − a)²/s², so that everything at every t is Gaussian.
struct GaussianPath: DifferentiableLogDensity, TemperableLogDensity {
  let layout: ParameterLayout
  let datum: Double
  let noise: Double
  var inverseTemperature = 1.0

  init(dimension: Int, datum: Double, noise: Double) {
    layout = ParameterLayout(real: "x", count: dimension)
    self.datum = datum
    self.noise = noise
  }

  func tempered(to inverseTemperature: Double) -> GaussianPath {
    var copy = self
    copy.inverseTemperature = inverseTemperature
    return copy
  }

  func temperatureSlope(at x: Span<Double>, using workspace: inout Void) -> Double {
    var sum = 0.0
    for j in 0..<x.count { sum -= 0.5 * (x[j] - datum) * (x[j] - datum) / (noise * noise) }
    return sum
  }

  func logDensity(at x: Span<Double>, using workspace: inout Void) -> Double {
    var sum = inverseTemperature * temperatureSlope(at: x, using: &workspace)
    for j in 0..<x.count { sum -= 0.5 * x[j] * x[j] }
    return sum
  }

  func logDensity(at x: Span<Double>, gradient: inout MutableSpan<Double>, using workspace: inout Void) -> Double {
    for j in 0..<x.count { gradient[j] = -x[j] - inverseTemperature * (x[j] - datum) / (noise * noise) }
    return logDensity(at: x, using: &workspace)
  }

  /// ln Z(t) − ln Z(0).
  func logEvidence(at t: Double = 1) -> Double {
    let precision = t / (noise * noise)
    return Double(layout.dimension) * (-0.5 * log1p(precision) - 0.5 * datum * datum * precision / (1 + precision))
  }

  /// KL(p_1 ‖ p_0).
  var relativeEntropy: Double {
    let variance = 1 / (1 + 1 / (noise * noise))
    let mean = variance * datum / (noise * noise)
    return 0.5 * Double(layout.dimension) * (variance + mean * mean - 1 - log(variance))
  }
}
