// mcmc-run compare: maximum entropy against gradient descent.

import Experiments

/// The `compare` command.
enum CompareCommand: Command {
  private static let contexts = Option(
    "contexts", .integers(in: 1...12, placeholder: "2,3,4,6"), "numbers of contexts (default: the spec's)")
  private static let weightScales = Option(
    "weight-scales", .scales, "initial weight scales, of output and input weights alike (default: 0.316,1,3.16)")

  static let description = CommandDescription(
    name: ComparisonStudy.name,
    abstract: "compare networks of maximum entropy with networks trained by gradient descent",
    examples: [
      CommandExample("mcmc-run compare experiments/two-contexts.json", "three initial scales, from rich to lazy"),
      CommandExample(
        "mcmc-run compare spec.json --contexts 2,3,4,6 --weight-scales 0.316227766,1,3.16227766 --networks 20",
        "a table over regimes"),
    ],
    discussion: """
      Trained networks (full batch, as in train) are held against networks of maximum entropy at the trained networks' own second moments, at the \
      initial scale, and, for a gibbs spec or a twoLayer network, against the spec's ensemble; and against networks trained only down to \
      the ensemble's loss. Clouds of neurons are compared by energy and sliced Wasserstein distances, with permutation tests and standard errors \
      over whole networks. For gain-modulated linear networks with binary gains, gradient flow of infinitely wide networks is compared with the \
      closed form too.
      """,
    parameters: [Parameters.experimentOrRun],
    options: [contexts, weightScales, TrainCommand.networks, TrainCommand.lossBound, TrainCommand.steps]
      + StudyOptions.all)

  static var isParallel: Bool { true }

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    var settings = TrainingSettings()
    settings.networks = context.arguments[TrainCommand.networks] ?? settings.networks
    settings.lossBound = context.arguments[TrainCommand.lossBound] ?? settings.lossBound
    settings.steps = context.arguments[TrainCommand.steps] ?? settings.steps
    return try context.run(
      ComparisonStudy.self, suffix: "comparison",
      options: ComparisonStudy.options(
        contexts: context.arguments[contexts] ?? [],
        weightScales: context.arguments[weightScales] ?? [0.1, 1, 10].map { $0.squareRoot() }, settings: settings))
  }
}
