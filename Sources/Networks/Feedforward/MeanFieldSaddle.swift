// The multipliers at which independent neurons stand for a wide network, and the averages about them, over one set of drawn neurons.

import Sampling

/// The saddle point of a mean-field network with one hidden layer as its width grows (THEORY section 5).
///
/// With h the responses σ_w φ of a neuron and s = Λ·h, Λ minimises ψ = ln E_0 exp(s²/2) − Λ·t + |Λ|²/(2βκ), κ = K/(G P) the loss per half
/// squared error. Averages E are those of neurons with weights exp(s²/2); C = E[(1 + s²) h hᵀ] − y yᵀ = ∂²ψ less the last term. (Λ and
/// h in these units: the multipliers of outputs times σ_w, responses over σ_w.)
struct MeanFieldSaddle: Sendable {
  /// Λ, `[row]`, of responses σ_w φ.
  let multipliers: [Double]
  /// <y>, N → ∞, `[row]`.
  let outputs: [Double]
  /// <L> less what no outputs can avoid, to first order.
  let loss: LargeNExpansion
  /// <mean w²>/σ_w², to first order.
  let outputSecondMoment: LargeNExpansion
  /// E z zᵀ, `[coordinate, coordinate]`.
  let secondMoments: Matrix
  /// ψ(Λ).
  let logEvidencePerNeuron: Double
  /// −½ ln det(I + βκC).
  let logEvidenceConstant: Double
  /// (Σ weights)²/Σ weights².
  let effectiveNeurons: Double

  /// Finds the saddle by Newton's method. About 15 · O(M Q² + Q³) for M neurons and Q rows.
  ///
  /// - Parameters:
  ///   - neurons: those of the draws that are averaged over.
  ///   - sharpness: βκ.
  ///   - start: multipliers near by; zero if nil.
  /// - Throws: ``NotComputed`` where Newton's method does not get there.
  init(
    _ draws: EvenNeurons, _ neurons: Range<Int>, targets: [Double], sharpness: Double, tightness: Double,
    start: [Double]? = nil
  ) throws {
    let ridge = 1 / sharpness
    var averages = NeuronAverages(draws, neurons)
    func value(_ x: [Double]) -> Double { averages.tilt(x) - dot(x, targets) + 0.5 * ridge * dot(x, x) }
    var x = start ?? [Double](repeating: 0, count: targets.count)
    var present = value(x)
    var isFound = false
    for _ in 0..<Self.mostSteps {
      let (mean, curvature) = averages.derivatives()
      let slope = x.indices.map { mean[$0] - targets[$0] + ridge * x[$0] }
      guard let step = try? Cholesky(curvature + ridge * .identity(x.count)).solve(slope) else { break }
      let decrement = dot(slope, step)
      guard decrement.isFinite else { break }
      // Twice ψ's distance from its minimum, which rounding blurs at 1e-13; the last step squares it.
      isFound = decrement <= 1e-12 * (1 + abs(present))
      var length = 1.0
      var next = x
      var found = Double.infinity
      repeat {
        next = zip(x, step).map { $0 - length * $1 }
        found = value(next)
        length /= 2
      } while !isFound && !(found <= present - 0.2 * length * decrement) && length > 1e-9
      guard length > 1e-9 else { break }
      (x, present) = (next, found)
      if isFound { break }
    }
    // Curvatures that rounding has made indefinite end here too.
    guard isFound else { throw NotComputed("Newton's method did not find the multipliers of independent neurons") }
    _ = value(x)
    let (mean, curvature) = averages.derivatives()
    // (I + βκC)⁻¹.
    guard let bounded = try? Cholesky(.identity(x.count) + sharpness * curvature) else {
      throw NotComputed("the covariance of a neuron's responses is not resolved")
    }
    let inverse = bounded.inverse
    let quadratic = averages.quadraticForms(inverse)
    /// tr (I + βκC)⁻¹ dC of the change of C as Λ moves.
    func change(along direction: [Double]) -> Double {
      averages.curvatureChange(along: direction, quadratic) - 2 * dot(inverse * mean, curvature * direction)
    }
    let byTightness = bounded.solve(x.map { $0 / tightness })
    let byTarget = bounded.solve(targets.map { sharpness * $0 })
    let kappa = sharpness / tightness
    let lossCorrection =
      0.5 * kappa * dot(inverse.elements, curvature.elements) + 0.5 * sharpness * change(along: byTightness)
    multipliers = x
    outputs = mean
    loss = LargeNExpansion(leading: 0.5 * dot(x, x) / (tightness * sharpness), firstCorrection: lossCorrection)
    // <mean w²>/σ_w² = 1 − β κ <(y − t)·y>, and κ (y − t)·t follows from ∂ln Z/∂t along t.
    outputSecondMoment = LargeNExpansion(
      leading: 1 + averages.meanSquare,
      firstCorrection: -tightness * (2 * lossCorrection - 0.5 * kappa * change(along: byTarget)))
    secondMoments = averages.secondMoments
    logEvidencePerNeuron = present
    logEvidenceConstant = -0.5 * bounded.logDeterminant
    effectiveNeurons = averages.effectiveNeurons
  }

  private static let mostSteps = 80
}

/// Averages over drawn neurons that multipliers tilt.
private struct NeuronAverages {
  let draws: EvenNeurons
  let neurons: Range<Int>
  /// s of each neuron.
  private var pulls: [Double]
  /// The weights, which sum to one.
  private var weights: [Double]
  private static let block = 512

  init(_ draws: EvenNeurons, _ neurons: Range<Int>) {
    self.draws = draws
    self.neurons = neurons
    pulls = [Double](repeating: 0, count: neurons.count)
    weights = pulls
  }

  /// Moves to multipliers; ln of the mean of exp(s²/2) over the prior. O(M Q).
  mutating func tilt(_ multipliers: [Double]) -> Double {
    let (rows, first) = (draws.rows, neurons.lowerBound)
    draws.responses.withUnsafeBufferPointer { h in
      VectorKernels.product(
        h.baseAddress! + first * rows, multipliers, into: &pulls, rows: neurons.count, inner: rows, columns: 1)
    }
    var largest = -Double.infinity
    for k in weights.indices {
      weights[k] = draws.logWeights[first + k] + 0.5 * pulls[k] * pulls[k]
      largest = max(largest, weights[k])
    }
    guard largest.isFinite else { return .infinity }
    var total = 0.0
    for k in weights.indices {
      weights[k] = exp(weights[k] - largest)
      total += weights[k]
    }
    for k in weights.indices { weights[k] /= total }
    return largest + log(total / Double(neurons.count))
  }

  var effectiveNeurons: Double { 1 / weights.reduce(0) { $0 + $1 * $1 } }

  /// E s².
  var meanSquare: Double { zip(weights, pulls).reduce(0) { $0 + $1.0 * $1.1 * $1.1 } }

  /// y = E s h and C. O(M Q²).
  func derivatives() -> (mean: [Double], curvature: Matrix) {
    let rows = draws.rows
    var mean = [Double](repeating: 0, count: rows)
    var curvature = Matrix(rows: rows, columns: rows)
    var part = curvature
    var scaled = [Double](repeating: 0, count: Self.block * rows)
    for first in stride(from: 0, to: neurons.count, by: Self.block) {
      let count = min(Self.block, neurons.count - first)
      for k in 0..<count {
        let pull = pulls[first + k]
        let root = (weights[first + k] * (1 + pull * pull)).squareRoot()
        let factor = weights[first + k] * pull
        let base = (neurons.lowerBound + first + k) * rows
        for row in 0..<rows {
          let h = draws.responses[base + row]
          scaled[k * rows + row] = root * h
          mean[row] += factor * h
        }
      }
      part.elements.withUnsafeMutableBufferPointer {
        VectorKernels.gram(transposed: scaled, into: $0.baseAddress!, rows: rows, inner: count, scale: 1)
      }
      for k in part.elements.indices { curvature.elements[k] += part.elements[k] }
    }
    for i in 0..<rows { for j in 0..<rows { curvature[i, j] -= mean[i] * mean[j] } }
    return (mean, curvature)
  }

  /// hᵀ B h of each neuron. O(M Q²).
  func quadraticForms(_ matrix: Matrix) -> [Double] {
    let rows = draws.rows
    var product = [Double](repeating: 0, count: Self.block * rows)
    var forms = [Double](repeating: 0, count: neurons.count)
    draws.responses.withUnsafeBufferPointer { h in
      matrix.elements.withUnsafeBufferPointer { b in
        for first in stride(from: 0, to: neurons.count, by: Self.block) {
          let count = min(Self.block, neurons.count - first)
          let own = h.baseAddress! + (neurons.lowerBound + first) * rows
          VectorKernels.product(own, b.baseAddress!, into: &product, rows: count, inner: rows, columns: rows)
          product.withUnsafeBufferPointer {
            for k in 0..<count {
              forms[first + k] = VectorKernels.dot($0.baseAddress! + k * rows, own + k * rows, count: rows)
            }
          }
        }
      }
    }
    return forms
  }

  /// tr B dE[(1 + s²) h hᵀ] as Λ moves along a direction, given hᵀ B h. O(M Q).
  func curvatureChange(along direction: [Double], _ forms: [Double]) -> Double {
    let rows = draws.rows
    var moved = [Double](repeating: 0, count: neurons.count)
    draws.responses.withUnsafeBufferPointer { h in
      VectorKernels.product(
        h.baseAddress! + neurons.lowerBound * rows, direction, into: &moved, rows: neurons.count, inner: rows,
        columns: 1)
    }
    var tilt = 0.0
    for k in weights.indices { tilt += weights[k] * pulls[k] * moved[k] }
    var sum = 0.0
    for k in weights.indices {
      let s = pulls[k]
      let change = s * moved[k]
      sum += weights[k] * forms[k] * (2 * change + (1 + s * s) * (change - tilt))
    }
    return sum
  }

  /// E z zᵀ. O(M dimension²).
  var secondMoments: Matrix {
    let dimension = draws.dimension
    var sums = Matrix(rows: dimension, columns: dimension)
    for k in weights.indices {
      let base = (neurons.lowerBound + k) * dimension
      for i in 0..<dimension {
        let factor = weights[k] * draws.coordinates[base + i]
        for j in 0...i { sums[i, j] += factor * draws.coordinates[base + j] }
      }
    }
    for i in 0..<dimension { for j in 0..<i { sums[j, i] = sums[i, j] } }
    return sums
  }
}
