// mcmc-run phase-diagram: order parameters over numbers of contexts and weight scales, tightnesses or probabilities of gains.

import Experiments

/// The `phase-diagram` command.
enum PhaseDiagramCommand: Command {
  private static let contexts = Option(
    "contexts", .integers(in: 1...MeaningRule.mostSymmetricContexts, placeholder: "2,3,4,6,8,12,16"),
    "numbers of contexts (default: 2,3,4,6,8,12,16)"
  )
  private static let weightScales = Option(
    "weight-scales", .scales, "weight scales, of output and input weights alike (default: 0.3:4:12)")
  private static let tightnesses = Option(
    "tightnesses", .scales, "tightnesses of a gibbs ensemble, in place of weight scales")
  private static let activeProbabilities = Option(
    "active-probabilities", .scales,
    "prior probabilities of an active gain, in place of weight scales")
  private static let sampled = Option(
    "sampled", .integer(in: 0...1000),
    "also draw networks at so many values of the second axis for each K up to 8 (default: 0)")

  static let description = CommandDescription(
    name: PhaseDiagramStudy.name,
    abstract:
      "solve input selection over contexts and weight scales (or tightnesses, or gains), and find the crossovers",
    examples: [
      CommandExample("mcmc-run phase-diagram experiments/two-contexts.json", "the closed form on a grid of 7 by 12"),
      CommandExample(
        "mcmc-run phase-diagram spec.json --contexts 2,3,4 --weight-scales 0.3:4:24 --sampled 4",
        "with drawn networks over it"),
      CommandExample(
        "mcmc-run phase-diagram experiments/two-contexts-interacting.json --contexts 2,3,4 --tightnesses 0.1:100:13",
        "over the tightness of a gibbs ensemble"),
    ],
    discussion: """
      Solves the spec's own ensemble at every point: exact for product, for gibbs the limit of many neurons. Order parameters: c_1, the share of the readout that context-specialised neurons carry; <rho>, the mean selectivity structure; KL, \
      the divergence of the gain patterns from their reference; the mean number of active contexts. lo:hi:n means n values from lo to hi, \
      evenly spaced in their logarithm. Sampled points are drawn from the same ensemble with the spec's number of neurons, and judged as diagnose \
      does: what has not converged is marked, and the status is 1. Where expectedLoss is given, the tightness of each point is found by sampling, and \
      crossovers are not looked for. Any other key is gone over by mcmc-run sweep.
      """,
    parameters: [Parameters.experimentOrRun],
    options: [contexts, weightScales, tightnesses, activeProbabilities, sampled] + StudyOptions.all)

  static var isParallel: Bool { true }

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    let axes: [(option: Option<[Double]>, kind: PhaseAxis.Kind)] = [
      (weightScales, .weightScale), (tightnesses, .tightness), (activeProbabilities, .activeProbability),
    ]
    let given = axes.filter { context.arguments[$0.option] != nil }
    guard given.count <= 1 else {
      throw UsageError(
        "--\(given[0].option.name) and --\(given[1].option.name): a phase diagram has one axis besides --contexts; allowed: one of them"
      )
    }
    let (option, kind) = given.first ?? axes[0]
    let values = context.arguments[option] ?? OptionValue<[Double]>.scales.read("0.3:4:12")!
    return try context.run(
      PhaseDiagramStudy.self, suffix: PhaseDiagramStudy.name,
      options: PhaseDiagramStudy.options(
        contexts: context.arguments[contexts] ?? [2, 3, 4, 6, 8, 12, 16], axis: PhaseAxis(kind, values),
        sampled: context.arguments[sampled] ?? 0))
  }
}
