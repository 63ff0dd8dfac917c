// What `solve` says for people of a Gibbs ensemble whose expected loss is given.

import Experiments
import JSON
import Networks
import Sampling

extension TightnessReport {
  func text(_ style: TextStyle) -> TextDocument {
    var document = TextDocument(title: "\(name): the tightness of a wanted loss, by sampling")
    document.table(
      TextTable(
        ["quantity", "value"],
        rows: [
          ["wanted mean loss", .number(expectedLoss, digits: 6)],
          ["tightness", .plusMinus(found.tightness, found.standardError)],
          ["mean loss there, fresh draws", .plusMinus(found.loss, found.lossError)],
        ]))
    if let closedForm { document.append(ClosedFormReport(name: name, solution: closedForm).text(style)) }
    return document
  }
}
