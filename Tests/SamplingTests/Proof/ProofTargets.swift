// Targets with exact draws, each hard in its own way, for the proofs of kernels.

import Foundation
import Sampling

/// A target that every kernel for real coordinates can sample, and that can be drawn from exactly.
protocol ProofTarget: DifferentiableLogDensity, GaussianPriorLogDensity, DrawableLogDensity {}

extension ProofTarget {
  /// Everything but the Gaussian with the scales of the split.
  func logLikelihood(at position: Span<Double>, using workspace: inout Workspace) -> Double {
    var exponent = 0.0
    for (j, scale) in priorScales.enumerated() { exponent += 0.5 * position[j] * position[j] / (scale * scale) }
    return logDensity(at: position, using: &workspace) + exponent
  }
}

/// A rotated Gaussian in five dimensions with variances from 0.01 to 100: condition number 10⁴.
struct IllConditionedGaussian: ProofTarget {
  let layout = ParameterLayout(real: "x", count: 5)
  let covariance: Matrix
  private let precision: Matrix
  private let factor: Matrix

  /// - Parameter widening: of all standard deviations; other than 1 for a proposal.
  init(widening: Double = 1) throws {
    // A reflection I − 2vvᵀ/|v|² turns the axes.
    let axis = [1.0, -2, 3, 1, 2]
    let norm = axis.reduce(0) { $0 + $1 * $1 }
    var rotation = Matrix.identity(5)
    for i in 0..<5 { for j in 0..<5 { rotation[i, j] -= 2 * axis[i] * axis[j] / norm } }
    var scaled = rotation
    for i in 0..<5 { for j in 0..<5 { scaled[i, j] *= widening * widening * pow(10, Double(j) - 2) } }
    covariance = scaled * rotation.transposed
    let cholesky = try Cholesky(covariance)
    precision = cholesky.inverse
    factor = cholesky.factor
  }

  func logDensity(at position: Span<Double>, using workspace: inout Void) -> Double {
    var sum = 0.0
    for i in 0..<5 { for j in 0..<5 { sum += position[i] * precision[i, j] * position[j] } }
    return -0.5 * sum
  }

  func logDensity(
    at position: Span<Double>, gradient: inout MutableSpan<Double>, using workspace: inout Void
  ) -> Double {
    for i in 0..<5 {
      gradient[i] = 0
      for j in 0..<5 { gradient[i] -= precision[i, j] * position[j] }
    }
    return logDensity(at: position, using: &workspace)
  }

  func draw(into position: inout MutableSpan<Double>, workspace: inout Void, using stream: inout RandomStream) {
    for i in 0..<5 { position[i] = 0 }
    for j in 0..<5 {
      let z = stream.standardNormal()
      for i in j..<5 { position[i] += factor[i, j] * z }
    }
  }

  var priorScales: [Double] { [10, 10, 10, 10, 10] }
}

/// Independent logarithms of gamma variables, ln p = Σ_j (a_j x_j − e^{x_j}): skewed to the left, the more the smaller a_j.
struct LogGammaTarget: ProofTarget {
  static let shapes = [0.5, 1, 2, 5]
  let layout = ParameterLayout(real: "x", count: 4)

  func logDensity(at position: Span<Double>, using workspace: inout Void) -> Double {
    var sum = 0.0
    for (j, shape) in Self.shapes.enumerated() { sum += shape * position[j] - exp(position[j]) }
    return sum
  }

  func logDensity(
    at position: Span<Double>, gradient: inout MutableSpan<Double>, using workspace: inout Void
  ) -> Double {
    for (j, shape) in Self.shapes.enumerated() { gradient[j] = shape - exp(position[j]) }
    return logDensity(at: position, using: &workspace)
  }

  func draw(into position: inout MutableSpan<Double>, workspace: inout Void, using stream: inout RandomStream) {
    for (j, shape) in Self.shapes.enumerated() { position[j] = log(stream.gamma(shape: shape)) }
  }

  var priorScales: [Double] { [3, 2, 2, 2] }
}

/// Neal's funnel: v ~ N(0, 9), and three x_i ~ N(0, e^v).
struct Funnel: ProofTarget {
  let layout = ParameterLayout(real: "x", count: 4)

  func logDensity(at position: Span<Double>, using workspace: inout Void) -> Double {
    let v = position[0]
    let squares = position[1] * position[1] + position[2] * position[2] + position[3] * position[3]
    return -v * v / 18 - 1.5 * v - 0.5 * exp(-v) * squares
  }

  func logDensity(
    at position: Span<Double>, gradient: inout MutableSpan<Double>, using workspace: inout Void
  ) -> Double {
    let v = position[0]
    let squares = position[1] * position[1] + position[2] * position[2] + position[3] * position[3]
    gradient[0] = -v / 9 - 1.5 + 0.5 * exp(-v) * squares
    for j in 1...3 { gradient[j] = -exp(-v) * position[j] }
    return logDensity(at: position, using: &workspace)
  }

  func draw(into position: inout MutableSpan<Double>, workspace: inout Void, using stream: inout RandomStream) {
    position[0] = 3 * stream.standardNormal()
    for j in 1...3 { position[j] = exp(0.5 * position[0]) * stream.standardNormal() }
  }

  var priorScales: [Double] { [3, 4, 4, 4] }
}

/// Binary spins that pull real coordinates (``SpinTarget``), drawn by enumerating the spins.
struct DrawableSpins: ProofTarget, FlippableLogDensity {
  let spins: SpinTarget
  private let cumulative: [Double]

  init(_ spins: SpinTarget) {
    self.spins = spins
    var sum = 0.0
    cumulative = spins.spinProbabilities.map {
      sum += $0
      return sum
    }
  }

  var layout: ParameterLayout { spins.layout }

  func makeWorkspace() -> SpinTarget.Workspace { spins.makeWorkspace() }

  func logDensity(at position: Span<Double>, using workspace: inout SpinTarget.Workspace) -> Double {
    spins.logDensity(at: position, using: &workspace)
  }

  func logDensity(
    at position: Span<Double>, gradient: inout MutableSpan<Double>, using workspace: inout SpinTarget.Workspace
  ) -> Double {
    spins.logDensity(at: position, gradient: &gradient, using: &workspace)
  }

  func beginFlips(at position: Span<Double>, using workspace: inout SpinTarget.Workspace) {
    spins.beginFlips(at: position, using: &workspace)
  }

  func didFlip(_ coordinate: Int, at position: Span<Double>, using workspace: inout SpinTarget.Workspace) {
    spins.didFlip(coordinate, at: position, using: &workspace)
  }

  func logDensityChange(
    flipping coordinate: Int, at position: Span<Double>, using workspace: inout SpinTarget.Workspace
  ) -> Double {
    spins.logDensityChange(flipping: coordinate, at: position, using: &workspace)
  }

  func draw(
    into position: inout MutableSpan<Double>, workspace: inout SpinTarget.Workspace, using stream: inout RandomStream
  ) {
    let u = stream.uniform()
    let state = cumulative.firstIndex { u < $0 } ?? cumulative.count - 1
    let count = spins.spins
    for i in 0..<count {
      position[count + i] = Double(state >> i & 1)
      position[i] = spins.pull * (2 * position[count + i] - 1) + stream.standardNormal()
    }
  }

  var priorScales: [Double] { [Double](repeating: 1, count: spins.spins) }
}

/// Real coordinates whose scales binary ones switch: x_j ~ N(0, s²) with s = 0.3 where g_j = 1 (of probability 0.4), else s = 1.
///
/// What is known of the density at one side of a flip is useless at the other.
struct SwitchedScales: ProofTarget, FlippableLogDensity {
  static let (scales, activeProbability) = ([1, 0.3], 0.4)
  let layout: ParameterLayout

  init() {
    var layout = ParameterLayout()
    layout.append("x", shape: [3])
    layout.append("g", shape: [3], kind: .binary)
    self.layout = layout
  }

  private func part(_ x: Double, _ gain: Double) -> Double {
    let isActive = gain == 1
    let scale = Self.scales[isActive ? 1 : 0]
    return log(isActive ? Self.activeProbability : 1 - Self.activeProbability) - log(scale) - 0.5 * x * x
      / (scale * scale)
  }

  func logDensity(at position: Span<Double>, using workspace: inout Void) -> Double {
    (0..<3).reduce(0) { $0 + part(position[$1], position[3 + $1]) }
  }

  func logDensity(
    at position: Span<Double>, gradient: inout MutableSpan<Double>, using workspace: inout Void
  ) -> Double {
    for j in 0..<3 {
      let scale = Self.scales[position[3 + j] == 1 ? 1 : 0]
      gradient[j] = -position[j] / (scale * scale)
    }
    return logDensity(at: position, using: &workspace)
  }

  func beginFlips(at position: Span<Double>, using workspace: inout Void) {}
  func didFlip(_ coordinate: Int, at position: Span<Double>, using workspace: inout Void) {}

  func logDensityChange(flipping coordinate: Int, at position: Span<Double>, using workspace: inout Void) -> Double {
    let (x, gain) = (position[coordinate - 3], position[coordinate])
    return part(x, 1 - gain) - part(x, gain)
  }

  func draw(into position: inout MutableSpan<Double>, workspace: inout Void, using stream: inout RandomStream) {
    for j in 0..<3 {
      let isActive = stream.bernoulli(Self.activeProbability)
      position[3 + j] = isActive ? 1 : 0
      position[j] = Self.scales[isActive ? 1 : 0] * stream.standardNormal()
    }
  }

  var priorScales: [Double] { [1, 1, 1] }
}

/// Twenty states over five bits with probabilities from 4·10⁻⁴ to 0.4 in no order; the other twelve have none.
struct PeakedTable: FlippableLogDensity, DrawableLogDensity {
  let layout: ParameterLayout
  let probabilities: [Double]

  init() {
    var layout = ParameterLayout()
    layout.append("bit", shape: [5], kind: .binary)
    self.layout = layout
    let weights = (0..<20).map { exp(-0.37 * Double($0 * 7 % 20)) }
    let total = weights.reduce(0, +)
    probabilities = weights.map { $0 / total } + [Double](repeating: 0, count: 12)
  }

  func state(_ position: Span<Double>) -> Int {
    (0..<5).reduce(0) { $0 << 1 | (position[$1] == 1 ? 1 : 0) }
  }

  func position(ofState state: Int) -> [Double] { (0..<5).map { Double(state >> (4 - $0) & 1) } }

  func logDensity(at position: Span<Double>, using workspace: inout Void) -> Double {
    log(probabilities[state(position)])
  }

  func beginFlips(at position: Span<Double>, using workspace: inout Void) {}
  func didFlip(_ coordinate: Int, at position: Span<Double>, using workspace: inout Void) {}

  func logDensityChange(flipping coordinate: Int, at position: Span<Double>, using workspace: inout Void) -> Double {
    let state = state(position)
    return log(probabilities[state ^ 1 << (4 - coordinate)]) - log(probabilities[state])
  }

  func draw(into position: inout MutableSpan<Double>, workspace: inout Void, using stream: inout RandomStream) {
    var u = stream.uniform()
    var state = 0
    while state < 19, u >= probabilities[state] {
      u -= probabilities[state]
      state += 1
    }
    for (j, bit) in self.position(ofState: state).enumerated() { position[j] = bit }
  }

  /// The standard functions with every bit, and the state's number.
  var functions: [TestFunction] {
    standardTestFunctions(coordinates: 5) + [
      TestFunction("state") { Double(state($0.span)) }
    ]
  }
}

/// Two normal modes at ±3 in two dimensions with weights 0.3 and 0.7, on the path from a broad Gaussian; drawn exactly at every
/// inverse temperature.
///
/// p^t q^{1−t} ≤ q^{1−t} Σ_i (w_i N_i)^t, a mixture of Gaussians: so rejection from it is exact.
struct TemperedModes: TemperableLogDensity, ProofTarget {
  static let (weights, center, width, broad) = ([0.3, 0.7], [-3.0, 3], 0.6, 4.0)
  let layout = ParameterLayout(real: "x", count: 2)
  let inverseTemperature: Double

  init(inverseTemperature: Double = 1) { self.inverseTemperature = inverseTemperature }

  func tempered(to inverseTemperature: Double) -> Self { TemperedModes(inverseTemperature: inverseTemperature) }

  /// ln(w_i N_i) of both modes, and ln q; the same constant left out of all.
  private func logParts(_ x: Double, _ y: Double) -> (modes: [Double], reference: Double) {
    let variance = Self.width * Self.width
    let modes = (0..<2).map { i in
      log(Self.weights[i] / variance) - 0.5 * ((x - Self.center[i]) * (x - Self.center[i]) + y * y) / variance
    }
    let broad = Self.broad * Self.broad
    return (modes, -log(broad) - 0.5 * (x * x + y * y) / broad)
  }

  private func logSum(_ values: [Double]) -> Double {
    let largest = max(values[0], values[1])
    return largest + log(exp(values[0] - largest) + exp(values[1] - largest))
  }

  func temperatureSlope(at position: Span<Double>, using workspace: inout Void) -> Double {
    let parts = logParts(position[0], position[1])
    return logSum(parts.modes) - parts.reference
  }

  func logDensity(at position: Span<Double>, using workspace: inout Void) -> Double {
    let parts = logParts(position[0], position[1])
    return inverseTemperature * logSum(parts.modes) + (1 - inverseTemperature) * parts.reference
  }

  func logDensity(
    at position: Span<Double>, gradient: inout MutableSpan<Double>, using workspace: inout Void
  ) -> Double {
    let parts = logParts(position[0], position[1])
    let share = 1 / (1 + exp(parts.modes[1] - parts.modes[0]))
    let pull = share * Self.center[0] + (1 - share) * Self.center[1]
    let (t, variance, broad) = (inverseTemperature, Self.width * Self.width, Self.broad * Self.broad)
    gradient[0] = t * (pull - position[0]) / variance - (1 - t) * position[0] / broad
    gradient[1] = -t * position[1] / variance - (1 - t) * position[1] / broad
    return logDensity(at: position, using: &workspace)
  }

  func draw(into position: inout MutableSpan<Double>, workspace: inout Void, using stream: inout RandomStream) {
    let t = inverseTemperature
    let (variance, broad) = (Self.width * Self.width, Self.broad * Self.broad)
    let precision = t / variance + (1 - t) / broad
    let spread = 1 / precision.squareRoot()
    // Both bounding Gaussians are |center| from 0, so only w_i^t tells their weights apart.
    let first = pow(Self.weights[0], t) / (pow(Self.weights[0], t) + pow(Self.weights[1], t))
    while true {
      let mode = stream.bernoulli(first) ? 0 : 1
      let x = t / variance * Self.center[mode] / precision + spread * stream.standardNormal()
      let y = spread * stream.standardNormal()
      let parts = logParts(x, y)
      if log(stream.uniformPositive()) < t * logSum(parts.modes) - logSum(parts.modes.map { t * $0 }) {
        position[0] = x
        position[1] = y
        return
      }
    }
  }

  var priorScales: [Double] { [4, 1] }
}
