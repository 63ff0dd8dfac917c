// Whatever there was to solve in an experiment, as machines read it.

import JSON
import Networks
import Sampling

/// The solution of an experiment's ensemble.
package struct SolveReport: Sendable {
  package let name: String
  package let solved: SolvedModel
  /// Of the hard ensemble, what is exact at its own number of neurons; nil where nothing is, and for other ensembles.
  package let hard: HardPrediction?
  /// What the task's data mean for the ensemble; nil for other tasks.
  package let remarks: DataRemarks?
  /// Of a recurrent network of rank one, how stable it is; nil for other tasks.
  package let loop: LoopReport?

  /// A report; nil if there was nothing to solve.
  ///
  /// - Throws: ``HardEnsembleError`` where no network solves the task exactly.
  package init?(_ experiment: Experiment, _ solved: SolvedModel) throws {
    if case .nothing = solved { return nil }
    name = experiment.name
    remarks = try DataRemarks(experiment)
    self.solved = solved
    hard = if case .closedForm(_, let ensemble) = solved { try ensemble.hardPrediction() } else { nil }
    loop = try LoopReport(experiment, solved)
  }

  /// The pinned machine-readable form.
  package var json: JSONValue {
    guard case .object(let members) = solution.content else { return solution }
    return .object(
      members.map { ($0.key, $0.value) } + DataRemarks.members(remarks) + (loop.map { $0.members } ?? []))
  }

  private var solution: JSONValue {
    switch solved {
    case .closedForm(let solution, _): ClosedFormReport(name: name, solution: solution, hard: hard).json
    case .loadings(let solution, let ensemble):
      LoadingReport(name: name, solution: solution, neurons: ensemble.neurons).json
    case .neuron(let solution): NeuronReport(name: name, solution: solution).json
    case .network(let solution, let factor):
      NetworkMultipliersReport(name: name, solution: solution, taskFactor: factor).json
    case .tightness(let found, let loss, let closedForm):
      TightnessReport(name: name, found: found, expectedLoss: loss, closedForm: closedForm).json
    case .wide(let expansion, let ensemble):
      WideNetworkReport(name: name, expansion: expansion, neurons: ensemble.neurons).json
    case .nothing: .null
    }
  }
}
