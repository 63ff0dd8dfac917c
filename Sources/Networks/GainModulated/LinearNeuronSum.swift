// Gain-modulated linear networks as sums over neurons.

import Sampling

/// h_i has the K D numbers √λ_k g_ic (v_k·m_i), v_k and λ_k the eigenvectors and eigenvalues of S: with Y_ck = √λ_k (A_c·v_k),
/// κ = t β N and f = 1/N, (κ/2)|Y − f Σ_i w_i h_i|² is t β N times the loss.
extension GainModulatedLinearDensity: NeuronSumDensity {
  public typealias NeuronKernel = NeuronGibbs<GainModulatedLinearDensity>

  public var responseCount: Int { contexts * features }

  public func neuronKernel() -> NeuronGibbs<GainModulatedLinearDensity>? { NeuronGibbs(self) }

  public var activeProbability: Double { 1 / (1 + exp(-gainLogOdds)) }

  public func neuronSumTask() -> NeuronSumTask? {
    guard case .loss(let tightness, let target, _) = potential, let stimulusRoot else { return nil }
    let wanted = (0..<contexts).flatMap { c in
      (0..<features).map { k in
        (0..<features).reduce(0) { $0 + target[c, $1] * stimulusRoot[$1, k] }
      }
    }
    return NeuronSumTask(
      wanted: wanted, precision: inverseTemperature * tightness * Double(neurons), factor: 1 / Double(neurons))
  }

  public func writeResponses(
    at position: Span<Double>, into responses: inout MutableSpan<Double>, using workspace: inout Workspace
  ) {
    precondition(responses.count == neurons * responseCount)
    guard let stimulusRoot else { preconditionFailure("there is no loss for the responses to serve") }
    let n = neurons
    position.withUnsafeBufferPointer { x in
      withGains(at: x) { g in
        stimulusRoot.elements.withUnsafeBufferPointer { root in
          responses.withUnsafeMutableBufferPointer { responses in
            for i in 0..<n {
              for k in 0..<features {
                var sum = 0.0
                for d in 0..<features { sum += x[n * (1 + d) + i] * root[d * features + k] }
                for c in 0..<contexts { responses[(i * contexts + c) * features + k] = g[c * n + i] * sum }
              }
            }
          }
        }
      }
    }
  }
}

extension ReadoutPotential {
  /// B = (√λ_1 v_1, …) with S = B Bᵀ; nil without a loss, or if S has no eigendecomposition.
  var stimulusRoot: Matrix? {
    guard case .loss(_, _, let covariance) = self, let eigen = try? SymmetricEigen(covariance) else { return nil }
    var root = eigen.vectors
    for k in 0..<root.columns {
      let scale = max(0, eigen.values[k]).squareRoot()
      for d in 0..<root.rows { root[d, k] *= scale }
    }
    return root
  }
}
