// Populations of next to no prior weight that carry a finite part of the readout.
//
// With many contexts and an active probability away from 1/2 the wall max ρ = 1 is reached by patterns whose prior weight can
// be 10⁻¹⁰⁰. Such a class carries the load P_k/t_k = P0_k t_k^(-3/2)/Z of order one with a margin t_k far below rounding,
// out of reach of 1 - ρ_k. The load is then the unknown, and ρ_k(x) = 1 - t_k an equation.

import CGSL
import Sampling

extension SymmetricPatterns {
  /// The gradient of log Z including the loaded classes: Σ_k (P_k/t_k) M_k x.
  mutating func totalGradient(at x: [Double]) -> [Double] {
    var gradient = derivatives(at: x).plainGradient
    for (active, load) in loads.sorted(by: { $0.key < $1.key }) {
      let slope = self.slope(active, at: x)
      for i in 0..<2 { gradient[i] += load * slope[i] }
    }
    return gradient
  }

  /// M_k x.
  func slope(_ active: Int, at x: [Double]) -> [Double] {
    let m = form(active)
    return [m.qq * x[0] + m.qb * x[1], m.qb * x[0] + m.bb * x[1]]
  }
}

extension DualNewton where Geometry == SymmetricPatterns {
  /// Minimises, and resolves margins below 10⁻⁵ by their loads.
  mutating func minimizeSymmetric() throws -> DualPoint {
    let plain = try minimizeAlongPath()
    guard geometry.smallestMargin < 1e-5 else { return plain }
    // Loads from a faint barrier: classes at the wall have P + μ = load · t.
    let start = try follow(to: 1e-11)
    let barrier = geometry.barrier
    geometry.barrier = 0
    var loads: [Int: Double] = [:]
    for active in 0...geometry.contexts where geometry.margin[active] < 1e-5 {
      let load = (geometry.probability[active] + barrier) / geometry.margin[active]
      if load > 1e-4 { loads[active] = load }
    }
    if let start, !loads.isEmpty {
      let polished = try polish(start, loads)
      if polished.residual < plain.residual { return polished }
      geometry.loads = [:]
    }
    _ = objective(plain)
    return plain
  }

  /// Newton on the stationarity of x (and the precisions) together with ρ_k = 1 - t_k for every loaded class.
  private mutating func polish(_ start: DualPoint, _ initial: [Int: Double]) throws -> DualPoint {
    var point = start
    var best = start
    best.residual = .infinity
    var bestLoads = initial
    geometry.loads = initial
    var stale = 0
    for _ in 0..<80 where stale < 4 {
      guard objective(point) != nil else { break }
      let loaded = geometry.loads.keys.sorted()
      let derivatives = geometry.derivatives(at: point.coordinates)
      var gradient = self.gradient(point, derivatives)
      var hessian = self.hessian(point, derivatives)
      let n = gradient.count
      var system = Matrix(rows: n + loaded.count, columns: n + loaded.count)
      var columns: [[Double]] = []
      var walls: [Double] = []
      for active in loaded {
        let load = geometry.loads[active]!
        let m = geometry.form(active)
        let column = geometry.slope(active, at: point.coordinates) + (n > 2 ? [-0.5, -0.5] : [])
        for i in 0..<n { gradient[i] += load * column[i] }
        for (i, j, value) in [(0, 0, m.qq), (0, 1, m.qb), (1, 0, m.qb), (1, 1, m.bb)] { hessian[i, j] += load * value }
        if n > 2 {
          hessian[2, 3] -= 0.5 * load
          hessian[3, 2] -= 0.5 * load
        }
        columns.append(column)
        walls.append(1 - geometry.structure(active, at: point.coordinates) - geometry.margin[active])
      }
      point.residual = walls.reduce(residual(gradient, point)) { max($0, 0.1 * abs($1)) }
      stale = point.residual < 0.5 * best.residual ? 0 : stale + 1
      if point.residual < best.residual {
        best = point
        bestLoads = geometry.loads
      }
      for i in 0..<n { for j in 0..<n { system[i, j] = hessian[i, j] } }
      for (index, active) in loaded.enumerated() {
        for i in 0..<n {
          system[i, n + index] = columns[index][i]
          system[n + index, i] = columns[index][i]
        }
        system[n + index, n + index] = -geometry.margin[active] / (3 * geometry.loads[active]!)
      }
      let step = try solve(system, gradient.map { -$0 } + walls.map { 0.5 * $0 })
      var size = 1.0
      for (index, active) in loaded.enumerated() where step[n + index] < 0 {
        size = min(size, -0.9 * geometry.loads[active]! / step[n + index])
      }
      let before = geometry.loads
      var next = moved(point, along: step, by: size)
      while size > 1e-8 {
        for (index, active) in loaded.enumerated() { geometry.loads[active] = before[active]! + size * step[n + index] }
        next = moved(point, along: step, by: size)
        if objective(next) != nil { break }
        size *= 0.5
      }
      point = next
      point.iterations += 1
    }
    geometry.loads = bestLoads
    best.iterations = point.iterations
    _ = objective(best)
    return best
  }

  /// Solves a small symmetric indefinite system, scaled to rows of unit size, by LU.
  private func solve(_ matrix: Matrix, _ rightSide: [Double]) throws -> [Double] {
    let n = rightSide.count
    var matrix = matrix
    var rightSide = rightSide
    for i in 0..<n {
      let largest = (0..<n).reduce(0) { max($0, abs(matrix[i, $1])) }
      for j in 0..<n { matrix[i, j] /= largest }
      rightSide[i] /= largest
    }
    return try GSL.checked {
      matrix.elements.withUnsafeMutableBufferPointer { elements in
        rightSide.withUnsafeMutableBufferPointer { vector in
          var matrixView = gsl_matrix_view_array(elements.baseAddress!, n, n)
          var vectorView = gsl_vector_view_array(vector.baseAddress!, n)
          guard let permutation = gsl_permutation_alloc(n) else { return }
          defer { gsl_permutation_free(permutation) }
          var sign: Int32 = 0
          _ = gsl_linalg_LU_decomp(&matrixView.matrix, permutation, &sign)
          _ = gsl_linalg_LU_svx(&matrixView.matrix, permutation, &vectorView.vector)
        }
      }
      return rightSide
    }
  }
}
