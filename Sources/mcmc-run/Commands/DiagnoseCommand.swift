// mcmc-run diagnose: judge convergence and precision of a run's chains.

import Experiments
import Sampling

/// The `diagnose` command.
enum DiagnoseCommand: Command {
  private static let thresholds = DiagnosticThresholds()
  private static func shown(_ number: Double) -> String { String(format: "%g", number) }

  static let description = CommandDescription(
    name: "diagnose", abstract: "judge convergence and precision of a run's chains",
    examples: [
      CommandExample("mcmc-run diagnose chains/two-contexts", "a table for people"),
      CommandExample("mcmc-run diagnose chains/two-contexts --json", "the same for other programs"),
      CommandExample("mcmc-run diagnose experiments/two-contexts.json", "the run that this experiment left in chains/"),
    ],
    discussion: """
      Rank-normalised split R-hat, bulk and tail effective sample size and Monte Carlo standard errors of the permutation-invariant observables, and what the kernels reported. The exit status is 1 if the draws must not be trusted: an R-hat above \(shown(thresholds.rHat)) (of exact, independent draws above what chance makes of so few), an effective sample size below \(shown(thresholds.essPerChain)) per chain, more than \(shown(100 * thresholds.divergenceFraction)) % of diverging transitions, a chain that never moved, draws that are not finite. Of a run that is being written, was stopped or was killed it judges what is there, and says so.
      """,
    parameters: [Parameters.experimentOrRun], options: [StandardOptions.threads] + StandardOptions.tables)

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    let path = try context.runFolder(Parameters.experimentOrRun)
    let run = try LoadedRun(path: path)
    let report = try DiagnoseReport(run, threads: context.threads)
    context.show(report.json, report.text(context.terminal.style), unfinished: run.unfinished)
    return report.status
  }
}
