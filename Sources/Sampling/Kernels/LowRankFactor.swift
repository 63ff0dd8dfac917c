// The factor of an inverse metric of a diagonal and a few directions.

/// L = S (I + U (Λ^½ − I) Uᵀ), S = diag(s) and U orthonormal: Σ = L Lᵀ = S (I + U (Λ − I) Uᵀ) S.
///
/// Either product takes the directions one by one, each by a scalar product and a sum: O(n k), and nothing to keep in between.
struct LowRankFactor: Sendable, Equatable {
  /// s.
  let scales: [Double]
  /// The square roots of Λ.
  let roots: [Double]
  /// Uᵀ, [direction, coordinate].
  let directions: Matrix
  /// (S U)ᵀ: both products then run along memory.
  private let scaledDirections: Matrix

  /// - Precondition: as many roots as rows of `directions`, as many columns as scales.
  init(scales: [Double], roots: [Double], directions: Matrix) {
    precondition(directions.rows == roots.count && directions.columns == scales.count, "shapes must agree")
    self.scales = scales
    self.roots = roots
    self.directions = directions
    var scaled = directions
    for row in roots.indices { for i in scales.indices { scaled[row, i] *= scales[i] } }
    scaledDirections = scaled
  }

  /// Why this is no factor of a covariance; nil if it is one.
  var fault: String? {
    if let index = scales.firstIndex(where: { !($0.isFinite && $0 > 0) }) {
      return "scale \(index) of the metric is \(scales[index]); it must be finite and positive"
    }
    if let index = roots.firstIndex(where: { !($0.isFinite && $0 > 0) }) {
      return "the deviation along direction \(index) of the metric is \(roots[index]); it must be finite and positive"
    }
    for j in roots.indices {
      for k in 0...j {
        let product = (0..<scales.count).reduce(0) { $0 + directions[j, $1] * directions[k, $1] }
        guard abs(product - (j == k ? 1 : 0)) < 1e-8 else { return "the metric's directions are not orthonormal" }
      }
    }
    return nil
  }

  /// L Lᵀ. O(n² k).
  var covariance: Matrix {
    let n = scales.count
    var matrix = Matrix(rows: n, columns: n)
    for i in 0..<n { matrix[i, i] = scales[i] * scales[i] }
    for (row, root) in roots.enumerated() {
      for i in 0..<n {
        for j in 0..<n { matrix[i, j] += (root * root - 1) * scaledDirections[row, i] * scaledDirections[row, j] }
      }
    }
    return matrix
  }

  /// r ← r + ε Lᵀ g.
  func kick(_ r: UnsafeMutablePointer<Double>, along g: UnsafePointer<Double>, by step: Double) {
    let n = scales.count
    scales.withUnsafeBufferPointer { s in for i in 0..<n { r[i] += step * (s[i] * g[i]) } }
    transfer(from: g, along: scaledDirections, to: r, along: directions, by: step)
  }

  /// x ← x + ε L r.
  func drift(_ x: UnsafeMutablePointer<Double>, along r: UnsafePointer<Double>, by step: Double) {
    let n = scales.count
    scales.withUnsafeBufferPointer { s in for i in 0..<n { x[i] += step * (s[i] * r[i]) } }
    transfer(from: r, along: directions, to: x, along: scaledDirections, by: step)
  }

  /// target ← target + ε Σ_k (√λ_k − 1) (a_k · source) b_k over the rows of two matrices.
  private func transfer(
    from source: UnsafePointer<Double>, along a: Matrix, to target: UnsafeMutablePointer<Double>, along b: Matrix,
    by step: Double
  ) {
    let n = scales.count
    a.elements.withUnsafeBufferPointer { a in
      b.elements.withUnsafeBufferPointer { b in
        guard let a = a.baseAddress, let b = b.baseAddress else { return }
        for k in roots.indices {
          let part = VectorKernels.dot(a + k * n, source, count: n)
          VectorOperations.add(step * (roots[k] - 1) * part, times: b + k * n, to: target, count: n)
        }
      }
    }
  }

  /// Appends scales, roots and directions, as numbers that restore bit for bit.
  func save(to archive: inout [Double]) {
    archive += [Double(scales.count), Double(roots.count)] + scales + roots + directions.elements
  }

  /// Reads what ``save(to:)`` wrote.
  ///
  /// - Throws: ``ArchiveError`` if the archive does not hold such a factor.
  init(from archive: inout ArraySlice<Double>) throws {
    let n = try archive.nextCount(below: 1 << 40)
    let count = try archive.nextCount(below: min(n, 1 << 20) + 1)
    let scales = try archive.next(n)
    let roots = try archive.next(count)
    self.init(
      scales: scales, roots: roots, directions: Matrix(rows: count, columns: n, elements: try archive.next(count * n)))
    if let fault { throw ArchiveError("the saved tuning is damaged: \(fault)") }
  }
}
