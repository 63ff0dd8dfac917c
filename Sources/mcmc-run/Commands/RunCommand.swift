// mcmc-run run: everything, from the solution to the evaluation.

import JSON

/// The `run` command.
enum RunCommand: Command {
  static let description = CommandDescription(
    name: "run", abstract: "solve, sample, diagnose, check and evaluate an experiment",
    examples: [
      CommandExample("mcmc-run run experiments/two-contexts.json", "everything, with tables for people"),
      CommandExample("mcmc-run run experiments/two-contexts.json --json --quiet", "one JSON object with all reports"),
    ],
    discussion: """
      The reports are those of the commands solve (where there is something to solve), sample, diagnose, check and evaluate, in this order; \
      the status is the first that is not 0.
      """,
    parameters: [Parameters.experiment],
    options: SamplingOptions.all)

  static var isParallel: Bool { true }

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    let experiment = try context.experimentToSample()
    let style = context.terminal.style
    let solved = try context.solve(experiment)
    let solution = SolveReport(experiment, solved)
    let result = try RunSession(context: context).sample(
      experiment, solved.solution, at: context.runPath(experiment)
    ) {
      if let solution, !context.wantsJSON { context.terminal.output.write(solution.text(style) + "\n") }
    }
    try result.throwFailure()
    let sampled = SampleReport(result: result)
    guard result.isComplete else {
      return try context.report(result)
    }
    guard context.ranks.isFirst else { return .done }
    let run = try LoadedRun(path: result.run.path)
    let diagnosis = try DiagnoseReport(run)
    let check = try CheckReport(run)
    let evaluation = try EvaluateReport(run, populations: try PopulationReport(run))
    context.show(
      [
        "solve": solution?.json ?? .null, "sample": sampled.json, "diagnose": diagnosis.json, "check": check.json,
        "evaluate": evaluation.json,
      ],
      [diagnosis.text(style), evaluation.text(style), check.text(style), sampled.text(style)]
        .joined(separator: "\n"))
    return diagnosis.status == .done ? check.status : diagnosis.status
  }
}
