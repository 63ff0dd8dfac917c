// What `solve` says for people: whatever there was to solve.

import Experiments
import JSON
import Networks
import Sampling

extension SolveReport {
  /// A summary for people.
  func text(_ style: TextStyle) -> TextDocument {
    var document = solution(style)
    if let remarks, !remarks.sentences.isEmpty { document.prose(remarks.sentences.joined(separator: "\n")) }
    if let loop { document.append(loop.text(style)) }
    return document
  }

  private func solution(_ style: TextStyle) -> TextDocument {
    switch solved {
    case .closedForm(let solution, _): ClosedFormReport(name: name, solution: solution, hard: hard).text(style)
    case .loadings(let solution, let ensemble):
      LoadingReport(name: name, solution: solution, neurons: ensemble.neurons).text(style)
    case .neuron(let solution): NeuronReport(name: name, solution: solution).text(style)
    case .network(let solution, let factor):
      NetworkMultipliersReport(name: name, solution: solution, taskFactor: factor).text(style)
    case .tightness(let found, let loss, let closedForm):
      TightnessReport(name: name, found: found, expectedLoss: loss, closedForm: closedForm).text(style)
    case .wide(let expansion, let ensemble):
      WideNetworkReport(name: name, expansion: expansion, neurons: ensemble.neurons).text(style)
    case .nothing: TextDocument()
    }
  }
}
