// Wide networks in standard scaling: a Gaussian process and its kernel ridge regression (THEORY section 6c).

import Sampling

/// The limit of infinite width of a network in standard scaling without context drives. At width n it is off by O(1/n).
///
/// The kernel goes from layer to layer, K ← σ_h² E[φ(u) φ(v)], (u, v) ~ N(0, K), from σ_m² x·x' to σ_w² E[φ φ]; the Gibbs
/// ensemble is kernel ridge regression with ridge P/β for each context.
public struct WideLimit: Sendable {
  /// Cov(y_p, y_q) under the prior, `[stimulus, stimulus]`.
  public let kernel: Matrix
  /// Averages over outputs, readout and loss; its scale is 1.
  public let posterior: OutputPosterior

  /// The limit on stimuli `[stimulus, feature]`; nil in mean-field scaling and with context drives.
  ///
  /// O(P² (D + L) + P³); tanh and softplus some thousand evaluations for each of the L P²/2 entries.
  ///
  /// - Throws: ``MaxEntropyError`` for a tightness that is negative or not finite, ``GSLError``.
  public init?(
    _ architecture: FeedforwardArchitecture, scales: WeightScales, task: LearningTask, stimuli: Matrix,
    tightness: Double
  ) throws {
    guard architecture.readoutScaling == .standard, architecture.drivenLayers == .none else { return nil }
    try DeepLinearPosterior.validate(tightness: tightness)
    kernel = Self.kernel(
      depth: architecture.depth, activation: architecture.activation, scales: scales, stimuli: stimuli)
    let eigen = try SymmetricEigen(kernel)
    let regression = RidgeRegression(
      task: task, stimuli: stimuli, sharpness: tightness * architecture.taskFactor, basis: eigen.vectors,
      variances: eigen.values.map { max(0, $0) })
    posterior = OutputPosterior(regression, scales: [(scale: 1, logWeight: 0)])
  }

  /// The kernel of the output after `depth` hidden layers in standard scaling, without context drives.
  public static func kernel(
    depth: Int, activation: Activation, scales: WeightScales, stimuli: Matrix
  ) -> Matrix {
    var kernel = (scales.input * scales.input) * (stimuli * stimuli.transposed)
    for layer in 1...depth {
      let scale = layer == depth ? scales.output : scales.hidden
      var next = kernel
      for p in 0..<kernel.rows {
        for q in 0...p {
          next[p, q] = scale * scale * activation.kernel(kernel[p, p], kernel[p, q], kernel[q, q])
          next[q, p] = next[p, q]
        }
      }
      kernel = next
    }
    return kernel
  }
}
