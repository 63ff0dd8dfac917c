// Running means and (co)variances of positions, and their regularised estimate for a metric.

/// Welford's running mean and variance, or covariance, of vectors.
struct CovarianceEstimator: Sendable, Equatable {
  let isDense: Bool
  private var count = 0.0
  private var mean: [Double]
  /// Sums of squared deviations, or of their products: a row-major matrix whose lower triangle is used.
  private var squares: [Double]
  private var deviation: [Double]

  init(dimension: Int, isDense: Bool) {
    self.isDense = isDense
    mean = [Double](repeating: 0, count: dimension)
    squares = [Double](repeating: 0, count: isDense ? dimension * dimension : dimension)
    deviation = [Double](repeating: 0, count: dimension)
  }

  /// Takes in the first coordinates of `position`. O(n), dense O(n²); allocates nothing.
  mutating func add(_ position: [Double]) {
    let n = mean.count
    precondition(position.count >= n)
    count += 1
    for i in 0..<n {
      deviation[i] = position[i] - mean[i]
      mean[i] += deviation[i] / count
    }
    // The deviation from the new mean is (1 − 1/count) times that from the old one.
    let weight = 1 - 1 / count
    squares.withUnsafeMutableBufferPointer { squares in
      deviation.withUnsafeBufferPointer { deviation in
        guard let d = deviation.baseAddress, let s = squares.baseAddress else { return }
        if isDense {
          for i in 0..<n { VectorOperations.add(weight * d[i], times: d, to: s + i * n, count: i + 1) }
        } else {
          for i in 0..<n { s[i] += weight * d[i] * d[i] }
        }
      }
    }
  }

  /// Forgets everything.
  mutating func reset() {
    count = 0
    for i in mean.indices { mean[i] = 0 }
    for i in squares.indices { squares[i] = 0 }
  }

  var dimension: Int { mean.count }

  /// The diagonal of ``inverseMetric(units:)``; nil from fewer than two vectors.
  func variances(units: [Double]?) -> [Double]? {
    guard count > 1 else { return nil }
    let n = mean.count
    let scale = count / ((count + 5) * (count - 1))
    let weight = 1e-3 * 5 / (count + 5)
    return (0..<n).map { i in
      scale * squares[isDense ? i * n + i : i] + (units.map { weight * ($0[i] * $0[i]) } ?? weight)
    }
  }

  /// Stan's regularised estimate n/(n + 5) S + 10⁻³ · 5/(n + 5) U², S the sample (co)variance of n vectors and U their units
  /// (nil: ones); nil from fewer than two, or if it is not positive definite.
  func inverseMetric(units: [Double]?) -> InverseMetric? {
    guard let variances = variances(units: units) else { return nil }
    guard isDense else { return try? .diagonal(variances: variances) }
    let n = mean.count
    let scale = count / ((count + 5) * (count - 1))
    var covariance = Matrix(rows: n, columns: n)
    for i in 0..<n {
      for j in 0..<i {
        covariance[i, j] = scale * squares[i * n + j]
        covariance[j, i] = covariance[i, j]
      }
      covariance[i, i] = variances[i]
    }
    return try? .dense(covariance: covariance)
  }

  func save(to archive: inout [Double]) {
    archive += [count, Double(mean.count), isDense ? 1 : 0] + mean + squares
  }

  init(from archive: inout ArraySlice<Double>) throws {
    let saved = try archive.next()
    let dimension = try archive.nextCount(below: 1 << 40)
    self.init(dimension: dimension, isDense: try archive.next() == 1)
    count = saved
    mean = try archive.next(mean.count)
    squares = try archive.next(squares.count)
  }
}
