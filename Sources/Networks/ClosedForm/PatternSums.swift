// Sums over all 2^K gain patterns at a cost that hardly grows with the number of features.
//
// A quadratic form gᵀQg is built by adding one context at a time. Moments Σ_g f(g) g_c g_c' g_e g_e' are superset sums, all
// of which follow from one array by halving: K 2^(K-1) additions. Everything that Newton's method needs is a contraction of
// such moments with the multipliers, because u_g = Λᵀg is linear in g.

import Sampling

/// The arrays over 2^K patterns and the sums over them.
struct PatternSums: Sendable {
  let contexts: Int
  let count: Int
  private var scratch: [Double]

  init(contexts: Int) {
    self.contexts = contexts
    count = 1 << contexts
    scratch = [Double](repeating: 0, count: max(1, count / 2))
  }

  /// The bit of a context in a pattern's index.
  @inline(__always)
  func bit(_ context: Int) -> Int { 1 << (contexts - 1 - context) }

  /// Fills `values[g]` with gᵀQg. O(2^K); of Q only the symmetric part counts.
  mutating func fillQuadraticForm(_ form: Matrix, into values: inout [Double]) {
    let contexts = contexts
    scratch.withUnsafeMutableBufferPointer { linear in
      values.withUnsafeMutableBufferPointer { values in
        values[0] = 0
        for position in 0..<contexts {
          let context = contexts - 1 - position
          linear[0] = 0
          for lower in 0..<position {
            let other = contexts - 1 - lower
            let coefficient = form[context, other] + form[other, context]
            let half = 1 << lower
            for g in 0..<half { linear[half + g] = linear[g] + coefficient }
          }
          let diagonal = form[context, context]
          let half = 1 << position
          for g in 0..<half { values[half + g] = values[g] + (diagonal + linear[g]) }
        }
      }
    }
  }

  /// Replaces `values[S]` by Σ_{g ⊇ S} values[g]. O(K 2^K).
  func accumulateSupersets(_ values: inout [Double]) {
    values.withUnsafeMutableBufferPointer { values in
      for position in 0..<contexts {
        let half = 1 << position
        var base = 0
        while base < values.count {
          for g in base..<base + half { values[g] += values[g + half] }
          base += 2 * half
        }
      }
    }
  }

  /// The K x K matrix Σ_g f(g) g_c g_c', from superset sums of f.
  func pairMoments(_ supersets: [Double]) -> Matrix {
    var moments = Matrix(rows: contexts, columns: contexts)
    for c in 0..<contexts { for e in 0..<contexts { moments[c, e] = supersets[bit(c) | bit(e)] } }
    return moments
  }

  /// Adds factor · Σ_g f(g) g_c g_c' (Xᵀg)_d (Yᵀg)_d', symmetrised in X and Y, to entry [(c, d), (c', d')]. O(K⁴D + K³D²).
  func addQuarticMoments(
    _ supersets: [Double], _ left: Matrix, _ right: Matrix, factor: Double, to tensor: inout Matrix
  ) {
    let features = left.columns
    let leftTransposed = left.transposed
    var quartic = Matrix(rows: contexts, columns: contexts)
    for c in 0..<contexts {
      for other in c..<contexts {
        let pair = bit(c) | bit(other)
        for e in 0..<contexts {
          for f in e..<contexts {
            let value = supersets[pair | bit(e) | bit(f)]
            quartic[e, f] = value
            quartic[f, e] = value
          }
        }
        let block = leftTransposed * (quartic * right)
        for d in 0..<features {
          for e in 0..<features {
            let value = factor * 0.5 * (block[d, e] + block[e, d])
            tensor[c * features + d, other * features + e] += value
            if c != other { tensor[other * features + e, c * features + d] += value }
          }
        }
      }
    }
  }

  /// Adds factor · M_cc' δ_dd' to entry [(c, d), (c', d')].
  func addIsotropic(_ moments: Matrix, features: Int, factor: Double, to tensor: inout Matrix) {
    for c in 0..<contexts {
      for e in 0..<contexts {
        for d in 0..<features { tensor[c * features + d, e * features + d] += factor * moments[c, e] }
      }
    }
  }
}

/// Subtracts a bᵀ.
func subtractOuterProduct(_ a: [Double], _ b: [Double], from matrix: inout Matrix) {
  for i in 0..<a.count {
    let row = i * matrix.columns
    for j in 0..<b.count { matrix.elements[row + j] -= a[i] * b[j] }
  }
}
