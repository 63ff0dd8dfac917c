// What an experiment asks of a task: to add a task, add a type of this kind to the list.

import JSON
import Networks
import Sampling

/// A task as a spec describes it.
package protocol TaskKind: Sendable, Equatable {
  /// The word for `task.kind`.
  static var kind: String { get }
  /// The keys besides.
  static var keys: [SpecKey] { get }
  init(from reader: SpecReader) throws(SpecError)
  /// The section, every default written out.
  var json: JSONValue { get }

  /// K.
  var contexts: Int { get }
  /// D.
  var features: Int { get }
  /// The path of the key that sets K.
  var sizePath: JSONPath { get }
  /// The keys that make the same task of another number of contexts; nil where that is given.
  func keys(contexts: Int) -> [(path: [String], value: JSONValue)]?
  /// Whether permuting contexts together with features changes nothing.
  var isSymmetric: Bool { get }
  /// Whether wanted outputs are linear in the stimulus, which closed forms, constraints and expectations over Gaussian stimuli need.
  var isLinear: Bool { get }
  /// Whether the readout is that of a recurrent network of rank one: the loop's gain, and the drives of the inputs.
  var isRecurrent: Bool { get }
  /// The names of a neuron's loadings, where the task is about these and not about outputs; nil otherwise.
  var loadings: [String]? { get }
  /// Observables that are recorded with this task without being asked for.
  var implied: [ObservableExpression] { get }
  /// The wanted outputs, as a function of stimulus and context.
  ///
  /// - Throws: ``LearningTaskError``.
  func learningTask() throws -> LearningTask
}

extension TaskKind {
  package func keys(contexts: Int) -> [(path: [String], value: JSONValue)]? { nil }
  package var isSymmetric: Bool { false }
  package var isLinear: Bool { true }
  package var isRecurrent: Bool { false }
  package var loadings: [String]? { nil }
  package var implied: [ObservableExpression] { [] }

  fileprivate func isEqual(_ other: any TaskKind) -> Bool { self == other as? Self }
}

/// "task": what the network must do in each context.
package struct TaskSection: Sendable, Equatable {
  /// All tasks, in the order of the documentation.
  static let tasks: [any TaskKind.Type] = [
    InputSelectionTask.self, LinearReadoutTask.self, EvidenceIntegrationTask.self, MomentsTask.self,
  ]
  /// The most contexts, and the most features: a matrix of all pairs fits into memory.
  static let mostContexts = 4096

  package let task: any TaskKind

  static let schema = SpecSection(
    path: "task", kindMeaning: "what the network must do", kinds: tasks.map { ($0.kind, $0.keys) })

  init(from reader: SpecReader) throws(SpecError) {
    guard let type = Self.tasks.first(where: { $0.kind == reader.kind }) else {
      preconditionFailure("the reader knows the kinds of this list")
    }
    task = try type.init(from: reader)
  }

  /// K.
  package var contexts: Int { task.contexts }
  /// D.
  package var features: Int { task.features }
  /// The path of the key that sets K.
  var sizePath: JSONPath { task.sizePath }
  /// Whether permuting contexts together with features changes nothing.
  var isSymmetric: Bool { task.isSymmetric }

  var json: JSONValue { task.json }

  package static func == (left: TaskSection, right: TaskSection) -> Bool { left.task.isEqual(right.task) }
}

extension JSONValue {
  /// Rows of numbers.
  package static func matrix(_ matrix: Matrix) -> JSONValue { .array(matrix.rowArrays.map { .numbers($0) }) }
}
