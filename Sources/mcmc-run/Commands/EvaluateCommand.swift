// mcmc-run evaluate: measure the drawn networks' task performance on held-out stimuli.

import Experiments

/// The `evaluate` command.
enum EvaluateCommand: Command {
  static let description = CommandDescription(
    name: "evaluate", abstract: "measure the drawn networks' task performance on held-out stimuli",
    examples: [
      CommandExample("mcmc-run evaluate chains/two-contexts", "a table for people"),
      CommandExample("mcmc-run evaluate chains/two-contexts --json", "the same for other programs"),
      CommandExample("mcmc-run evaluate experiments/two-contexts.json", "the run that this experiment left in chains/"),
    ],
    discussion: """
      Stimuli are drawn from the law that the experiment states, by a seed of their own (evaluation.seed). Contexts whose target is zero are left out of R squared, sign accuracy and leakage. \
      Gain-modulated linear networks are judged by the readout of every draw; of two-layer and deep ones the whole networks that were \
      kept (record.weights) are run on the stimuli, and two-layer ones are held against their linear image too (mapping error). \
      Populations are looked for in the kept networks with one hidden layer: gain patterns with Clopper-Pearson intervals against theory, clusters of \
      gain vectors counted by the gap statistic and the silhouette, ePAIRS (variants A and B), accuracy of networks redrawn from Gaussian \
      mixtures, fractional task variance, and accuracy on congruent and incongruent stimuli of coherences 1, 2 and 4 (Mante-like). \
      All neurons weigh the same in all of them, in whatever order gains are given.
      """,
    parameters: [Parameters.experimentOrRun], options: [StandardOptions.threads] + StandardOptions.tables)

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    let path = try context.runFolder(Parameters.experimentOrRun)
    let run = try LoadedRun(path: path)
    let report = try EvaluateReport(
      run, populations: try PopulationReport(run, threads: context.threads), threads: context.threads,
      show: context.execution.showParts)
    context.show(report.json, report.text(context.terminal.style), unfinished: run.unfinished)
    return .done
  }
}
