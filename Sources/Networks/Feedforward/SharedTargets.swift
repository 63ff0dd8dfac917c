// What a task wants of the outputs that a network can tell apart, and what no network can do about the rest.

import Sampling

/// The targets of G sets of outputs on P stimuli: each context's own (G = K), or the mean of all contexts that share one (G = 1).
///
/// The loss of outputs y is (K/2GP) |y − t|² plus a constant.
struct SharedTargets: Sendable {
  /// t, `[set · P + stimulus]`.
  let mean: [Double]
  /// How many contexts share an output, K/G.
  let sharing: Int
  /// The loss that shared outputs cannot avoid, (1/2P) Σ_cp (t_cp − t_p)².
  let scatter: Double
  /// K/(G P): the loss per half squared error.
  let weight: Double

  /// - Precondition: 1 or K sets.
  init(_ task: LearningTask, stimuli: Matrix, sets: Int) {
    precondition(sets == 1 || sets == task.contexts)
    let count = stimuli.rows
    let sharing = task.contexts / sets
    let wanted = task.wantedOutputs(for: stimuli)
    var mean = [Double](repeating: 0, count: sets * count)
    for c in 0..<task.contexts {
      for p in 0..<count { mean[sharing == 1 ? c * count + p : p] += wanted[c, p] / Double(sharing) }
    }
    var scatter = 0.0
    if sharing > 1 {
      for c in 0..<task.contexts {
        for p in 0..<count { scatter += (wanted[c, p] - mean[p]) * (wanted[c, p] - mean[p]) }
      }
    }
    self.mean = mean
    self.sharing = sharing
    self.scatter = scatter / (2 * Double(count))
    weight = Double(sharing) / Double(count)
  }
}
