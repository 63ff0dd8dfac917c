// Tasks whose wanted outputs are data: what an experiment makes of them, once.

import JSON
import Networks
import Sampling

/// What an experiment computes of its task's data when it is first asked; copies share it.
struct ExperimentData: Sendable, Equatable {
  fileprivate let teacher = Once<Teacher?>()
  fileprivate let task = Once<LearningTask>()
  fileprivate let trials = Once<TrialTask?>()
  fileprivate let regression = Once<OutputRegression?>()

  /// It follows from the rest of an experiment.
  static func == (left: ExperimentData, right: ExperimentData) -> Bool { true }
}

/// Stimuli on which networks are judged, with what is wanted of them.
struct EvaluationData: Sendable {
  /// [stimulus, feature].
  let stimuli: Matrix
  let task: LearningTask
  /// S of the law of the stimuli.
  let covariance: Matrix
  let source: Source

  /// Where they come from.
  enum Source: String, Sendable {
    /// Drawn, and no network was bound to them.
    case drawn
    /// Held-out data that the spec gives.
    case given
    /// The task's own list: nothing is known of other stimuli.
    case task
  }

  /// The same, to follow a figure's name.
  var words: String { source == .task ? "the task's own stimuli" : "held-out stimuli" }
}

extension Experiment {
  /// The number of stimuli of a list, P; nil for Gaussian stimuli.
  package var stimulusCount: Int? { stimuli.count }

  /// The teacher and its labels on the stimuli; nil for another task. Made once.
  ///
  /// - Throws: ``UnsupportedExperiment`` where it does not fit into memory.
  package func teacher() throws -> Teacher? {
    guard let task = task.task as? TeacherTask else { return nil }
    return try data.teacher { try Teacher(task, of: self) }
  }

  /// The trials of a task in time, training and held out; nil for another task. Made once.
  package func trialTask() throws -> TrialTask? { try data.trials { try task.task.trials(of: self) } }

  /// The trials that bind networks, or those that they are judged by.
  ///
  /// - Throws: ``UnsupportedExperiment`` for a task of single stimuli, and where there are no held-out trials; what keeps trials from being
  ///   made.
  package func trials(heldOut: Bool) throws -> TrialBatch {
    guard let trials = try trialTask() else {
      throw UnsupportedExperiment(
        "task.kind",
        "\"\(type(of: task.task).kind)\" is about single stimuli, and there are no trials; tasks in time: "
          + TaskSection.tasksInTime.map { "\"\($0)\"" }.joined(separator: ", "))
    }
    guard heldOut else { return trials.training }
    guard let others = trials.heldOut else {
      throw UnsupportedExperiment("task.heldOut", "the task has no held-out trials; give a file of them")
    }
    return others
  }

  /// The task: what binds networks.
  ///
  /// Of wanted outputs that are data, networks that respond linearly see the regression on the stimuli alone.
  package func learningTask() throws -> LearningTask {
    guard task.task.isData else { return try task.task.learningTask() }
    return try data.task {
      if let regression = try regression() { return try LearningTask(target: regression.target) }
      return try listTask()
    }
  }

  /// What networks that respond linearly can make of data, and what they cannot; nil for other networks and other tasks.
  ///
  /// - Throws: ``GSLError``; what keeps the teacher from being made.
  package func regression() throws -> OutputRegression? {
    guard task.task.isData, respondsLinearly else { return nil }
    return try data.regression {
      try OutputRegression(of: try task.task.wantedOutputs(of: self), on: try stimulusList()!)
    }
  }

  /// The part of the loss that no network removes, which the recorded loss goes without: ½ Σ_c mean (A_c·x_p − Y_cp)² where networks respond
  /// linearly and wanted outputs are data; 0 otherwise.
  package func constantLoss() throws -> Double { try regression()?.constantLoss ?? 0 }

  /// The wanted outputs on a list of stimuli, [context, stimulus], where they are no linear function of these; nil otherwise.
  package func listedOutputs() throws -> Matrix? {
    if task.task.isData { return try task.task.wantedOutputs(of: self) }
    let task = try learningTask()
    guard task.linearTarget == nil, let stimuli = try stimulusList() else { return nil }
    return task.wantedOutputs(for: stimuli)
  }

  /// Data on the task's own stimuli.
  private func listTask() throws -> LearningTask {
    try LearningTask(outputs: try task.task.wantedOutputs(of: self), on: try stimulusList()!)
  }

  /// The task where its wanted outputs are known at any stimulus: a teacher's are its answers without noise. Nil where they are data.
  package func taskAtOtherStimuli() throws -> LearningTask? {
    task.task.isData ? try task.task.taskElsewhere(of: self) : try learningTask()
  }

  /// What networks are judged by at any stimuli: ``LearningTask/isKnownEverywhere`` says whether it is known there.
  package func judgedTask() throws -> LearningTask { try taskAtOtherStimuli() ?? listTask() }

  /// The same, and on the held-out data of the spec what these say.
  func judgedTask(at stimuli: Matrix) throws -> LearningTask {
    if let held = (task.task as? TargetsTask)?.heldOut, held.stimuli.table == stimuli {
      return try LearningTask(outputs: held.targets.table.transposed, on: stimuli)
    }
    return try judgedTask()
  }

  /// What networks are judged on: stimuli that `evaluation.seed` draws, where wanted outputs are known; else the held-out data of
  /// the spec, or the task's own list.
  func evaluationData() throws -> EvaluationData {
    if let task = try taskAtOtherStimuli() {
      return EvaluationData(
        stimuli: try heldOutStimuli(), task: task, covariance: try heldOutCovariance(), source: .drawn)
    }
    if let held = (task.task as? TargetsTask)?.heldOut {
      let stimuli = held.stimuli.table
      return EvaluationData(
        stimuli: stimuli, task: try LearningTask(outputs: held.targets.table.transposed, on: stimuli),
        covariance: GaussianStimuli.secondMoment(of: stimuli), source: .given)
    }
    return EvaluationData(
      stimuli: try stimulusList()!, task: try listTask(), covariance: try stimulusCovariance(), source: .task)
  }

  // MARK: - Teachers

  /// The tightness at which the ensemble is the posterior of the networks that may have been the teacher: β n = P/T, n the task factor (the
  /// neurons, or 1 in standard scaling). Nil without a teacher, without noise, and for Gaussian stimuli.
  package var bayesTightness: Double? {
    (task.task as? TeacherTask).flatMap { $0.bayesTightness(network: network, stimuli: stimuli) }
  }

  /// Whether the ensemble is exactly that posterior: drawn from the teacher's prior, at its noise.
  package var isBayesOptimal: Bool {
    guard let bayesTightness, case .gibbs(let tightness) = ensemble, let task = task.task as? TeacherTask else {
      return false
    }
    let prior = teaching(task)
    return abs(tightness - bayesTightness) <= 1e-12 * bayesTightness
      && prior.network.isSameNetwork(as: network) && prior.weights.asPrior == weights.asPrior
  }

  /// The experiment whose networks are the possible teachers: the prior of the teacher's network and weights.
  func teaching(_ task: TeacherTask) -> Experiment {
    Experiment(
      priorOf: self, network: task.network ?? network, weights: (task.weights ?? weights).asPrior,
      task: LinearReadoutTask(target: Matrix(rows: task.contexts, columns: task.features)))
  }
}

extension TeacherTask {
  /// β of Bayes: P/(n T).
  func bayesTightness(network: NetworkSection, stimuli: StimuliSection) -> Double? {
    guard noise > 0, let count = stimuli.count else { return nil }
    return Double(count) / (network.model.taskFactor * noise)
  }
}

extension StimuliSection {
  /// The number of stimuli of a list.
  var count: Int? {
    switch self {
    case .gaussian: nil
    case .sampled(let count, _): count
    case .file(let file): file.table.rows
    }
  }
}

extension NetworkSection {
  /// Whether both describe the same network, wherever their files lie.
  func isSameNetwork(as other: NetworkSection) -> Bool {
    func withoutPaths(_ json: JSONValue) -> JSONValue {
      guard case .object(let members) = json.content else { return json }
      return .object(members.map { ($0.key, $0.key == "path" ? .null : withoutPaths($0.value)) })
    }
    return withoutPaths(json).text(.compact) == withoutPaths(other.json).text(.compact)
      && model.dataFiles.map(\.file.table) == other.model.dataFiles.map(\.file.table)
  }
}
