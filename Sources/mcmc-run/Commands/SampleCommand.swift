// mcmc-run sample: draws networks into a run directory.

import Experiments
import Sampling
import Storage

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
    parameters: [Parameters.experiment],
    options: SamplingOptions.all + StandardOptions.output)

  static var isParallel: Bool { true }

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    let experiment = try context.experimentToSample()
    let options = try context.sessionOptions()
    return try context.report(
      try context.resumable { execution in
        let solution = try execution.modelSolution(experiment)
        return try RunSession(execution, options).sample(experiment, solution, at: context.runPath(experiment))
      })
  }
}

extension CommandContext {
  /// Where a new run of an experiment goes.
  func runPath(_ experiment: Experiment) -> String {
    let task = arguments[SamplingOptions.slurmArray] ? "-\(experiment.sampler.chains.range.lowerBound)" : ""
    return arguments[StandardOptions.out] ?? "chains/\(experiment.name)\(task)"
  }

  /// The experiment to sample; in a job array, with this task's chains.
  ///
  /// - Throws: ``SpecError``, or ``UsageError`` outside a job array.
  func experimentToSample() throws -> Experiment {
    let experiment = try experiment(Parameters.experiment)
    if let note = experiment.contextsWithoutTrials { say(note) }
    guard arguments[SamplingOptions.slurmArray] else { return experiment }
    guard let task = ProcessInfo.processInfo.environment["SLURM_ARRAY_TASK_ID"].flatMap(Int.init), task >= 0 else {
      throw UsageError("--slurm-array: SLURM_ARRAY_TASK_ID is not set to a number; is this a task of a job array?")
    }
    let count = experiment.sampler.chains.count
    let (first, isTooLarge) = task.multipliedReportingOverflow(by: count)
    guard !isTooLarge, first < StreamKey.maximumChains, let chains = ChainNumbers("\(first)..\(first + count - 1)")
    else {
      throw UsageError("--slurm-array: task \(task) would have chains beyond \(StreamKey.maximumChains - 1)")
    }
    var overrides = try overrides()
    overrides.set(["sampler", "chains"], to: chains.json, by: "--slurm-array")
    return try Experiment.read(path: try input(Parameters.experiment).experimentFile, overrides: overrides)
  }
}
