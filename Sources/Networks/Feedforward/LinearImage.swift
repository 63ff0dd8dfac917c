// The gain-modulated linear image of a two-layer network: the linear network that responds to Gaussian stimuli most alike.

import Sampling

extension FeedforwardArchitecture {
  /// R_cd = f Σ_i w_i ḡ(b_ic, |m_i|_S) m_id, [context, feature], f the readout factor; nil for more than one hidden layer.
  ///
  /// By Stein's lemma this is the regression of y_c(x) on x ~ N(0, S): no linear network answers more alike (THEORY section 1).
  /// What is left of y is the mapping error. O(N (K + D²)).
  ///
  /// - Parameters:
  ///   - position: laid out as ``layout``.
  ///   - covariance: S, [feature, feature].
  public func linearImage(at position: [Double], covariance: Matrix) -> Matrix? {
    guard depth == 1 else { return nil }
    let n = lastWidth
    let position = weights(at: position)
    let drives = weightLayout["context_drive"]?.offset
    var image = Matrix(rows: contexts, columns: features)
    var weights = [Double](repeating: 0, count: features)
    for i in 0..<n {
      for d in 0..<features { weights[d] = position[n + d * n + i] }
      let variance = max(0, dot(weights, covariance * weights))
      for c in 0..<contexts {
        let drive = drives.map { position[$0 + c * n + i] } ?? 0
        let slope = readoutFactor * position[i] * activation.gaussianGain(drive: drive, variance: variance).gain
        for d in 0..<features { image[c, d] += slope * weights[d] }
      }
    }
    return image
  }
}
