// mcmc-run test-kernel: is the sampler of an experiment exact?

import Experiments
import JSON
import Networks
import Sampling

/// The `test-kernel` command.
enum TestKernelCommand: Command {
  private static let transitions = Option(
    "transitions", .integer(in: 1...100_000), "transitions of a chain (default: 12)")
  private static let falseAlarmRate = Option(
    "false-alarm-rate", .number(in: 1e-12...0.5), "probability that a correct sampler fails (default: 1e-5)")

  static let description = CommandDescription(
    name: "test-kernel", abstract: "test whether an experiment's sampler leaves its ensemble invariant",
    examples: [
      CommandExample("mcmc-run test-kernel experiments/two-contexts-interacting.json", "Geweke's joint test"),
      CommandExample("mcmc-run test-kernel spec.json --transitions 40 --json", "longer chains see smaller faults"),
    ],
    discussion: """
      Many short chains start from exact draws; what they end at must have the law of exact draws. For a product ensemble \
      these are draws of its networks. For a Gibbs ensemble they are joint draws of a network and the target that it was \
      asked to meet (Geweke 2004), so that the test holds where no draw of the ensemble itself can be had. Kolmogorov-Smirnov \
      on the observables, repeated with growing samples (Gandy & Scott 2020), at one false-alarm rate. Step size and metric \
      are those of the spec, or found by a short warm-up, and then fixed. Exit status 1 if the sampler is rejected.
      """,
    parameters: [Parameters.experimentOrRun],
    options: [transitions, falseAlarmRate, StandardOptions.seed, StandardOptions.set, StandardOptions.threads]
      + StandardOptions.tables)

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    let experiment = try context.experiment(Parameters.experimentOrRun)
    let choice = SamplerChoice(experiment)
    let rule = SequentialTest(falseAlarmRate: context.arguments[falseAlarmRate] ?? 1e-5)
    let transitions = context.arguments[transitions] ?? 12
    let report = try context.execution.testKernel(of: experiment, choice, transitions: transitions, rule: rule)
    context.show(json(report, choice), text(report, choice, context.terminal.style))
    return report.passed ? .done : .checkFailed
  }

  private static func json(_ report: KernelTestReport, _ choice: SamplerChoice) -> JSONValue {
    [
      "sampler": .string(choice.kind.rawValue), "biased": .bool(choice.kind.row.isBiased),
      "passed": .bool(report.passed),
      "falseAlarmRate": .number(report.falseAlarmRate), "chains": .integer(report.chains),
      "functions": .array(
        report.functions.map {
          [
            "name": .string($0.name), "distance": .number($0.distance), "pValue": .number($0.pValue),
            "changedFraction": .number($0.changedFraction),
          ]
        }),
    ]
  }

  private static func text(_ report: KernelTestReport, _ choice: SamplerChoice, _ style: TextStyle) -> TextDocument {
    var table = TextTable([("observable", .left), ("largest distance", .right), ("p-value", .right), ("moved", .right)])
    for function in report.functions {
      table.add([
        .init(function.name), .number(function.distance, digits: 2), .number(function.pValue, digits: 2),
        .number(function.changedFraction, digits: 3),
      ])
    }
    let verdict = report.passed ? style.good("PASSED") : style.bad("REJECTED")
    var document = TextDocument(title: "\(choice.kind.rawValue): ends of chains against exact draws")
    document.table(table)
    document.prose(
      "\(verdict): \(report) (false-alarm rate \(NumberText.significant(report.falseAlarmRate, digits: 1)))")
    return document
  }
}
