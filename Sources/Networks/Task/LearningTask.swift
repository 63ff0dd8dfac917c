// What a network has to compute: one linear readout of the stimulus in every context.

import Sampling

/// A linear task in several contexts: in context c the desired output for stimulus x is A_c · x.
///
/// The target A is a K x D matrix, a row a context and a column a stimulus feature (THEORY section 1).
public struct LearningTask: Sendable, Equatable {
  /// The wanted readout A, `[context, feature]`.
  public let target: Matrix

  /// Number of contexts, K.
  public var contexts: Int { target.rows }

  /// Dimension of the stimulus, D.
  public var features: Int { target.columns }

  /// A task with the given target.
  ///
  /// - Throws: ``LearningTaskError`` if the target is empty or an entry is not finite.
  public init(target: Matrix) throws {
    guard target.rows > 0, target.columns > 0 else {
      throw LearningTaskError.emptyTarget(contexts: target.rows, features: target.columns)
    }
    for context in 0..<target.rows {
      for feature in 0..<target.columns where !target[context, feature].isFinite {
        throw LearningTaskError.nonFiniteEntry(context: context, feature: feature, value: target[context, feature])
      }
    }
    self.target = target
  }

  /// A task with the given target, one array a context.
  ///
  /// - Throws: ``LearningTaskError`` if the rows differ in length, are empty, or an entry is not finite.
  public init(target rows: [[Double]]) throws {
    let features = rows.first?.count ?? 0
    if let context = rows.firstIndex(where: { $0.count != features }) {
      throw LearningTaskError.raggedTarget(context: context, expected: features, found: rows[context].count)
    }
    try self.init(target: Matrix(rows))
  }

  /// Input selection: in context c report feature c; the target is the identity.
  ///
  /// - Throws: ``LearningTaskError`` if there is no context.
  public static func inputSelection(contexts: Int) throws -> LearningTask {
    guard contexts > 0 else { throw LearningTaskError.emptyTarget(contexts: contexts, features: contexts) }
    return try LearningTask(target: Matrix.identity(contexts))
  }

  /// The factor a if the target is a times the identity, so that permuting contexts together with features changes nothing.
  ///
  /// Nil if the target is anything else.
  public var inputSelectionScale: Double? {
    guard contexts == features else { return nil }
    let scale = target[0, 0]
    for context in 0..<contexts {
      for feature in 0..<features where target[context, feature] != (context == feature ? scale : 0) { return nil }
    }
    return scale
  }

  /// Whether every entry of the target is zero.
  public var isZero: Bool { target.elements.allSatisfy { $0 == 0 } }
}

/// What can be wrong with a task.
public enum LearningTaskError: Error, Sendable, Equatable, CustomStringConvertible {
  /// No context or no feature.
  case emptyTarget(contexts: Int, features: Int)
  /// A row of another length than the first.
  case raggedTarget(context: Int, expected: Int, found: Int)
  /// An entry that is infinite or not a number.
  case nonFiniteEntry(context: Int, feature: Int, value: Double)

  public var description: String {
    switch self {
    case .emptyTarget(let contexts, let features):
      "the target has \(contexts) contexts and \(features) features; it needs at least one of each"
    case .raggedTarget(let context, let expected, let found):
      "row \(context) of the target has \(found) entries, but row 0 has \(expected); all rows need one length"
    case .nonFiniteEntry(let context, let feature, let value):
      "the target's entry [\(context), \(feature)] is \(value); every entry must be a finite number"
    }
  }
}
