// The outputs that a task wants, as a function of stimulus and context.

import Sampling

/// Wanted outputs Y_c(x), for stimuli x of D features in K contexts.
///
/// A task of another kind is a type of this kind. Being linear is a fact that closed forms ask for.
public protocol WantedOutputs: Sendable, Equatable {
  /// The number of contexts, K.
  var contexts: Int { get }
  /// The dimension of the stimulus, D.
  var features: Int { get }
  /// Y_c(x).
  func wanted(_ stimulus: [Double], context: Int) -> Double
  /// Y_c(x_p) of stimuli [stimulus, feature]: [context, stimulus]. Default: one after the other.
  func table(for stimuli: Matrix) -> Matrix
  /// A, [context, feature], if Y_c(x) = A_c·x; otherwise nil, the default.
  var linearTarget: Matrix? { get }
  /// Whether outputs are known at any stimulus, the default, and not on a list of stimuli alone.
  var areKnownEverywhere: Bool { get }
  /// The same of some stimuli of a list alone, by their numbers; the default, where there is no list: the same.
  func selecting(_ numbers: [Int]) -> Self
}

extension WantedOutputs {
  public var linearTarget: Matrix? { nil }
  public var areKnownEverywhere: Bool { true }
  public func selecting(_ numbers: [Int]) -> Self { self }

  public func table(for stimuli: Matrix) -> Matrix {
    var table = Matrix(rows: contexts, columns: stimuli.rows)
    for p in 0..<stimuli.rows {
      let stimulus = stimuli.row(p)
      for c in 0..<contexts { table[c, p] = wanted(stimulus, context: c) }
    }
    return table
  }
}

/// Y_c(x) = A_c·x.
struct LinearReadout: WantedOutputs {
  /// A, [context, feature].
  let target: Matrix

  var contexts: Int { target.rows }
  var features: Int { target.columns }
  var linearTarget: Matrix? { target }
  func wanted(_ stimulus: [Double], context: Int) -> Double { dot(target.row(context), stimulus) }
  func table(for stimuli: Matrix) -> Matrix { target * stimuli.transposed }
}
