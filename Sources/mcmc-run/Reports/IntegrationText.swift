// What `evaluate` says for people of recurrent networks that integrate evidence.

import Experiments
import Networks
import Sampling

extension IntegrationReport {
  private func time(_ value: Double) -> TextTable.Cell {
    value.isFinite ? .number(value, digits: 3) : .init("unstable")
  }

  /// Tables of loops and of choices.
  func text(_ style: TextStyle) -> TextDocument {
    var document = TextDocument()
    document.heading("Evidence integrated in time")
    document.prose(
      "\(networks) networks decide \(trials) trials of \(NumberText.significant(duration, digits: 3)) time constants by the sign of the loop's "
        + "state. A share of \(NumberText.significant(unstable, digits: 3)) of all draws is unstable (lambda of at least 1) in some context; "
        + "they take part like all others. Errors are over networks, which all decide the same trials; \"of trials\" is the standard error of "
        + "right that so many trials leave.")
    var loops = TextTable([
      ("context", .left), ("lambda", .right), ("unstable", .right), ("time constant", .right), ("5 %", .right),
      ("95 %", .right), ("leak", .right), ("right", .right), ("of trials", .right),
    ])
    func estimate(_ value: NetworkStatistic) -> TextTable.Cell {
      .estimate(Estimate(value: value.mean, standardError: value.standardError.isNaN ? nil : value.standardError))
    }
    for context in contexts {
      loops.add([
        .init("\(context.context)"), estimate(context.loopGain), .number(context.unstable, digits: 3),
        time(context.timeConstant.median), time(context.timeConstant.lower), time(context.timeConstant.upper),
        context.leak.map(estimate) ?? .init("-"), estimate(context.accuracy), .number(context.trialError, digits: 2),
      ])
    }
    document.table(loops)
    if allContexts > contexts.count {
      document.prose("... and \(allContexts - contexts.count) contexts more, which are not run through trials.")
    }
    var choices = TextTable([
      ("context", .left), ("coherence", .right), ("wanted", .right), ("relevant", .right), ("5 %", .right),
      ("95 %", .right), ("irrelevant", .right),
    ])
    for context in contexts {
      for (k, coherence) in Self.coherences.enumerated() {
        choices.add([
          .init("\(context.context)"), .number(coherence, digits: 2), .number(context.wanted[k], digits: 3),
          .number(context.relevant[k].mean, digits: 3), .number(context.relevant[k].lower, digits: 3),
          .number(context.relevant[k].upper, digits: 3), .number(context.irrelevant?[k].mean, digits: 3),
        ])
      }
    }
    document.heading("Share of positive choices by the coherence of a channel")
    document.table(choices)
    return document
  }
}
