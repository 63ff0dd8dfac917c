// mcmc-run test-gradient: is the gradient of an experiment's density its derivative?

import Experiments
import JSON
import Networks
import Sampling

/// The `test-gradient` command.
enum TestGradientCommand: Command {
  static let description = CommandDescription(
    name: "test-gradient", abstract: "compare the gradient of an experiment's log density with central differences",
    examples: [
      CommandExample("mcmc-run test-gradient experiments/two-contexts-interacting.json", "by parameter block")
    ],
    discussion: """
      At five draws of the prior, up to 200 coordinates of every block. Exit status 1 if an error exceeds the tolerance.
      """,
    parameters: [Parameters.experimentOrRun],
    options: [StandardOptions.seed, StandardOptions.set] + StandardOptions.tables)

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    let experiment = try context.experiment(Parameters.experimentOrRun)
    guard experiment.hasGradients else {
      throw UnsupportedExperiment(
        "network.activation",
        "\"\(experiment.hiddenActivation?.rawValue ?? "")\" neurons have no gradient that could be tested")
    }
    guard experiment.drawsNormalWeights else {
      throw UnsupportedExperiment(
        "network.weightKind",
        "all weights are signs, so that the density has no gradient; test-kernel tests their flips")
    }
    var stream = try RandomStream(
      StreamKey(seed: experiment.sampler.seed, chain: 0, purpose: .testing), generator: experiment.sampler.generator)
    let report = try context.execution.ensemble(experiment).testGradient(using: &stream)
    context.show(json(report), text(report, context.terminal.style))
    return report.passed ? .done : .checkFailed
  }

  private static func json(_ report: GradientReport) -> JSONValue {
    [
      "passed": .bool(report.passed), "tolerance": .number(report.tolerance), "positions": .integer(report.positions),
      "blocks": .array(
        report.blocks.map {
          [
            "name": .string($0.name), "coordinates": .integer($0.coordinates), "error": .number($0.error),
            "worstCoordinate": .string($0.worstCoordinate), "gradient": .number($0.gradient),
            "difference": .number($0.difference),
          ]
        }),
    ]
  }

  private static func text(_ report: GradientReport, _ style: TextStyle) -> TextDocument {
    var table = TextTable([
      ("block", .left), ("coordinates", .right), ("largest error", .right), ("at", .left), ("gradient", .right),
      ("difference", .right),
    ])
    for block in report.blocks {
      table.add([
        .init(block.name), .integer(block.coordinates), .number(block.error, digits: 2), .init(block.worstCoordinate),
        .number(block.gradient, digits: 6), .number(block.difference, digits: 6),
      ])
    }
    let verdict = report.passed ? style.good("PASSED") : style.bad("FAILED")
    let tolerance = NumberText.significant(report.tolerance, digits: 1)
    var document = TextDocument()
    document.table(table)
    document.prose("\(verdict): relative errors at \(report.positions) positions, tolerance \(tolerance)")
    return document
  }
}
