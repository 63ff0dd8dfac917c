// mcmc-run sweep: an ensemble over any numeric keys of its spec.

import Experiments

/// The `sweep` command.
enum SweepCommand: Command {
  private static let over = Option(
    "over", .text("KEY=VALUES", completes: .settings),
    "an axis: \(SweepAxis.allowed); may be given several times",
    isRepeatable: true)
  private static let follow = Flag(
    "follow",
    "start each point's chains from the networks of the one before, along the first axis, and warm up from there")
  private static let collapse = Option(
    "collapse", .text("NAME[:xc=X,a=A,b=B]"),
    "bring this observable's curves of several sizes onto one, N^a f((x - xc) N^b); exponents that are left out are fitted"
  )

  static let description = CommandDescription(
    name: SweepStudy.name, abstract: "draw an ensemble over any numeric keys of its spec, and find where it changes",
    examples: [
      CommandExample(
        "mcmc-run sweep experiments/two-contexts-interacting.json --over ensemble.tightness=0.1:100:7:log",
        "means, fluctuations and theory at seven tightnesses, and where they change fastest"),
      CommandExample(
        "mcmc-run sweep spec.json --over weights.output,weights.input=0.5:3:11 --over network.neurons=20,40,80",
        "both weight scales together, at three sizes"),
      CommandExample(
        "mcmc-run sweep spec.json --over ensemble.tightness=1,3,10,30 --over network.neurons=20,40,80 --collapse loss",
        "the loss of three sizes brought onto one curve"),
    ],
    discussion: """
      Each point is a run of its own, judged as diagnose does: what has not converged is marked, stays out of everything that is made of curves, and the \
      status is 1. Of every observable are told: the mean with its Monte Carlo error, the standard deviation over networks, N times the variance \
      (susceptibility), Binder's cumulant 1 - <x^4>/(3 <x^2>^2), the autocorrelation time in draws, and what theory says where it says something. Of each curve along \
      the first axis: where its slope is largest, where it is half way between its ends, and where N times the variance has its peak, each with an error and \
      only where the points tell. With --follow the chains of a point are other chains than without: the law that they draw from is the same. Runs and finished points are kept: \
      the same command goes on after an interrupt (status 75). The tables are in sweep.csv and sweep.nc (NetCDF, for xarray); mcmc-run report draws the pictures.
      """,
    parameters: [Parameters.experimentOrRun], options: [over, follow, collapse] + StudyOptions.all)

  static var isParallel: Bool { true }

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    let axes = try context.arguments.all(over).map { try SweepAxis($0) }
    return try context.run(
      SweepStudy.self, suffix: SweepStudy.name,
      options: SweepStudy.options(
        axes: axes, follow: context.arguments[follow],
        collapse: try context.arguments[collapse].map { try SweepCollapse.Question($0) }))
  }
}
