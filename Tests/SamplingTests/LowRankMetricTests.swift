// The metric of a diagonal and a few directions: its factor, its fit to draws and gradients, what it is worth.

import Foundation
import TestSupport
import Testing

@testable import Sampling

/// A Gaussian of variance one but for a few directions that are not along the axes.
private struct StiffGaussian: DifferentiableLogDensity {
  let layout: ParameterLayout
  let variances: [Double]
  /// Orthonormal, [direction, coordinate].
  let directions: Matrix
  let unit: Double

  init(dimension: Int, variances: [Double], unit: Double = 1) throws {
    layout = ParameterLayout(real: "x", count: dimension)
    self.variances = variances
    self.unit = unit
    var stream = try RandomStream.test(900)
    var rows: [[Double]] = []
    for _ in variances {
      var row = (0..<dimension).map { _ in stream.standardNormal() }
      for other in rows {
        let part = zip(row, other).reduce(0) { $0 + $1.0 * $1.1 }
        for i in row.indices { row[i] -= part * other[i] }
      }
      let norm = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
      rows.append(row.map { $0 / norm })
    }
    directions = Matrix(rows)
  }

  var units: [Double]? { [Double](repeating: unit, count: dimension) }

  /// diag(1) + Σ_k (v_k − 1) u_k u_kᵀ.
  var covariance: Matrix {
    var matrix = Matrix.identity(dimension)
    for (k, variance) in variances.enumerated() {
      for i in 0..<dimension {
        for j in 0..<dimension { matrix[i, j] += (variance - 1) * directions[k, i] * directions[k, j] }
      }
    }
    return matrix
  }

  func logDensity(at position: Span<Double>, using workspace: inout Void) -> Double {
    var gradient = [Double](repeating: 0, count: dimension)
    var span = gradient.mutableSpan
    return logDensity(at: position, gradient: &span, using: &workspace)
  }

  func logDensity(
    at position: Span<Double>, gradient: inout MutableSpan<Double>, using workspace: inout Void
  ) -> Double {
    var value = 0.0
    for i in 0..<dimension {
      gradient[i] = -position[i] / unit / unit
      value -= 0.5 * position[i] * position[i] / unit / unit
    }
    for (k, variance) in variances.enumerated() {
      var part = 0.0
      for i in 0..<dimension { part += directions[k, i] * position[i] / unit }
      for i in 0..<dimension { gradient[i] -= (1 / variance - 1) * part * directions[k, i] / unit }
      value -= 0.5 * (1 / variance - 1) * part * part
    }
    return value
  }
}

@Suite struct LowRankMetricTests {
  /// In the first direction very soft, in the last very stiff.
  private static let spread = [1e4, 1e3, 1e2, 1e-2, 1e-3, 1e-4]

  static func metric() throws -> InverseMetric {
    try .lowRank(
      scales: [0.5, 2, 1], variances: [9, 0.04], directions: Matrix([[0.6, 0.8, 0], [0.8, -0.6, 0]]))
  }

  @Test("kick and drift are Lᵀ and L of a factor of the covariance")
  func factor() throws {
    let metric = try Self.metric()
    let covariance = metric.covariance(dimension: 3)
    let unit = { (i: Int) in (0..<3).map { $0 == i ? 1.0 : 0 } }
    let columns = (0..<3).map { i -> [Double] in
      var position = [0.0, 0, 0, 7]
      metric.drift(&position, along: unit(i), by: 1)
      #expect(position[3] == 7)
      return Array(position.prefix(3))
    }
    let factor = Matrix(columns).transposed
    let product = factor * factor.transposed
    for (left, right) in zip(product.elements, covariance.elements) { #expect(abs(left - right) < 1e-13) }
    for i in 0..<3 {
      var momentum = [0.0, 0, 0]
      metric.kick(&momentum, along: unit(i), by: 1)
      for j in 0..<3 { #expect(abs(momentum[j] - factor[i, j]) < 1e-14) }
    }
    // S (I + U (Λ − I) Uᵀ) S by hand.
    #expect(abs(covariance[0, 0] - 0.25 * (0.36 * 9 + 0.64 * 0.04)) < 1e-14)
    #expect(abs(covariance[0, 1] - 0.5 * 2 * (0.48 * 9 - 0.48 * 0.04)) < 1e-14)
    #expect(abs(covariance[2, 2] - 1) < 1e-14 && metric.dimension == 3 && metric.kind == .lowRank)
  }

  @Test("what is no metric is refused, and so is a damaged archive")
  func refusals() throws {
    let axes = Matrix([[0.6, 0.8, 0]])
    #expect(throws: TuningError.self) {
      try InverseMetric.lowRank(scales: [1, 0, 1], variances: [2], directions: axes)
    }
    #expect(throws: TuningError.self) {
      try InverseMetric.lowRank(scales: [1, 1, 1], variances: [-2], directions: axes)
    }
    #expect(throws: TuningError.self) {
      try InverseMetric.lowRank(scales: [1, 1, 1], variances: [2], directions: Matrix([[0.6, 0.7, 0]]))
    }
    var archive: [Double] = []
    try Self.metric().save(to: &archive)
    var intact = archive[...]
    #expect(try InverseMetric(from: &intact) == Self.metric() && intact.isEmpty)
    // The kind, two counts, scales, roots, directions: a wrong number anywhere is seen.
    for index in archive.indices {
      for wrong in [-1, .nan, .infinity, archive[index] + 0.5] where index > 2 || wrong != archive[index] + 0.5 {
        // Another positive scale or root is a metric too.
        guard !(3..<8).contains(index) || wrong != archive[index] + 0.5 else { continue }
        var damaged = archive
        damaged[index] = wrong
        var slice = damaged[...]
        #expect(throws: ArchiveError.self, "\(index): \(wrong)") { try InverseMetric(from: &slice) }
      }
      var short = archive[..<index]
      #expect(throws: ArchiveError.self) { try InverseMetric(from: &short) }
    }
  }

  @Test("the geometric mean of A and B⁻¹ solves Σ B Σ = A")
  func geometricMean() throws {
    let a = Matrix([[4.0, 1, 0.5], [1, 2, -0.3], [0.5, -0.3, 1]])
    let b = Matrix([[1.0, -0.2, 0], [-0.2, 3, 0.4], [0, 0.4, 0.5]])
    let mean = try Matrix.geometricMean(of: a, andInverseOf: b)
    let back = mean * b * mean
    for (left, right) in zip(back.elements, a.elements) { #expect(abs(left - right) < 1e-13) }
    #expect(mean == mean.transposed)
  }

  @Test("a window keeps at most 128 pairs, spread evenly over it, and comes back from its archive")
  func thinning() throws {
    var pairs = ThinnedPairs(dimension: 2)
    for number in 0..<1000 {
      pairs.add([Double(number), 1, 9], [-Double(number), 2])
      #expect(pairs.count <= ThinnedPairs.capacity && pairs.count >= min(number + 1, ThinnedPairs.capacity / 2))
    }
    // 1000 of them at every eighth.
    let kept = pairs.centered(0, times: [1, 1])
    #expect(pairs.count == 125)
    for pair in 0..<125 { #expect(kept[pair, 0] == Double(8 * pair - 496) && kept[pair, 1] == 0) }
    #expect(pairs.centered(1, times: [2, 1])[1, 0] == 2 * 488)
    var archive: [Double] = []
    pairs.save(to: &archive)
    var slice = archive[...]
    let restored = try ThinnedPairs(from: &slice)
    #expect(restored == pairs && slice.isEmpty)
    for index in 0..<4 {
      for wrong in [archive[index] + 1, -1, 0.5, .nan] {
        var damaged = archive
        damaged[index] = wrong
        var slice = damaged[...]
        // One draw more at the same stride may agree with the count.
        guard !(index == 1 && wrong == archive[index] + 1) else { continue }
        let read = try? ThinnedPairs(from: &slice)
        #expect(read == nil, "\(index): \(wrong)")
      }
    }
    pairs.reset()
    #expect(pairs == ThinnedPairs(dimension: 2) && pairs.count == 0)
  }

  /// Largest over smallest eigenvalue of L⁻¹ Σ L⁻ᵀ.
  private static func conditionNumber(of covariance: Matrix, in metric: InverseMetric) throws -> Double {
    let n = covariance.rows
    let lower = try Cholesky(metric.covariance(dimension: n))
    let half = Matrix((0..<n).map { lower.solveFactor(covariance.row($0)) })
    let whitened = Matrix((0..<n).map { column in lower.solveFactor((0..<n).map { half[$0, column] }) })
    let values = try SymmetricEigen(0.5 * (whitened + whitened.transposed)).values
    return values.last! / values[0]
  }

  @Test(
    "of a Gaussian in 200 dimensions with six stiff and soft directions, condition number 10⁸, warm-up leaves less than 100"
  )
  func conditionNumber() throws {
    let target = try StiffGaussian(dimension: 200, variances: Self.spread)
    let covariance = target.covariance
    func learnt(_ metric: InverseMetric.Kind) throws -> Double {
      var chain = try Chain(
        number: 0, kernel: NoUTurn(target, tuning: Tuning(stepSize: 0.1)),
        warmup: WindowedAdaptation(.windows(transitions: 500), metric: metric),
        start: [Double](repeating: 0.1, count: 200), stream: .test(901))
      while chain.isWarmingUp { _ = chain.advance() }
      let estimate = chain.kernel.tuning.inverseMetric
      #expect(estimate.kind == metric)
      return try Self.conditionNumber(of: covariance, in: estimate)
    }
    let lowRank = try learnt(.lowRank)
    let diagonal = try learnt(.diagonal)
    print("condition numbers: lowRank \(lowRank), diagonal \(diagonal)")
    #expect(lowRank < 100)
    #expect(diagonal > 1e6)
  }

  @Test("there an effective draw takes less than a tenth of the gradients that it takes with variances alone")
  func efficiency() throws {
    let target = try StiffGaussian(dimension: 200, variances: Self.spread)
    /// Smallest bulk ESS along the six directions and one more, per 1000 gradients.
    func yield(_ metric: InverseMetric.Kind) throws -> Double {
      var chain = try Chain(
        number: 0, kernel: NoUTurn(target, tuning: Tuning(stepSize: 0.1)),
        warmup: WindowedAdaptation(.windows(transitions: 500), metric: metric),
        start: [Double](repeating: 0.1, count: 200), stream: .test(902))
      while chain.isWarmingUp { _ = chain.advance() }
      var parts = [[Double]](repeating: [], count: 7)
      var gradients = 0
      for _ in 0..<400 {
        gradients += chain.advance().evaluations
        let x = chain.state.position
        for k in 0..<6 { parts[k].append((0..<200).reduce(0) { $0 + target.directions[k, $1] * x[$1] }) }
        parts[6].append(x[0])
      }
      return parts.map { 1000 * Diagnostics.essBulk([$0]) / Double(gradients) }.min()!
    }
    let lowRank = try yield(.lowRank)
    let diagonal = try yield(.diagonal)
    print("ESS per 1000 gradients: lowRank \(lowRank), diagonal \(diagonal)")
    #expect(lowRank > 10 * diagonal)
  }

  @Test("independent coordinates that are not Gaussian get no directions from fewer draws than dimensions")
  func noise() throws {
    // Student's t with 3 degrees of freedom: ∂ ln p = −4x/(3 + x²).
    var stream = try RandomStream.test(903)
    var estimator = FisherEstimator(dimension: 500)
    for _ in 0..<200 {
      let x = (0..<500).map { _ in
        let chi = (0..<3).reduce(0.0) { sum, _ in
          let z = stream.standardNormal()
          return sum + z * z
        }
        return stream.standardNormal() / (chi / 3).squareRoot()
      }
      estimator.add(x, gradient: x.map { -4 * $0 / (3 + $0 * $0) })
    }
    var archive: [Double] = []
    try #require(estimator.inverseMetric(units: nil)).save(to: &archive)
    // Kind, dimension, number of directions.
    #expect(archive[2] <= 2)
  }

  @Test("a change of units changes the metric by their squares, bit for bit")
  func units() throws {
    var stream = try RandomStream.test(904)
    let units = (0..<12).map { $0 % 2 == 0 ? 0x1p-70 : 0x1p20 }
    var plain = FisherEstimator(dimension: 12)
    var scaled = plain
    for _ in 0..<300 {
      let common = stream.standardNormal()
      let x = (0..<12).map { _ in stream.standardNormal() + 5 * common }
      let mean = x.reduce(0, +) / (1 + 25 * 12) * 25
      let g = x.map { -$0 + mean }
      plain.add(x, gradient: g)
      scaled.add(zip(x, units).map { $0 * $1 }, gradient: zip(g, units).map { $0 / $1 })
    }
    let ones = [Double](repeating: 1, count: 12)
    let estimate = try #require(plain.inverseMetric(units: ones))
    #expect(estimate == plain.inverseMetric(units: nil))
    let matrix = estimate.covariance(dimension: 12)
    let other = try #require(scaled.inverseMetric(units: units)).covariance(dimension: 12)
    for i in 0..<12 { for j in 0..<12 { #expect(other[i, j] == matrix[i, j] * units[i] * units[j]) } }
  }

  @Test("where gradients vary more than any Gaussian's would, draws still have a variance of one in the metric")
  func width() throws {
    // Gradients that are three times those of the draws' Gaussian: the equation alone gives a third of the variance.
    var stream = try RandomStream.test(909)
    var estimator = FisherEstimator(dimension: 4)
    for _ in 0..<500 {
      let x = (0..<4).map { _ in stream.standardNormal() }
      estimator.add(x, gradient: x.map { -3 * $0 })
    }
    let learnt = try #require(estimator.inverseMetric(units: nil)).covariance(dimension: 4)
    for i in 0..<4 { #expect(abs(learnt[i, i] - 1) < 0.3) }
  }

  @Test("draws that say nothing leave the units: too few, all equal, no gradient known")
  func nothingToLearn() throws {
    let units = [0.5, 4.0]
    var estimator = FisherEstimator(dimension: 2)
    #expect(estimator.inverseMetric(units: units) == nil)
    estimator.add([1, 2], gradient: [3, 4])
    #expect(estimator.inverseMetric(units: units) == nil)
    for _ in 0..<200 { estimator.add([1, 2], gradient: [3, 4]) }
    let stuck = try #require(estimator.inverseMetric(units: units)).covariance(dimension: 2)
    for i in 0..<2 { #expect(abs(stuck[i, i] / (units[i] * units[i]) - 1) < 1e-12) }
    #expect(abs(stuck[0, 1]) < 1e-12)
    // A density that is flat along one coordinate: its gradient there does not vary, and the metric stays finite.
    var flat = FisherEstimator(dimension: 2)
    for number in 0..<50 { flat.add([sin(Double(number)), cos(Double(number))], gradient: [-sin(Double(number)), 0]) }
    let wide = try #require(flat.inverseMetric(units: nil)).covariance(dimension: 2)
    #expect(wide.elements.allSatisfy(\.isFinite) && wide[0, 0] > 0 && wide[1, 1] > 0)
    estimator.add([.infinity, 0], gradient: [0, 0])
    #expect(estimator.inverseMetric(units: units) == nil)
    // Random-walk Metropolis knows no gradients: it keeps its metric.
    let target = try GaussianTarget(covariance: .identity(2))
    let tuning = Tuning(stepSize: 1, inverseMetric: try .diagonal(variances: [1, 2]))
    var chain = try Chain(
      number: 0, kernel: RandomWalkMetropolis(target, tuning: tuning),
      warmup: WindowedAdaptation(.windows(transitions: 100), metric: .lowRank), start: [1, 1], stream: .test(905))
    while chain.isWarmingUp { _ = chain.advance() }
    #expect(chain.kernel.tuning.inverseMetric == tuning.inverseMetric)
  }

  @Test("any warm-up works in any dimension", arguments: [0, 1, 5, 19, 20, 21, 40, 150], [1, 2, 3])
  func shortWarmups(transitions: Int, dimension: Int) throws {
    var covariance = Matrix.identity(dimension)
    for i in 0..<dimension { for j in 0..<dimension { covariance[i, j] += 3 } }
    let target = try GaussianTarget(covariance: covariance)
    var chain = try Chain(
      number: 0, kernel: NoUTurn(target, tuning: Tuning(stepSize: 0.1, inUnitsOf: target)),
      warmup: WindowedAdaptation(.windows(transitions: transitions), metric: .lowRank),
      start: [Double](repeating: 1, count: dimension), stream: .test(906))
    for _ in 0..<(transitions + 20) { #expect(chain.advance().stepSize > 0) }
    let metric = chain.kernel.tuning.inverseMetric
    #expect(metric.kind == (transitions < 20 ? .diagonal : .lowRank))
    if transitions == 150 {
      let learnt = metric.covariance(dimension: dimension)
      for i in 0..<dimension { #expect(abs(log(learnt[i, i] / covariance[i, i])) < 1) }
    }
  }

  @Test("a chain that stands still in warm-up keeps the prior's units")
  func stuck() throws {
    let walled = ClosureTarget(
      layout: ParameterLayout(real: "x", count: 2), value: { x in x[0] == 0.25 ? 0 : .nan }, slope: { _ in [0, 0] })
    var chain = try Chain(
      number: 0, kernel: NoUTurn(walled, tuning: Tuning(stepSize: 1)),
      warmup: WindowedAdaptation(.windows(transitions: 100), metric: .lowRank), start: [0.25, 0], stream: .test(907))
    while chain.isWarmingUp { _ = chain.advance() }
    let learnt = chain.kernel.tuning.inverseMetric.covariance(dimension: 2)
    for i in 0..<2 { #expect(abs(learnt[i, i] - 1) < 1e-12) }
  }

  @Test("an archive of a warm-up that estimates something else is refused")
  func otherArchive() throws {
    let target = try GaussianTarget(covariance: .identity(2))
    func warmup(_ metric: InverseMetric.Kind) -> WindowedAdaptation<NoUTurn<GaussianTarget>> {
      WindowedAdaptation(.windows(transitions: 50), metric: metric)
    }
    let kinds = InverseMetric.Kind.allCases
    for saved in kinds {
      var chain = try Chain(
        number: 0, kernel: NoUTurn(target, tuning: Tuning(stepSize: 1)), warmup: warmup(saved), start: [1, 1],
        stream: .test(908))
      for _ in 0..<20 { _ = chain.advance() }
      var archive: [Double] = []
      chain.warmup.save(to: &archive)
      for kind in kinds {
        var slice = archive[...]
        var other = warmup(kind)
        if kind == saved || saved == .identity {
          try other.restore(from: &slice)
        } else {
          #expect(throws: ArchiveError.self) { try other.restore(from: &slice) }
        }
      }
    }
  }
}
