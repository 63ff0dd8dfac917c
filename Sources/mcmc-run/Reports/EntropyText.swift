// What `entropy` says for people: log evidence and relative entropy, estimated or exact.

import Experiments
import JSON
import Networks
import Sampling

extension EntropyReport {
  var status: CommandStatus { passed ? .done : .checkFailed }

  func text(_ style: TextStyle) -> TextDocument {
    let isHard = lnDensityOfTarget != nil
    var table = TextTable([
      (isHard ? "ln p_N(A) (nats)" : "ln Z (nats)", .left), ("value", .right), ("z", .right), ("remark", .left),
    ])
    for entry in estimates {
      table.add([
        .init(entry.title), .plusMinus(entry.estimate.value, entry.estimate.standardError),
        .number(z(entry.estimate), digits: 2), .init(entry.estimate.problem ?? ""),
      ])
    }
    if let exact {
      table.add(["exact", .number(exact.value, digits: 8)])
    }
    var document = TextDocument(title: "\(name): entropy of the whole network")
    if !table.rows.isEmpty { document.table(table) }
    var text = ""
    if let relativeEntropy {
      text += "relative entropy to the prior, KL(p || prior): "
      text += NumberText.plusMinus(relativeEntropy.value, relativeEntropy.standardError) + " nats"
      text += (relativeEntropy.problem.map { " (\($0))" } ?? "") + "\n"
    }
    if isHard {
      text +=
        "p_N(A) is the prior density of readouts at the target; the relative entropy of exact networks to the prior is infinite\n"
    }
    if let shannonEntropy { text += "Shannon entropy: \(NumberText.significant(shannonEntropy, digits: 8)) nats\n" }
    if !passed {
      text += style.bad("CONTRADICTED") + ": an estimate is more than 5 standard errors from the exact value\n"
    }
    document.prose(text)
    return document
  }
}
