// mcmc-run predict: what the drawn networks answer to held-out stimuli, with intervals, against what is wanted.

import Experiments
import JSON
import Storage

/// The `predict` command.
enum PredictCommand: Command {
  private static let stimuli = Option(
    "stimuli", .text("FILE"), "a CSV file in place of the drawn ones: one row per stimulus, one column per feature")
  private static let count = Option(
    "count", .integer(in: 1...1_000_000), "held-out stimuli, in place of the spec's evaluation.count")
  private static let networks = Option(
    "networks", .integer(in: 1...100_000_000),
    "networks that answer at most, evenly spread over the draws (default: \(PredictReport.mostNetworks))")
  private static let interval = Option(
    "interval", .number(in: 0.01...0.9999), "probability of an interval over networks (default: 0.9)")
  private static let csv = Option("csv", .text("FILE"), "write a table: one row per context and stimulus")
  private static let npy = Option(
    "npy", .text("DIR"), "write arrays for NumPy: outputs [network, context, stimulus], wanted, stimuli, chain, draw")
  private static let out = Option(
    "out", .text("DIR"), "write an HTML page with figures there (gnuplot must be installed)")
  private static let force = Flag("force", "replace an earlier table or folder of arrays; nothing else")

  static let description = CommandDescription(
    name: "predict",
    abstract: "predict outputs on held-out stimuli with intervals, and check the networks against the task",
    examples: [
      CommandExample("mcmc-run predict chains/two-contexts", "a table for people, one row per context"),
      CommandExample(
        "mcmc-run predict chains/two-contexts --stimuli mine.csv --csv predictions.csv",
        "your own stimuli, and every prediction in a table"),
      CommandExample(
        "mcmc-run predict chains/two-contexts --out page", "psychometric curves with bands: page/index.html"),
    ],
    discussion: """
      Gain-modulated linear networks answer by the readout of every draw, two-layer and deep ones by the whole networks that were kept (record.weights). Stimuli are drawn as for evaluate (evaluation.seed). \
      Of each context and stimulus the table has the wanted output, mean and standard deviation over networks, the Monte Carlo standard error of the mean, the interval (central quantiles over networks) and the share of networks with the right sign. \
      Of each context the command tells the share of wanted outputs in their intervals (coverage), the root mean squared error of the averaged network, the mean squared error of single networks (Gibbs) and of the averaged one (Bayes), and how often the sign is right. \
      The p-value is a posterior predictive check of Gibbs ensembles: outputs on the task's own stimuli are drawn anew from each network with the noise of the ensemble's likelihood, of variance P/(n tightness), n the number of neurons in mean-field scaling and 1 in standard scaling (gain-modulated networks: readouts); p is the probability that they are farther from the network than the wanted ones, averaged over draws. \
      Near 0 the networks miss the task by more than this noise, near 1 by less. Product ensembles have intervals, and no noise.

      --json has networks (of available), chains, stimuli, interval, contexts [{context, coverage, rootMeanSquaredError, bayesError, gibbsError, signAccuracy, signAccuracyOfMean, pValue}], likelihood {degrees, weight, temperature} or withoutLikelihood (the reason), independentNetworks, tooFew, biasedSampler, files {csv, npy, page} and, of a run that is not finished, unfinished; gibbsError, signAccuracy and pValue are {mean, sd, standardError} over networks. What is not defined is null.
      """,
    parameters: [Parameters.experimentOrRun],
    options: [stimuli, count, networks, interval, csv, npy, out, force, StandardOptions.threads]
      + StandardOptions.tables)

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    let arguments = context.arguments
    guard arguments[stimuli] == nil || arguments[count] == nil else {
      throw UsageError("--count: --stimuli has said how many there are; allowed: one of the two")
    }
    let path = try context.runFolder(Parameters.experimentOrRun)
    // Whatever would be refused is refused before the work.
    let gnuplot = arguments[out] == nil ? nil : try Gnuplot()
    let replacing = arguments[force]
    let (table, arrays) = (arguments[csv].map(PredictReport.csvPlace), arguments[npy].map(PredictReport.npyPlace))
    try table?.requireFree(replacing: replacing)
    try arrays?.requireFree(replacing: replacing)
    if let folder = arguments[out] { try PagePlace.requireOwn(folder) }
    let run = try LoadedRun(path: path)
    let report = try PredictReport(
      run, stimuli: try run.experiment.predictionStimuli(file: arguments[stimuli], count: arguments[count]),
      networks: arguments[networks] ?? PredictReport.mostNetworks, interval: arguments[interval] ?? 0.9,
      context.execution)
    if let table { try report.writeCSV(to: table, replacing: replacing) }
    if let arrays { try report.writeNPY(to: arrays, replacing: replacing) }
    if let gnuplot, let folder = arguments[out] {
      let origin = try PageOrigin(of: run.directory, command: context.commandLine)
      try Posix.makeDirectories(folder)
      let page = try PredictPage(run: run, report: report, origin: origin).write(into: folder, gnuplot: gnuplot)
      try Posix.writeAtomically(page, to: PagePlace.file(in: folder))
    }
    let files = [arguments[csv], arguments[npy], arguments[out].map { PagePlace.file(in: $0) }]
    let written: [JSONValue] = files.map { file in file.map { .string($0) } ?? .null }
    context.show(
      report.json.with("files", ["csv": written[0], "npy": written[1], "page": written[2]]),
      report.text(context.terminal.style), unfinished: run.unfinished)
    for case let file? in files { context.say(file) }
    return .done
  }
}
