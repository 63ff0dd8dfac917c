// What output weights are, given all else: a Gaussian, since outputs are linear in them.

import Sampling

/// The law of the output weights w of a Gibbs ensemble given everything else (THEORY section 5).
///
/// Outputs are y = f H w with features H [row, neuron], w ~ N(0, σ² I) without the task, and the task's weight is exp(−κ|y − Y|²/2). So
///
///     w | H ~ N(μ, Σ),  Σ = σ² (I + v HᵀH)⁻¹,  μ = κ f Σ Hᵀ Y,  v = σ² κ f²,
///
/// for which the smaller of I + v HᵀH [neuron, neuron] and I + v HHᵀ [row, row] is factorised. A value is memory that is used again and again.
public struct ReadoutPosterior: Sendable {
  /// The number of output weights, n.
  public let neurons: Int
  /// κ ≥ 0.
  public let precision: Double
  /// σ.
  public let scale: Double

  /// μ, [neuron].
  public private(set) var mean: [Double]
  /// ⟨|w|²⟩.
  public private(set) var expectedSquare = 0.0
  /// ⟨|y − Y|²⟩.
  public private(set) var expectedError = 0.0
  /// ln of the mean of exp(−κ|y − Y|²/2) over the prior of w.
  public private(set) var logEvidence = 0.0

  /// The inverse of the Cholesky factor, of the size of the smaller matrix.
  private var inverse: [Double]
  private var scratch: [Double]
  /// Vectors of the smaller size and of the rows' number.
  private var pull: [Double]
  private var residual: [Double]

  /// Memory for `rows` outputs of `neurons` neurons; with 0 rows for quadratic errors of any origin.
  public init(neurons: Int, rows: Int, precision: Double, scale: Double) {
    precondition(neurons >= 1 && rows >= 0 && precision >= 0 && scale > 0)
    self.neurons = neurons
    self.precision = precision
    self.scale = scale
    func zeros(_ count: Int) -> [Double] { [Double](repeating: 0, count: count) }
    let size = Self.size(neurons: neurons, rows: rows)
    mean = zeros(neurons)
    inverse = zeros(size * size)
    scratch = zeros(TriangularInverse.scratchCount(size))
    pull = zeros(neurons)
    residual = zeros(rows)
  }

  /// The size of the matrix that is factorised.
  static func size(neurons: Int, rows: Int) -> Int { rows == 0 ? neurons : min(neurons, rows) }

  /// Multiplications of one ``condition(on:wanted:factor:)``, about.
  static func work(neurons: Int, rows: Int) -> Double {
    let (n, q, size) = (Double(neurons), Double(rows), Double(size(neurons: neurons, rows: rows)))
    return n * q * (size + 4) + size * size * (2 * size / 3 + 40)
  }

  /// Conditions on features H and wanted outputs Y [row]; false if double precision does not resolve the result.
  ///
  /// O(n Q min(n, Q)) for Q rows; allocates nothing.
  mutating func condition(on features: ReadoutFeatures, wanted: UnsafePointer<Double>, factor: Double) -> Bool {
    let (n, rows) = (neurons, residual.count)
    let stiffness = scale * scale * precision * factor * factor
    // |H|², for the only case in which it is needed.
    let power = precision > 0 ? 0 : features.squaredNorm
    guard rows < n else {
      features.writeNeuronProducts(into: &inverse, scale: stiffness)
      addIdentity(n)
      features.multiply(transposed: wanted, into: &pull, scale: factor)
      guard solve(errorTrace: factor * factor * power) else { return false }
      features.multiply(mean, into: &residual, scale: -factor)
      for s in 0..<rows { residual[s] += wanted[s] }
      expectedError += VectorKernels.sumOfSquares(residual, count: rows)
      // (I + κG)⁻¹ Y is what is left of Y.
      logEvidence -= precision / 2 * VectorKernels.dot(residual, wanted, count: rows)
      return true
    }
    features.writeRowProducts(into: &inverse, scale: stiffness)
    addIdentity(rows)
    guard let left = invert(rows) else { return false }
    // z = (I + κG)⁻¹ Y = Y − f H μ.
    let square = Self.multiply(inverse, wanted, into: &residual, rows)
    let variance = scale * scale
    features.multiply(transposed: residual, into: &mean, scale: variance * precision * factor)
    expectedSquare = VectorKernels.sumOfSquares(mean, count: n) + variance * (Double(n - rows) + left.trace)
    let spread = precision > 0 ? (Double(rows) - left.trace) / precision : variance * factor * factor * power
    expectedError = VectorKernels.sumOfSquares(residual, count: rows) + spread
    logEvidence = -(left.logDeterminant + precision * square) / 2
    return true
  }

  /// Conditions on an error that is given as a quadratic form, |y − Y|² = wᵀG w − 2 p·w + |Y|²: of infinitely many rows, say.
  ///
  /// - Parameters:
  ///   - gram: G, [neuron, neuron], symmetric and without negative eigenvalues.
  ///   - pull: p, [neuron].
  ///   - power: |Y|².
  /// - Precondition: made for 0 rows.
  mutating func condition(on gram: UnsafePointer<Double>, pull given: UnsafePointer<Double>, power: Double)
    -> Bool
  {
    precondition(residual.isEmpty)
    let n = neurons
    let stiffness = scale * scale * precision
    var trace = 0.0
    for i in 0..<n {
      for j in 0..<i { inverse[i * n + j] = stiffness * gram[i * n + j] }
      inverse[i * n + i] = 1 + stiffness * gram[i * n + i]
      trace += gram[i * n + i]
      pull[i] = given[i]
    }
    guard solve(errorTrace: trace) else { return false }
    // |y − Y|² at μ, which solves (G + 1/σ²κ) μ = p.
    let along = VectorKernels.dot(pull, mean, count: n)
    let norm = VectorKernels.sumOfSquares(mean, count: n)
    let square = power - along - (precision > 0 ? norm / stiffness : 0)
    expectedError += square
    logEvidence -= precision / 2 * (power - along)
    return true
  }

  /// Mean, squares and determinant, from I + σ²κG in `inverse` and p in `pull`; ``expectedError`` is the variance's part.
  private mutating func solve(errorTrace: Double) -> Bool {
    let n = neurons
    guard let left = invert(n) else { return false }
    let variance = scale * scale
    _ = Self.multiply(inverse, pull, into: &mean, n)
    for i in 0..<n { mean[i] *= variance * precision }
    expectedSquare = VectorKernels.sumOfSquares(mean, count: n) + variance * left.trace
    expectedError = precision > 0 ? (Double(n) - left.trace) / precision : variance * errorTrace
    logEvidence = -left.logDeterminant / 2
    return true
  }

  private mutating func addIdentity(_ size: Int) { for i in 0..<size { inverse[i * size + i] += 1 } }

  /// Replaces the matrix by the inverse of its factor; returns its ln det and the trace of its inverse.
  private mutating func invert(_ size: Int) -> (logDeterminant: Double, trace: Double)? {
    inverse.withUnsafeMutableBufferPointer { inverse in
      scratch.withUnsafeMutableBufferPointer { scratch in
        guard
          let log = TriangularInverse.replace(inverse.baseAddress!, count: size, scratch: scratch.baseAddress!)
        else { return nil }
        var trace = 0.0
        for i in 0..<size { trace += VectorKernels.sumOfSquares(inverse.baseAddress! + i * size, count: i + 1) }
        return (log, trace)
      }
    }
  }

  /// A⁻¹ b = L⁻ᵀ (L⁻¹ b); returns bᵀ A⁻¹ b. Static, with every part apart: exclusivity checking would not let them be reached through
  /// one `self`.
  private static func multiply(
    _ inverse: [Double], _ vector: UnsafePointer<Double>, into result: inout [Double], _ size: Int
  ) -> Double {
    var square = 0.0
    for i in 0..<size { result[i] = 0 }
    inverse.withUnsafeBufferPointer { inverse in
      for i in 0..<size {
        let line = inverse.baseAddress! + i * size
        let part = VectorKernels.dot(line, vector, count: i + 1)
        square += part * part
        VectorKernels.add(part, times: line, to: &result, count: i + 1)
      }
    }
    return square
  }
}

extension ReadoutPosterior {
  /// Output weights given features [row, neuron], in memory of their own; nil if double precision does not resolve the result.
  ///
  /// - Precondition: a wanted output for each row.
  public init?(features: Matrix, wanted: [Double], precision: Double, scale: Double, factor: Double) {
    precondition(features.rows == wanted.count && features.rows >= 1)
    self.init(neurons: features.columns, rows: features.rows, precision: precision, scale: scale)
    let isResolved = features.elements.withUnsafeBufferPointer {
      condition(
        on: ReadoutFeatures($0.baseAddress!, rows: features.rows, neurons: neurons, order: .byRow), wanted: wanted,
        factor: factor)
    }
    guard isResolved else { return nil }
  }

  /// Σ, [neuron, neuron], given the features that it was conditioned on. O(n² Q) and memory of its own.
  public func covariance(features: Matrix, factor: Double) -> Matrix {
    let size = Self.size(neurons: neurons, rows: features.rows)
    var left = Matrix(rows: size, columns: size)
    for i in 0..<size { for j in 0...i { left[i, j] = inverse[i * size + j] } }
    let variance = scale * scale
    guard features.rows < neurons else { return variance * (left.transposed * left) }
    let known = left * features
    let stiffness = variance * precision * factor * factor
    return variance * (.identity(neurons) - stiffness * (known.transposed * known))
  }
}
