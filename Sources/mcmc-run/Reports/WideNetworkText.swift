// What `solve` says for people of wide feedforward networks.

import Experiments
import Networks
import Sampling

extension WideNetworkReport {
  func text(_ style: TextStyle) -> TextDocument {
    func number(_ value: Double, _ error: Double?) -> TextTable.Cell {
      guard let error, error > 0 else { return .number(value, digits: 6) }
      return .plusMinus(value, error)
    }
    let limit =
      switch expansion.limit {
      case .independentNeurons: "independent neurons"
      case .gaussianProcess: "a Gaussian process"
      }
    var table = TextTable([
      ("quantity", .left), ("N -> infinity", .right), ("coefficient of 1/N", .right), ("N = \(neurons)", .right),
    ])
    let contradiction = expansion.contradiction(neurons: neurons)
    for row in expansion.rows {
      let here = contradiction == nil ? row.value(neurons: neurons) : nil
      table.add([
        .init(row.name), number(row.expansion.leading, row.leadingError),
        row.expansion.firstCorrection.map { number($0, row.correctionError) } ?? .empty,
        here.map { number($0.value, $0.error) } ?? .empty,
      ])
    }
    let evidence = contradiction == nil ? expansion.logEvidence(neurons: neurons) : nil
    var facts = TextTable([("quantity", .left), ("value", .right)])
    func add(_ title: String, _ value: QuadratureValue?) {
      if let value { facts.add([.init(title), number(value.value, value.error)]) }
    }
    if expansion.limit == .independentNeurons { add("ln Z per neuron", expansion.logEvidencePerNeuron) }
    add("constant of ln Z", expansion.logEvidenceConstant)
    add("coefficient of 1/N in ln Z", expansion.logEvidenceCorrection)
    add("ln Z at N = \(neurons)", evidence)
    if let effective = expansion.effectiveNeurons {
      facts.add(["effective drawn neurons", .number(effective, digits: 5)])
    }
    var document = TextDocument(title: "\(name): Gibbs ensemble of wide networks, which tend to \(limit)")
    document.table(table)
    if !facts.rows.isEmpty { document.table(facts) }
    if let contradiction {
      document.prose(
        "N = \(neurons) is out of the expansion's range (\(contradiction)): networks are too narrow, or the task too tight"
      )
    }
    if let missing = expansion.withoutCorrection { document.prose("without the first correction: \(missing)") }
    return document
  }
}
