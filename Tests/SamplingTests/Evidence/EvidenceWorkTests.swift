// How much work estimates of normalising constants are given: ladders without a gap, annealed runs within their bound.

import Foundation
import Synchronization
import Testing

@testable import Sampling

/// Draws a Gaussian path's law exactly, whatever was before.
private struct ExactDraws: PointKernel {
  var target: GaussianPath
  var isReversible: Bool { true }

  func makeScratch() -> [Double] { [] }

  func step(
    _ point: inout PointState<GaussianPath>, scratch: inout [Double], using stream: inout RandomStream
  ) -> Transition {
    var transition = Transition()
    transition.evaluations = point.current.evaluate(target, using: &point.workspace)
    let precision = 1 + target.inverseTemperature / (target.noise * target.noise)
    let mean = target.datum * (precision - 1) / precision
    for j in 0..<target.dimension {
      point.proposed.position[j] = mean + stream.standardNormal() / precision.squareRoot()
    }
    transition.evaluations += point.proposed.evaluate(target, using: &point.workspace)
    point.accept()
    transition.steps = 1
    transition.moved = true
    transition.acceptanceRate = 1
    return transition
  }
}

@Suite struct EvidenceWorkTests {
  /// Between the prior and a likelihood 10⁸ times as narrow, the first ladder's rungs overlap well but for one pair, so that swaps fail less than half
  /// of the time on average: such a ladder is refined all the same. A rule of the mean alone would end at eight rungs.
  @Test func aGapBetweenTwoRungsIsClosed() throws {
    let path = GaussianPath(dimension: 1, datum: 0, noise: 1e-4)
    let pilot = LadderPilot(
      kernel: ExactDraws(target: path), warmup: NoAdaptation(transitions: 0), rungs: nil, seed: 1,
      generator: RandomStream.defaultGenerator)
    let seen = Mutex<[(rungs: Int, rate: Double)]>([])
    let tuned = try pilot.run(firstChain: 0) { report in
      if case .ladder(let rungs, let rate) = report { seen.withLock { $0.append((rungs, rate)) } }
    } drawReference: {
      [$0.standardNormal()]
    }
    let ladders = seen.withLock { $0 }
    #expect(ladders[0].rungs == 8 && ladders[0].rate < 0.5)
    #expect(ladders.count > 1 && tuned.rungs.count > 8)
  }

  /// Perfect kernels would take thousands of steps of each annealed run to Var ln w = ½; all runs together get no more than 16 a rung, or twice the transitions
  /// of replica exchange.
  @Test func annealedRunsEndWithinTheirBound() throws {
    let path = GaussianPath(dimension: 50, datum: 1, noise: 0.01)
    var settings = EvidenceSettings()
    (settings.chains, settings.draws, settings.annealedRuns) = (2, 50, 30)
    let seen = Mutex<[Int]>([])
    let estimates = try EvidenceTests.estimate(path, settings, warmup: 60) { report in
      if case .trial(let temperatures) = report { seen.withLock { $0.append(temperatures) } }
    }
    let rungs = estimates.ladder.inverseTemperatures.count
    let most = max(16 * (rungs - 1), 2 * rungs * 2 * (60 + 50) / 30)
    // Rounding up makes it one more for a pair at most.
    #expect(seen.withLock { $0 }.allSatisfy { $0 <= most + rungs })
    #expect(estimates.annealing.temperatures <= most + rungs)
    // The bound was what ended it: without it there would be many more.
    let deviations = zip(estimates.ladder.spacings, estimates.ladder.slopes).map { spacing, slopes in
      spacing * Diagnostics.variance(slopes.joined().filter(\.isFinite)).squareRoot()
    }
    let wanted = deviations.reduce(0, +) * deviations.reduce(0, +) / 0.5
    #expect(wanted > 2 * Double(most) && estimates.annealing.temperatures > most / 2)
  }
}
