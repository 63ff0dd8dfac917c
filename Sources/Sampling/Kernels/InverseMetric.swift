// The inverse metric: an estimate of the target's covariance, used as a linear change of coordinates.

/// An inverse metric Σ, an estimate of the covariance of the real coordinates, held as its factor: Σ = L Lᵀ.
///
/// Kernels work with the *whitened momentum* r = Lᵀp, which is N(0, I) when the momentum p is N(0, Σ⁻¹): the kinetic
/// energy pᵀΣp/2 is |r|²/2, a drift of the position is x ← x + ε L r, and a kick is r ← r + ε Lᵀ∇ ln p. A metric is
/// thus nothing but the change of coordinates x = L ξ (Neal 2011, section 4.1), and L is never inverted.
public struct InverseMetric: Sendable, Equatable {
  /// How much of a covariance is estimated.
  public enum Kind: String, Sendable, CaseIterable {
    /// Σ = I.
    case identity
    /// Variances only.
    case diagonal
    /// The whole covariance.
    case dense
    /// Variances, and a few directions with variances of their own.
    case lowRank
  }

  private enum Factor: Sendable, Equatable {
    case identity
    case diagonal([Double])
    /// L by columns (row j of the upper triangle of Lᵀ), and L by rows: either product then runs along memory.
    case dense(columns: Matrix, rows: Matrix)
    case lowRank(LowRankFactor)
  }

  private let factor: Factor
  private init(_ factor: Factor) { self.factor = factor }

  /// Σ = I, for any number of coordinates.
  public static let identity = InverseMetric(.identity)

  /// Σ = diag(variances).
  ///
  /// - Throws: ``TuningError`` unless every variance is finite and positive.
  public static func diagonal(variances: [Double]) throws -> InverseMetric {
    if let index = variances.firstIndex(where: { !($0.isFinite && $0 > 0) }) {
      throw TuningError("variance \(index) of the metric is \(variances[index]); it must be finite and positive")
    }
    return InverseMetric(.diagonal(variances.map { $0.squareRoot() }))
  }

  /// Σ = diag(scales²).
  ///
  /// - Precondition: finite, positive scales.
  public static func diagonal(scales: [Double]) -> InverseMetric {
    precondition(scales.allSatisfy { $0.isFinite && $0 > 0 }, "scales must be finite and positive")
    return InverseMetric(.diagonal(scales))
  }

  /// Σ = covariance. O(n³).
  ///
  /// - Throws: ``GSLError`` if the matrix is not positive definite.
  public static func dense(covariance: Matrix) throws -> InverseMetric {
    let lower = try Cholesky(covariance).factor
    return InverseMetric(.dense(columns: lower.transposed, rows: lower))
  }

  /// Σ = S (I + U (Λ − I) Uᵀ) S with S = diag(scales), Λ = diag(variances) and orthonormal directions Uᵀ [direction, coordinate].
  ///
  /// - Throws: ``TuningError`` unless scales and variances are finite and positive, and directions orthonormal.
  public static func lowRank(scales: [Double], variances: [Double], directions: Matrix) throws -> InverseMetric {
    let factor = LowRankFactor(scales: scales, roots: variances.map { $0.squareRoot() }, directions: directions)
    if let fault = factor.fault { throw TuningError(fault) }
    return InverseMetric(.lowRank(factor))
  }

  /// How much of a covariance this holds.
  public var kind: Kind {
    switch factor {
    case .identity: .identity
    case .diagonal: .diagonal
    case .dense: .dense
    case .lowRank: .lowRank
    }
  }

  /// The number of coordinates it is for; nil if any.
  public var dimension: Int? {
    switch factor {
    case .identity: nil
    case .diagonal(let scales): scales.count
    case .dense(_, let rows): rows.rows
    case .lowRank(let factor): factor.scales.count
    }
  }

  /// Σ as a matrix. O(n³) for a dense one, O(n² k) for one of k directions.
  public func covariance(dimension n: Int) -> Matrix {
    requireFit(n)
    switch factor {
    case .identity: return .identity(n)
    case .diagonal(let scales):
      var matrix = Matrix(rows: n, columns: n)
      for i in 0..<n { matrix[i, i] = scales[i] * scales[i] }
      return matrix
    case .dense(let columns, let rows): return rows * columns
    case .lowRank(let factor): return factor.covariance
    }
  }

  private func requireFit(_ count: Int) {
    precondition(dimension ?? count == count, "a metric of another dimension than the target's real coordinates")
  }

  /// r ← r + ε Lᵀ∇. O(n), dense O(n²), with k directions O(n k).
  @usableFromInline
  func kick(_ momentum: inout [Double], along gradient: [Double], by step: Double) {
    let n = gradient.count
    requireFit(n)
    precondition(momentum.count == n)
    momentum.withUnsafeMutableBufferPointer { momentum in
      gradient.withUnsafeBufferPointer { gradient in
        guard n > 0, let r = momentum.baseAddress, let g = gradient.baseAddress else { return }
        switch factor {
        case .identity:
          VectorOperations.add(step, times: g, to: r, count: n)
        case .diagonal(let scales):
          scales.withUnsafeBufferPointer { scales in
            let s = scales.baseAddress!
            for i in 0..<n { r[i] += step * (s[i] * g[i]) }
          }
        case .dense(_, let rows):
          rows.elements.withUnsafeBufferPointer { rows in
            for i in 0..<n {
              VectorOperations.add(step * g[i], times: rows.baseAddress! + i * n, to: r, count: i + 1)
            }
          }
        case .lowRank(let factor):
          factor.kick(r, along: g, by: step)
        }
      }
    }
  }

  /// x ← x + ε L r over the real coordinates. O(n), dense O(n²), with k directions O(n k).
  @usableFromInline
  func drift(_ position: inout [Double], along momentum: [Double], by step: Double) {
    let n = momentum.count
    requireFit(n)
    precondition(position.count >= n)
    position.withUnsafeMutableBufferPointer { position in
      momentum.withUnsafeBufferPointer { momentum in
        guard n > 0, let x = position.baseAddress, let r = momentum.baseAddress else { return }
        switch factor {
        case .identity:
          VectorOperations.add(step, times: r, to: x, count: n)
        case .diagonal(let scales):
          scales.withUnsafeBufferPointer { scales in
            let s = scales.baseAddress!
            for i in 0..<n { x[i] += step * (s[i] * r[i]) }
          }
        case .dense(let columns, _):
          columns.elements.withUnsafeBufferPointer { columns in
            for j in 0..<n {
              VectorOperations.add(
                step * r[j], times: columns.baseAddress! + j * n + j, to: x + j, count: n - j)
            }
          }
        case .lowRank(let factor):
          factor.drift(x, along: r, by: step)
        }
      }
    }
  }

  /// Appends the factor, as numbers that restore bit for bit.
  package func save(to archive: inout [Double]) {
    switch factor {
    case .identity: archive.append(0)
    case .diagonal(let scales): archive += [1, Double(scales.count)] + scales
    case .dense(_, let rows): archive += [2, Double(rows.rows)] + rows.elements
    case .lowRank(let factor):
      archive.append(3)
      factor.save(to: &archive)
    }
  }

  /// Reads what ``save(to:)`` wrote.
  ///
  /// - Throws: ``ArchiveError`` if the archive does not hold a metric.
  package init(from archive: inout ArraySlice<Double>) throws {
    switch try archive.next() {
    case 0: self = .identity
    case 1: self.init(.diagonal(try archive.next(archive.nextCount(below: 1 << 40))))
    case 2:
      let n = try archive.nextCount(below: 1 << 20)
      let rows = Matrix(rows: n, columns: n, elements: try archive.next(n * n))
      self.init(.dense(columns: rows.transposed, rows: rows))
    case 3: self.init(.lowRank(try LowRankFactor(from: &archive)))
    case let kind: throw ArchiveError("the saved tuning has a metric of unknown kind \(kind)")
    }
  }
}
