// How well networks do their task, on held-out stimuli.

import Sampling

/// The task performance of an ensemble of networks.
///
/// For networks that respond linearly, y_c(x) = R_c·x, R is the recorded readout; for others the linear regression of the outputs on
/// the held-out stimuli. The figures that compare with what is wanted leave contexts out in which nothing is (A_c = 0), and are nil when none is left.
public struct TaskPerformance: Sendable, Equatable {
  /// ½ Σ_c mean over stimuli of (y_c − y*_c)².
  public let loss: NetworkStatistic
  /// Mean over contexts and stimuli of (y_c − y*_c)², = 2 loss/K.
  public let meanSquaredError: NetworkStatistic
  /// 1 − Σ (y − y*)²/Σ y*².
  public let rSquared: NetworkStatistic?
  /// Fraction of contexts and stimuli with sign y = sign y*; an output of exactly 0 counts half.
  public let signAccuracy: NetworkStatistic?
  /// Σ_c |R_c − its projection on A_c|²/Σ_c |R_c|²; nil for a task that is not linear.
  public let contextLeakage: NetworkStatistic?
  /// The probability of the right sign over all Gaussian stimuli, 1 − arccos(cos∠(R_c, A_c))/π, averaged over contexts
  /// (THEORY section 6d). Nil for networks that do not respond linearly.
  public let signAccuracyExact: NetworkStatistic?
  /// How far the outputs are from the gain-modulated linear image: the root of mean (y − image)² over mean y². Nil for networks
  /// that have no such image, or are their own.
  public let mappingError: NetworkStatistic?

  /// Of networks that were judged otherwise: figures that have no meaning for them are nil.
  ///
  /// - Parameter accuracy: the share of right choices, if there are any.
  public init(loss: NetworkStatistic, meanSquaredError: NetworkStatistic, accuracy: NetworkStatistic?) {
    self.loss = loss
    self.meanSquaredError = meanSquaredError
    signAccuracy = accuracy
    (rSquared, contextLeakage, signAccuracyExact, mappingError) = (nil, nil, nil, nil)
  }

  /// Evaluates the networks whose readouts were recorded. O(draws · K · D · stimuli).
  ///
  /// - Parameters:
  ///   - draws: with `readout[c,d]` recorded.
  ///   - task: what is wanted.
  ///   - stimuli: held-out stimuli, [stimulus, feature].
  ///   - covariance: S of the law that the stimuli were drawn from, for the exact accuracy.
  ///   - threads: among which the draws are shared out.
  /// - Throws: what keeps the draws from being had; never for draws in memory.
  public init<Draws: ScalarDraws>(
    _ draws: Draws, task: LearningTask, stimuli: Matrix, covariance: Matrix, threads: Int = 1
  ) throws(Draws.Failure) {
    let entries = (0..<task.contexts).flatMap { c in (0..<task.features).map { "readout[\(c),\($0)]" } }
    let evaluator = LinearEvaluator(task: task, stimuli: stimuli, covariance: covariance)
    // One figure at a time, and of the readouts a piece: a figure of all draws is all that is in memory.
    func statistic(_ figure: LinearEvaluator.Figure) throws(Draws.Failure) -> NetworkStatistic {
      var values: [Double] = []
      values.reserveCapacity(draws.draws)
      try draws.forEachBlock(of: entries) { _, block in
        values += evaluator.values(of: figure, readouts: block, threads: threads)
      }
      return NetworkStatistic(replacing: &values, chains: draws.chains)
    }
    loss = try statistic(.loss)
    meanSquaredError = loss.scaled(by: 2 / Double(task.contexts))
    let hasTarget = evaluator.hasTarget
    rSquared = hasTarget ? try statistic(.rSquared) : nil
    signAccuracy = hasTarget ? try statistic(.signAccuracy) : nil
    // What is wanted of all stimuli has a direction only where it is linear.
    let hasDirection = hasTarget && task.linearTarget != nil
    contextLeakage = hasDirection ? try statistic(.contextLeakage) : nil
    signAccuracyExact = hasDirection ? try statistic(.signAccuracyExact) : nil
    mappingError = nil
  }

  /// Evaluates networks from their outputs. O(networks · K · stimuli).
  ///
  /// - Parameters:
  ///   - responses: of every network, [chain][network].
  ///   - task: what is wanted.
  ///   - stimuli: the held-out stimuli that they respond to, [stimulus, feature].
  /// - Throws: ``GSLError`` if a stimulus is not finite.
  /// - Precondition: at least one network.
  public init(_ responses: [[NetworkResponse]], task: LearningTask, stimuli: Matrix) throws {
    let covariance = GaussianStimuli.secondMoment(of: stimuli)
    let evaluator = NetworkEvaluator(task: task, stimuli: stimuli)
    // Stimuli that do not span the features leave a readout of least norm.
    let eigen = try SymmetricEigen(covariance)
    let inverse = eigen.rank == covariance.rows ? try Cholesky(covariance).inverse : eigen.pseudoInverse
    let figures = responses.map { $0.map { evaluator.figures(of: $0, inverse) } }
    func statistic(_ index: Int) -> NetworkStatistic { NetworkStatistic(figures.map { $0.map { $0[index] } }) }
    loss = statistic(0)
    meanSquaredError = statistic(1)
    let hasTarget = !evaluator.contexts.isEmpty
    rSquared = hasTarget ? statistic(2) : nil
    signAccuracy = hasTarget ? statistic(3) : nil
    contextLeakage = hasTarget && task.linearTarget != nil ? statistic(4) : nil
    signAccuracyExact = nil
    mappingError = responses.joined().allSatisfy { $0.image != nil } ? statistic(5) : nil
  }
}

/// The figures of one network, from its outputs.
private struct NetworkEvaluator {
  let task: LearningTask
  let stimuli: Matrix
  private let transposed: Matrix
  /// Y_c(x_p), [context, stimulus].
  let wanted: Matrix
  /// The contexts in which something is wanted.
  let contexts: [Int]
  /// Σ over those of the mean of Y_c²: A_cᵀ (second moment) A_c of a linear task.
  let targetPower: Double

  init(task: LearningTask, stimuli: Matrix) {
    self.task = task
    self.stimuli = stimuli
    transposed = stimuli.transposed
    wanted = task.wantedOutputs(for: stimuli)
    contexts = task.contextsWithOutputs(for: stimuli)
    let secondMoment = GaussianStimuli.secondMoment(of: stimuli)
    var power = 0.0
    for c in contexts {
      if let target = task.linearTarget?.row(c) {
        power += quadratic(target, secondMoment, target)
      } else {
        power += dot(wanted.row(c), wanted.row(c)) / Double(stimuli.rows)
      }
    }
    targetPower = power
  }

  /// Loss, mean squared error, R², sign accuracy, leakage and mapping error of any network.
  ///
  /// - Parameter inverse: of the stimuli's second moment.
  func figures(of response: NetworkResponse, _ inverse: Matrix) -> [Double] {
    let outputs = response.outputs
    let count = Double(stimuli.rows)
    var loss = 0.0
    var errorPower = 0.0
    for c in 0..<task.contexts {
      var power = 0.0
      for p in 0..<stimuli.rows {
        let error = outputs[c, p] - wanted[c, p]
        power += error * error
      }
      power /= count
      loss += power / 2
      if contexts.contains(c) { errorPower += power }
    }
    let regression = (1 / count) * (outputs * stimuli) * inverse
    var mapping = Double.nan
    if let image = response.image {
      let linear = image * transposed
      let gap = zip(outputs.elements, linear.elements).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      let power = outputs.elements.reduce(0) { $0 + $1 * $1 }
      mapping = power > 0 ? (gap / power).squareRoot() : 0
    }
    return [
      loss, 2 * loss / Double(task.contexts), 1 - errorPower / targetPower, signAccuracy(outputs),
      leakage(regression), mapping,
    ]
  }

  /// The fraction of contexts (with a target) and stimuli with the right sign of the output.
  private func signAccuracy(_ outputs: Matrix) -> Double {
    var right = 0.0
    for c in contexts {
      for p in 0..<stimuli.rows {
        let (output, wanted) = (outputs[c, p], wanted[c, p])
        right += output == 0 || wanted == 0 ? 0.5 : (output > 0) == (wanted > 0) ? 1 : 0
      }
    }
    return right / (Double(contexts.count) * Double(stimuli.rows))
  }

  /// Σ_c |R_c − its projection on A_c|²/Σ_c |R_c|² over the contexts with a target; NaN for a task that is not linear.
  private func leakage(_ readout: Matrix) -> Double {
    guard let targets = task.linearTarget else { return .nan }
    var leak = 0.0
    var power = 0.0
    for c in contexts {
      let r = readout.row(c)
      let target = targets.row(c)
      let rr = dot(r, r)
      let rt = dot(r, target)
      leak += max(0, rr - rt * rt / dot(target, target))
      power += rr
    }
    return power > 0 ? leak / power : 0
  }
}
