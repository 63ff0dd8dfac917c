// The tightness of a Gibbs ensemble whose expected loss is given, with its error.

import JSON
import Networks
import Sampling

/// The tightness of a wanted expected loss.
package struct TightnessReport: Sendable {
  package let name: String
  package let found: TightnessSolution
  package let expectedLoss: Double
  /// The limit of many neurons at that tightness, where it has a closed form.
  package let closedForm: MaxEntropySolution?

  package init(name: String, found: TightnessSolution, expectedLoss: Double, closedForm: MaxEntropySolution?) {
    self.name = name
    self.found = found
    self.expectedLoss = expectedLoss
    self.closedForm = closedForm
  }

  /// The closed form's members, if there is one, and the tightness.
  var json: JSONValue {
    var members: [(String, JSONValue)] = [
      ("tightness", .number(found.tightness)), ("tightnessError", .number(found.standardError)),
      ("expectedLoss", .number(expectedLoss)), ("loss", .number(found.loss)), ("lossError", .number(found.lossError)),
      ("effectiveDraws", .number(found.effectiveDraws)),
    ]
    if let closedForm, case .object(let rest) = ClosedFormReport(name: name, solution: closedForm).json.content {
      members += rest.map { ($0.key, $0.value) }
    }
    return .object(members)
  }
}
