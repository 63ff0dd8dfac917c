// Chains whose diagnostics are known, drawn from fixed streams.

@testable import Sampling

enum TestChains {
  /// Independent standard normal draws, `[chain, draw]`.
  static func independent(chains: Int, draws: Int, seed: UInt64) throws -> [[Double]] {
    try autoregressive(chains: chains, draws: draws, coefficient: 0, seed: seed)
  }

  /// x_t = φ x_{t-1} + ε_t from its stationary start: variance 1 / (1 - φ²), correlation time (1 + φ) / (1 - φ).
  static func autoregressive(chains: Int, draws: Int, coefficient: Double, seed: UInt64) throws -> [[Double]] {
    try (0..<chains).map { chain in
      var stream = try RandomStream(StreamKey(seed: seed, chain: chain, purpose: .testing))
      var position = stream.standardNormal() / (1 - coefficient * coefficient).squareRoot()
      return (0..<draws).map { _ in
        defer { position = coefficient * position + stream.standardNormal() }
        return position
      }
    }
  }
}
