// One neuron of a hidden layer under the prior, by numbers that fill its space evenly: what averages over single neurons are taken of.

import CGSL
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

/// A law of z that is easy to draw from: Gaussian, or with heavier tails, of any covariance.
struct NeuronProposal: Sendable {
  /// L, lower-triangular.
  let factor: Matrix
  /// ν of Student's t, whose tails no tilted Gaussian outgrows; nil for a Gaussian.
  let degreesOfFreedom: Double?

  /// The prior itself; to be tilted, for unbounded φ, the t distribution of its shape.
  init(_ inputs: NeuronInputs, isPrior: Bool = false) {
    factor = .identity(inputs.dimension)
    degreesOfFreedom = isPrior || inputs.activation.isBounded ? nil : Self.freedom
  }

  /// A law of the given second moments of z, nowhere narrower than the prior.
  ///
  /// - Throws: ``GSLError``.
  init(_ inputs: NeuronInputs, secondMoments: Matrix) throws {
    factor = try Cholesky(SymmetricEigen(secondMoments).map { max(1, $0) }).factor
    degreesOfFreedom = inputs.activation.isBounded ? nil : Self.freedom
  }

  private static let freedom = 8.0
}

/// Neurons drawn from a proposal, with their responses and what makes them stand for the prior.
struct EvenNeurons: Sendable {
  /// σ_w φ(A z), `[neuron, row]`.
  let responses: [Double]
  /// ln p_0(z)/q(z).
  let logWeights: [Double]
  /// z, `[neuron, coordinate]`.
  let coordinates: [Double]
  let rows: Int
  let dimension: Int
  var count: Int { logWeights.count }

  /// Draws in parts of equal size; parts are independent, each a shifted Sobol sequence. O(count · (Q dimension + Q)).
  ///
  /// Coordinates beyond the fortieth are pseudo-random.
  ///
  /// - Throws: ``GSLError``, ``RandomStreamError``.
  init(_ inputs: NeuronInputs, _ proposal: NeuronProposal, parts: Int, each: Int, seed: UInt64) throws {
    let dimension = inputs.dimension
    let extra = proposal.degreesOfFreedom == nil ? 0 : 1
    let even = min(dimension + extra, QuasiRandom.mostDimensions)
    var coordinates: [Double] = []
    var logWeights: [Double] = []
    coordinates.reserveCapacity(parts * each * dimension)
    logWeights.reserveCapacity(parts * each)
    let logDeterminant = (0..<dimension).reduce(0) { $0 + log(proposal.factor[$1, $1]) }
    for part in 0..<parts {
      var stream = try RandomStream(StreamKey(seed: seed, chain: part, purpose: .solver))
      let points = try QuasiRandom.points(count: each, shift: (0..<even).map { _ in stream.uniform() })
      var normal = [Double](repeating: 0, count: dimension)
      for p in 0..<each {
        // The coordinate that stretches comes first, where the sequence is most even.
        var stretch = 1.0
        if let freedom = proposal.degreesOfFreedom {
          stretch = (freedom / gsl_cdf_chisq_Pinv(points[p * even], freedom)).squareRoot()
        }
        for j in 0..<dimension {
          let own =
            j + extra < even ? gsl_cdf_ugaussian_Pinv(points[p * even + j + extra]) : stream.standardNormal()
          normal[j] = stretch * own
        }
        var square = 0.0
        var ownSquare = 0.0
        for i in 0..<dimension {
          var z = 0.0
          for j in 0...i { z += proposal.factor[i, j] * normal[j] }
          coordinates.append(z)
          square += z * z
          ownSquare += normal[i] * normal[i]
        }
        logWeights.append(
          logDeterminant - square / 2
            - Self.logShape(ownSquare, dimension: dimension, degreesOfFreedom: proposal.degreesOfFreedom))
      }
    }
    let count = parts * each
    let rows = inputs.rows
    var responses = [Double](repeating: 0, count: count * rows)
    let activation = inputs.activation
    responses.withUnsafeMutableBufferPointer { h in
      coordinates.withUnsafeBufferPointer { z in
        inputs.coefficients.elements.withUnsafeBufferPointer {
          VectorKernels.product(
            z.baseAddress!, transposed: $0.baseAddress!, into: h.baseAddress!, rows: count, inner: dimension,
            columns: rows)
        }
      }
      // Gains are not wanted; they are written to a block that stays in the cache.
      let block = 1024
      withUnsafeTemporaryAllocation(of: Double.self, capacity: block) { gains in
        for first in stride(from: 0, to: count * rows, by: block) {
          let own = h.baseAddress! + first
          activation.apply(own, values: own, gains: gains.baseAddress!, count: min(block, count * rows - first))
        }
      }
      for k in 0..<count * rows { h[k] *= inputs.outputScale }
    }
    self.responses = responses
    self.logWeights = logWeights
    self.coordinates = coordinates
    self.rows = rows
    self.dimension = dimension
  }

  /// ln of the standard proposal's density at a squared distance, over that of a standard Gaussian at 0.
  private static func logShape(_ square: Double, dimension: Int, degreesOfFreedom: Double?) -> Double {
    guard let freedom = degreesOfFreedom else { return -square / 2 }
    let half = Double(dimension) / 2
    return gsl_sf_lngamma(freedom / 2 + half) - gsl_sf_lngamma(freedom / 2) - half * log(freedom / 2)
      - (freedom / 2 + half) * log1p(square / freedom)
  }

  /// z of the neurons whose responses are the strongest along the multipliers for their distance.
  func strongest(_ number: Int, _ multipliers: [Double]) -> [[Double]] {
    let pulls = (0..<count).map { neuron -> Double in
      var sum = 0.0
      for row in 0..<rows { sum += multipliers[row] * responses[neuron * rows + row] }
      var square = 1e-300
      for j in 0..<dimension { square += coordinates[neuron * dimension + j] * coordinates[neuron * dimension + j] }
      return sum * sum / square
    }
    return pulls.indices.sorted { pulls[$0] > pulls[$1] }.prefix(number).map {
      Array(coordinates[$0 * dimension..<($0 + 1) * dimension])
    }
  }
}
