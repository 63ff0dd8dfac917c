// What binds a network to its task through its outputs on given stimuli: a potential V(y) in the log density −n V(y).

import Sampling

/// The task's part of a log density that depends on a network only through its outputs y_c(x_p): ln p = … − n V(y).
public enum FeedforwardPotential: Sendable, Equatable {
  /// V = β/(2P) Σ_cp (y_c(x_p) − Y_cp)², the Gibbs ensemble, with wanted outputs Y [context, stimulus]; β ≥ 0.
  case loss(tightness: Double, wantedOutputs: Matrix)
  /// V = −Λ·R with R = (1/P) Σ_p y_c(x_p) x_pᵀ, the ensemble that is linear in the readout; Λ is [context, feature].
  case multipliers(Matrix)
  /// y = Y, the hard ensemble (THEORY section 11), with wanted outputs Y [context, stimulus]: V = 0 on networks that have them, and no others
  /// are meant.
  case constraint(wantedOutputs: Matrix)
  /// R = A with R as above, the hard ensemble of networks that are bound by their readout alone; A is [context, feature].
  case readoutConstraint(Matrix)

  /// The loss of a task: wanted are Y_cp = Y_c(x_p), for stimuli [stimulus, feature].
  public static func loss(tightness: Double, task: LearningTask, stimuli: Matrix) -> FeedforwardPotential {
    .loss(tightness: tightness, wantedOutputs: task.wantedOutputs(for: stimuli))
  }

  /// Whether it is one for `contexts` contexts and these stimuli, [stimulus, feature].
  func fits(contexts: Int, stimuli: Matrix) -> Bool {
    switch self {
    case .loss(let tightness, let wanted):
      tightness >= 0 && tightness.isFinite && wanted.rows == contexts && wanted.columns == stimuli.rows
    case .multipliers(let multipliers), .readoutConstraint(let multipliers):
      multipliers.rows == contexts && multipliers.columns == stimuli.columns
    case .constraint(let wanted): wanted.rows == contexts && wanted.columns == stimuli.rows
    }
  }

  /// V(y), with `scale` times ∂V/∂y written to `slopes`. O(K P), with multipliers O(K P D).
  ///
  /// - Parameters:
  ///   - outputs: y, [context, stimulus]; a single row if it is all contexts' (the slopes of the contexts then add up).
  ///   - isShared: whether there is a single row.
  func value(
    at outputs: UnsafePointer<Double>, isShared: Bool, contexts: Int, stimuli: Matrix, scale: Double,
    slopes: UnsafeMutablePointer<Double>
  ) -> Double {
    let count = stimuli.rows
    let perStimulus = 1 / Double(count)
    for s in 0..<(isShared ? 1 : contexts) * count { slopes[s] = 0 }
    var value = 0.0
    switch self {
    case .constraint, .readoutConstraint: return 0
    case .loss(let tightness, let wanted):
      let factor = scale * tightness * perStimulus
      wanted.elements.withUnsafeBufferPointer { wanted in
        for c in 0..<contexts {
          let row = isShared ? 0 : c * count
          for p in 0..<count {
            let error = outputs[row + p] - wanted[c * count + p]
            value += error * error
            slopes[row + p] += factor * error
          }
        }
      }
      return tightness * perStimulus / 2 * value
    case .multipliers(let multipliers):
      let features = multipliers.columns
      stimuli.elements.withUnsafeBufferPointer { x in
        multipliers.elements.withUnsafeBufferPointer { multipliers in
          for c in 0..<contexts {
            let row = isShared ? 0 : c * count
            for p in 0..<count {
              var slope = 0.0
              for d in 0..<features { slope -= multipliers[c * features + d] * x[p * features + d] }
              slope *= perStimulus
              value += slope * outputs[row + p]
              slopes[row + p] += scale * slope
            }
          }
        }
      }
      return value
    }
  }

  /// The loss with wanted outputs drawn given a network's: Y_cp ~ N(y_cp, P/(fβ)), whose likelihood is exp(−f V). A
  /// constraint has no noise: Y = y.
  ///
  /// Nil for multipliers, or if fβ is 0.
  func drawingWantedOutputs(
    given outputs: Matrix, stimuli: Matrix, factor: Double, using stream: inout RandomStream
  ) -> FeedforwardPotential? {
    if case .constraint = self { return .constraint(wantedOutputs: outputs) }
    if case .readoutConstraint = self { return .readoutConstraint(1 / Double(stimuli.rows) * (outputs * stimuli)) }
    guard case .loss(let tightness, _) = self, factor * tightness > 0 else { return nil }
    let spread = (Double(outputs.columns) / (factor * tightness)).squareRoot()
    var wanted = outputs
    for index in wanted.elements.indices { wanted.elements[index] += spread * stream.standardNormal() }
    return .loss(tightness: tightness, wantedOutputs: wanted)
  }
}
