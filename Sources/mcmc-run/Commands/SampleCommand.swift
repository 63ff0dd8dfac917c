// mcmc-run sample: draws networks into a run directory.

/// The `sample` command.
enum SampleCommand: Command {
  static let description = CommandDescription(
    name: "sample", abstract: "draw networks from an experiment's ensemble into a run directory",
    examples: [
      CommandExample("mcmc-run sample experiments/two-contexts.json", "draw into chains/two-contexts"),
      CommandExample(
        "mcmc-run sample spec.json --chains 8 --draws 5000 --out chains/long", "more of everything, elsewhere"),
    ],
    discussion: """
      Chains run in parallel; what they draw depends on the seed and the chain's number alone, not on the threads. \
      An interrupt (or SIGTERM) stops after the current draw, keeps everything and exits with 75. An existing run is \
      never overwritten without --force.
      """,
    parameters: [Parameters.experiment], options: StandardOptions.sampling + StandardOptions.output)

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    let experiment = try context.experiment(Parameters.experiment)
    let result = try RunSession(experiment: experiment, context: context).sample(at: context.runPath(experiment))
    try result.throwFailure()
    let report = SampleReport(result: result)
    context.show(report.json, report.text(context.terminal.style))
    return report.status
  }
}

extension CommandContext {
  /// Where a new run of an experiment goes.
  func runPath(_ experiment: Experiment) -> String {
    arguments[StandardOptions.out] ?? "chains/\(experiment.name)"
  }
}
