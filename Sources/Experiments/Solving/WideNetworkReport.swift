// What is known of wide networks of an experiment, as machines read it.

import JSON
import Networks
import Sampling

/// The limit of wide feedforward networks of a Gibbs ensemble, with its first correction.
package struct WideNetworkReport: Sendable {
  package let name: String
  package let expansion: WideNetworkExpansion
  package let neurons: Int

  package init(name: String, expansion: WideNetworkExpansion, neurons: Int) {
    self.name = name
    self.expansion = expansion
    self.neurons = neurons
  }

  var json: JSONValue {
    func value(_ quantity: QuadratureValue) -> JSONValue {
      ["value": .number(quantity.value), "error": .number(quantity.error)]
    }
    let contradiction = expansion.contradiction(neurons: neurons)
    let rows = expansion.rows.map { row -> (String, JSONValue) in
      let here = contradiction == nil ? row.value(neurons: neurons) : nil
      return (
        row.name,
        [
          "limit": .number(row.expansion.leading), "limitError": .number(row.leadingError),
          "c1": .number(row.expansion.firstCorrection), "c1Error": .number(row.correctionError),
          "value": .number(here?.value), "error": .number(here?.error),
        ]
      )
    }
    let evidence = contradiction == nil ? expansion.logEvidence(neurons: neurons) : nil
    return [
      "limit": .string(expansion.limit.rawValue), "neurons": .integer(neurons), "observables": .object(rows),
      "logEvidence": [
        "perNeuron": value(expansion.logEvidencePerNeuron), "constant": value(expansion.logEvidenceConstant),
        "c1": expansion.logEvidenceCorrection.map(value) ?? .null,
        "value": .number(evidence?.value), "error": .number(evidence?.error),
      ],
      "effectiveNeurons": .number(expansion.effectiveNeurons),
      "outOfRange": contradiction.map { .string($0) } ?? .null,
      "withoutCorrection": expansion.withoutCorrection.map { .string($0) } ?? .null,
    ]
  }
}
