// mcmc-run diagnose: judge convergence and precision of a run's chains.

/// The `diagnose` command.
enum DiagnoseCommand: Command {
  static let description = CommandDescription(
    name: "diagnose", abstract: "judge convergence and precision of a run's chains",
    examples: [
      CommandExample("mcmc-run diagnose chains/two-contexts", "a table for people"),
      CommandExample("mcmc-run diagnose chains/two-contexts --json", "the same for other programs"),
      CommandExample("mcmc-run diagnose experiments/two-contexts.json", "the run that this experiment left in chains/"),
    ],
    discussion: """
      Rank-normalised split R-hat, bulk and tail effective sample size and Monte Carlo standard errors of the permutation-invariant observables, and what the kernels reported. The command fails (exit 1) if the draws must not be trusted. Of a run that was stopped or killed it says how to go on.
      """,
    parameters: [Parameters.experimentOrRun], options: StandardOptions.output)

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    let path = try context.runFolder(Parameters.experimentOrRun)
    let run = try LoadedRun(path: path)
    let report = try DiagnoseReport(run)
    context.show(report.json, report.text(context.terminal.style))
    if let unfinished = try run.directory.unfinished(path) { context.say(unfinished) }
    return report.status
  }
}
