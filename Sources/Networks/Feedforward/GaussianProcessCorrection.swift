// The first correction to the Gaussian process that a wide network with one hidden layer is (THEORY section 6c).

import Sampling

/// c1 in ln Z_n = ln Z_GP + c1/n + O(1/n²), and what follows for the loss, for one hidden layer of n neurons in standard scaling.
///
/// With G = K̄ + T, α = G⁻¹Y and d = σ_w² h hᵀ − K̄ of one neuron, c1 = E[½ (½ αᵀdα − ½ tr G⁻¹d)² + ¼ tr (G⁻¹d)² − ½ αᵀd G⁻¹ d α]. Of
/// one neuron only u = α·σ_w h and q = σ_w² hᵀG⁻¹h count:
///
///     c1 = ⅛ Var(u² − q) + ¼ [E q² − tr (G⁻¹K̄)²] − ½ [E u² q − αᵀK̄ G⁻¹ K̄ α].
///
/// E by shifted Sobol sequences over the prior; errors are standard errors over independent parts of them.
struct GaussianProcessCorrection: Sendable {
  /// c1.
  let logEvidence: QuadratureValue
  /// The coefficient of 1/n in <L>, −∂c1/∂β.
  let loss: QuadratureValue

  private static let partCount = 8

  /// For β > 0; nil beyond one hidden layer. O(M Q²) for M drawn neurons, at most a second.
  ///
  /// - Throws: ``NotComputed`` for too many outputs or a ridge that is lost against the kernel; ``GSLError``, ``RandomStreamError``.
  init?(
    _ limit: WideLimit, _ architecture: FeedforwardArchitecture, scales: WeightScales, stimuli: Matrix,
    tightness: Double
  ) throws {
    guard architecture.depth == 1, tightness > 0 else { return nil }
    let regression = limit.regression
    let rows = regression.basis.rows
    guard rows <= MeanFieldLimit.mostRows else {
      throw NotComputed(
        "averages over single neurons for \(rows) outputs take too long (at most \(MeanFieldLimit.mostRows))")
    }
    let ridge = 1 / regression.precision
    guard ridge > 1e-12 * (regression.variances.max() ?? 0) else {
      throw NotComputed("the ridge P/tightness is lost against the kernel in double precision")
    }
    let inputs = try NeuronInputs(architecture, scales: scales, stimuli: stimuli)
    var each = 1 << 14
    while each > 1 << 9, Self.partCount * each * rows * rows > 1 << 29 { each /= 2 }
    let draws = try EvenNeurons(
      inputs, NeuronProposal(inputs, isPrior: true), parts: Self.partCount, each: each, seed: 0)
    // In the kernel's eigenbasis G is diagonal: 1/(κ_j + T) and α_j = Y_j/(κ_j + T).
    let inverse = regression.variances.map { 1 / ($0 + ridge) }
    let parts = (0..<Self.partCount).map { part in
      Self.coefficients(draws, part * each..<(part + 1) * each, regression, inverse)
    }
    logEvidence = QuadratureValue(parts: parts.map(\.value))
    // T = P/β: −∂/∂β = (T/β) ∂/∂T.
    loss = QuadratureValue(parts: parts.map { ridge / tightness * $0.slope })
  }

  /// c1 and ∂c1/∂T over some of the neurons.
  private static func coefficients(
    _ draws: EvenNeurons, _ neurons: Range<Int>, _ regression: RidgeRegression, _ inverse: [Double]
  ) -> (value: Double, slope: Double) {
    let rows = draws.rows
    let block = 512
    var turned = [Double](repeating: 0, count: block * rows)
    // Sums of a = u² − q, a a', q², q q', u² q and their slopes by T.
    var sums = [Double](repeating: 0, count: 8)
    draws.responses.withUnsafeBufferPointer { h in
      regression.basis.elements.withUnsafeBufferPointer { basis in
        for first in stride(from: neurons.lowerBound, to: neurons.upperBound, by: block) {
          let count = min(block, neurons.upperBound - first)
          VectorKernels.product(
            h.baseAddress! + first * rows, basis.baseAddress!, into: &turned, rows: count, inner: rows, columns: rows)
          for k in 0..<count {
            var (u, q, uSlope, qSlope) = (0.0, 0.0, 0.0, 0.0)
            for j in 0..<rows {
              let z = turned[k * rows + j]
              let weighted = z * inverse[j]
              u += weighted * regression.targets[j]
              q += weighted * z
              uSlope -= weighted * inverse[j] * regression.targets[j]
              qSlope -= weighted * inverse[j] * z
            }
            let difference = u * u - q
            let differenceSlope = 2 * u * uSlope - qSlope
            sums[0] += difference
            sums[1] += differenceSlope
            sums[2] += difference * difference
            sums[3] += difference * differenceSlope
            sums[4] += q * q
            sums[5] += q * qSlope
            sums[6] += u * u * q
            sums[7] += 2 * u * uSlope * q + u * u * qSlope
          }
        }
      }
    }
    let m = sums.map { $0 / Double(neurons.count) }
    var (square, squareSlope, form, formSlope) = (0.0, 0.0, 0.0, 0.0)
    for j in 0..<rows {
      let share = regression.variances[j] * inverse[j]
      let pull = share * regression.targets[j]
      square += share * share
      squareSlope -= 2 * share * share * inverse[j]
      form += pull * pull * inverse[j]
      formSlope -= 3 * pull * pull * inverse[j] * inverse[j]
    }
    return (
      (m[2] - m[0] * m[0]) / 8 + (m[4] - square) / 4 - (m[6] - form) / 2,
      (m[3] - m[0] * m[1]) / 4 + (2 * m[5] - squareSlope) / 4 - (m[7] - formSlope) / 2
    )
  }
}
