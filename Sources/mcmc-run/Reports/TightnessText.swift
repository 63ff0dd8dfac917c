// What `solve` says for people of a Gibbs ensemble whose expected loss is given.

import Experiments
import JSON
import Networks
import Sampling

extension TightnessReport {
  func text(_ style: TextStyle) -> String {
    var table = TextTable([("quantity", .left), ("value", .right)])
    table.add([.init("wanted mean loss"), .init(NumberText.significant(expectedLoss, digits: 6))])
    table.add([.init("tightness"), .init(NumberText.plusMinus(found.tightness, found.standardError))])
    table.add([.init("mean loss there, fresh draws"), .init(NumberText.plusMinus(found.loss, found.lossError))])
    let head = "\(name): the tightness of a wanted loss, by sampling\n\n" + table.text(style)
    return head + (closedForm.map { "\n" + ClosedFormReport(name: name, solution: $0).text(style) } ?? "")
  }
}
