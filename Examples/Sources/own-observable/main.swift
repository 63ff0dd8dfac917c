// An observable of your own, of finite tanh networks that report feature c in context c: on how few neurons does the output rest?

import Foundation
import Networks
import Sampling

let neurons = 40
let axis = [-1.5, -0.5, 0.5, 1.5]
let stimuli = Matrix(axis.flatMap { x in axis.map { y in [x, y] } })

/// Draws of networks bound to the task by exp(−β N L), and of each the inverse participation ratio Σ w⁴ / (Σ w²)² of its output weights.
func participation(tightness: Double) throws -> DrawTable {
  let ensemble = try FeedforwardEnsemble(
    task: try .inputSelection(contexts: 2),
    architecture: .twoLayer(features: 2, contexts: 2, neurons: neurons, activation: .tanh),
    stimuli: stimuli, scales: WeightScales(output: 1, input: 1, context: 1), binding: .gibbs(tightness: tightness))
  let density = ensemble.density()
  let output = density.layout["output_weight"]!.range
  return try sampleChains(
    HamiltonianMonteCarlo(density, tuning: Tuning(stepSize: 0.1), length: .time(upTo: 1.5)),
    warmup: WindowedAdaptation(.windows(transitions: 500)), chains: 4, draws: 1000, seed: 1,
    observables: [
      "inverse participation": { network in
        var (second, fourth) = (0.0, 0.0)
        for i in output {
          let square = network[i] * network[i]
          second += square
          fourth += square * square
        }
        return fourth / (second * second)
      }
    ]
  ) { stream in density.drawPrior(using: &stream) }
}

let (free, bound) = (try participation(tightness: 0), try participation(tightness: 20))
let prior = free.summary(of: "inverse participation")
let exact = 3 / Double(neurons + 2)  // a Gaussian vector's, at every N
let task = bound.summary(of: "inverse participation")
print("without a task \(prior.mean) ± \(prior.mcseMean), exact \(exact)")
print("with the task  \(task.mean) ± \(task.mcseMean)")
// Wrong by chance once in 100 000 times.
let isRight = abs(prior.mean - exact) < 4.4 * prior.mcseMean
let hasConverged = (free.findings + bound.findings).allSatisfy { $0.severity != .failure }
exit(isRight && hasConverged ? EXIT_SUCCESS : EXIT_FAILURE)
