// mcmc-run ensembles: the three ensembles of a task side by side.

import Experiments

/// The `ensembles` command.
enum EnsemblesCommand: Command {
  private static let neurons = Option(
    "neurons", .integers(in: 1...1_000_000, placeholder: "10,40,160"),
    "the widths N (default: 10,40,160; of given gains the spec's)")
  private static let tightness = Option(
    "gibbs-tightness", .number(in: 1e-6...1e12), "beta of the Gibbs ensembles (default: 1000)")

  static let description = CommandDescription(
    name: EnsemblesStudy.name,
    abstract: "draw a task's product, Gibbs and hard ensemble at several widths, side by side",
    examples: [
      CommandExample(
        "mcmc-run ensembles experiments/two-contexts.json", "three widths: moments, populations, structure, distances"),
      CommandExample(
        "mcmc-run ensembles spec.json --neurons 20,80 --gibbs-tightness 100", "other widths, a softer binding"),
    ],
    discussion: """
      The spec's ensemble is replaced by each of the three: independent neurons (product), whole networks bound by their loss (gibbs), and whole networks \
      that solve the task exactly (hard). As N grows a neuron of each has the same law, which solve tells (of gibbs up to 1/beta). Told beside it: \
      second moments and populations with what is exact at each N, the structure <rho>, and the energy distance of the neurons (w, m, g) from \
      independent ones of the limit's law, with the p of a permutation test over networks. Runs and finished widths are kept: the same command goes on \
      after an interrupt (status 75), and mcmc-run report draws the pictures. Where a run has not converged the status is 1.
      """,
    parameters: [Parameters.experimentOrRun], options: [neurons, tightness] + StudyOptions.all)

  static var isParallel: Bool { true }

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    let experiment = try context.experiment(Parameters.experimentOrRun)
    let usual = experiment.closedFormGains?.areDrawn == false ? [experiment.network.model.neurons] : [10, 40, 160]
    return try context.run(
      EnsemblesStudy.self, suffix: EnsemblesStudy.name,
      options: EnsemblesStudy.options(
        neurons: context.arguments[neurons] ?? usual,
        tightness: context.arguments[tightness] ?? EnsemblesStudy.usualTightness))
  }
}
