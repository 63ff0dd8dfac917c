// What `solve` says for people of wide feedforward networks.

import Experiments
import Networks
import Sampling

extension WideNetworkReport {
  func text(_ style: TextStyle) -> String {
    func number(_ value: Double, _ error: Double?) -> String {
      guard let error, error > 0 else { return NumberText.significant(value, digits: 6) }
      return NumberText.plusMinus(value, error)
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
        .init(row.name), .init(number(row.expansion.leading, row.leadingError)),
        .init(row.expansion.firstCorrection.map { number($0, row.correctionError) } ?? ""),
        .init(here.map { number($0.value, $0.error) } ?? ""),
      ])
    }
    let evidence = contradiction == nil ? expansion.logEvidence(neurons: neurons) : nil
    var facts = TextTable([("quantity", .left), ("value", .right)])
    func add(_ title: String, _ value: QuadratureValue?) {
      if let value { facts.add([.init(title), .init(number(value.value, value.error))]) }
    }
    if expansion.limit == .independentNeurons { add("ln Z per neuron", expansion.logEvidencePerNeuron) }
    add("constant of ln Z", expansion.logEvidenceConstant)
    add("coefficient of 1/N in ln Z", expansion.logEvidenceCorrection)
    add("ln Z at N = \(neurons)", evidence)
    if let effective = expansion.effectiveNeurons {
      facts.add([.init("effective drawn neurons"), .init(NumberText.significant(effective, digits: 5))])
    }
    let few =
      contradiction.map {
        "\nN = \(neurons) is out of the expansion's range (\($0)): networks are too narrow, or the task too tight\n"
      } ?? ""
    let missing = expansion.withoutCorrection.map { "\nwithout the first correction: \($0)\n" } ?? ""
    return "\(name): Gibbs ensemble of wide networks, which tend to \(limit)\n\n" + table.text(style) + "\n"
      + facts.text(style) + few + missing
  }
}
