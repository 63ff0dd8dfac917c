// What one neuron of the first layer sees of all stimuli and contexts, in independent normal coordinates.

import Sampling

/// The inputs of a neuron of the first layer, a linear function of independent standard normal coordinates z.
///
/// m·x_p + b_c = Σ_j A_cp,j z_j. Stimuli that span fewer than D directions need no more coordinates; the rest of m keeps its prior.
struct NeuronInputs: Sendable {
  /// A, `[set · P + stimulus, coordinate]`.
  let coefficients: Matrix
  /// φ.
  let activation: Activation
  /// σ_w, by which responses are multiplied.
  let outputScale: Double
  /// How many coordinates, the first ones, stand for the input weights.
  let inputCoordinates: Int
  /// D less that: directions that no stimulus has.
  let idleFeatures: Int
  /// z, the coordinates.
  var dimension: Int { coefficients.columns }
  /// Q = G P, the number of responses.
  var rows: Int { coefficients.rows }

  /// - Throws: ``GSLError``; ``NotComputed`` if no input varies.
  init(_ architecture: FeedforwardArchitecture, scales: WeightScales, stimuli: Matrix) throws {
    let eigen = try SymmetricEigen(stimuli.transposed * stimuli)
    let kept = eigen.values.indices.filter { eigen.values[$0] > 1e-14 * eigen.values[eigen.values.count - 1] }
    let turned = stimuli * eigen.vectors
    let sets = architecture.outputSets
    let drives = architecture.isDriven(0) ? architecture.contexts : 0
    guard kept.count + drives > 0 else { throw NotComputed("no neuron has an input") }
    var matrix = Matrix(rows: sets * stimuli.rows, columns: kept.count + drives)
    for c in 0..<sets {
      for p in 0..<stimuli.rows {
        let row = c * stimuli.rows + p
        for (k, j) in kept.enumerated() { matrix[row, k] = scales.input * turned[p, j] }
        if drives > 0 { matrix[row, kept.count + c] = scales.context }
      }
    }
    coefficients = matrix
    activation = architecture.activation
    outputScale = scales.output
    inputCoordinates = kept.count
    idleFeatures = architecture.features - kept.count
  }

  /// Λ·h far out: the largest (Λ·σ_w φ(A z))²/|z|², by ascent from the directions of some draws; 0 for bounded φ.
  ///
  /// exp(½ (Λ·h)²) has an average over the Gaussian z iff this is below 1 (THEORY section 2). O(starts · steps · Q · dimension).
  func largestPull(_ multipliers: [Double], from draws: EvenNeurons) -> Double {
    let growth = activation.function.growth
    if case .bounded = growth { return 0 }
    if growth == .polynomial { return multipliers.allSatisfy { $0 == 0 } ? 0 : .infinity }
    let far: Activation = growth == .linear ? .linear : .relu
    func evaluate(_ z: [Double]) -> (value: Double, slope: [Double]) {
      var value = 0.0
      var slope = [Double](repeating: 0, count: dimension)
      for row in 0..<rows {
        var input = 0.0
        for j in 0..<dimension { input += coefficients[row, j] * z[j] }
        value += multipliers[row] * far.value(input)
        let gain = multipliers[row] * far.gain(input)
        for j in 0..<dimension { slope[j] += gain * coefficients[row, j] }
      }
      return (outputScale * value, slope.map { outputScale * $0 })
    }
    func unit(_ z: [Double]) -> [Double] {
      let length = dot(z, z).squareRoot()
      return length > 0 ? z.map { $0 / length } : z
    }
    var largest = 0.0
    for start in draws.strongest(8, multipliers) {
      var z = unit(start)
      var (value, slope) = evaluate(z)
      for _ in 0..<60 {
        let goal = unit(slope.map { value < 0 ? -$0 : $0 })
        var step = 1.0
        var next = z
        var found = (value: value, slope: slope)
        repeat {
          next = unit(zip(z, goal).map { $0 + step * ($1 - $0) })
          found = evaluate(next)
          step /= 2
        } while abs(found.value) <= abs(value) && step > 1e-3
        guard abs(found.value) > abs(value) * (1 + 1e-9) else { break }
        (z, value, slope) = (next, found.value, found.slope)
      }
      largest = max(largest, value * value)
    }
    return largest
  }
}
