// Options that many commands share, in groups to add to a description.

import Experiments

/// The options that every command spells alike.
enum StandardOptions {
  static let help = Flag("help", "print this help (also -h)")
  static let json = Flag("json", "print JSON for machines, also of a failure")
  static let quiet = Flag("quiet", "no progress and no messages but errors")
  static let noColor = Flag("no-color", "no colour (nor where NO_COLOR is set)")
  static let format = Option(
    "format", .tableFormat,
    "how tables look: text (default), csv, markdown or latex, these complete and for a file")
  static let wide = Flag("wide", "lines of any width: nothing is folded to the terminal's")

  static let out = Option("out", .text("DIR"), "the run's folder (default: chains/<name>)")
  static let force = Flag("force", "replace an existing run; nothing else, and no damaged one")
  static let seed = Option("seed", .integer(), "master seed, in place of the spec's")
  static let chains = Option("chains", .chains, "number of chains, or chain numbers, in place of the spec's")
  static let warmup = Option("warmup", .integer(), "warm-up transitions per chain, in place of the spec's")
  static let draws = Option("draws", .integer(), "draws per chain, in place of the spec's")
  static let sampler = Option(
    "sampler", .text("NAME", completes: .words(SamplerName.allCases.map { ($0.rawValue, $0.row.abstract) })),
    "sampler.kind, in place of the spec's")
  static let thin = Option("thin", .integer(), "transitions per draw, in place of the spec's")
  static let neurons = Option("neurons", .integer(), "number of hidden neurons, in place of the spec's")
  static let tightness = Option(
    "tightness", .number(in: 0...1e50), "tightness of a gibbs ensemble, in place of the spec's")
  static let set = Option(
    "set", .setting,
    "any key of the spec, such as weights.output=0.5 or 'ensemble={kind: \"product\"}'; may be given several times, but "
      + "says nothing that another option has said",
    isRepeatable: true)
  static let threads = Option(
    "threads", .integer(in: 1...4096), "threads (default: one per processor; results do not depend on it)")

  /// How output looks.
  static let output: [any CommandOption] = [json, wide, quiet, noColor]
  /// How the output of a command that shows tables looks.
  static let tables: [any CommandOption] = [json, format, wide, quiet, noColor]
  /// What stands in place of values of the spec.
  static let overrides: [any CommandOption] = [seed, chains, warmup, draws, set]
  /// What every command that makes a run takes, besides ``output``.
  static let sampling: [any CommandOption] =
    [out, force, seed, chains, warmup, draws, sampler, thin, neurons, tightness, set, threads]
}
