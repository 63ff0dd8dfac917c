// Options that many commands share, in groups to add to a description.

/// The options that every command spells alike.
enum StandardOptions {
  static let help = Flag("help", "print this help (also -h)")
  static let json = Flag("json", "print JSON for machines")
  static let quiet = Flag("quiet", "no progress and no messages but errors")
  static let noColor = Flag("no-color", "no colour (nor where NO_COLOR is set)")

  static let out = Option("out", .text("DIR"), "the run's folder (default: chains/<name>)")
  static let force = Flag("force", "replace an existing run")
  static let seed = Option("seed", .integer(), "master seed, in place of the spec's")
  static let chains = Option("chains", .chains, "number of chains, or chain numbers, in place of the spec's")
  static let warmup = Option("warmup", .integer(), "warm-up transitions a chain, in place of the spec's")
  static let draws = Option("draws", .integer(), "draws a chain, in place of the spec's")
  static let threads = Option(
    "threads", .integer(in: 1...4096), "threads (default: one a processor; the draws do not depend on it)")

  /// How output looks.
  static let output: [any CommandOption] = [json, quiet, noColor]
  /// What stands in place of the spec's sampler section.
  static let overrides: [any CommandOption] = [seed, chains, warmup, draws]
  /// What every command that samples takes, besides ``output``.
  static let sampling: [any CommandOption] = [out, force] + overrides + [threads]
}
