// mcmc-run resume: goes on with a run as if it had never stopped.

import Experiments

/// The `resume` command.
enum ResumeCommand: Command {
  private static let fromLastGood = Flag(
    "from-last-good", "set damaged segments (and later ones of their chain) aside and draw them anew")
  private static let total = Option(
    "draws", .integer(in: 1...1_000_000_000), "draws a chain in total, old ones included")

  static let description = CommandDescription(
    name: "resume", abstract: "go on with a run that was stopped, or make it longer",
    examples: [
      CommandExample("mcmc-run resume chains/two-contexts", "finish what was interrupted, also during warm-up"),
      CommandExample("mcmc-run resume chains/two-contexts --draws 10000", "10000 draws a chain in total"),
      CommandExample("mcmc-run resume chains/two-contexts --from-last-good", "after damage to some segments"),
    ],
    discussion: """
      The draws are those of a run that was never stopped: compare with mcmc-run digest. A run is refused, with what \
      differs, if its experiment, model, generator or GSL version is not what it was made with, or if a segment is damaged.
      """,
    parameters: [Parameters.run],
    options: [total, fromLastGood, StandardOptions.threads, SamplingOptions.segmentSeconds] + StoppingOptions.all
      + StandardOptions.output)

  static var isParallel: Bool { true }

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    let path = try context.runFolder(Parameters.run)
    var options = try context.sessionOptions()
    options.rule.draws = context.arguments[total]
    options.setsDamageAside = context.arguments[fromLastGood]
    return try context.report(try context.resumable { try RunSession($0, options).resume(at: path) })
  }
}
