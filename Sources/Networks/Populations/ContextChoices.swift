// Choices by context on Mante-like stimuli: accuracy where contexts agree and where they conflict.

import Sampling

/// Stimuli whose features take the coherences ±{1, 2, 4}, in all combinations (after Mante et al. 2013).
public enum ManteStimuli {
  /// The coherences, ascending.
  public static let coherences: [Double] = [-4, -2, -1, 1, 2, 4]
  /// The largest number of features for which all combinations are listed: 6⁵ stimuli.
  public static let maximumFeatures = 5

  /// All 6^D combinations, [stimulus, feature]; the last feature varies fastest.
  ///
  /// - Throws: ``StatisticsError`` for no feature or more than ``maximumFeatures``.
  public static func all(features: Int) throws -> Matrix {
    guard features >= 1, features <= maximumFeatures else {
      throw StatisticsError.invalidCount(what: "features", found: features, allowed: "1 ... \(maximumFeatures)")
    }
    let count = (0..<features).reduce(1) { product, _ in product * coherences.count }
    var stimuli = Matrix(rows: count, columns: features)
    for p in 0..<count {
      var rest = p
      for d in (0..<features).reversed() {
        stimuli[p, d] = coherences[rest % coherences.count]
        rest /= coherences.count
      }
    }
    return stimuli
  }
}

/// The choices (signs of outputs) of a network in every context, against the sign of the relevant A_c·x.
///
/// A stimulus is *congruent* in a context if all contexts with a target want the same choice, *incongruent* otherwise; where the
/// target is 0 no choice is right and the stimulus is left out. An output of exactly 0 counts half. O(K² stimuli · D).
public struct ContextChoices: Sendable, Equatable {
  /// One point of a psychometric curve.
  public struct Point: Sendable, Equatable {
    /// The evidence, A_c'·x.
    public let evidence: Double
    /// The fraction of positive choices.
    public let positive: Double
    /// The number of stimuli.
    public let stimuli: Int
  }

  /// The fraction of right choices over all contexts and stimuli; nil if no stimulus has a right choice.
  public let accuracy: Double?
  /// The fraction on congruent stimuli; nil if there are none.
  public let congruentAccuracy: Double?
  /// The fraction on incongruent stimuli; nil if there are none.
  public let incongruentAccuracy: Double?
  /// Psychometric curves [context][evidence of context]: choices in a context against any context's evidence, ascending.
  public let psychometric: [[[Point]]]

  /// - Parameters:
  ///   - outputs: y_c(x_p), [context, stimulus].
  ///   - stimuli: [stimulus, feature].
  /// - Throws: ``StatisticsError`` if shapes do not fit the task.
  public init(outputs: Matrix, stimuli: Matrix, task: LearningTask) throws {
    guard outputs.rows == task.contexts, outputs.columns == stimuli.rows, stimuli.columns == task.features else {
      throw StatisticsError.degenerate(
        "outputs are \(outputs.rows) x \(outputs.columns) and stimuli \(stimuli.rows) x \(stimuli.columns); needed are "
          + "\(task.contexts) contexts x stimuli, and stimuli x \(task.features) features")
    }
    let evidence = task.wantedOutputs(for: stimuli)
    let judging = task.contextsWithOutputs(for: stimuli)
    var right = (congruent: 0.0, incongruent: 0.0)
    var count = right
    for c in judging {
      for p in 0..<stimuli.rows where evidence[c, p] != 0 {
        let output = outputs[c, p]
        let score = output == 0 ? 0.5 : (output > 0) == (evidence[c, p] > 0) ? 1 : 0
        if judging.allSatisfy({ evidence[$0, p] * evidence[c, p] > 0 }) {
          right.congruent += score
          count.congruent += 1
        } else {
          right.incongruent += score
          count.incongruent += 1
        }
      }
    }
    let total = count.congruent + count.incongruent
    accuracy = total > 0 ? (right.congruent + right.incongruent) / total : nil
    congruentAccuracy = count.congruent > 0 ? right.congruent / count.congruent : nil
    incongruentAccuracy = count.incongruent > 0 ? right.incongruent / count.incongruent : nil
    psychometric = (0..<task.contexts).map { c in
      (0..<task.contexts).map { other in
        var tally: [Double: (positive: Double, stimuli: Int)] = [:]
        for p in 0..<stimuli.rows where !evidence[other, p].isNaN {
          let output = outputs[c, p]
          tally[evidence[other, p], default: (0, 0)].positive += output == 0 ? 0.5 : output > 0 ? 1 : 0
          tally[evidence[other, p], default: (0, 0)].stimuli += 1
        }
        return tally.sorted { $0.key < $1.key }.map {
          Point(evidence: $0.key, positive: $0.value.positive / Double($0.value.stimuli), stimuli: $0.value.stimuli)
        }
      }
    }
  }

  /// The choices of a network that responds linearly, y_c(x) = R_c·x.
  ///
  /// - Throws: as above.
  public init(readout: Matrix, stimuli: Matrix, task: LearningTask) throws {
    guard readout.columns == stimuli.columns else {
      throw StatisticsError.invalidCount(
        what: "features of the readout", found: readout.columns, allowed: "\(stimuli.columns), as of the stimuli")
    }
    try self.init(outputs: readout * stimuli.transposed, stimuli: stimuli, task: task)
  }
}
