// What `solve` says for people of the loop of a recurrent network.

import Experiments
import Networks
import Sampling

extension LoopReport {
  /// A table of the contexts.
  func text(_ style: TextStyle) -> TextDocument {
    var document = TextDocument()
    document.heading("Recurrent loop of rank one at N = \(neurons)")
    if let unstableProbability {
      var table = TextTable([("context", .left), ("N Var(lambda)", .right), ("P(lambda >= 1)", .right)])
      for (context, probability) in unstableProbability.enumerated() {
        table.add([
          .init("\(context)"), readoutVarianceTimesN.map { .number($0[context, 0], digits: 5) } ?? .init("-"),
          .number(probability, digits: 4),
        ])
      }
      document.table(table)
    }
    if let leftOut { document.prose("P(lambda >= 1) is left out: \(leftOut).") }
    return document
  }
}
