// mcmc-run run: everything, from the solution to the evaluation.

import Experiments
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
      the status is the first that is not 0. Where networks cannot be evaluated (averages of loadings, which ask for no outputs; record.weights 0 \
      and outputs that no recorded readout gives), it says so before it samples, and leaves that report out.
      """,
    parameters: [Parameters.experiment],
    options: SamplingOptions.all + StandardOptions.tables)

  static var isParallel: Bool { true }

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    let experiment = try context.experimentToSample()
    let skipped: String? =
      if experiment.task.task.loadings != nil {
        "averages of loadings ask for no outputs"
      } else if experiment.needsKeptNetworks && !experiment.record.keepsNetworks {
        "the outputs of these networks need whole networks, and record.weights is 0"
      } else {
        nil
      }
    if let skipped { context.say("evaluation will be skipped: \(skipped)") }
    let solved = try context.execution.solve(experiment)
    let solution = try SolveReport(experiment, solved)
    let ensemble = try solved.ensemble(of: experiment)
    let options = try context.sessionOptions()
    let style = context.terminal.style
    let isForPeople = !context.wantsJSON && style.format == .text
    let result = try context.resumable { execution in
      try RunSession(execution, options).sample(
        experiment, solved.solution, ensemble: ensemble, at: context.runPath(experiment)
      ) {
        // A file has all tables together.
        if isForPeople, let solution { context.terminal.show(solution.text(style).text(style) + "\n") }
      }
    }
    try result.throwFailure()
    let sampled = SampleReport(result: result)
    guard result.isComplete else {
      return try context.report(result) { sample in
        ["solve": solution?.json ?? .null, "sample": sample, "diagnose": .null, "check": .null, "evaluate": .null]
      }
    }
    guard context.ranks.isFirst else { return .done }
    context.budget?.isReporting(on: result.path)
    let run = try LoadedRun(path: result.run.path, ensemble: ensemble)
    let diagnosis = try DiagnoseReport(run, threads: context.threads)
    let check = try CheckReport(run, threads: context.threads)
    let evaluation =
      skipped == nil
      ? try EvaluateReport(
        run, populations: try PopulationReport(run, threads: context.threads), threads: context.threads,
        show: context.execution.showParts) : nil
    let reports: JSONValue = [
      "solve": solution?.json ?? .null, "sample": sampled.json, "diagnose": diagnosis.json, "check": check.json,
      "evaluate": evaluation?.json ?? .null,
    ]
    context.show(
      reports.with("notEvaluated", skipped.map { .string($0) }),
      [
        isForPeople ? nil : solution?.text(style), diagnosis.text(style), evaluation?.text(style), check.text(style),
        TextDocument(prose: sampled.text(style)),
      ].compactMap { $0 }.reduce(TextDocument(), +))
    return diagnosis.status == .done ? check.status : diagnosis.status
  }
}
