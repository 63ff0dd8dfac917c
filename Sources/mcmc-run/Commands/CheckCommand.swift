// mcmc-run check: hold a run's draws against every prediction that theory makes.

import Experiments

/// The `check` command.
enum CheckCommand: Command {
  static let description = CommandDescription(
    name: "check", abstract: "hold a run's draws against every prediction that theory makes",
    examples: [
      CommandExample("mcmc-run check chains/two-contexts", "a table for people"),
      CommandExample("mcmc-run check chains/two-contexts --json", "the same for other programs"),
      CommandExample("mcmc-run check experiments/two-contexts.json", "the run that this experiment left in chains/"),
    ],
    discussion: """
      Exact predictions hold at the run's number of neurons and decide; asymptotic ones are shown. One false-alarm rate is kept for all exact predictions together. The command fails (exit 1) if an exact prediction is violated, and also if the draws decide nothing: a run is undecided where R-hat of anything recorded is above 1.1 (infinite where a chain stood still; a single chain is compared by its quarters) or the smallest bulk ESS below 100, where gains or populations hardly changed, where the violations are no larger than slow mixing explains, or where no exact prediction could be tested. A prediction decides only if its error can tell: at most 20 % of the expected value or of the quantity's natural size. Runs of Gibbs ensembles also show sharper estimates of some averages, of draws with their output weights integrated out.
      """,
    parameters: [Parameters.experimentOrRun], options: [StandardOptions.threads] + StandardOptions.tables)

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    let path = try context.runFolder(Parameters.experimentOrRun)
    let run = try LoadedRun(path: path)
    let report = try CheckReport(run, threads: context.threads)
    context.show(report.json, report.text(context.terminal.style), unfinished: run.unfinished)
    return report.status
  }
}
