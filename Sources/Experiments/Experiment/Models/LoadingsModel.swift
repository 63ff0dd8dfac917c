// "gainModulatedLinear" with a task of moments: neurons with several loadings.

import JSON
import Networks
import Sampling

/// Gain-modulated neurons with named loadings in the place of one output weight and input weights.
///
/// A spec calls it by the kind of ``GainModulatedLinearModel``; which of the two it is, the task says.
package struct LoadingsModel: NetworkModel {
  package static let kind = GainModulatedLinearModel.kind
  package static let keys = GainModulatedLinearModel.keys

  private let base: GainModulatedLinearModel
  private let loadings: [String]

  package init(from reader: SpecReader, contexts: Int) throws(SpecError) {
    preconditionFailure("the loadings' names come with the task")
  }

  init(from reader: SpecReader, task: TaskSection, loadings: [String]) throws(SpecError) {
    guard reader.kind == Self.kind else {
      throw reader.error(
        at: "kind",
        "\"moments\" is about neurons that are linear in every context; allowed with it: \"\(Self.kind)\"")
    }
    base = try GainModulatedLinearModel(from: reader, contexts: task.contexts)
    self.loadings = loadings
    if case .continuous = base.gains {
      throw reader.source.error(
        at: reader.path + "gains" + "kind",
        "with continuous gains averages of loadings have no closed form; allowed with \"moments\": \"binary\", \"fixed\""
      )
    }
    if case .binary(let probability) = base.gains, probability < 1, task.contexts > LoadingProblem.maximumContexts {
      throw reader.source.error(
        at: ["task", "contexts"],
        "found \(task.contexts), whose 2^\(task.contexts) gain patterns have a covariance each; allowed with drawn gains: 1 to "
          + "\(LoadingProblem.maximumContexts)")
    }
  }

  package var neurons: Int { base.neurons }
  package var json: JSONValue { base.json }
  package var words: String { base.words + ", loadings \(loadings.joined(separator: ", "))" }
  package var dataFiles: [(key: [String], file: DataFile)] { base.dataFiles }
  package func keys(width: Int) -> [(path: [String], value: JSONValue)]? { base.keys(width: width) }
  package func positionCount(_ task: TaskSection) -> Double {
    Double(neurons) * (Double(loadings.count) + Double(task.contexts))
  }

  package var hiddenActivation: Activation? { nil }
  package var drawnGainProbability: Double? { base.drawnGainProbability }
  package var hasClosedForm: Bool { true }
  package func hasNeuronGibbs(in experiment: Experiment) -> Bool { false }

  package var givenGains: Matrix? { if case .fixed(let file) = base.gains { file.table } else { nil } }

  package func neuronQuantities(_ task: TaskSection) -> NeuronQuantities {
    NeuronQuantities(loadings: loadings, contexts: task.contexts)
  }

  /// The ensemble, which needs no other solution than its own.
  func loadingEnsemble(of experiment: Experiment) throws -> LoadingEnsemble {
    guard let task = experiment.task.task as? MomentsTask, let gains = base.closedFormGains else {
      preconditionFailure("loadings come with moments, and gains that are binary or given")
    }
    return LoadingEnsemble(
      try LoadingProblem(
        loadings: loadings, scales: experiment.weights.loadingScales(loadings.count), contexts: task.contexts,
        constraints: task.constraints, gains: gains),
      neurons: neurons)
  }

  package func ensemble(of experiment: Experiment, _ solution: ModelSolution?) throws -> any SampledEnsemble {
    try loadingEnsemble(of: experiment)
  }
}
