// Wide networks in standard scaling: a Gaussian process and its kernel ridge regression (THEORY section 6c).

import Sampling

/// The limit of infinite width of a network in standard scaling. At width n it is off by O(1/n).
///
/// The kernel goes from layer to layer, K ← σ_h² E[φ(u) φ(v)], (u, v) ~ N(0, K), from σ_m² x·x' to σ_w² E[φ φ]; where a context drives
/// a layer, its inputs have σ_b² more in common within the context. The Gibbs ensemble is kernel ridge regression with ridge P/β for each
/// context; contexts that no drive tells apart share one function.
public struct WideLimit: Sendable {
  /// Cov(y_cp, y_c'q) under the prior, rows and columns `set · P + stimulus`, a set for each context where drives tell them apart.
  public let kernel: Matrix
  /// Averages over outputs, readout and loss; its scale is 1.
  public let posterior: OutputPosterior
  /// The regression in the eigenbasis of the kernel.
  let regression: RidgeRegression

  /// Outputs of driven networks, K P, beyond which the eigenvectors of the kernel would take minutes.
  static let mostRows = 1000
  /// Outputs beyond which its entries would, where each is a quadrature in the plane.
  static let mostRowsByQuadrature = 200

  /// The limit on stimuli `[stimulus, feature]`; nil in mean-field scaling.
  ///
  /// O(Q² (D + L) + Q³) for Q = K P outputs, without drives P; tanh and softplus some thousand evaluations for each of the L Q²/2
  /// entries.
  ///
  /// - Throws: ``MaxEntropyError`` for a tightness that is negative or not finite, `NotComputed` for driven networks with too many
  ///   outputs, ``GSLError``.
  public init?(
    _ architecture: FeedforwardArchitecture, scales: WeightScales, task: LearningTask, stimuli: Matrix,
    tightness: Double
  ) throws {
    guard architecture.readoutScaling == .standard else { return nil }
    try DeepLinearPosterior.validate(tightness: tightness)
    if architecture.outputSets > 1 {
      let rows = architecture.outputSets * stimuli.rows
      let most = architecture.activation.hasGaussianPairs ? Self.mostRows : Self.mostRowsByQuadrature
      guard rows <= most else { throw NotComputed("a kernel of \(rows) outputs takes too long (at most \(most))") }
    }
    kernel = Self.kernel(architecture, scales: scales, stimuli: stimuli)
    let eigen = try SymmetricEigen(kernel)
    regression = RidgeRegression(
      task: task, stimuli: stimuli, sharpness: tightness * architecture.taskFactor, basis: eigen.vectors,
      variances: eigen.values.map { max(0, $0) })
    posterior = OutputPosterior(regression, scales: [(scale: 1, logWeight: 0)])
  }

  /// The kernel of the output in standard scaling.
  static func kernel(_ architecture: FeedforwardArchitecture, scales: WeightScales, stimuli: Matrix) -> Matrix {
    let count = stimuli.rows
    let rows = architecture.outputSets * count
    let products = stimuli * stimuli.transposed
    var kernel = Matrix(rows: rows, columns: rows)
    for layer in 0...architecture.depth {
      let scale =
        layer == 0 ? scales.input : layer == architecture.depth ? scales.output : scales.hidden
      let isDriven = layer < architecture.depth && architecture.isDriven(layer)
      var next = kernel
      for p in 0..<rows {
        for q in 0...p {
          let shared =
            layer == 0
            ? products[p % count, q % count]
            : architecture.activation.kernel(kernel[p, p], kernel[p, q], kernel[q, q])
          next[p, q] =
            scale * scale * shared + (isDriven && p / count == q / count ? scales.context * scales.context : 0)
          next[q, p] = next[p, q]
        }
      }
      kernel = next
    }
    return kernel
  }
}
