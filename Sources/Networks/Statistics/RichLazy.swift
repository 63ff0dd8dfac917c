// How far training moved a network: rich or lazy.

import Sampling

/// Measures of how much training changed a network (Flesch et al. 2022).
public enum RichLazy {
  /// |θ − θ_0|/|θ_0|: small for lazy training, large for rich. O(weights).
  ///
  /// - Throws: ``StatisticsError`` for different numbers of weights, or a start of norm zero.
  public static func relativeNormChange(from start: [Double], to end: [Double]) throws -> Double {
    guard start.count == end.count else {
      throw StatisticsError.invalidCount(
        what: "weights at the end", found: end.count, allowed: "\(start.count), as at the start")
    }
    let norm = start.reduce(0) { $0 + $1 * $1 }
    guard norm > 0 else { throw StatisticsError.degenerate("the weights at the start are all zero") }
    let change = zip(start, end).reduce(0) { $0 + ($1.1 - $1.0) * ($1.1 - $1.0) }
    return (change / norm).squareRoot()
  }

  /// The centred alignment ⟨HKH, HK'H⟩/(|HKH| |HK'H|) of the kernels K = XXᵀ of two hidden representations, H = 1 − 11ᵀ/P
  /// (Cortes, Mohri & Rostamizadeh 2012; Kornblith et al. 2019): 1 if training left the geometry as it was.
  ///
  /// Computed as |XᵀX'|²/(|XᵀX||X'ᵀX'|) of centred columns. O(P N N').
  ///
  /// - Parameters:
  ///   - first: hidden activities, [stimulus (and context), neuron].
  ///   - second: of the same stimuli in the same order; the numbers of neurons may differ.
  /// - Throws: ``StatisticsError`` for different or fewer than two stimuli, or activities that do not vary.
  public static func kernelAlignment(_ first: Matrix, _ second: Matrix) throws -> Double {
    guard first.rows == second.rows, first.rows >= 2 else {
      throw StatisticsError.invalidCount(
        what: "stimuli of the second representation", found: second.rows,
        allowed: "\(first.rows), as of the first, and at least 2")
    }
    let (a, b) = (centred(first), centred(second))
    let own = ((a.transposed * a).squaredNorm * (b.transposed * b).squaredNorm).squareRoot()
    guard own > 0 else { throw StatisticsError.degenerate("a representation does not vary over stimuli") }
    return (a.transposed * b).squaredNorm / own
  }

  private static func centred(_ activity: Matrix) -> Matrix {
    var result = activity
    for k in 0..<activity.columns {
      var mean = 0.0
      for p in 0..<activity.rows { mean += activity[p, k] / Double(activity.rows) }
      for p in 0..<activity.rows { result[p, k] -= mean }
    }
    return result
  }
}
