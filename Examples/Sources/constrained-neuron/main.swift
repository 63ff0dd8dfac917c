// Your own constraints: the maximum-entropy neuron with gains φ'(b_c) = 1/cosh² b_c that computes different things in two contexts.

import Foundation
import Sampling

/// f_cd(w, m, b) = w φ'(b_c) m_d on the position (w, m_1, m_2, b_1, b_2): what the neuron adds to the readout in context c.
struct ReadoutOfNeuron: ConstraintFunctions {
  let names = ["R[0,0]", "R[0,1]", "R[1,0]", "R[1,1]"]

  func gain(_ drive: Double) -> Double { 1 / pow(cosh(drive), 2) }

  func evaluate(at x: Span<Double>, into f: inout MutableSpan<Double>, using workspace: inout Void) {
    for c in 0..<2 { for d in 0..<2 { f[2 * c + d] = x[0] * gain(x[3 + c]) * x[1 + d] } }
  }

  func addGradient(
    weights: Span<Double>, at x: Span<Double>, to gradient: inout MutableSpan<Double>, using workspace: inout Void
  ) {
    for c in 0..<2 {
      let g = gain(x[3 + c])
      for d in 0..<2 {
        let weight = weights[2 * c + d]
        gradient[0] += weight * g * x[1 + d]
        gradient[1 + d] += weight * x[0] * g
        gradient[3 + c] += weight * x[0] * x[1 + d] * -2 * g * tanh(x[3 + c])
      }
    }
  }

  func makeWorkspace() {}
}

// The prior, all five weights independent and standard normal, and the task: in context 0 report 0.2 x_0, in context 1 0.2 x_1.
let base = ProductReference(layout: ParameterLayout(real: "weight", count: 5), scales: [1, 1, 1, 1, 1])
let neuron = TiltedFamily(base, functions: ReadoutOfNeuron(), drawsBaseExactly: true) { stream in
  (0..<5).map { _ in stream.standardNormal() }
}
let solution = try ConstraintSolver().solve(neuron, targets: [0.2, 0, 0, 0.2], seed: 1)
print(solution)

// Draws from it: selectivity, the correlation of output and input weights that the task needs, set against its absence in the prior.
let density = neuron.density(multipliers: solution.multipliers)
let draws = try sampleChains(
  NoUTurn(density, tuning: Tuning(stepSize: 0.1)), warmup: WindowedAdaptation(.windows(transitions: 500)), draws: 5000,
  seed: 2,
  observables: [
    "w m_0": { x in x[0] * x[1] },
    "gain difference along w m_0": { x in
      x[0] * x[1] * (1 / pow(cosh(x[3]), 2) - 1 / pow(cosh(x[4]), 2))
    },
  ]
) { stream in (0..<5).map { _ in stream.standardNormal() } }
print(draws)
let isRight = zip(solution.moments, zip(solution.targets, solution.momentErrors)).allSatisfy {
  abs($0 - $1.0) < 5 * $1.1
}
exit(isRight && draws.findings.allSatisfy { $0.severity != .failure } ? EXIT_SUCCESS : EXIT_FAILURE)
