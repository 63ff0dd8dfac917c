// What `solve` says: whatever there was to solve.

import JSON
import Networks
import Sampling

/// The solution of an experiment's ensemble.
struct SolveReport: Sendable {
  private let name: String
  private let solved: SolvedModel

  /// A report; nil if there was nothing to solve.
  init?(_ experiment: Experiment, _ solved: SolvedModel) {
    if case .nothing = solved { return nil }
    name = experiment.name
    self.solved = solved
  }

  /// The pinned machine-readable form.
  var json: JSONValue {
    switch solved {
    case .closedForm(let solution, _): ClosedFormReport(name: name, solution: solution).json
    case .neuron(let solution): NeuronReport(name: name, solution: solution).json
    case .network(let solution, let factor):
      NetworkMultipliersReport(name: name, solution: solution, taskFactor: factor).json
    case .tightness(let found, let loss, let closedForm):
      TightnessReport(name: name, found: found, expectedLoss: loss, closedForm: closedForm).json
    case .nothing: .null
    }
  }

  /// A summary for people.
  func text(_ style: TextStyle) -> String {
    switch solved {
    case .closedForm(let solution, _): ClosedFormReport(name: name, solution: solution).text(style)
    case .neuron(let solution): NeuronReport(name: name, solution: solution).text(style)
    case .network(let solution, let factor):
      NetworkMultipliersReport(name: name, solution: solution, taskFactor: factor).text(style)
    case .tightness(let found, let loss, let closedForm):
      TightnessReport(name: name, found: found, expectedLoss: loss, closedForm: closedForm).text(style)
    case .nothing: ""
    }
  }
}
