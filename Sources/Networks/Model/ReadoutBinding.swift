// How an ensemble without closed form is bound to its task: softly by the loss, by multipliers that were solved for, or exactly.

import Sampling

/// What binds networks to their task.
public enum ReadoutBinding: Sendable, Equatable {
  /// Weighted by exp(−β n L) (THEORY sections 5 and 6); β ≥ 0.
  case gibbs(tightness: Double)
  /// Weighted by exp(n Λ·R), linear in the readout; Λ is [context, feature], and ⟨R⟩ is on target within the given standard
  /// errors, [context, feature], of the solution that Λ comes from.
  case multipliers(Matrix, readoutErrors: Matrix)
  /// Conditioned on the wanted outputs (THEORY section 11).
  case hard
  /// Conditioned on the readout alone.
  case hardReadout

  /// Whether networks are conditioned on their task.
  var isHard: Bool { self == .hard || self == .hardReadout }

  /// That the readout is on target: what the multipliers were solved for. None for the Gibbs ensemble.
  ///
  /// - Parameter target: ⟨R⟩ on target, [context, feature].
  func readoutPredictions(target: Matrix) -> [Prediction] {
    guard case .multipliers(_, let errors) = self else { return [] }
    return (0..<target.rows).flatMap { c in
      (0..<target.columns).map { d in
        Prediction(
          "readout[\(c),\(d)]", expected: target[c, d], expectedError: errors[c, d], status: .exact,
          source: "THEORY 2: the constraint that the multipliers were solved for",
          quantity: .scalar("readout[\(c),\(d)]"), size: target.largestMagnitude)
      }
    }
  }
}
