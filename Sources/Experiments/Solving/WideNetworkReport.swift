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
    let rows = expansion.rows.map { row -> (String, JSONValue) in
      let here = row.value(neurons: neurons)
      return (
        row.name,
        [
          "limit": .number(row.expansion.leading), "limitError": .number(row.leadingError),
          "c1": .number(row.expansion.firstCorrection), "c1Error": .number(row.correctionError),
          "value": .number(here.value), "error": .number(here.error),
        ]
      )
    }
    return [
      "limit": .string(expansion.limit.rawValue), "neurons": .integer(neurons), "observables": .object(rows),
      "logEvidence": [
        "perNeuron": value(expansion.logEvidencePerNeuron), "constant": value(expansion.logEvidenceConstant),
        "c1": expansion.logEvidenceCorrection.map(value) ?? .null,
        "value": .number(expansion.logEvidence(neurons: neurons).value),
        "error": .number(expansion.logEvidence(neurons: neurons).error),
      ],
      "effectiveNeurons": .number(expansion.effectiveNeurons),
      "withoutCorrection": expansion.withoutCorrection.map { .string($0) } ?? .null,
    ]
  }
}
