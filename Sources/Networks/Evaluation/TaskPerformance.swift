// How well networks that respond linearly do their task, on held-out stimuli.

import Foundation
import Sampling

/// A quantity's average over networks.
public struct NetworkStatistic: Sendable, Equatable {
  /// Mean over networks.
  public let mean: Double
  /// Standard deviation over networks.
  public let sd: Double
  /// Monte Carlo standard error of the mean.
  public let standardError: Double

  /// The statistic of a series [chain][draw].
  public init(_ series: [[Double]]) {
    let moments = RunningMoments(series.joined())
    mean = moments.mean
    sd = moments.standardDeviation
    standardError = sd == 0 ? 0 : Diagnostics.mcseMean(series)
  }
}

/// The task performance of an ensemble of networks that respond linearly, y_c(x) = R_c·x.
///
/// The figures that compare with a target leave contexts with A_c = 0 out and are nil when none is left.
public struct TaskPerformance: Sendable, Equatable {
  /// ½ Σ_c mean over stimuli of (y_c − y*_c)².
  public let loss: NetworkStatistic
  /// Mean over contexts and stimuli of (y_c − y*_c)², = 2 loss/K.
  public let meanSquaredError: NetworkStatistic
  /// 1 − Σ (y − y*)²/Σ y*².
  public let rSquared: NetworkStatistic?
  /// Fraction of contexts and stimuli with sign y = sign y*; an output of exactly 0 counts half.
  public let signAccuracy: NetworkStatistic?
  /// Σ_c |R_c − its projection on A_c|²/Σ_c |R_c|².
  public let contextLeakage: NetworkStatistic?
  /// The probability of the right sign over all Gaussian stimuli, 1 − arccos(cos∠(R_c, A_c))/π, averaged over contexts
  /// (THEORY section 6d).
  public let signAccuracyExact: NetworkStatistic?

  /// Evaluates the networks whose readouts were recorded. O(draws · K · D · stimuli).
  ///
  /// - Parameters:
  ///   - draws: with `readout[c,d]` recorded.
  ///   - task: the target.
  ///   - stimuli: held-out stimuli, [stimulus, feature].
  ///   - covariance: S of the law that the stimuli were drawn from, for the exact accuracy.
  public init(_ draws: DrawTable, task: LearningTask, stimuli: Matrix, covariance: Matrix) {
    let evaluator = ReadoutEvaluator(task: task, stimuli: stimuli, covariance: covariance)
    let entries = (0..<task.contexts).flatMap { c in (0..<task.features).map { "readout[\(c),\($0)]" } }
    let series = entries.map { draws.scalars[$0]! }
    var figures: [[[Double]]] = []
    for chain in series[0].indices {
      figures.append(
        series[0][chain].indices.map { draw in evaluator.figures(of: series.map { $0[chain][draw] }) })
    }
    func statistic(_ index: Int) -> NetworkStatistic { NetworkStatistic(figures.map { $0.map { $0[index] } }) }
    loss = statistic(0)
    meanSquaredError = statistic(1)
    let hasTarget = !evaluator.contexts.isEmpty
    rSquared = hasTarget ? statistic(2) : nil
    signAccuracy = hasTarget ? statistic(3) : nil
    contextLeakage = hasTarget ? statistic(4) : nil
    signAccuracyExact = hasTarget ? statistic(5) : nil
  }
}

/// The figures of one network, from its readout.
private struct ReadoutEvaluator {
  let task: LearningTask
  let stimuli: Matrix
  let covariance: Matrix
  /// (1/P) Σ_p x_p x_pᵀ.
  let secondMoment: Matrix
  /// The contexts whose target is not zero.
  let contexts: [Int]
  /// Σ over those of A_cᵀ (second moment) A_c.
  let targetPower: Double

  init(task: LearningTask, stimuli: Matrix, covariance: Matrix) {
    self.task = task
    self.stimuli = stimuli
    self.covariance = covariance
    secondMoment = GaussianStimuli.secondMoment(of: stimuli)
    contexts = (0..<task.contexts).filter { task.target.row($0).contains { $0 != 0 } }
    var power = 0.0
    for c in contexts { power += quadratic(task.target.row(c), secondMoment, task.target.row(c)) }
    targetPower = power
  }

  /// Loss, mean squared error, R², sign accuracy, leakage and exact sign accuracy.
  func figures(of readout: [Double]) -> [Double] {
    let features = task.features
    var loss = 0.0
    for c in 0..<task.contexts {
      let error = (0..<features).map { readout[c * features + $0] - task.target[c, $0] }
      loss += quadratic(error, secondMoment, error) / 2
    }
    var errorPower = 0.0
    var right = 0.0
    var exactlyRight = 0.0
    var leak = 0.0
    var power = 0.0
    for c in contexts {
      let r = Array(readout[c * features..<(c + 1) * features])
      let target = task.target.row(c)
      let error = zip(r, target).map { $0 - $1 }
      errorPower += quadratic(error, secondMoment, error)
      for p in 0..<stimuli.rows {
        var output = 0.0
        var wanted = 0.0
        for d in 0..<features {
          output += r[d] * stimuli[p, d]
          wanted += target[d] * stimuli[p, d]
        }
        right += output == 0 || wanted == 0 ? 0.5 : (output > 0) == (wanted > 0) ? 1 : 0
      }
      let norms = (quadratic(r, covariance, r) * quadratic(target, covariance, target)).squareRoot()
      let cosine = norms > 0 ? max(-1, min(1, quadratic(r, covariance, target) / norms)) : 0
      exactlyRight += 1 - acos(cosine) / .pi
      let rr = zip(r, r).reduce(0) { $0 + $1.0 * $1.1 }
      let rt = zip(r, target).reduce(0) { $0 + $1.0 * $1.1 }
      let tt = zip(target, target).reduce(0) { $0 + $1.0 * $1.1 }
      leak += max(0, rr - rt * rt / tt)
      power += rr
    }
    let count = Double(contexts.count)
    return [
      loss, 2 * loss / Double(task.contexts), 1 - errorPower / targetPower,
      right / (count * Double(stimuli.rows)), power > 0 ? leak / power : 0, exactlyRight / count,
    ]
  }
}

/// aᵀ M b.
private func quadratic(_ a: [Double], _ matrix: Matrix, _ b: [Double]) -> Double {
  var sum = 0.0
  for i in a.indices { for j in b.indices { sum += a[i] * matrix[i, j] * b[j] } }
  return sum
}
