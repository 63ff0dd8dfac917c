// How a network's output is distributed before it has seen the task, as far as two moments tell, at every width.

import Sampling

/// The second and fourth moments of the output under the prior, exact at every width (THEORY section 6b).
///
/// Given the neurons of the last layer y is Gaussian with variance σ_w² q_L, q_l = |h^l|²/n_l, divided by n_L in mean-field
/// scaling, so that <y²> and <y⁴> need the first two moments of q_L. Given the layer below, q_l is a mean of n_l independent
/// φ(u)², u ~ N(0, v_l). For homogeneous φ (linear, rectifier) these moments are proportional to v_l and v_l², and the
/// recursion v_{l+1} = σ_h² q_l (+ σ_b² where the layer is driven) closes; without drives
/// <y⁴>/(3<y²>²) = Π_l (1 + (κ-1)/n_l), κ = E[φ⁴]/E[φ²]²: 3 linear, 6 rectifier.
public struct PriorOutputMoments: Sendable {
  /// <y²>, `[stimulus]`, alike in all contexts.
  public let squares: [Double]
  /// <y⁴>, `[stimulus]`.
  public let fourths: [Double]
  /// The mean of <y²> over stimuli.
  public var meanSquare: Double { squares.reduce(0, +) / Double(squares.count) }
  /// The mean of <y⁴> over stimuli.
  public var meanFourth: Double { fourths.reduce(0, +) / Double(fourths.count) }
  /// <y⁴>/(3<y²>²), `[stimulus]`: 1 for a Gaussian; NaN where the output is always zero.
  public var kurtosisRatios: [Double] { zip(fourths, squares).map { $0 / (3 * $1 * $1) } }

  /// The moments on stimuli `[stimulus, feature]`; nil beyond one hidden layer for activations that are not homogeneous.
  ///
  /// O(P (D + L)), and two quadratures a stimulus where there is no closed form.
  ///
  /// - Throws: ``GSLError``.
  public init?(_ architecture: FeedforwardArchitecture, scales: WeightScales, stimuli: Matrix) throws {
    guard architecture.depth == 1 || architecture.activation.isHomogeneous else { return nil }
    let factor = architecture.readoutFactor * architecture.readoutFactor * Double(architecture.lastWidth)
    let readout = scales.output * scales.output * factor
    var squares: [Double] = []
    var fourths: [Double] = []
    for p in 0..<stimuli.rows {
      let x = stimuli.row(p)
      func drive(_ layer: Int) -> Double { architecture.isDriven(layer) ? scales.context * scales.context : 0 }
      // E[v] and E[v²] of the variance of a layer's inputs.
      var mean = scales.input * scales.input * dot(x, x) + drive(0)
      var square = mean * mean
      var own = (mean: 0.0, square: 0.0)
      for (layer, width) in architecture.widths.enumerated() {
        if layer > 0 {
          let weight = scales.hidden * scales.hidden
          mean = weight * own.mean + drive(layer)
          square = weight * weight * own.square + 2 * weight * own.mean * drive(layer) + drive(layer) * drive(layer)
        }
        let moments = try architecture.activation.evenMoments(variance: architecture.depth == 1 ? mean : 1)
        let spread = (moments.fourth - moments.second * moments.second) / Double(width)
        if architecture.depth == 1 {
          own = (moments.second, moments.second * moments.second + spread)
        } else {
          own = (moments.second * mean, (moments.second * moments.second + spread) * square)
        }
      }
      squares.append(readout * own.mean)
      fourths.append(3 * readout * readout * own.square)
    }
    self.squares = squares
    self.fourths = fourths
  }
}
