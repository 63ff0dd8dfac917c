// mcmc-run solve: the maximum-entropy distribution in closed form.

/// The `solve` command.
enum SolveCommand: Command {
  static let description = CommandDescription(
    name: "solve", abstract: "solve the maximum-entropy problem of an experiment in closed form",
    examples: [
      CommandExample("mcmc-run solve experiments/two-contexts.json", "multipliers, populations and what follows"),
      CommandExample("mcmc-run solve chains/two-contexts --json", "the same for a run, for other programs"),
    ],
    discussion: """
      The multipliers are found by Newton's method on the convex dual. For the product ensemble the solution is exact at \
      every number of neurons; for the Gibbs ensemble it is the limit of many neurons, with its first correction. \
      A distribution that does not exist is refused with the bound that it violates.
      """,
    parameters: [Parameters.experimentOrRun], options: StandardOptions.output)

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    let report = try SolveReport(try context.experiment(Parameters.experimentOrRun))
    context.show(report.json, report.text(context.terminal.style))
    return .done
  }
}
