// mcmc-run entropy: the normalising constant and the relative entropy of an experiment's ensemble, with error bars.

import JSON
import Networks
import Sampling

/// The `entropy` command.
enum EntropyCommand: Command {
  private static let runs = Option("runs", .integer(in: 2...1_000_000), "annealed runs (default: 400)")
  private static let rungs = Option(
    "rungs", .integer(in: 2...128), "rungs of the ladder (default: as many as it needs)")

  static let description = CommandDescription(
    name: "entropy", abstract: "estimate the log evidence and the relative entropy of an experiment's ensemble",
    examples: [
      CommandExample(
        "mcmc-run entropy experiments/deep-linear.json", "three estimates, and the exact value where it is known"),
      CommandExample("mcmc-run entropy spec.json --draws 20000 --json", "smaller errors, for other programs"),
    ],
    discussion: """
      For a Gibbs ensemble the log evidence is ln Z, Z = <exp(-beta N L)> over the prior, and the relative entropy KL(p || prior) = \
      -beta N <L> - ln Z, both in nats and of the whole network. Thermodynamic integration and stepping-stone (Bennett) come from \
      one replica exchange whose ladder is found in a pilot; annealed importance sampling is independent of it. An estimate that must \
      not be trusted says why. For a product ensemble in closed form both are exact. Exit status 1 if an exact value is \
      contradicted (more than 5 standard errors).
      """,
    parameters: [Parameters.experimentOrRun],
    options: [runs, rungs] + StandardOptions.overrides + [StandardOptions.threads] + StandardOptions.tables)

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    let experiment = try context.experiment(Parameters.experimentOrRun)
    let report = try context.execution.entropy(
      of: experiment, annealedRuns: context.arguments[runs], rungs: context.arguments[rungs])
    context.show(report.json, report.text(context.terminal.style))
    return report.status
  }
}
