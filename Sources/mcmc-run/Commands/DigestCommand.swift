// mcmc-run digest: one number for all that a run has drawn.

import JSON
import Storage

/// The `digest` command.
enum DigestCommand: Command {
  static let description = CommandDescription(
    name: "digest", abstract: "print one SHA-256 of everything that a run has drawn",
    examples: [
      CommandExample("mcmc-run digest chains/two-contexts", "equal for equal draws, however they were made"),
      CommandExample("mcmc-run digest chains/two-contexts --json", "also by chain, and of the kept networks"),
    ],
    discussion: """
      The digest covers all draws, sampler statistics and final states in chain and draw order. It does not depend on \
      threads, interruptions, segments, or on how chains were spread over jobs and merged. Every segment is verified.
      """,
    parameters: [Parameters.run], options: StandardOptions.output)

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    let path = try context.runFolder(Parameters.run)
    let run = try RunDirectory.open(path)
    let digest = try RunReader(run).digest()
    context.show(
      [
        "digest": .string(digest.value), "networks": .string(digest.networks),
        "chains": .array(
          digest.chains.map {
            ["chain": .integer($0.chain), "digest": .string($0.digest), "networks": .string($0.networks)]
          }),
      ], digest.value + "\n", unfinished: try run.unfinished(path))
    return .done
  }
}
