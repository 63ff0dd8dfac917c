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
  /// Whether wanted outputs are data, given on a list of stimuli.
  var isData: Bool { get }
  /// Whether the readout is that of a recurrent network of rank one: the loop's gain, and the drives of the inputs.
  var isRecurrent: Bool { get }
  /// The names of a neuron's loadings, where the task is about these and not about outputs; nil otherwise.
  var loadings: [String]? { get }
  /// Observables that are recorded with this task without being asked for.
  var implied: [ObservableExpression] { get }
  /// The wanted outputs, as a function of stimulus and context.
  ///
  /// - Throws: ``LearningTaskError``.
  /// - Precondition: they are no data.
  func learningTask() throws -> LearningTask
  /// Data: the wanted outputs on the experiment's stimuli, [context, stimulus].
  ///
  /// - Precondition: they are data.
  func wantedOutputs(of experiment: Experiment) throws -> Matrix
  /// Data: what is wanted of any stimulus; nil where nothing is known of it.
  func taskElsewhere(of experiment: Experiment) throws -> LearningTask?
  /// The trials in time that the task consists of; nil for tasks of single stimuli. Ask ``Experiment/trialTask()``, which makes them once.
  ///
  /// - Throws: what keeps them from being made: too little memory, a data file that does not fit.
  func trials(of experiment: Experiment) throws -> TrialTask?
  /// Whether such tasks consist of trials in time.
  static var isInTime: Bool { get }
  /// The lengths of these trials, known before they are made; nil for tasks of single stimuli.
  var trialShape: TrialShape? { get }
  /// The data files that the section names, each with the path of its key.
  var dataFiles: [(key: [String], file: any InputData)] { get }
  /// What an experiment with this task may not combine.
  static var rules: [MeaningRule] { get }
}

extension TaskKind {
  package func keys(contexts: Int) -> [(path: [String], value: JSONValue)]? { nil }
  package var isSymmetric: Bool { false }
  package var isLinear: Bool { true }
  package var isData: Bool { false }
  package var dataFiles: [(key: [String], file: any InputData)] { [] }
  package static var rules: [MeaningRule] { [] }
  package func learningTask() throws -> LearningTask { preconditionFailure("wanted outputs are data") }
  package func wantedOutputs(of experiment: Experiment) throws -> Matrix {
    preconditionFailure("wanted outputs are no data")
  }
  package func taskElsewhere(of experiment: Experiment) throws -> LearningTask? { try learningTask() }
  package var isRecurrent: Bool { false }
  package func trials(of experiment: Experiment) throws -> TrialTask? { nil }
  package var trialShape: TrialShape? { nil }
  package static var isInTime: Bool { false }
  package var loadings: [String]? { nil }
  package var implied: [ObservableExpression] { [] }

  fileprivate func isEqual(_ other: any TaskKind) -> Bool { self == other as? Self }
}

/// "task": what the network must do in each context.
package struct TaskSection: Sendable, Equatable {
  /// All tasks, in the order of the documentation.
  static let tasks: [any TaskKind.Type] = [
    InputSelectionTask.self, LinearReadoutTask.self, TargetsTask.self, TeacherTask.self, EvidenceIntegrationTask.self,
    MomentsTask.self, TrialsTask.self, FlipFlopTask.self, PerceptualDecisionTask.self, ContextDecisionTask.self,
    DelayedComparisonTask.self, SineTask.self,
  ]
  /// The kinds of tasks that consist of trials in time.
  static var tasksInTime: [String] { tasks.filter { $0.isInTime }.map { $0.kind } }
  /// The most contexts, and the most features: a matrix of all pairs fits into memory.
  static let mostContexts = 4096

  /// What to say of data without a list of stimuli.
  static let needsList =
    "the task gives wanted outputs of single stimuli; allowed: a list of stimuli, such as {\"kind\": \"sampled\", \"count\": 64} "
    + "or {\"kind\": \"file\", \"path\": ...}"

  package let task: any TaskKind

  init(_ task: any TaskKind) { self.task = task }

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
