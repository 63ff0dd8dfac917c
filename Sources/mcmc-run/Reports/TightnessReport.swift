// What `solve` says of a Gibbs ensemble whose expected loss is given: the tightness, with its error.

import JSON
import Networks
import Sampling

/// The tightness of a wanted expected loss.
struct TightnessReport: Sendable {
  let name: String
  let found: TightnessSolution
  let expectedLoss: Double
  /// The limit of many neurons at that tightness, where it has a closed form.
  let closedForm: MaxEntropySolution?

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

  func text(_ style: TextStyle) -> String {
    var table = TextTable([("quantity", .left), ("value", .right)])
    table.add([.init("wanted mean loss"), .init(NumberText.significant(expectedLoss, digits: 6))])
    table.add([.init("tightness"), .init(NumberText.plusMinus(found.tightness, found.standardError))])
    table.add([.init("mean loss there, fresh draws"), .init(NumberText.plusMinus(found.loss, found.lossError))])
    let head = "\(name): the tightness of a wanted loss, by sampling\n\n" + table.text(style)
    return head + (closedForm.map { "\n" + ClosedFormReport(name: name, solution: $0).text(style) } ?? "")
  }
}
