// What a network has to compute: outputs that depend on the stimulus and the context.

import Sampling

/// A task in several contexts: in context c the wanted output for stimulus x is Y_c(x), and A_c · x if the task is linear.
///
/// The target A of a linear task is a K x D matrix, a row a context and a column a stimulus feature (THEORY section 1).
public struct LearningTask: Sendable {
  /// Y.
  private let outputs: any WantedOutputs
  /// A, `[context, feature]`, if the task is linear: what closed forms ask for.
  public let linearTarget: Matrix?

  /// Number of contexts, K.
  public let contexts: Int
  /// Dimension of the stimulus, D.
  public let features: Int

  /// The wanted readout A, `[context, feature]`.
  ///
  /// - Precondition: a linear task.
  public var target: Matrix {
    guard let linearTarget else { preconditionFailure("a task that is not linear has no target matrix") }
    return linearTarget
  }

  /// A task of any kind.
  ///
  /// - Throws: ``LearningTaskError`` if there is no context or no feature.
  public init(_ outputs: some WantedOutputs) throws {
    guard outputs.contexts > 0, outputs.features > 0 else {
      throw LearningTaskError.emptyTarget(contexts: outputs.contexts, features: outputs.features)
    }
    self.outputs = outputs
    contexts = outputs.contexts
    features = outputs.features
    linearTarget = outputs.linearTarget
  }

  private init(known outputs: some WantedOutputs) {
    self.outputs = outputs
    contexts = outputs.contexts
    features = outputs.features
    linearTarget = outputs.linearTarget
  }

  /// A linear task with the given target.
  ///
  /// - Throws: ``LearningTaskError`` if the target is empty or an entry is not finite.
  public init(target: Matrix) throws {
    try self.init(LinearReadout(target: target))
    for context in 0..<target.rows {
      for feature in 0..<target.columns where !target[context, feature].isFinite {
        throw LearningTaskError.nonFiniteEntry(context: context, feature: feature, value: target[context, feature])
      }
    }
  }

  /// A linear task with the given target, one array a context.
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
  /// Nil if the target is anything else, or the task not linear.
  public var inputSelectionScale: Double? {
    guard contexts == features, let target = linearTarget else { return nil }
    let scale = target[0, 0]
    for context in 0..<contexts {
      for feature in 0..<features where target[context, feature] != (context == feature ? scale : 0) { return nil }
    }
    return scale
  }

  /// Whether outputs are known at any stimulus, and not on a list of stimuli alone: elsewhere they are NaN.
  public var isKnownEverywhere: Bool { outputs.areKnownEverywhere }

  /// The task on some stimuli of its list, by their numbers; the same task where its outputs are known everywhere.
  func selecting(_ numbers: [Int]) -> LearningTask {
    func selected(_ outputs: some WantedOutputs) -> LearningTask { LearningTask(known: outputs.selecting(numbers)) }
    return selected(outputs)
  }

  /// Whether the task is linear and every entry of its target is zero.
  public var isZero: Bool { linearTarget?.elements.allSatisfy { $0 == 0 } ?? false }
}

extension LearningTask {
  /// Y_c(x).
  public func wanted(_ stimulus: [Double], context: Int) -> Double { outputs.wanted(stimulus, context: context) }

  /// Y_c(x_p) of stimuli [stimulus, feature]: [context, stimulus]. O(K P D).
  public func wantedOutputs(for stimuli: Matrix) -> Matrix { outputs.table(for: stimuli) }

  /// The readout (1/P) Σ_p Y_c(x_p) x_pᵀ of networks that do the task on stimuli [stimulus, feature]: [context, feature], A times
  /// the stimuli's second moment for a linear task.
  func readout(over stimuli: Matrix) -> Matrix {
    if let linearTarget { return linearTarget * GaussianStimuli.secondMoment(of: stimuli) }
    return (1 / Double(stimuli.rows)) * (wantedOutputs(for: stimuli) * stimuli)
  }

  /// The contexts in which something is wanted: A_c ≠ 0, or an output of one of the stimuli.
  func contextsWithOutputs(for stimuli: Matrix) -> [Int] {
    let rows = linearTarget ?? wantedOutputs(for: stimuli)
    // Where nothing is known, NaN, nothing is wanted.
    return (0..<contexts).filter { rows.row($0).contains { $0 != 0 && !$0.isNaN } }
  }
}

extension LearningTask: Equatable {
  public static func == (left: LearningTask, right: LearningTask) -> Bool {
    func isEqual<Outputs: WantedOutputs>(_ outputs: Outputs) -> Bool { outputs == right.outputs as? Outputs }
    return isEqual(left.outputs)
  }
}

/// What can be wrong with a task.
public enum LearningTaskError: Error, Sendable, Equatable, CustomStringConvertible {
  /// No context or no feature.
  case emptyTarget(contexts: Int, features: Int)
  /// A row of another length than the first.
  case raggedTarget(context: Int, expected: Int, found: Int)
  /// An entry that is infinite or not a number.
  case nonFiniteEntry(context: Int, feature: Int, value: Double)
  /// A closed form was asked for a task that has no target matrix.
  case notLinear

  public var description: String {
    switch self {
    case .emptyTarget(let contexts, let features):
      "the target has \(contexts) contexts and \(features) features; it needs at least one of each"
    case .raggedTarget(let context, let expected, let found):
      "row \(context) of the target has \(found) entries, but row 0 has \(expected); all rows need one length"
    case .nonFiniteEntry(let context, let feature, let value):
      "the target's entry [\(context), \(feature)] is \(value); every entry must be a finite number"
    case .notLinear:
      "the closed form knows tasks that are linear in the stimulus only; use a two-layer or deep network on a list of stimuli"
    }
  }
}
