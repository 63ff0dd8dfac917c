// Options of the commands that make a run.

/// The options of `sample` and `run`.
enum SamplingOptions {
  static let slurmArray = Flag(
    "slurm-array", "take this array task's share: with n chains, task t runs chains t*n ... t*n + n - 1")
  static let warmStart = Option(
    "warm-start", .text("RUN"), "start where this run's chains ended, with their tuning and no warm-up")
  static let segmentSeconds = Option(
    "segment-seconds", .number(in: 0.01...86400), "write draws to disk at least this often (default: 10)")

  /// All options of a command that makes a run.
  static let all: [any CommandOption] =
    StandardOptions.sampling + [slurmArray, warmStart, segmentSeconds] + StoppingOptions.all + StandardOptions.output
}
