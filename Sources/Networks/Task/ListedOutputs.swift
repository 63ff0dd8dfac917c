// Wanted outputs that are data: numbers for each stimulus of a list, and unknown at any other.

import Sampling

/// Wanted outputs Y_cp of a list of stimuli x_p: labels, or measurements.
///
/// At other stimuli they are not known. There they are NaN, so that whoever forgets to ask ``LearningTask/isKnownEverywhere``
/// gets no number that looks like one.
struct ListedOutputs: WantedOutputs {
  /// x_p, [stimulus, feature].
  let stimuli: Matrix
  /// Y_cp, [context, stimulus].
  let outputs: Matrix

  var contexts: Int { outputs.rows }
  var features: Int { stimuli.columns }
  var areKnownEverywhere: Bool { false }

  /// The output of the first stimulus of the list that is this one.
  func wanted(_ stimulus: [Double], context: Int) -> Double {
    (0..<stimuli.rows).first { stimuli.row($0) == stimulus }.map { outputs[context, $0] } ?? .nan
  }

  func table(for stimuli: Matrix) -> Matrix {
    guard stimuli == self.stimuli else {
      return Matrix(
        rows: contexts, columns: stimuli.rows,
        elements: [Double](repeating: .nan, count: contexts * stimuli.rows))
    }
    return outputs
  }

  func selecting(_ numbers: [Int]) -> ListedOutputs {
    var some = Matrix(rows: contexts, columns: numbers.count)
    for c in 0..<contexts { for (place, p) in numbers.enumerated() { some[c, place] = outputs[c, p] } }
    return ListedOutputs(stimuli: Matrix(numbers.map(stimuli.row)), outputs: some)
  }
}

/// Wanted outputs that a function computes: those of a teacher, say.
struct ComputedOutputs: WantedOutputs {
  let contexts: Int
  let features: Int
  /// What two tasks must share to be the same.
  let identity: [Double]
  /// [stimulus, feature] → [context, stimulus].
  let outputs: @Sendable (Matrix) -> Matrix

  func wanted(_ stimulus: [Double], context: Int) -> Double { outputs(Matrix([stimulus]))[context, 0] }
  func table(for stimuli: Matrix) -> Matrix { outputs(stimuli) }

  static func == (left: ComputedOutputs, right: ComputedOutputs) -> Bool {
    left.contexts == right.contexts && left.features == right.features && left.identity == right.identity
  }
}

extension LearningTask {
  /// A task whose wanted outputs are given on a list of stimuli, and known nowhere else.
  ///
  /// - Parameters:
  ///   - outputs: Y_cp, [context, stimulus].
  ///   - stimuli: x_p, [stimulus, feature].
  /// - Precondition: as many outputs in each context as stimuli.
  /// - Throws: ``LearningTaskError`` for no context, feature or stimulus, and for an output that is not finite.
  public init(outputs: Matrix, on stimuli: Matrix) throws {
    precondition(outputs.columns == stimuli.rows, "there is an output per stimulus in each context")
    try self.init(ListedOutputs(stimuli: stimuli, outputs: outputs))
    for c in 0..<outputs.rows {
      for p in 0..<outputs.columns where !outputs[c, p].isFinite {
        throw LearningTaskError.nonFiniteEntry(context: c, feature: p, value: outputs[c, p])
      }
    }
  }

  /// A task whose wanted outputs are computed for any stimuli.
  ///
  /// - Parameters:
  ///   - identity: numbers that two such tasks have in common only if they are the same.
  ///   - outputs: [stimulus, feature] → [context, stimulus].
  /// - Throws: ``LearningTaskError`` for no context or feature.
  public init(
    contexts: Int, features: Int, identity: [Double], outputs: @escaping @Sendable (Matrix) -> Matrix
  ) throws {
    try self.init(ComputedOutputs(contexts: contexts, features: features, identity: identity, outputs: outputs))
  }
}
