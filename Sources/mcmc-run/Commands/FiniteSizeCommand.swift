// mcmc-run finite-size: how an ensemble approaches its limit of infinitely wide networks.

import Experiments

/// The `finite-size` command.
enum FiniteSizeCommand: Command {
  private static let neurons = Option(
    "neurons", .integers(in: 1...1_000_000, placeholder: "10,20,40,80,160"), "the widths N (default: 10,20,40,80,160)")
  private static let accuracy = Option(
    "accuracy", .number(in: 1e-6...1), "how close to the limit counts as good, relative (default: 0.05)")

  static let description = CommandDescription(
    name: FiniteSizeStudy.name, abstract: "draw an ensemble at several widths and fit every observable in 1/N",
    examples: [
      CommandExample(
        "mcmc-run finite-size experiments/two-contexts-interacting.json", "five widths, a table of limits and c1"),
      CommandExample(
        "mcmc-run finite-size spec.json --neurons 20,40,80 --draws 20000 --accuracy 0.01", "other widths, more draws"),
    ],
    discussion: """
      The spec's ensemble (product, gibbs or hard) is drawn at every width, in place of network.neurons (deep networks: of all widths). \
      Each observable is fitted to O + c1/N + c2/N^2 (without c2 where theory has no such term, or there are three widths), beside \
      theory's coefficients where they are known. Every run is judged as diagnose does: a width that has not converged is marked, stays out of the fits, \
      and the status is 1. Runs and finished widths are kept: the same command goes on after an interrupt (status 75), \
      and mcmc-run report draws the pictures.
      """,
    parameters: [Parameters.experimentOrRun], options: [neurons, accuracy] + StudyOptions.all)

  static var isParallel: Bool { true }

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    try context.run(
      FiniteSizeStudy.self, suffix: FiniteSizeStudy.name,
      options: FiniteSizeStudy.options(
        neurons: context.arguments[neurons] ?? [10, 20, 40, 80, 160], accuracy: context.arguments[accuracy] ?? 0.05))
  }
}
