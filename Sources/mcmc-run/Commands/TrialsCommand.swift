// mcmc-run trials: the trials of a task in time as NumPy arrays.

import Experiments
import JSON
import Networks
import Storage

/// The `trials` command.
enum TrialsCommand: Command {
  private static let heldOut = Flag("held-out", "the trials that evaluate uses, in place of those that bind networks")
  private static let out = Option("out", .text("FILE"), "where to write (default: the experiment's name and .npz)")
  private static let force = Flag("force", "replace an earlier file; nothing else")

  static let description = CommandDescription(
    name: "trials", abstract: "write the trials of a task in time as NumPy arrays",
    examples: [
      CommandExample("mcmc-run trials experiments/flip-flop.json", "flip-flop.npz, for numpy.load"),
      CommandExample(
        "mcmc-run trials experiments/flip-flop.json --held-out --out held-out.npz", "the trials of evaluate"),
    ],
    discussion: """
      The file has the arrays inputs, targets and mask, [trial, time, channel], and context [trial]. \
      { "kind": "trials", "path": FILE } reads it back, number by number.
      """,
    parameters: [Parameters.experimentOrRun],
    options: [heldOut, out, force, StandardOptions.set] + StandardOptions.output)

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    let experiment = try context.experiment(Parameters.experimentOrRun)
    let trials = try experiment.trials(heldOut: context.arguments[heldOut])
    let file = context.arguments[out] ?? "\(experiment.name).npz"
    let place = WholePlace(file, own: nil) { try NPZFile.isMade($0, by: "mcmc-run") }
    let bytes = try trials.npz()
    try place.write(replacing: context.arguments[force]) { made in
      try bytes.withUnsafeBytes { try Posix.writeAtomically($0, to: made) }
    }
    context.show(
      [
        "path": .string(file), "trials": .integer(trials.trials), "times": .integer(trials.times),
        "inputChannels": .integer(trials.inputChannels), "outputChannels": .integer(trials.outputChannels),
        "contexts": .integer(trials.contexts), "maskedEntries": .integer(trials.maskedEntries),
        "decision": trials.decision.map { .integers([$0.lowerBound, $0.upperBound - 1]) } ?? .null,
      ],
      "\(file): \(trials.trials) trials of \(trials.times) steps, \(trials.inputChannels) input and \(trials.outputChannels) output channels\n"
    )
    return .done
  }
}
