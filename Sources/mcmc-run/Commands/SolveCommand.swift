// mcmc-run solve: the maximum-entropy distribution, in closed form or by sampling.

import Experiments

/// The `solve` command.
enum SolveCommand: Command {
  static let description = CommandDescription(
    name: "solve", abstract: "solve the maximum-entropy problem of an experiment",
    examples: [
      CommandExample("mcmc-run solve experiments/two-contexts.json", "multipliers, populations and what follows"),
      CommandExample("mcmc-run solve chains/two-contexts --json", "the same for a run, for other programs"),
    ],
    discussion: """
      The multipliers are found by Newton's method on the convex dual. For the product ensemble the solution is exact at \
      every number of neurons; for the Gibbs ensemble it is the limit of many neurons, with its first correction. For nonlinear networks \
      with one hidden layer that limit is an average over single neurons, and for deep networks in standard scaling a Gaussian process. Where \
      there is no closed form otherwise (continuous gains, nonlinear neurons, deep networks) multipliers are found by sampling, with standard \
      errors; those of continuous gains in up to four contexts by quadrature, where points enough agree. \
      A distribution that does not exist is refused with the bound that it violates.
      """,
    parameters: [Parameters.experimentOrRun],
    options: [StandardOptions.set, StandardOptions.threads] + StandardOptions.tables)

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    let experiment = try context.experiment(Parameters.experimentOrRun)
    guard let report = try SolveReport(experiment, try context.execution.solve(experiment)) else {
      throw UnsupportedExperiment(
        "ensemble.kind",
        experiment.ensemble.isHard
          ? "nothing is known beforehand of networks of this model that meet every wanted output: there is nothing to solve; sample "
            + "them, or ask entropy for the density of the target under the prior"
          : "a Gibbs ensemble of this model has no closed form, and its tightness is given: there is nothing to solve; sample it, "
            + (experiment.network.model.isInTime
              ? "or ask for an expectedLoss" : "or ask for a product ensemble or an expectedLoss"))
    }
    context.show(report.json, report.text(context.terminal.style))
    return .done
  }
}
