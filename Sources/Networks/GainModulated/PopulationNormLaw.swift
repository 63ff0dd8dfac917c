// The law of the norms of the output weights within each population, everything else integrated out.

import Sampling

/// The joint law of x_p = |w_p|/σ_w, w_p the output weights of the n_p neurons of population p (gains g_p ≠ 0), in the Gibbs or
/// hard density with input weights and the directions of all w_p integrated out:
///
///     ln p(x) = Σ_p [(n_p − 1) ln x_p − x_p²/2] + ln ∫ dm p,  C = (σ_w² σ_m²/N²) Σ_p x_p² g_p g_pᵀ
///
/// (``CollapsedReadout``): x_p² is χ² with n_p degrees of freedom in the prior, and the readout sees nothing else of w.
/// One number a population instead of N(1 + D): what makes nearly independent draws possible.
struct PopulationNormLaw: Sendable {
  let readout: CollapsedReadout
  /// n_p of the populations with gains.
  var counts: [Double]
  /// g_p: [population, context]; in the hard ensemble by their coordinates in the gains' span.
  let gains: [Double]
  /// σ_w² σ_m²/N².
  var scale: Double
  var count: Int { counts.count }
  private var contexts: Int { readout.contexts }

  /// Nil if the density's potential is neither a loss nor a constraint, or its gains are not given.
  init?(_ density: GainModulatedLinearDensity, populations: NeuronPopulations) {
    guard case .fixed(let matrix) = density.gains else { return nil }
    var span: GainSpan?
    if case .constraint = density.potential {
      guard let found = try? GainSpan(GivenGains(matrix.transposed)) else { return nil }
      span = found
    }
    guard let readout = CollapsedReadout(density, span: span) else { return nil }
    self.readout = readout
    let contexts = matrix.rows
    let active = (0..<populations.count).filter { p in
      populations.gains[p * contexts..<(p + 1) * contexts].contains { $0 != 0 }
    }
    counts = active.map { Double(populations.starts[$0 + 1] - populations.starts[$0]) }
    let own = active.flatMap { populations.gains[$0 * contexts..<($0 + 1) * contexts] }
    let rows = Matrix(rows: active.count, columns: contexts, elements: own)
    gains = span.map { $0.coordinates(of: rows.transposed).transposed.elements } ?? own
    let n = Double(density.neurons)
    scale = 1 / (density.outputPrecision * density.inputPrecision * n * n)
  }

  /// Σ_p [(n_p − 1) ln x_p − x_p²/2]; −∞ outside x > 0.
  @inline(__always)
  func logPrior(_ norms: UnsafePointer<Double>) -> Double {
    var sum = 0.0
    for p in 0..<count {
      guard norms[p] > 0 else { return -.infinity }
      sum += (counts[p] - 1) * log(norms[p]) - norms[p] * norms[p] / 2
    }
    return sum
  }

  /// Writes C, lower triangle. O(P K²).
  @inline(__always)
  func covariance(_ norms: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    for k in 0..<contexts * contexts { result[k] = 0 }
    for p in 0..<count { add(scale * norms[p] * norms[p], population: p, to: result) }
  }

  /// C ← C + δ g_p g_pᵀ, lower triangle.
  @inline(__always)
  func add(_ change: Double, population p: Int, to covariance: UnsafeMutablePointer<Double>) {
    gains.withUnsafeBufferPointer { gains in
      let g = gains.baseAddress! + p * contexts
      for c in 0..<contexts where g[c] != 0 {
        let factor = change * g[c]
        for e in 0...c { covariance[c * contexts + e] += factor * g[e] }
      }
    }
  }

  /// Minus ln p, its gradient and its second derivatives at x > 0. O(D (K³ + P² K)); not for a hot path.
  ///
  /// - Throws: ``GSLError`` if a B is not positive definite, which rounding alone could bring about.
  func derivatives(at norms: [Double]) throws -> (value: Double, gradient: [Double], hessian: Matrix) {
    var covariance = Matrix(rows: contexts, columns: contexts)
    self.covariance(norms, into: &covariance.elements)
    for c in 0..<contexts { for e in 0..<c { covariance[e, c] = covariance[c, e] } }
    let patterns = Matrix(rows: count, columns: contexts, elements: gains)
    var workspace = readout.makeWorkspace()
    let value = -logPrior(norms) - readout.logLikelihood(covariance.elements, using: &workspace)
    // First and second derivatives with respect to s_p = x_p².
    var slope = [Double](repeating: 0, count: count)
    var bend = Matrix(rows: count, columns: count)
    for k in 0..<readout.features {
      let precision = readout.precisions[k]
      let inverse = try Cholesky(readout.ridge * .identity(contexts) + precision * covariance).inverse
      let overlap = patterns * inverse * patterns.transposed
      let target = Array(readout.target[k * contexts..<(k + 1) * contexts])
      let pull = patterns * inverse * target
      let weight = precision * scale
      for p in 0..<count {
        slope[p] += weight * (overlap[p, p] - precision * pull[p] * pull[p]) / 2
        for q in 0..<count {
          bend[p, q] += weight * weight * overlap[p, q] * (precision * pull[p] * pull[q] - overlap[p, q] / 2)
        }
      }
    }
    var gradient = slope
    var hessian = bend
    for p in 0..<count {
      let x = norms[p]
      gradient[p] = x - (counts[p] - 1) / x + 2 * x * slope[p]
      for q in 0..<count { hessian[p, q] = 4 * x * norms[q] * bend[p, q] }
      hessian[p, p] += 1 + (counts[p] - 1) / (x * x) + 2 * slope[p]
    }
    return (value, gradient, hessian)
  }
}
