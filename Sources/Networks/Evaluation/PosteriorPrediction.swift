// What drawn networks answer to held-out stimuli, with intervals over networks, against what is wanted.

import Sampling

/// The outputs of an ensemble of networks on a list of stimuli: means, intervals, and how both meet the wanted outputs.
///
/// Intervals are central quantiles of y_c(x) over networks; no noise is added to outputs.
public struct PosteriorPrediction: Sendable {
  /// One stimulus in one context.
  public struct Point: Sendable, Equatable {
    /// Y_c(x).
    public let wanted: Double
    /// Mean of y_c(x) over networks.
    public let mean: Double
    /// Standard deviation over networks; NaN for one network.
    public let sd: Double
    /// Monte Carlo standard error of the mean, by the effective number of draws; NaN for fewer than four draws per chain.
    public let standardError: Double
    /// The ends of the interval.
    public let lower: Double
    /// Upper end of the interval over networks.
    public let upper: Double
    /// The share of networks with sign y = sign Y, an output of exactly 0 counting half; nil where Y = 0.
    public let rightSign: Double?

    /// Whether the wanted output lies in the interval, its ends included.
    public var isCovered: Bool { lower <= wanted && wanted <= upper }
  }

  /// One context, over all stimuli.
  public struct Context: Sendable, Equatable {
    /// The share of wanted outputs in their intervals; this and the errors are NaN where no wanted output is known.
    public let coverage: Double
    /// Mean of (ȳ − Y)², ȳ the mean over networks: the error of the averaged network ("Bayes"). Its own Monte Carlo errors,
    /// mean squared, are part of it.
    public let bayesError: Double
    /// Mean of (y − Y)² of a single network ("Gibbs"): ``bayesError`` plus the mean variance over networks.
    public let gibbsError: NetworkStatistic
    /// The share of right signs of a single network; nil where no stimulus has a right sign.
    public let signAccuracy: NetworkStatistic?
    /// That of the averaged network.
    public let signAccuracyOfMean: Double?
    /// Choices against evidence; nil where all stimuli want the same, and beyond ``mostCurves`` contexts.
    public let choices: ChoiceCurve?

    /// √``bayesError``.
    public var rootMeanSquaredError: Double { bayesError.squareRoot() }
  }

  /// Contexts with a curve of choices at most.
  public static let mostCurves = 8

  /// The probability of an interval.
  public let interval: Double
  /// The number of networks, all chains together.
  public let networks: Int
  /// [context][stimulus].
  public let points: [[Point]]
  /// One entry for each context.
  public let contexts: [Context]
  /// About how many independent networks the errors of single ones are worth: the smallest (sd/standard error)² over contexts.
  public let independentNetworks: Double

  /// Takes in the answers of all networks, a block at a time. O(K P n log n); memory O(K (P + n)) besides a block.
  ///
  /// - Parameters:
  ///   - chains: of equal length.
  ///   - networks: n, of all chains.
  ///   - wanted: Y_c(x_p), [context, stimulus].
  ///   - interval: the probability between the ends, in 0 ..< 1.
  ///   - answers: gives every context and stimulus once, in blocks; sums are taken in the order in which stimuli come.
  /// - Throws: what `answers` throws.
  /// - Precondition: at least one network and one stimulus.
  public init(
    chains: Int, networks: Int, wanted: Matrix, interval: Double, threads: Int,
    answers: (_ take: (AnswerBlock) -> Void) throws -> Void
  ) throws {
    precondition(networks >= 1 && wanted.columns >= 1 && interval > 0 && interval < 1)
    let tails = [(1 - interval) / 2, (1 + interval) / 2]
    var points: [[Point?]] = Array(repeating: Array(repeating: nil, count: wanted.columns), count: wanted.rows)
    var errors = NetworkErrors(wanted: wanted, networks: networks)
    var curves = Array(
      (0..<wanted.rows).lazy.compactMap { c in
        ChoiceCounts(context: c, wanted: wanted.row(c), networks: networks).map { (context: c, counts: $0) }
      }.prefix(Self.mostCurves))
    try answers { block in
      let count = block.stimuli.count
      let made = parallelMap(block.contexts.count * count, threads: threads) { index in
        let (c, p) = (block.contexts.lowerBound + index / count, block.stimuli.lowerBound + index % count)
        return Point(block.outputs(context: c, stimulus: p), chains: chains, wanted: wanted[c, p], tails: tails)
      }
      for (index, point) in made.enumerated() {
        points[block.contexts.lowerBound + index / count][block.stimuli.lowerBound + index % count] = point
      }
      errors.add(block)
      for place in curves.indices { curves[place].counts.add(block) }
    }
    let all = points.map { $0.map { $0! } }
    self.interval = interval
    self.networks = networks
    self.points = all
    contexts = (0..<wanted.rows).map { c in
      Context(
        all[c], errors: errors, context: c, chains: chains,
        choices: curves.first { $0.context == c }?.counts.curve(tails: tails))
    }
    independentNetworks =
      contexts.map { $0.gibbsError.independentNetworks(among: networks) }.min() ?? Double(networks)
  }
}

extension PosteriorPrediction.Point {
  fileprivate init(_ outputs: ArraySlice<Double>, chains: Int, wanted: Double, tails: [Double]) {
    var values = Array(outputs)
    let ends = Diagnostics.quantiles([values], at: tails)
    self.wanted = wanted
    (lower, upper) = (ends[0], ends[1])
    rightSign =
      !Choice.exists(wanted)
      ? nil : values.reduce(0) { $0 + Choice.twiceRight($1, wanted: wanted) } / 2 / Double(values.count)
    let statistic = NetworkStatistic(replacing: &values, chains: chains)
    (mean, sd, standardError) = (statistic.mean, statistic.sd, statistic.standardError)
  }
}

extension PosteriorPrediction.Context {
  fileprivate init(
    _ points: [PosteriorPrediction.Point], errors: NetworkErrors, context: Int, chains: Int, choices: ChoiceCurve?
  ) {
    let count = Double(points.count)
    let known = points.count { !$0.wanted.isNaN }
    coverage = known == 0 ? .nan : Double(points.count { $0.isCovered }) / Double(known)
    bayesError = points.reduce(0) { $0 + ($1.mean - $1.wanted) * ($1.mean - $1.wanted) } / count
    gibbsError = NetworkStatistic(errors.meanSquaredErrors(context: context), chains: chains)
    signAccuracy = errors.signAccuracies(context: context).map { NetworkStatistic($0, chains: chains) }
    let judged = points.filter { Choice.exists($0.wanted) }
    signAccuracyOfMean =
      judged.isEmpty
      ? nil : judged.reduce(0) { $0 + Choice.twiceRight($1.mean, wanted: $1.wanted) } / 2 / Double(judged.count)
    self.choices = choices
  }
}

extension NetworkStatistic {
  /// (sd/standard error)², at most `count`: how many independent networks would know the mean as well. All where none varies; 1
  /// where the error is not known.
  fileprivate func independentNetworks(among count: Int) -> Double {
    if sd == 0 { return Double(count) }
    let ratio = sd / standardError
    return ratio.isFinite ? min(Double(count), ratio * ratio) : 1
  }
}
