// Options of the commands that make a run.

import Experiments

/// The options of `sample` and `run`.
enum SamplingOptions {
  static let slurmArray = Flag(
    "slurm-array", "take this array task's share: with n chains, task t runs chains t*n ... t*n + n - 1")
  static let warmStart = Option(
    "warm-start", .text("RUN"), "start where this run's chains ended, with their tuning and no warm-up")
  static let segmentSeconds = Option(
    "segment-seconds", .number(in: 0.01...86400), "write draws to disk at least this often (default: 10)")

  /// The options of a command that makes a run, but for how its output looks.
  static let all: [any CommandOption] =
    StandardOptions.sampling + [slurmArray, warmStart, segmentSeconds] + StoppingOptions.all
}

extension CommandContext {
  /// What the command line asks of a session of sampling.
  ///
  /// - Throws: ``UsageError``.
  func sessionOptions() throws -> SessionOptions {
    var options = SessionOptions()
    options.rule = try stoppingRule()
    options.warmStart = arguments[SamplingOptions.warmStart]
    options.isReplacing = arguments[StandardOptions.force]
    options.segmentSeconds = arguments[SamplingOptions.segmentSeconds]
    return options
  }
}
