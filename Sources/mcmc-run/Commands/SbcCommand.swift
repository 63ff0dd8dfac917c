// mcmc-run sbc: is the sampler of an experiment calibrated?

import Experiments

/// The `sbc` command.
enum SbcCommand: Command {
  private static let replicas = Option(
    "replicas", .integer(in: 10...CalibrationStudy.mostReplicas), "networks of the prior, each with data (default: 200)"
  )
  private static let draws = Option("draws", .integer(in: 1...9999), "draws of a replica, L (default: 49)")
  private static let thin = Option(
    "thin", .integer(in: 1...1_000_000), "transitions of a draw (default: twice the autocorrelation time of pilots)")
  private static let falseAlarmRate = Option(
    "false-alarm-rate", .number(in: 1e-12...0.5), "probability that a right sampler fails (default: 0.01)")

  static let description = CommandDescription(
    name: CalibrationStudy.name,
    abstract: "simulation-based calibration: test sampler, warm-up and all on known networks",
    examples: [
      CommandExample("mcmc-run sbc experiments/two-contexts-interacting.json", "200 replicas of 49 draws"),
      CommandExample(
        "mcmc-run sbc spec.json --replicas 2000 --draws 19 --json", "many short replicas see small faults"),
    ],
    discussion: """
      Every Gibbs ensemble is a posterior. Each replica draws a network from the prior and data given it (the target, or the wanted \
      output at every stimulus), then draws networks given these data by the spec's sampler, from a start and a warm-up of its own. The \
      rank of the known network among the draws is uniform, exactly, for every quantity: the log density and the loss (which see \
      the data, and most faults), moments, readout, populations. The distribution of ranks is held against a band that all of it \
      stays inside (Sailynoja, Burkner & Vehtari 2022), at one false-alarm rate for all quantities. A quantity that leaves its band \
      is named, and the status is 1. The spec's own target, and sampler.chains, draws and thin, play no part. Replicas are kept in parts: \
      the same command goes on after an interrupt (status 75), and mcmc-run report draws the pictures.

      --json has sampler, biased, passed, replicas, draws, thin, warmup, autocorrelationTime and slowest (of the pilots; null with --thin), falseAlarmRate, band {pointwiseRate, coverage, lower, upper}: \
      of ranks below i = 1 ... L the fewest and the most that are inside, and quantities [{name, ranks, outside, pValue, meanRank, correlation}].
      """,
    parameters: [Parameters.experimentOrRun],
    options: [
      replicas, draws, thin, falseAlarmRate, StudyOptions.out, StudyOptions.force, StandardOptions.seed,
      StandardOptions.warmup, StandardOptions.set, StandardOptions.threads,
    ] + StandardOptions.tables)

  static var isParallel: Bool { true }

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    var settings = CalibrationSettings()
    settings.replicas = context.arguments[replicas] ?? settings.replicas
    settings.draws = context.arguments[draws] ?? settings.draws
    settings.thin = context.arguments[thin]
    settings.falseAlarmRate = context.arguments[falseAlarmRate] ?? settings.falseAlarmRate
    return try context.run(CalibrationStudy.self, suffix: CalibrationStudy.name, options: settings.json)
  }
}
