// A network of one to three neurons as formulas: the law of its hidden weights with the output weights integrated out.

import Foundation

/// Networks so small that all averages are integrals of a few dimensions, written down here once more and not taken from the program.
///
/// Outputs are y_s = f Σ_i w_i H_si on rows s; a network weighs exp(−β n L), L = ½ Σ_s ω_s (y_s − Y_s)². Given the hidden weights
/// the output weights are Gaussian, with precision A = I/σ_w² + β n f² Σ_s ω_s H_s H_sᵀ.
struct TinyNetwork: Sendable {
  /// What the rows of a network are, and what is read from them.
  struct Rows: Sendable {
    /// ω_s; 0 for rows that are looked at and do not bind.
    var weights: [Double]
    var wanted: [Double]
    /// Readouts as sums over rows: [readout][row].
    var readouts: [[Double]]
  }

  var rows: Rows
  /// The number of output weights, at most two.
  var neurons: Int
  /// f and n.
  var readoutFactor: Double
  var taskFactor: Double
  var tightness: Double
  var outputScale: Double
  /// Prior standard deviations of the hidden weights.
  var hiddenScales: [Double]
  /// Groups of hidden weights that are integrated together.
  var axes: [TinyAxis]
  /// Discrete states (gain patterns) with their prior probabilities.
  var states: [(probability: Double, gains: [Double])] = [(1, [])]
  /// H [row · neurons + neuron] of hidden weights and gains, written in place.
  var features: @Sendable (_ hidden: [Double], _ gains: [Double], _ into: inout [Double]) -> Void
  /// Averages of hidden weights and gains alone, by name.
  var hiddenNames: [String]
  var hidden: @Sendable (_ hidden: [Double], _ gains: [Double], _ into: inout [Double], _ first: Int) -> Void

  /// What is averaged, in order.
  var names: [String] {
    ["output_second_moment", "loss"] + rows.readouts.indices.flatMap { ["readout_\($0)", "readout_\($0)_square"] }
      + hiddenNames
  }

  /// ln of ∫ p0(w) exp(−β n L) dw, and the averages given the hidden weights, written behind each other.
  func integrateOutputs(
    _ parameters: [Double], _ gains: [Double], features h: inout [Double], values: inout [Double]
  ) -> Double {
    features(parameters, gains, &h)
    let (n, f, precision) = (neurons, readoutFactor, tightness * taskFactor)
    let prior = 1 / (outputScale * outputScale)
    // G = Σ ω H Hᵀ, c = Σ ω H Y, with room for two neurons.
    var (g00, g01, g11, c0, c1, power) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    for s in rows.weights.indices {
      let weight = rows.weights[s]
      let wanted = rows.wanted[s]
      let first = h[s * n]
      let second = n > 1 ? h[s * n + 1] : 0
      g00 += weight * first * first
      g01 += weight * first * second
      g11 += weight * second * second
      c0 += weight * first * wanted
      c1 += weight * second * wanted
      power += weight * wanted * wanted
    }
    let scale = precision * f * f
    let a00 = prior + scale * g00
    let a01 = scale * g01
    let a11 = prior + scale * g11
    let determinant = a00 * a11 - a01 * a01
    // The covariance and the mean of the output weights; a second one that is not there stays at its prior and is left out.
    let (s00, s01, s11) = (a11 / determinant, -a01 / determinant, a00 / determinant)
    let (b0, b1) = (precision * f * c0, precision * f * c1)
    let (m0, m1) = (s00 * b0 + s01 * b1, s01 * b0 + s11 * b1)
    let square = s00 + m0 * m0 + (n > 1 ? s11 + m1 * m1 : 0)
    values[0] = square / Double(n)
    values[1] =
      (power - 2 * f * (c0 * m0 + c1 * m1)
        + f * f * (g00 * (m0 * m0 + s00) + 2 * g01 * (m0 * m1 + s01) + g11 * (m1 * m1 + s11))) / 2
    for (k, coefficients) in rows.readouts.enumerated() {
      var (v0, v1) = (0.0, 0.0)
      for s in coefficients.indices {
        v0 += f * coefficients[s] * h[s * n]
        if n > 1 { v1 += f * coefficients[s] * h[s * n + 1] }
      }
      let mean = v0 * m0 + v1 * m1
      values[2 + 2 * k] = mean
      values[3 + 2 * k] = mean * mean + v0 * v0 * s00 + 2 * v0 * v1 * s01 + v1 * v1 * s11
    }
    hidden(parameters, gains, &values, 2 + 2 * rows.readouts.count)
    return -0.5 * log(determinant / (prior * prior)) + 0.5 * (b0 * m0 + b1 * m1) - 0.5 * precision * power
  }
}

/// Hidden weights that one rule integrates.
enum TinyAxis: Sendable {
  /// One weight on which everything depends smoothly.
  case line
  /// The same, where a change of its sign together with others' changes nothing: its positive half stands for both.
  case half
  /// One weight, with a kink at 0.
  case kinked
  /// One weight that bends sharply at 0, its positive half standing for both.
  case kinkedHalf
  /// Two weights of a neuron (input weight, drive), in polar coordinates, with kinks on rays at given angles.
  case plane(kinks: [Double])

  var dimension: Int { if case .plane = self { 2 } else { 1 } }
}

/// Activations as textbooks have them.
enum TinyActivation: String, Sendable, CaseIterable {
  case tanh, erf, softplus, relu, linear

  var isOdd: Bool { [.tanh, .erf, .linear].contains(self) }

  func value(_ x: Double) -> Double {
    switch self {
    case .tanh: Foundation.tanh(x)
    case .erf: Foundation.erf(x)
    case .softplus: max(x, 0) + log1p(exp(-abs(x)))
    case .relu: max(x, 0)
    case .linear: x
    }
  }

  func slope(_ x: Double) -> Double {
    switch self {
    case .tanh: 1 / pow(cosh(x), 2)
    case .erf: 2 / Double.pi.squareRoot() * exp(-x * x)
    case .softplus: 1 / (1 + exp(-x))
    case .relu: x > 0 ? 1 : 0
    case .linear: 1
    }
  }
}
