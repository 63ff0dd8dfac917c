// The pictures of recurrent networks that integrate evidence: choices by coherence, and kernels.

import Experiments
import Networks
import Sampling

extension RunFigures {
  /// Choices and kernels of the first contexts; none for other tasks.
  func integration() throws -> [Figure] {
    guard isDrawn, let report = try IntegrationReport(run, threads: Threads.perProcessor) else { return [] }
    let contexts = report.contexts.prefix(4)
    let choices = contexts.map { context in
      Panel(
        title: "context \(context.context)", x: Axis("coherence"), y: Axis("P(choice > 0)", from: 0, to: 1),
        series: [
          .band(
            "90 % of networks", name: "interval", x: IntegrationReport.coherences, low: context.relevant.map(\.lower),
            high: context.relevant.map(\.upper), .series(0)), .level(0.5), .upright(0),
          .line("wanted", x: IntegrationReport.coherences, y: context.wanted, .theory),
          .points(
            "relevant channel", name: "relevant", x: IntegrationReport.coherences, y: context.relevant.map(\.mean),
            isJoined: true, .series(0)),
        ]
          + (context.irrelevant.map {
            [
              .points(
                "irrelevant channel", name: "irrelevant", x: IntegrationReport.coherences, y: $0.map(\.mean),
                isJoined: true, .series(1))
            ]
          } ?? []))
    }
    let lags = report.lags
    let task = run.experiment.task.task as? EvidenceIntegrationTask
    let kernels = contexts.map { context in
      Panel(
        title: "context \(context.context)", x: Axis("time since the evidence (time constants)"), y: Axis("weight"),
        series: [
          .band(
            "90 % of networks", name: "interval", x: lags, low: context.kernel.map(\.lower),
            high: context.kernel.map(\.upper), .series(0)),
          .line("wanted", x: lags, y: lags.map { IntegrationKernel(gain: task?.loop ?? 0)($0) }, .theory),
          .line("median", x: lags, y: context.kernel.map(\.median), .series(0)),
        ])
    }
    func short(_ value: Double) -> String { NumberText.significant(value, digits: 2) }
    let first = report.contexts[0]
    return [
      Figure(
        name: "integration-choices", title: "Choices on evidence in time",
        caption:
          "The share of positive choices by the coherence of the context's own channel and of one that it should leave out, of "
          + "\(report.networks) networks on \(report.trials) trials; unstable networks take part.",
        alternativeText:
          "In context 0 the share of positive choices goes from \(short(first.relevant.first!.mean)) to \(short(first.relevant.last!.mean)) with "
          + "the relevant coherence.",
        panels: choices),
      Figure(
        name: "integration-kernels", title: "Integration kernels",
        caption:
          "The weight of evidence in the loop's state by its age, times the drive: median and 90 % of networks. A loop with a gain of 1 or more "
          + "never forgets.",
        alternativeText:
          "In context 0 the median weight is \(short(first.kernel.last!.median)) at the age of \(short(lags.last!)) time constants.",
        panels: kernels),
    ]
  }
}
