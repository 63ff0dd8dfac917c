// Single neurons drawn by numbers that fill their space evenly: what averages over one neuron are taken of.

import CGSL
import Sampling

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

extension QuadratureValue {
  /// The mean of an average over independent parts of equal size, with its standard error.
  ///
  /// - Precondition: at least two parts.
  init(parts: [Double]) {
    let moments = RunningMoments(parts)
    self.init(value: moments.mean, error: (moments.variance / Double(moments.count)).squareRoot())
  }
}
