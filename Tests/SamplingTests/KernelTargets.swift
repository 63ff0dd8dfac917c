// Small targets with known moments, for the tests of kernels.

import Foundation
import Sampling

/// A Gaussian with the given precision matrix over real coordinates; Gaussian prior of scale 1 times the rest.
struct GaussianTarget: DifferentiableLogDensity, GaussianPriorLogDensity {
  let layout: ParameterLayout
  let mean: [Double]
  let precision: Matrix

  init(covariance: Matrix, mean: [Double]? = nil) throws {
    layout = ParameterLayout(real: "x", count: covariance.rows)
    self.mean = mean ?? [Double](repeating: 0, count: covariance.rows)
    precision = try Cholesky(covariance).inverse
  }

  func logDensity(at position: Span<Double>, using workspace: inout Void) -> Double {
    var sum = 0.0
    for i in 0..<mean.count {
      for j in 0..<mean.count { sum += (position[i] - mean[i]) * precision[i, j] * (position[j] - mean[j]) }
    }
    return -0.5 * sum
  }

  func logDensity(
    at position: Span<Double>, gradient: inout MutableSpan<Double>, using workspace: inout Void
  ) -> Double {
    for i in 0..<mean.count {
      var sum = 0.0
      for j in 0..<mean.count { sum += precision[i, j] * (position[j] - mean[j]) }
      gradient[i] = -sum
    }
    return logDensity(at: position, using: &workspace)
  }

  var priorScales: [Double] { [Double](repeating: 1, count: mean.count) }

  func logLikelihood(at position: Span<Double>, using workspace: inout Void) -> Double {
    var squares = 0.0
    for i in 0..<mean.count { squares += position[i] * position[i] }
    return logDensity(at: position, using: &workspace) + 0.5 * squares
  }
}

/// A log density given by closures, for targets that are used once.
struct ClosureTarget: DifferentiableLogDensity {
  let layout: ParameterLayout
  let value: @Sendable ([Double]) -> Double
  let slope: @Sendable ([Double]) -> [Double]

  func logDensity(at position: Span<Double>, using workspace: inout Void) -> Double {
    value((0..<position.count).map { position[$0] })
  }

  func logDensity(
    at position: Span<Double>, gradient: inout MutableSpan<Double>, using workspace: inout Void
  ) -> Double {
    let x = (0..<position.count).map { position[$0] }
    let slope = slope(x)
    for i in 0..<gradient.count { gradient[i] = slope[i] }
    return value(x)
  }
}

/// Binary spins s_i = 2 g_i − 1 with couplings, fields, and real coordinates pulled by them:
/// ln p = −½ Σ_j (x_j − c s_j)² + Σ_{i<k} J_ik s_i s_k + Σ_i h_i s_i, as many real as binary coordinates.
///
/// Summed over x the spins have p(s) ∝ exp(Σ J s s + Σ h s), as c² s_j² is constant; so their law is enumerated easily,
/// and E x_j = c E s_j, Var x_j = 1 + c² Var s_j.
struct SpinTarget: DifferentiableLogDensity, FlippableLogDensity, GaussianPriorLogDensity {
  let layout: ParameterLayout
  let spins: Int
  let pull: Double
  let couplings: Matrix
  let fields: [Double]

  init(couplings: Matrix, fields: [Double], pull: Double) {
    var layout = ParameterLayout()
    layout.append("x", shape: [fields.count])
    layout.append("g", shape: [fields.count], kind: .binary)
    self.layout = layout
    spins = fields.count
    self.pull = pull
    self.couplings = couplings
    self.fields = fields
  }

  static func example(spins: Int, pull: Double) -> SpinTarget {
    var couplings = Matrix(rows: spins, columns: spins)
    for i in 0..<spins {
      for k in 0..<i {
        couplings[i, k] = 0.4 * sin(Double(3 * i + 7 * k))
        couplings[k, i] = couplings[i, k]
      }
    }
    return SpinTarget(couplings: couplings, fields: (0..<spins).map { 0.3 * cos(Double($0)) }, pull: pull)
  }

  func spin(_ i: Int, _ position: Span<Double>) -> Double { 2 * position[spins + i] - 1 }

  func logDensity(at position: Span<Double>, using workspace: inout Workspace) -> Double {
    var sum = 0.0
    for i in 0..<spins {
      let s = spin(i, position)
      let residual = position[i] - pull * s
      sum += fields[i] * s - 0.5 * residual * residual
      for k in 0..<i { sum += couplings[i, k] * s * spin(k, position) }
    }
    return sum
  }

  func logDensity(
    at position: Span<Double>, gradient: inout MutableSpan<Double>, using workspace: inout Workspace
  ) -> Double {
    for i in 0..<spins { gradient[i] = pull * spin(i, position) - position[i] }
    return logDensity(at: position, using: &workspace)
  }

  /// The field on every spin, kept up to date during a sweep of flips.
  struct Workspace: Sendable { var fields: [Double] }

  func makeWorkspace() -> Workspace { Workspace(fields: fields.map { _ in .nan }) }

  func beginFlips(at position: Span<Double>, using workspace: inout Workspace) {
    for i in 0..<spins {
      workspace.fields[i] = fields[i] + pull * position[i]
      for k in 0..<spins where k != i { workspace.fields[i] += couplings[i, k] * spin(k, position) }
    }
  }

  func didFlip(_ coordinate: Int, at position: Span<Double>, using workspace: inout Workspace) {
    let k = coordinate - spins
    for i in 0..<spins where i != k { workspace.fields[i] += 2 * couplings[i, k] * spin(k, position) }
  }

  func logDensityChange(
    flipping coordinate: Int, at position: Span<Double>, using workspace: inout Workspace
  ) -> Double {
    -2 * spin(coordinate - spins, position) * workspace.fields[coordinate - spins]
  }

  var priorScales: [Double] { [Double](repeating: 1, count: spins) }

  func logLikelihood(at position: Span<Double>, using workspace: inout Workspace) -> Double {
    var squares = 0.0
    for i in 0..<spins { squares += position[i] * position[i] }
    return logDensity(at: position, using: &workspace) + 0.5 * squares
  }

  /// The probability of each spin configuration (bit i of the index is g_i), by enumeration.
  var spinProbabilities: [Double] {
    let weights = (0..<(1 << spins)).map { state -> Double in
      let s = (0..<spins).map { Double(state >> $0 & 1) * 2 - 1 }
      var sum = 0.0
      for i in 0..<spins {
        sum += fields[i] * s[i]
        for k in 0..<i { sum += couplings[i, k] * s[i] * s[k] }
      }
      return exp(sum)
    }
    let total = weights.reduce(0, +)
    return weights.map { $0 / total }
  }
}

extension RandomStream {
  /// A stream for tests, one per number.
  static func test(_ number: Int) throws -> RandomStream {
    try RandomStream(StreamKey(seed: 20_260_101, chain: number, purpose: .testing))
  }
}
