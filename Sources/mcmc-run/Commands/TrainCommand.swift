// mcmc-run train: the same architecture by gradient descent.

import Experiments

/// The `train` command.
enum TrainCommand: Command {
  static let networks = Option("networks", .integer(in: 1...100_000), "networks, trained in parallel (default: 100)")
  static let lossBound = Option("loss", .number(in: 0...1e6), "stop once the loss is at most this (default: 1e-6)")
  static let steps = Option("steps", .integer(in: 1...1_000_000_000), "steps at most (default: 100000)")
  private static let rule = Option(
    "rule", .choice(TrainingSettings.Rule.allCases.map(\.rawValue)), "how gradients become steps (default: full-batch)")
  private static let batchSize = Option(
    "batch-size", .integer(in: 1...1_000_000_000), "stimuli of a step, for sgd and adam (adam's default: all)")
  private static let learningRate = Option(
    "learning-rate", .number(in: 1e-12...1e6), "a fixed rate (default: from the curvature; adam's falls from 0.01)")

  static let description = CommandDescription(
    name: TrainingStudy.name, abstract: "train networks of an experiment's architecture by gradient descent",
    examples: [
      CommandExample("mcmc-run train experiments/two-contexts.json", "100 networks by full-batch gradient descent"),
      CommandExample(
        "mcmc-run train experiments/two-layer-tanh.json --rule adam --networks 20 --loss 1e-3",
        "Adam on sampled stimuli"),
      CommandExample(
        "mcmc-run train experiments/two-layer-tanh.json --rule sgd --batch-size 16 --steps 5000",
        "in batches of 16 stimuli"),
    ],
    discussion: """
      Network i starts at a draw of the prior, with the spec's weight scales as initial scales, from the spec's seed; the spec's ensemble \
      and tightness play no part. Binary gains stay as they were drawn, context drives are trained. For gain-modulated linear networks \
      with binary gains, gradient flow of infinitely wide networks is an exact equation and is integrated beside the networks. A network \
      that ends above --loss is marked, and the status is 1. Every trained network is kept with its weights in parts/; the same command goes on after an interrupt (status 75).
      """,
    parameters: [Parameters.experimentOrRun],
    options: [networks, rule, batchSize, learningRate, lossBound, steps] + StudyOptions.all)

  static var isParallel: Bool { true }

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    var settings = TrainingSettings()
    settings.networks = context.arguments[networks] ?? settings.networks
    settings.rule = context.arguments[rule].flatMap(TrainingSettings.Rule.init) ?? settings.rule
    settings.batchSize = context.arguments[batchSize]
    settings.learningRate = context.arguments[learningRate]
    settings.lossBound = context.arguments[lossBound] ?? settings.lossBound
    settings.steps = context.arguments[steps] ?? settings.steps
    return try context.run(TrainingStudy.self, suffix: "training", options: settings.json)
  }
}
