// mcmc-run compare: maximum entropy against gradient descent.

import Experiments

/// The `compare` command.
enum CompareCommand: Command {
  private static let contexts = Option(
    "contexts", .integers(in: 1...12, placeholder: "2,3,4,6"), "numbers of contexts (default: the spec's)")
  private static let weightScales = Option(
    "weight-scales", .scales,
    "initial weight scales, of output and input weights alike; others keep the spec's (default: 0.316,1,3.16)")
  private static let rule = Option(
    "rule", .choice([TrainingSettings.Rule.fullBatch, .adam].map(\.rawValue)),
    "how gradients become steps, of all stimuli or trials at once (default: full-batch)")

  private static let trained = Option(
    "trained", .text("RUN"), "a run of your own networks (mcmc-run import), in place of networks trained here")
  private static let rotations = Option(
    "rotations", .integer(in: 19...1_000_000), "with --trained: rotations of the tests V and Q (default: 999)")

  static let description = CommandDescription(
    name: ComparisonStudy.name,
    abstract: "compare networks of maximum entropy with networks trained by gradient descent, or with your own",
    examples: [
      CommandExample("mcmc-run compare experiments/two-contexts.json", "three initial scales, from rich to lazy"),
      CommandExample(
        "mcmc-run compare spec.json --contexts 2,3,4,6 --weight-scales 0.316227766,1,3.16227766 --networks 20",
        "a table over regimes"),
      CommandExample(
        "mcmc-run compare experiments/context-decision.json --weight-scales 1 --networks 20 --rule adam --loss 1e-3",
        "recurrent networks on held-out trials"),
      CommandExample(
        "mcmc-run compare spec.json --trained chains/mine",
        "your own networks: three answers, tests, tables, a page by report"),
    ],
    discussion: """
      Trained networks (all stimuli at once, as in train) are held against networks of maximum entropy at the trained networks' own second moments, at the \
      initial scale, and, for a gibbs spec or a twoLayer network, against the spec's ensemble; and against networks trained only down to \
      the ensemble's loss. Clouds of neurons are compared by energy and sliced Wasserstein distances, with permutation tests and standard errors \
      over whole networks. For gain-modulated linear networks with binary gains, gradient flow of infinitely wide networks is compared with the \
      closed form too. \
      Of recurrent networks a neuron is the point of its output, input and context weights (w, I, B), --weight-scales scales w and I, and J and B keep the spec's scales; \
      beside loss and accuracy on held-out trials stand the effective rank and the spectral radius of J, the dimensions of trajectories, the share of neurons that are \
      active in each set of contexts, and overlaps of networks with neurons matched.

      With --trained RUN the run's networks are tested instead, N being theirs and contexts, features and model the experiment's. Under maximum entropy the output weights given all else are an additive regression on the neurons' responses with normal noise of one size, whatever the multipliers. F asks whether each population has a regression of its own (nonlinear networks: whether responses to other stimuli matter too), V whether the noise differs between populations, Q whether some weights are too large; mirrorF, mirrorV and mirrorQ ask the same of the input weights of linear networks. They are exact at every N; p-values are joined by Holm. \
      Nonlinear networks are tested on the experiment's list of stimuli, those they were trained on. X^2 compares the numbers of neurons by gain pattern with the fitted law, approximately. Beside it stand the populations of the law with the networks' own moments (bands of as many neurons), the experiment's ensemble at this N, distances of neurons, overlaps with neurons matched, and the tightness that has their loss. The status is 0 whatever the networks are, and 1 only if the run of the experiment's ensemble is not fit for use. \
      --json has trained (the run), networks, available, neurons, tests [{name, statistic, degreesOfFreedom, pValue, adjustedPValue, testableNetworks, kurtosis, reason}], combinedPValue, rotations, maximumEntropy {outputSecondMoment, inputSecondMoment: observed, and predicted by the experiment's ensemble at this N; populations: observed, and predicted by the law with the same moments, with low and high}, derivedPopulations, trainingLoss, tightness, sets, distances, pairs, overlaps, notes, converged, notConverged and failures.
      """,
    parameters: [Parameters.experimentOrRun],
    options: [
      contexts, weightScales, trained, rotations, TrainCommand.networks, rule, TrainCommand.lossBound,
      TrainCommand.steps,
    ]
      + StudyOptions.all)

  static var isParallel: Bool { true }

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    if let run = context.arguments[trained] { return try compare(run, context) }
    guard context.arguments[rotations] == nil else {
      throw UsageError("--rotations: they are those of the tests of --trained networks; say --trained RUN too")
    }
    var settings = TrainingSettings()
    settings.networks = context.arguments[TrainCommand.networks] ?? settings.networks
    settings.rule = context.arguments[rule].flatMap(TrainingSettings.Rule.init) ?? settings.rule
    settings.lossBound = context.arguments[TrainCommand.lossBound] ?? settings.lossBound
    settings.steps = context.arguments[TrainCommand.steps] ?? settings.steps
    return try context.run(
      ComparisonStudy.self, suffix: "comparison",
      options: ComparisonStudy.options(
        contexts: context.arguments[contexts] ?? [],
        weightScales: context.arguments[weightScales] ?? [0.1, 1, 10].map { $0.squareRoot() }, settings: settings))
  }

  /// Holds a run's networks against the experiment's ensemble.
  private static func compare(_ run: String, _ context: CommandContext) throws -> CommandStatus {
    let arguments = context.arguments
    let others: [(name: String, isGiven: Bool)] = [
      (contexts.name, arguments[contexts] != nil), (weightScales.name, arguments[weightScales] != nil),
      (TrainCommand.networks.name, arguments[TrainCommand.networks] != nil),
      (rule.name, arguments[rule] != nil),
      (TrainCommand.lossBound.name, arguments[TrainCommand.lossBound] != nil),
      (TrainCommand.steps.name, arguments[TrainCommand.steps] != nil),
    ]
    if let other = others.first(where: { $0.isGiven }) {
      throw UsageError("--\(other.name): it says how networks are trained here; --trained has brought others")
    }
    context.sayIfUnverified(run)
    return try context.run(
      TrainedStudy.self, suffix: "trained",
      options: try TrainedStudy.options(run: run, rotations: arguments[rotations] ?? 999))
  }
}
