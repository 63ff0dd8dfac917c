// What a run's networks answer to held-out stimuli, with intervals, and whether the wanted outputs are like theirs.

import JSON
import Networks
import Sampling
import Storage

/// The posterior predictions of a run's networks.
///
/// ```swift
/// let report = try PredictReport(try LoadedRun(path: "chains/two-contexts"))
/// print(report.prediction.contexts[0].coverage)
/// ```
public struct PredictReport: Sendable {
  /// Networks that answer unless told otherwise: of more, means and intervals would hardly change.
  public static let mostNetworks = 10_000
  /// An end of an interval rests on so many independent networks at least, or the report says that they are few.
  private static let fewest = 5.0

  package let name: String
  /// The stimuli, [stimulus, feature].
  public let stimuli: Matrix
  /// Whether it is known what is wanted of the stimuli.
  package let isKnown: Bool
  /// The networks that could answer; those that did are ``PosteriorPrediction/networks``.
  public let available: Int
  package let chains: Int
  /// Means, deviations and intervals of outputs over networks, by context and stimulus.
  public let prediction: PosteriorPrediction
  /// nil where the ensemble has no likelihood of data.
  package let check: PredictiveCheck?
  /// Why there is no ``check``.
  package let withoutCheck: String?
  /// Set if the run's sampler is biased by construction.
  package let biasedSampler: String?
  /// How they can be asked again, one by one.
  let answers: DrawnAnswers

  /// Lets a run's networks answer.
  ///
  /// O(networks · stimuli · weights). Memory: some 30 MB, and 160 bytes per stimulus and context.
  ///
  /// - Parameters:
  ///   - stimuli: [stimulus, feature]; nil for those that the experiment's `evaluation.seed` draws.
  ///   - networks: so many at most, evenly spread over the draws of all chains.
  ///   - interval: the probability of an interval, in 0 ..< 1.
  /// - Throws: an error of kind `input` if whole networks are needed and none was kept, or if the outputs do not fit into memory;
  ///   what is damaged.
  public init(
    _ run: LoadedRun, stimuli: Matrix? = nil, networks: Int = PredictReport.mostNetworks, interval: Double = 0.9,
    _ execution: Execution = Execution()
  ) throws {
    let experiment = run.experiment
    let held = try stimuli ?? experiment.evaluationData().stimuli
    let task = try experiment.judgedTask(at: held)
    isKnown = task.isKnownEverywhere || !task.wantedOutputs(for: held).elements.contains { $0.isNaN }
    precondition(held.columns == task.features, "stimuli have a column per feature")
    name = experiment.name
    biasedSampler = run.sampler.isBiased ? run.sampler.kind : nil
    self.stimuli = held
    let news = PassNews(execution)
    let answers = try DrawnAnswers(run, atMost: networks, threads: execution.threads) { news.tell($0) }
    self.answers = answers
    available = answers.available
    chains = answers.chains
    let (k, n) = (Double(task.contexts), Double(answers.networks))
    try Memory.require(
      k * (160 * Double(held.rows) + 48 * n) + 8 * n * Double(task.features) + 4e7,
      for: "predictions of \(held.rows) stimuli in \(task.contexts) contexts",
      advice: "ask for fewer stimuli (--count) or networks (--networks)")
    news.begin("answers to \(held.rows) stimuli")
    prediction = try PosteriorPrediction(
      chains: answers.chains, networks: answers.networks, wanted: task.wantedOutputs(for: held), interval: interval,
      threads: execution.threads, answers: { take in try answers.forEachBlock(held, take) })
    news.begin("answers to the task's own stimuli")
    check = try PredictiveCheck(run, answers)
    withoutCheck = check == nil ? PredictiveCheck.reasonForNone(experiment) : nil
  }

  /// That the networks are too few for the interval's ends; nil where they are enough.
  package var tooFew: String? {
    let independent = prediction.independentNetworks
    guard independent * (1 - prediction.interval) / 2 < Self.fewest else { return nil }
    let words = NumberText.significant(independent, digits: 2)
    return "the networks are worth about \(words) independent ones: fewer than 5 lie beyond an end of an interval; "
      + "draw more, and keep more (record.weights)"
  }

  /// That some networks were left out; nil if all answered.
  package var leftOut: String? {
    prediction.networks < available
      ? "\(prediction.networks) of \(available) networks answered, evenly spread over the draws (--networks)" : nil
  }

  /// The machine-readable form.
  package var json: JSONValue {
    [
      "networks": .integer(prediction.networks), "available": .integer(available), "chains": .integer(chains),
      "stimuli": .integer(stimuli.rows), "interval": .number(prediction.interval),
      "contexts": .array(prediction.contexts.indices.map { contextJSON($0) }),
      "likelihood": check?.json ?? .null,
      "withoutLikelihood": withoutCheck.map { .string($0) } ?? .null,
      "independentNetworks": .number(prediction.independentNetworks),
      "tooFew": tooFew.map { .string($0) } ?? .null,
      "biasedSampler": biasedSampler.map { .string($0) } ?? .null,
    ]
  }

  private func contextJSON(_ c: Int) -> JSONValue {
    let context = prediction.contexts[c]
    func json(_ statistic: NetworkStatistic?) -> JSONValue {
      statistic.map {
        ["mean": .number($0.mean), "sd": .number($0.sd), "standardError": .number($0.standardError)]
      } ?? .null
    }
    return [
      "context": .integer(c), "coverage": .number(context.coverage),
      "rootMeanSquaredError": .number(context.rootMeanSquaredError), "bayesError": .number(context.bayesError),
      "gibbsError": json(context.gibbsError), "signAccuracy": json(context.signAccuracy),
      "signAccuracyOfMean": context.signAccuracyOfMean.map { .number($0) } ?? .null,
      "pValue": json(check?.pValues[c]),
    ]
  }
}

extension Experiment {
  /// The stimuli that predictions are asked for, [stimulus, feature]: a file's, or as many as `count` says in place of
  /// `evaluation.count` of the experiment's own.
  ///
  /// Of data: those that the spec holds out, or the task's own.
  ///
  /// - Throws: ``SpecError`` with the file's line and column: numbers that are none, rows of another length than the task's features.
  package func predictionStimuli(file: String?, count: Int?) throws -> Matrix {
    guard let file else {
      let isKnown = try taskAtOtherStimuli() != nil
      guard count == nil || isKnown else {
        throw UsageError(
          "--count: wanted outputs are data, and there are no more than the spec gives; allowed: --stimuli FILE, or neither"
        )
      }
      return try count.map { try heldOutStimuli(count: $0) } ?? evaluationData().stimuli
    }
    return try NumericTable.read(
      path: file, columns: NumericTable.Columns(count: task.features, meaning: "one per feature of the task"))
  }
}
