// A given part of low rank in the connectivity of a recurrent network.

import Sampling

/// (1/N) Σ_r m_r n_rᵀ: what a recurrent network's drawn weights J/√N are added to (Mastrogiuseppe & Ostojic 2018).
///
/// Neuron i receives (1/N) Σ_r m_ri Σ_j n_rj h_j besides.
public struct LowRankConnectivity: Sendable, Equatable {
  /// m, [rank, neuron].
  public let outgoing: Matrix
  /// n, [rank, neuron].
  public let selecting: Matrix

  public var rank: Int { outgoing.rows }
  public var neurons: Int { outgoing.columns }

  /// - Precondition: m and n of one shape.
  public init(outgoing: Matrix, selecting: Matrix) {
    precondition(
      outgoing.rows == selecting.rows && outgoing.columns == selecting.columns, "as many vectors n as vectors m")
    self.outgoing = outgoing
    self.selecting = selecting
  }

  /// How many orthogonal vectors ``init(overlaps:size:neurons:using:)`` is made of: the fewest neurons that it can have.
  public static func directions(overlaps: [Double], size: Double) -> Int {
    overlaps.reduce(0) { $0 + (isParallel($1, size) ? 1 : 2) }
  }

  /// Whether vectors of this size with this overlap are parallel, but for rounding.
  private static func isParallel(_ overlap: Double, _ size: Double) -> Bool {
    abs(overlap) >= size * size * (1 - 1e-12)
  }

  /// Vectors of random directions with |m_r|²/N = |n_r|²/N = s², n_r·m_r/N = λ_r, and n_r·m_r' = 0 for r ≠ r': all exactly.
  ///
  /// O(N R²).
  ///
  /// - Parameters:
  ///   - overlaps: λ_r, at most s² in size.
  ///   - size: s.
  /// - Precondition: at least ``directions(overlaps:size:)`` neurons.
  public init(overlaps: [Double], size: Double, neurons: Int, using stream: inout RandomStream) {
    precondition(
      overlaps.allSatisfy { abs($0) <= size * size }
        && neurons >= Self.directions(overlaps: overlaps, size: size),
      "overlaps that vectors of this size and number can have")
    var basis: [[Double]] = []
    func direction() -> [Double] {
      var vector = [Double](repeating: 0, count: neurons)
      for i in 0..<neurons { vector[i] = stream.standardNormal() }
      // Twice, since once leaves what rounding puts back.
      for _ in 0..<2 {
        for other in basis {
          let share = zip(vector, other).reduce(0) { $0 + $1.0 * $1.1 } / Double(neurons)
          for i in 0..<neurons { vector[i] -= share * other[i] }
        }
      }
      let scale = (Double(neurons) / vector.reduce(0) { $0 + $1 * $1 }).squareRoot()
      for i in 0..<neurons { vector[i] *= scale }
      basis.append(vector)
      return vector
    }
    var (m, n): ([Double], [Double]) = ([], [])
    for overlap in overlaps {
      let along = direction()
      m += along.map { size * $0 }
      if Self.isParallel(overlap, size) {
        n += along.map { overlap / size * $0 }
      } else {
        let rest = (size * size - overlap / size * (overlap / size)).squareRoot()
        n += zip(along, direction()).map { overlap / size * $0 + rest * $1 }
      }
    }
    self.init(
      outgoing: Matrix(rows: overlaps.count, columns: neurons, elements: m),
      selecting: Matrix(rows: overlaps.count, columns: neurons, elements: n))
  }

  /// Ω_rs = n_r·m_s/N, whose eigenvalues are those of the part that are not 0.
  public var overlaps: Matrix {
    var matrix = Matrix(rows: rank, columns: rank)
    for r in 0..<rank {
      for s in 0..<rank {
        matrix[r, s] = Self.product(selecting.row(r), outgoing.row(s)) / Double(neurons)
      }
    }
    return matrix
  }

  /// The eigenvalues of ``overlaps``, the largest first; empty where the iteration does not converge. O(R³).
  public var eigenvalues: [(real: Double, imaginary: Double)] {
    overlaps.elements.withUnsafeBufferPointer {
      RecurrentSpectrum(neurons: rank).eigenvalues($0.baseAddress!, scale: 1)
    }.sorted { ($0.real * $0.real + $0.imaginary * $0.imaginary) > ($1.real * $1.real + $1.imaginary * $1.imaginary) }
  }

  /// N times the variance of the eigenvalue near λ that weights of scale q make of that of rank one, (|n|²/N)(|m|²/N) q²/(λ² − q²), as N → ∞; nil
  /// for other ranks, and for |λ| ≤ q, where there is none apart from the others.
  func outlierVariance(scale q: Double) -> Double? {
    guard rank == 1 else { return nil }
    let value = overlaps[0, 0]
    guard abs(value) > q else { return nil }
    let sizes =
      Self.product(selecting.row(0), selecting.row(0)) * Self.product(outgoing.row(0), outgoing.row(0))
      / Double(neurons * neurons)
    return sizes * q * q / (value * value - q * q)
  }

  /// √N times the part, [from neuron, neuron]: in the units of the recurrent weights.
  var weights: [Double] {
    let scale = 1 / Double(neurons).squareRoot()
    var weights = [Double](repeating: 0, count: neurons * neurons)
    for r in 0..<rank {
      let (m, n) = (outgoing.row(r), selecting.row(r))
      for j in 0..<neurons { for i in 0..<neurons { weights[j * neurons + i] += scale * n[j] * m[i] } }
    }
    return weights
  }

  private static func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
}
