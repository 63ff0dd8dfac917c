// Your own real and binary target: a Hopfield network whose overlap fields are moved by HMC and whose spins are flipped.

import Foundation
import Sampling

/// ln p(φ, s) = βN Σ_μ [φ_μ m_μ − φ_μ²/2], m_μ = Σ_i ξ_i^μ s_i/N, s_i = ±1; integrated over φ: exp(βN Σ_μ m_μ²/2).
struct HopfieldNetwork: DifferentiableLogDensity, FlippableLogDensity {
  let beta = 0.9
  let layout = ParameterLayout(real: "field", count: 2, binary: "bit", count: 16)  // x = (φ, bits), s = 2 bit − 1
  let patterns: [[Double]] = [
    [1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1, -1], [1, 1, 1, 1, 1, -1, -1, -1, 1, 1, 1, 1, -1, -1, -1, -1],
  ]

  func overlap(_ mu: Int, _ x: Span<Double>) -> Double {
    (0..<16).reduce(0) { $0 + patterns[mu][$1] * (2 * x[2 + $1] - 1) / 16 }
  }

  func logDensity(at x: Span<Double>, using workspace: inout Void) -> Double {
    (0..<2).reduce(0) { $0 + 16 * beta * (x[$1] * overlap($1, x) - 0.5 * x[$1] * x[$1]) }
  }

  func logDensity(at x: Span<Double>, gradient: inout MutableSpan<Double>, using workspace: inout Void) -> Double {
    for mu in 0..<2 { gradient[mu] = 16 * beta * (overlap(mu, x) - x[mu]) }
    return logDensity(at: x, using: &workspace)
  }

  func logDensityChange(flipping bit: Int, at x: Span<Double>, using workspace: inout Void) -> Double {
    (0..<2).reduce(0) { $0 - 2 * beta * x[$1] * patterns[$1][bit - 2] * (2 * x[bit] - 1) }
  }
}

let network = HopfieldNetwork()
let fields = HamiltonianMonteCarlo(network, tuning: Tuning(stepSize: 0.1), length: .uniform(2...6))
let draws = try sampleChains(
  Cycle(fields, BinaryFlips(network)), warmup: WindowedAdaptation(.windows(transitions: 500)), draws: 20_000, seed: 1,
  observables: ["field": { x in x[0] }, "squared overlap": { x in pow(network.overlap(0, x), 2) }]
) { stream in [stream.standardNormal(), stream.standardNormal()] + (0..<16).map { _ in stream.bernoulli(0.5) ? 1 : 0 } }
print(draws)

// The exact mean, by the sum over all 2^16 spin configurations.
var (sum, partition) = (0.0, 0.0)
for state in 0..<(1 << 16) {
  let x = [0, 0] + (0..<16).map { Double(state >> $0 & 1) }
  let squares = (0..<2).map { pow(network.overlap($0, x.span), 2) }
  let weight = exp(16 * network.beta * (squares[0] + squares[1]) / 2)
  sum += weight * squares[0]
  partition += weight
}
let estimate = draws.summary(of: "squared overlap")
print("squared overlap \(estimate.mean) ± \(estimate.mcseMean), exact \(sum / partition)")
let isRight = abs(estimate.mean - sum / partition) < 5 * estimate.mcseMean
exit(isRight && draws.findings.allSatisfy { $0.severity != .failure } ? EXIT_SUCCESS : EXIT_FAILURE)
