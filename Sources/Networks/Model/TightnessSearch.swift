// The tightness at which a Gibbs ensemble of whole networks has a wanted expected loss.

import Sampling

/// Solves ⟨L⟩_β = L* for the tightness β of P(Θ) ∝ p_0(Θ) e^{−β n L(Θ)}, for any model.
///
/// ⟨L⟩ falls with β, d⟨L⟩/dβ = −n Var L, from the prior's mean loss towards the least loss of all networks. Short rounds of draws
/// bracket β, with Newton steps of ln⟨L⟩ as a function of ln β, d ln⟨L⟩/d ln β = −n β Var L/⟨L⟩; then the problem is that of
/// maximum entropy with one constraint, on the network's loss, which ``ConstraintSolver`` solves: reweighting between
/// neighbouring β, draws until the error is small enough, a check by fresh ones.
public struct TightnessSearch: Sendable, Equatable {
  /// Independent chains.
  public var chains = 4
  /// Draws of each chain in a round; more where ``precision`` needs them.
  public var draws = 500
  /// Warm-up transitions of each chain in a round.
  public var warmup = 200
  /// The largest standard error of ⟨L⟩, relative to it or, if that is larger, to the standard deviation of L.
  public var precision = 0.01
  /// Draws of each chain in a round before giving up.
  public var maximumDraws = 1_000_000
  /// Chains at a time.
  public var threads = Threads.perProcessor

  /// The settings that `mcmc-run solve` has.
  public init() {}

  /// Rounds of the bracketing phase before giving up.
  private static var mostRounds: Int { 40 }
  /// The largest factor by which β changes between two rounds.
  private static var largestFactor: Double { 30 }

  /// Finds the tightness.
  ///
  /// - Parameters:
  ///   - expectedLoss: L*, positive.
  ///   - seed: names all random streams.
  ///   - progress: is told after each round of draws; what it throws ends the search.
  ///   - makeDensity: the Gibbs ensemble of a given tightness; its potential V must be β times the loss.
  ///   - makeKernel: the kernel for it, tuned anew in each round's warm-up.
  /// - Throws: ``TightnessError``; ``ConstraintError`` where the precision asked for is not reached; ``StartError``.
  public func solve<Density: NetworkDensity, Kernel: TunableKernel>(
    expectedLoss: Double, seed: UInt64, progress: (TightnessProgress) throws -> Void = { _ in },
    makeDensity: @escaping @Sendable (_ tightness: Double) -> Density,
    makeKernel: @escaping @Sendable (Density) -> Kernel
  ) throws -> TightnessSolution where Kernel.Target == Density {
    guard expectedLoss > 0, expectedLoss.isFinite else { throw TightnessError.invalidLoss(expectedLoss) }
    let family = LossFamily(makeDensity: makeDensity)
    let factor = family.unit.taskFactor
    var sampler = TiltedSampler(
      family, chains: chains, warmup: warmup, seed: seed, threads: threads, makeKernel: makeKernel)
    let prior = LossRound(try sampler.draw(at: [0], draws: max(draws, 1000)), factor: factor)
    guard expectedLoss < prior.mean else {
      throw TightnessError.abovePrior(wanted: expectedLoss, prior: prior.mean, standardError: prior.error)
    }

    // Between the scales that the two losses set, so that a change of the target's units changes nothing.
    var tightness = 1 / (2 * expectedLoss * prior.mean).squareRoot()
    var bracket = (low: 0.0, high: Double.infinity)
    var previous: LossRound?
    for number in 0... {
      let round = LossRound(try sampler.draw(at: [tightness], draws: max(100, draws / 4)), factor: factor)
      try progress(TightnessProgress(tightness: tightness, loss: round.mean, standardError: round.error))
      let distance = log(expectedLoss / round.mean)
      if abs(distance) < 0.2 || abs(expectedLoss - round.mean) < 5 * round.error { break }
      if distance < 0 { bracket.low = max(bracket.low, tightness) } else { bracket.high = min(bracket.high, tightness) }
      // At the floor β n sd(L) stays what equipartition makes it, while the loss no longer falls.
      let isAtFloor = tightness * factor * round.variance.squareRoot() > 0.5
      let hasStalled = previous.map { abs(log(round.mean / $0.mean)) < 0.05 } ?? false
      if distance < 0, bracket.high == .infinity, isAtFloor, hasStalled || number >= Self.mostRounds {
        throw TightnessError.unreachable(
          wanted: expectedLoss, reached: round.mean, standardError: round.error, tightness: tightness)
      }
      guard number < Self.mostRounds else {
        throw TightnessError.notBracketed(wanted: expectedLoss, low: bracket.low, high: bracket.high)
      }
      let slope = -factor * tightness * round.variance / round.mean
      let largest = log(Self.largestFactor)
      let step = slope < 0 ? min(max(distance / slope, -largest), largest) : (distance < 0 ? largest : -largest)
      let hadFullStep = step > 0.99 * largest
      var next = tightness * exp(step)
      if next <= bracket.low || next >= bracket.high {
        next = bracket.low > 0 ? (bracket.low * bracket.high).squareRoot() : bracket.high / Self.largestFactor
      }
      previous = hadFullStep ? round : nil
      tightness = next
    }

    var solver = ConstraintSolver()
    (solver.chains, solver.draws, solver.warmup, solver.threads) = (chains, draws, warmup, threads)
    (solver.precision, solver.maximumDraws, solver.wantsRelativeEntropy) = (precision, maximumDraws, false)
    let solution: ConstraintSolution
    do {
      solution = try solver.solve(family, targets: [-factor * expectedLoss], from: [tightness], sampler: sampler) {
        // The solver goes on to its end; whoever is to be told is told all the same.
        try? progress(TightnessProgress(tightness: $0.multipliers[0], loss: nil, standardError: nil))
      }
    } catch ConstraintError.diverging(_, _, let reached, let error, let multipliers) {
      throw TightnessError.unreachable(
        wanted: expectedLoss, reached: -reached / factor, standardError: error / factor, tightness: multipliers[0])
    }
    return TightnessSolution(
      tightness: solution.multipliers[0], standardError: solution.multiplierErrors[0],
      loss: -solution.moments[0] / factor, lossError: solution.momentErrors[0] / factor,
      effectiveDraws: solution.effectiveDraws, rHat: solution.largestRHat, rounds: solution.stages)
  }
}

/// A tightness and what was measured at it.
public struct TightnessSolution: Sendable, Equatable {
  /// β.
  public let tightness: Double
  /// The Monte Carlo standard error of β: that of ⟨L⟩ over n Var L.
  public let standardError: Double
  /// ⟨L⟩ at β, from fresh draws.
  public let loss: Double
  /// Its standard error.
  public let lossError: Double
  /// Independent draws that would estimate ⟨L⟩ as well.
  public let effectiveDraws: Double
  /// R-hat of the loss over the fresh chains.
  public let rHat: Double
  /// Rounds of draws.
  public let rounds: Int
}

/// What a search for a tightness reports after a round of draws.
public struct TightnessProgress: Sendable, Equatable {
  /// β of the round.
  public let tightness: Double
  /// ⟨L⟩ there, with its standard error; nil in the last phase, which only reports where it is.
  public let loss: Double?
  /// Standard error of the loss; nil before it is known.
  public let standardError: Double?
}

/// The densities p_0 e^{−β n L} as a family with one multiplier β, whose constraint function is −n L.
private struct LossFamily<Density: NetworkDensity>: ConstraintFamily {
  let makeDensity: @Sendable (Double) -> Density
  /// The ensemble at β = 1, whose temperature slope is −n L.
  let unit: Density

  init(makeDensity: @escaping @Sendable (Double) -> Density) {
    self.makeDensity = makeDensity
    unit = makeDensity(1)
  }

  var constraintNames: [String] { ["the loss times -n"] }
  var drawsBaseExactly: Bool { true }
  func drawStart(using stream: inout RandomStream) -> [Double] { unit.drawPrior(using: &stream) }
  func makeWorkspace() -> Density.Workspace { unit.makeWorkspace() }

  func refusal(of multipliers: [Double]) -> String? {
    multipliers[0] > 0 ? nil : "the tightness would have to be negative"
  }

  func density(multipliers: [Double]) -> Density { makeDensity(multipliers[0]) }

  func writeStatistics(
    at position: Span<Double>, into statistics: inout MutableSpan<Double>, using workspace: inout Density.Workspace
  ) {
    statistics[0] = unit.temperatureSlope(at: position, using: &workspace)
  }
}

/// Mean and variance of the loss over a round of draws.
private struct LossRound {
  let mean: Double
  let error: Double
  let variance: Double

  init<Family: ConstraintFamily>(_ draws: TiltedDraws<Family>, factor: Double) {
    let losses = draws.statistics.map { $0.map { -$0 / factor } }
    let moments = RunningMoments(losses.joined())
    mean = moments.mean
    variance = moments.variance
    error = Diagnostics.mcseMean(losses)
  }
}
