// Draws against predictions, at one stated false-alarm rate for the whole family of checks.

import CGSL

/// The outcome of holding one prediction against draws.
public struct CheckResult: Sendable, Equatable {
  /// What the comparison is worth.
  public enum Status: String, Sendable {
    /// The prediction holds at this number of neurons and there were draws enough: it decides.
    case exact
    /// The prediction holds up to terms of some order: shown, never decides.
    case asymptotic
    /// Too few draws to tell.
    case inconclusive
  }

  /// The quantity.
  public let name: String
  /// Its average over the draws.
  public let estimate: Double
  /// The Monte Carlo standard error of `estimate`.
  public let standardError: Double
  /// The prediction.
  public let expected: Double
  /// (estimate − expected) / error, the error being that of the draws and of the prediction together.
  public let z: Double
  /// What the comparison is worth.
  public let status: Status
  /// Where the prediction comes from, with its order if it is asymptotic.
  public let source: String
}

/// Why draws decide nothing.
public enum Doubt: Sendable, Equatable, CustomStringConvertible {
  /// The chains, or the quarters of a single one, have not found the same distribution: R-hat of the quantity that shows it most;
  /// infinite where a chain stood still.
  case disagreement(quantity: String, rHat: Double)
  /// The chains mix so slowly that their errors are not to be trusted: the bulk ESS of the slowest quantity.
  case slowMixing(quantity: String, ess: Double)
  /// The chains have not converged, and predictions are violated by less than such chains' errors are wrong by.
  case unconverged(violations: Int, quantity: String, ess: Double)
  /// Drawn gains that hardly changed, with how little they did.
  case gains(String)
  /// Neurons whose gains vary with the weights, and of which none ever entered or left a population.
  case stillPopulation(name: String, fraction: Double)
  /// Not one identity of the weights could be tested, for an error beyond its expected value's reach.
  case blindIdentities(name: String, estimate: Double, error: Double, expected: Double)
  /// No exact prediction could be tested.
  case nothingTested

  public var description: String {
    switch self {
    case .disagreement(let quantity, let rHat) where rHat == .infinity:
      "\(quantity) is stuck: chains stand still at different values (R-hat infinite)"
    case .disagreement(let quantity, let rHat):
      "the chains disagree: R-hat of \(quantity) is \(String(format: "%.3f", rHat)), at most \(Diagnostics.largestDecisiveRHat) allowed"
    case .slowMixing(let quantity, let ess):
      "the chains mix too slowly: bulk ESS of \(quantity) is \(String(format: "%.3g", ess)), at least \(Int(Check.smallestDecisiveESS)) needed"
    case .unconverged(let violations, let quantity, let ess):
      "\(violations) exact check\(violations == 1 ? " is" : "s are") violated, but by less than what the errors of chains that have not "
        + "converged may be wrong by (diagnose says where; smallest bulk ESS \(String(format: "%.3g", ess)), of \(quantity))"
    case .gains(let fault): fault
    case .stillPopulation(let name, let fraction):
      "\(name) is stuck: it is \(String(format: "%.3g", fraction)) in every draw"
    case .blindIdentities(let name, let estimate, let error, let expected):
      "\(name) is \(String(format: "%.4g +- %.2g, expected %.4g", estimate, error, expected)): such an error tells nothing"
    case .nothingTested: "no exact prediction could be tested; too few draws to tell"
    }
  }
}

/// All checks of a run.
public struct Check: Sendable {
  /// An average of known deviation is tested only if theory's standard error is at most this part of ``Prediction/size``.
  ///
  /// Its error is the larger of the draws' own and that which theory gives as many draws. A mean that rare events carry has a sample
  /// error that is as skewed as itself, and where none of them was drawn the sample looks well behaved. With the larger of the
  /// two a sample with too few events is no evidence, and one with too many is measured by itself.
  public static let largestTheoreticalError = 0.05
  /// The draws' own errors of averages over fewer events than this are too skewed for a normal test.
  ///
  /// For the same reason an average is tested by them only if its standard error is at most 5 % of the draws' standard deviation
  /// (400 effective draws), or at most 5 % of the prediction and 10 % of the standard deviation (100 effective draws).
  public static let minimumEvents = 1000.0
  /// An average whose deviation theory does not know is tested only if its standard error is at most this part of the predicted
  /// value, or of the quantity's natural size (``Prediction/size``) where that is larger.
  public static let largestRelativeError = 0.2
  /// Chains whose slowest quantity has a smaller bulk ESS decide nothing.
  public static let smallestDecisiveESS = 100.0
  /// Errors of chains that `diagnose` finds fault with are too small by less than this factor, once the ESS of the slowest quantity is
  /// taken for all: where a state is visited a few times only, its draws do not show how long they stay.
  static let errorsOfUnconvergedChains = 2.0
  /// From this number of independent draws on their R-hat means something: THEORY 17 has no false alarm in 20,000.
  private static let leastIndependentDraws = 200

  /// The outcome of every prediction that the draws can be held against.
  public let results: [CheckResult]
  /// The probability that a correct sampler fails.
  public let falseAlarmRate: Double
  /// The largest |z| that passes.
  public let threshold: Double

  /// The largest R-hat (``Diagnostics/agreement(_:)``) of everything that was recorded: all scalars, and the batch means that
  /// have a prediction; infinite for draws that are not finite, NaN for fewer than four draws a chain.
  public let worstRHat: Double
  /// The quantity that has it; nil for NaN.
  public let worstQuantity: String?
  /// How far drawn gains moved; nil where they were not counted: given gains, exact draws.
  public let gainMovement: GainMovement?
  /// The identities of the weights whose errors exceed ``largestRelativeError`` of their natural size: they tell nothing. Where others can
  /// tell, the draws are judged by those.
  public let blindIdentities: [String]
  /// Why the draws decide nothing; empty if they do.
  public let doubts: [Doubt]

  /// Whether the draws decide nothing, whatever the predictions: chains that disagree, or that stood still, have averages and
  /// errors that prove nothing, neither that the draws are right nor that they are wrong.
  public var isUndecided: Bool { !doubts.isEmpty }

  /// Whether the draws decide, and contradict no exact prediction.
  public var passed: Bool { !isUndecided && failures.isEmpty }

  /// The exact predictions that the draws contradict.
  public var failures: [CheckResult] { results.filter { $0.status == .exact && !(abs($0.z) <= threshold) } }

  /// Compares draws with predictions.
  ///
  /// The z-scores use Monte Carlo standard errors. The threshold is Bonferroni's for all exact predictions, tested or
  /// not: P(|Z| > threshold) = falseAlarmRate / number.
  ///
  /// - Parameters:
  ///   - falseAlarmRate: family-wise, in (0, 1).
  ///   - threads: on which scalars are looked at.
  /// - Throws: what keeps the draws from being had; never for draws in memory.
  public init<Draws: ScalarDraws>(
    _ predictions: [Prediction], against draws: Draws, falseAlarmRate: Double = 1e-4, threads: Int = 1
  ) throws(Draws.Failure) {
    self.falseAlarmRate = falseAlarmRate
    let exact = predictions.count { $0.status == .exact }
    threshold = gsl_cdf_ugaussian_Qinv(falseAlarmRate / 2 / Double(max(exact, 1)))
    let facts = try DrawFacts(draws, threads: threads)
    let movement = (gains: draws.gainMovement, signs: draws.signMovement)
    var comparisons: [Comparison] = []
    for prediction in predictions {
      if let comparison = try Self.compare(prediction, with: draws, facts, movement) { comparisons.append(comparison) }
    }
    let results = comparisons.map(\.result)
    self.results = results
    gainMovement = movement.gains

    let worst = Self.worstAgreement(predictions, draws, facts)
    (worstQuantity, worstRHat) = (worst?.quantity, worst?.rHat ?? .nan)
    var doubts: [Doubt] = []
    if let worst, worst.rHat > Diagnostics.largestDecisiveRHat,
      !draws.areIndependent || draws.draws >= Self.leastIndependentDraws
    {
      doubts.append(.disagreement(quantity: worst.quantity, rHat: worst.rHat))
    }
    if !draws.areIndependent, let slowest = facts.slowestMixing {
      // Of what disagrees, the effective number says nothing more.
      if slowest.ess < Self.smallestDecisiveESS, doubts.isEmpty {
        doubts.append(.slowMixing(quantity: slowest.quantity, ess: slowest.ess))
      }
      let allowed = threshold
      let violated = comparisons.filter { $0.result.status == .exact && !(abs($0.result.z) <= allowed) }
      let areExcused = violated.allSatisfy { comparison in
        let tooSmall = Self.errorsOfUnconvergedChains * max(1, comparison.effectiveDraws / slowest.ess).squareRoot()
        return abs(comparison.result.z) <= tooSmall * allowed
      }
      if !violated.isEmpty, areExcused, !facts.haveConverged {
        doubts.append(.unconverged(violations: violated.count, quantity: slowest.quantity, ess: slowest.ess))
      }
    }
    if let fault = try draws.gainFault() { doubts.append(.gains(fault)) }
    if !draws.gainsAreDrawn, let (name, fraction) = facts.stillPopulation(among: draws.populations) {
      doubts.append(.stillPopulation(name: name, fraction: fraction))
    }
    let tested = Self.identities(among: predictions, in: results)
    blindIdentities = tested.filter(\.isBlind).map(\.result.name)
    if let worst = tested.first?.result, blindIdentities.count == tested.count {
      doubts.append(
        .blindIdentities(
          name: worst.name, estimate: worst.estimate, error: worst.standardError, expected: worst.expected))
    }
    if !results.contains(where: { $0.status == .exact }) { doubts.append(.nothingTested) }
    self.doubts = doubts
  }

  /// The identities of the weights that were compared, and whether their errors are too large to tell.
  private static func identities(
    among predictions: [Prediction], in results: [CheckResult]
  ) -> [(result: CheckResult, isBlind: Bool)] {
    let sizes = Dictionary(
      predictions.filter(\.isWeightIdentity).map { ($0.name, $0.size) }, uniquingKeysWith: { first, _ in first })
    return results.compactMap { result in
      sizes[result.name].map { (result, result.standardError > largestRelativeError * $0) }
    }
  }

  /// The quantity with the largest R-hat of all that was recorded, the first of several.
  private static func worstAgreement(
    _ predictions: [Prediction], _ draws: some ScalarDraws, _ facts: DrawFacts
  ) -> (quantity: String, rHat: Double)? {
    var worst: (quantity: String, rHat: Double)?
    func take(_ quantity: String, _ rHat: Double) {
      if !rHat.isNaN, rHat > worst?.rHat ?? -.infinity { worst = (quantity, rHat) }
    }
    for scalar in facts.scalars { take(scalar.name, scalar.nonFiniteDraws > 0 ? .infinity : scalar.rHat) }
    for prediction in predictions {
      switch prediction.quantity {
      case .streaming(let name, let column):
        guard let series = draws.batches(name, column: column), !series.isEmpty else { continue }
        let isFinite = series.allSatisfy { $0.allSatisfy(\.isFinite) }
        take(prediction.name, isFinite ? Diagnostics.agreement(series) : .infinity)
      case .scalar(let name):
        // A single chain has nothing to disagree with where it never moves, but for theory.
        if let value = facts.unmovingValue(name), prediction.status == .exact,
          Self.hasManyEvents(prediction, draws: draws.draws), abs(value - prediction.expected) > 1e-9 * prediction.size
        {
          worst = (name, .infinity)
        }
      // Whether chains agree is seen by what these are made of: the outputs themselves.
      case .function, .largest, .law, .difference: continue
      }
    }
    return worst
  }

  /// How far gains and signs moved, where there are any that flip.
  private typealias Movement = (gains: GainMovement?, signs: SignMovement?)

  /// A result, and the number of independent draws that its error is worth.
  private typealias Comparison = (result: CheckResult, effectiveDraws: Double)

  private static func compare<Draws: ScalarDraws>(
    _ prediction: Prediction, with draws: Draws, _ facts: DrawFacts, _ movement: Movement
  ) throws(Draws.Failure) -> Comparison? {
    if case .scalar(let name) = prediction.quantity {
      return facts[name].map { compare(prediction, draws: draws.draws, ($0.mean, $0.sd), $0.mcseMean, movement) }
    }
    guard var series = try draws.series(prediction.quantity) else { return nil }
    if case .law(_, let leavingOutZero, let distribution) = prediction.quantity {
      if leavingOutZero { for chain in series.indices { series[chain].removeAll { $0 == 0 } } }
      return compareLaw(prediction, series, distribution)
    }
    if case .largest(_, let unit, _) = prediction.quantity { return compareLargest(prediction, series, unit) }
    let moments = RunningMoments(series.joined())
    let spread = draws.standardDeviation(prediction.quantity, mean: moments.mean) ?? moments.standardDeviation
    return compare(
      prediction, draws: Self.draws(behind: prediction.quantity, draws), (moments.mean, spread),
      Diagnostics.mcseMean(series), movement)
  }

  /// - Parameters:
  ///   - found: mean and standard deviation of the quantity's draws.
  ///   - sampleError: the Monte Carlo standard error of their mean.
  private static func compare(
    _ prediction: Prediction, draws: Int, _ found: (mean: Double, sd: Double), _ sampleError: Double,
    _ movement: Movement
  ) -> Comparison {
    let (estimate, spread) = found
    let known = theoreticalError(prediction, sampleError / spread, draws: draws)
    let standardError = max(sampleError, known ?? 0)
    let uncertainty = uncertainty(of: prediction, spread: spread)
    // Squares of small errors would be 0.
    let error = hypot(standardError, uncertainty)
    let difference = estimate - prediction.expected
    let size = prediction.size
    // What never varies has no standard error: nothing can be said of it.
    let isConstant = spread <= 1e-12 * max(abs(estimate), size)
    let z = isConstant && abs(difference) <= 1e-9 * size ? 0 : difference / error

    let source: String
    var status = CheckResult.Status.exact
    switch prediction.status {
    case .exact: source = prediction.source
    case .asymptotic(let order):
      source = "\(prediction.source), up to \(order)"
      status = .asymptotic
    case .average(let over):
      source = "\(prediction.source), on average over \(over)"
      status = .inconclusive
    }
    if status == .exact {
      let canTell =
        if let known { known <= largestTheoreticalError * size && sampleError <= 0.1 * spread } else {
          hasNormalError(prediction, sampleError, spread, draws: draws, movement)
            && sampleError <= largestRelativeError * (size > 0 ? size : spread)
        }
      if isConstant || !canTell || prediction.expectedError > standardError { status = .inconclusive }
    }
    let result = CheckResult(
      name: prediction.name, estimate: estimate, standardError: isConstant ? 0 : standardError,
      expected: prediction.expected, z: z, status: status, source: source)
    let relativeError = standardError / spread
    return (result, 1 / (relativeError * relativeError))
  }

  /// The error of what is expected. A data set's own value is, by a posterior, one more of its draws.
  private static func uncertainty(of prediction: Prediction, spread: Double) -> Double {
    if case .average = prediction.status, prediction.expectedError == 0 { return spread }
    return prediction.expectedError
  }

  /// How many draws an average is of: all, but of what was taken at some of them only.
  private static func draws(behind quantity: Prediction.Quantity, _ draws: some ScalarDraws) -> Int {
    if case .difference(let name, _, _) = quantity { draws.drawsInBatches(name) } else { draws.draws }
  }

  /// The standard error that theory gives as many draws of the same autocorrelation; nil where it does not know their deviation.
  ///
  /// - Parameter relativeError: the draws' own standard error over their standard deviation.
  private static func theoreticalError(_ prediction: Prediction, _ relativeError: Double, draws: Int) -> Double? {
    guard let deviation = prediction.deviation else { return nil }
    let independent = 1 / Double(draws).squareRoot()
    return deviation * (relativeError.isFinite ? max(independent, relativeError) : independent)
  }

  /// Whether so many draws cannot but vary: those of a mean that rare events carry may have none of them.
  private static func hasManyEvents(_ prediction: Prediction, draws: Int) -> Bool {
    guard let known = theoreticalError(prediction, 0, draws: draws) else { return prediction.eventsPerDraw == nil }
    return known <= largestTheoreticalError * prediction.size
  }

  /// Whether draws are enough for their own standard error to be that of a normal number.
  private static func hasNormalError(
    _ prediction: Prediction, _ sampleError: Double, _ spread: Double, draws: Int, _ movement: Movement
  ) -> Bool {
    let flips =
      prediction.flippingContext.flatMap { movement.gains?.flips(inContext: $0) }
      ?? prediction.flippingBlock.flatMap { movement.signs?.flips(of: $0) } ?? .infinity
    let events = min(flips, prediction.eventsPerDraw.map { $0 * Double(draws) } ?? .infinity)
    return events >= minimumEvents
      && (sampleError <= 0.05 * spread
        || sampleError <= 0.05 * abs(prediction.expected) && sampleError <= 0.1 * spread)
  }

  /// The largest draw, in units of rounding: what holds in every draw has no standard error.
  private static func compareLargest(_ prediction: Prediction, _ series: [[Double]], _ unit: Double) -> Comparison {
    var largest = 0.0
    for value in series.joined() { largest = value <= largest ? largest : value }
    let result = CheckResult(
      name: prediction.name, estimate: largest, standardError: unit, expected: prediction.expected,
      z: (largest - prediction.expected) / unit, status: .exact, source: prediction.source)
    return (result, Double(series.reduce(0) { $0 + $1.count }))
  }

  /// Kolmogorov and Smirnov's distance between the draws and their law.
  ///
  /// Correlated draws are thinned to a third of their effective number, at which they hardly are. z is the normal deviate of the
  /// p-value 2 exp(−2 n d²) (Massart 1990), which is an upper bound at every n.
  private static func compareLaw(
    _ prediction: Prediction, _ series: [[Double]], _ distribution: (Double) -> Double
  ) -> Comparison {
    let count = series.reduce(0) { $0 + $1.count }
    let shortest = series.map(\.count).min() ?? 0
    let effective = shortest < 4 ? 0 : Diagnostics.essBulk(series.map { Array($0.prefix(shortest)) })
    let every =
      effective > 0.8 * Double(count) ? 1 : (1...max(1, count)).wholeNumber(roundingUp: 3 * Double(count) / effective)
    let values = series.flatMap { chain in
      stride(from: 0, to: chain.count, by: max(1, every)).map { distribution(chain[$0]) }
    }
    let distance = KolmogorovSmirnov.distanceFromUniform(values)
    let pValue = KolmogorovSmirnov.oneSamplePValue(distance: distance, count: values.count)
    let result = CheckResult(
      name: prediction.name, estimate: distance, standardError: 0.5 / Double(max(1, values.count)).squareRoot(),
      expected: 0,
      z: gsl_cdf_ugaussian_Qinv(pValue / 2),
      status: values.count < 400 || values.allSatisfy { $0 == values[0] } ? .inconclusive : .exact,
      source: prediction.source)
    return (result, Double(values.count))
  }
}
