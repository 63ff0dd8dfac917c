// The Gibbs ensemble against every exact prediction, and broken samplers that the checks must catch.

import Foundation
import Sampling
import Testing

@testable import Networks

/// A Langevin step written out for the tests, with the faults that the checks must find.
struct FaultyLangevin: PointKernel {
  enum Fault: CaseIterable { case none, noProposalTerm, staleGradient }

  var target: GainModulatedLinearDensity
  let stepSize: Double
  let fault: Fault

  /// The gradient that the next step uses; empty before the first.
  struct Scratch: KernelScratch { var gradient: [Double] = [] }
  func makeScratch() -> Scratch { Scratch() }

  func step(
    _ point: inout PointState<GainModulatedLinearDensity>, scratch: inout Scratch, using stream: inout RandomStream
  ) -> Transition {
    point.current.evaluateGradient(target, using: &point.workspace)
    // A chain that keeps the gradient of its last accepted proposal does not notice the flips in between.
    let isStale = fault == .staleGradient && !scratch.gradient.isEmpty
    let gradient = isStale ? scratch.gradient : point.current.gradient
    let count = gradient.count
    point.proposed = point.current
    var forward = 0.0
    for j in 0..<count {
      let noise = stream.standardNormal()
      forward += noise * noise
      point.proposed.position[j] += stepSize * stepSize / 2 * gradient[j] + stepSize * noise
    }
    point.proposed.invalidate()
    point.proposed.evaluateGradient(target, using: &point.workspace)
    var backward = 0.0
    for j in 0..<count {
      let drift = stepSize * stepSize / 2 * point.proposed.gradient[j]
      let noise = (point.current.position[j] - point.proposed.position[j] - drift) / stepSize
      backward += noise * noise
    }
    var logRatio = point.proposed.logDensity - point.current.logDensity
    if fault != .noProposalTerm { logRatio += (forward - backward) / 2 }
    var transition = Transition()
    transition.acceptanceRate = min(1, exp(logRatio))
    if log(stream.uniformPositive()) < logRatio {
      point.accept()
      transition.moved = true
      scratch.gradient = point.current.gradient
    } else if scratch.gradient.isEmpty {
      scratch.gradient = point.current.gradient
    }
    return transition
  }
}

/// A sweep of flips that reports them and forgets to make them.
struct DroppedFlips: PointKernel {
  var target: GainModulatedLinearDensity
  func makeScratch() -> NoScratch { NoScratch() }
  func step(
    _ point: inout PointState<GainModulatedLinearDensity>, scratch none: inout NoScratch,
    using stream: inout RandomStream
  ) -> Transition {
    let before = point.current.position
    let transition = BinaryFlips(target).step(&point, scratch: &none, using: &stream)
    point.current.position = before
    point.current.invalidate()
    return transition
  }
}

@Suite struct GibbsCheckTests {
  /// The demo: K = D = 2, N = 40, tightness 10.
  static func ensemble(
    neurons: Int = 40, tightness: Double = 10, target: [[Double]] = [[1, 0], [0, 1]], activeProbability: Double = 0.5,
    covariance: Matrix? = nil
  ) throws -> GainModulatedLinearEnsemble {
    let task = try LearningTask(target: target)
    return GainModulatedLinearEnsemble(
      task: task, neurons: neurons, ensemble: .gibbs(tightness: tightness), convention: .prior, outputScale: 1,
      inputScale: 1, activeProbability: activeProbability, stimulusCovariance: covariance ?? .identity(task.features))
  }

  static func draws<Kernel: PointKernel, Warmup: Adaptation>(
    _ ensemble: GainModulatedLinearEnsemble, _ kernel: Kernel, _ warmup: Warmup, draws: Int = 5000, thin: Int = 4
  ) throws -> DrawTable where Warmup.Kernel == Kernel, Kernel.Target == GainModulatedLinearDensity {
    let density = try ensemble.density()
    let observables = GainModulatedLinearObservables(
      density: density, target: ensemble.task.target, stimulusCovariance: ensemble.stimulusCovariance)
    return try drawTable(chains: 4, draws: draws) { number in
      var start = try RandomStream(StreamKey(seed: 1, chain: number, purpose: .start))
      let chain = try Chain(
        number: number, kernel: kernel, warmup: warmup, start: try ensemble.startingPosition(using: &start),
        stream: try RandomStream(StreamKey(seed: 1, chain: number, purpose: .transitions)))
      return ChainSource(
        chain, layout: density.layout, observables: observables, accumulator: PopulationAccumulator(density: density),
        thin: thin)
    }
  }

  static func check<Kernel: PointKernel>(_ kernel: Kernel) throws -> Check
  where Kernel.Target == GainModulatedLinearDensity {
    let ensemble = try Self.ensemble()
    let table = try draws(ensemble, kernel, NoAdaptation<Kernel>(transitions: 1000))
    return Check(try ensemble.predictions(), against: table)
  }

  static func mala(_ ensemble: GainModulatedLinearEnsemble) throws -> Langevin<GainModulatedLinearDensity> {
    Langevin(try ensemble.density(), tuning: Tuning(stepSize: 0.4))
  }

  // The mutants' step size is what warm-up finds on the demo.
  static let stepSize = 0.45

  @Test func soundSamplerPasses() throws {
    let density = try Self.ensemble().density()
    let langevin = FaultyLangevin(target: density, stepSize: Self.stepSize, fault: .none)
    let check = try Self.check(Cycle(langevin, BinaryFlips(density)))
    #expect(check.passed, "\(check.failures)")
    #expect(check.results.count { $0.status == .exact } == 16)
  }

  @Test(arguments: [FaultyLangevin.Fault.noProposalTerm, .staleGradient])
  func faultyLangevinFails(fault: FaultyLangevin.Fault) throws {
    let density = try Self.ensemble().density()
    let langevin = FaultyLangevin(target: density, stepSize: Self.stepSize, fault: fault)
    #expect(!(try Self.check(Cycle(langevin, BinaryFlips(density))).passed))
  }

  @Test func wrongTemperatureFails() throws {
    let hot = try Self.ensemble(tightness: 9).density()
    #expect(!(try Self.check(Cycle(Langevin(hot, tuning: Tuning(stepSize: 0.4)), BinaryFlips(hot))).passed))
  }

  @Test func droppedFlipsFail() throws {
    let density = try Self.ensemble().density()
    let langevin = Langevin(density, tuning: Tuning(stepSize: 0.4))
    #expect(!(try Self.check(Cycle(langevin, DroppedFlips(target: density))).passed))
  }

  @Test func wrongPriorOddsOfFlipsFail() throws {
    let ensemble = try Self.ensemble()
    let biased = try Self.ensemble(activeProbability: 0.55).density()
    #expect(!(try Self.check(Cycle(try Self.mala(ensemble), BinaryFlips(biased))).passed))
  }

  @Test func unadjustedLangevinFails() throws {
    let density = try Self.ensemble().density()
    let langevin = Langevin(density, tuning: Tuning(stepSize: 0.4), correction: .unadjusted)
    #expect(!(try Self.check(Cycle(langevin, BinaryFlips(density))).passed))
  }

  @Test func tenDrawsAreInconclusive() throws {
    let ensemble = try Self.ensemble()
    let density = try ensemble.density()
    let kernel = Cycle(try Self.mala(ensemble), BinaryFlips(density))
    let table = try Self.draws(ensemble, kernel, NoAdaptation(transitions: 1000), draws: 10)
    let check = Check(try ensemble.predictions(), against: table)
    #expect(check.results.allSatisfy { $0.status != .exact })
    #expect(!check.passed)
  }

  /// THEORY section 5: values known to about four digits, within 4 combined standard errors.
  @Test(arguments: [(10.0, 10, 0.02868, 2e-5), (10, 40, 0.0120404, 5e-7), (40, 20, 0.0029800, 3e-7)])
  func finiteSizeLossIsThatOfTheory(tightness: Double, neurons: Int, loss: Double, error: Double) throws {
    let ensemble = try Self.ensemble(neurons: neurons, tightness: tightness)
    let kernel = Cycle(try Self.mala(ensemble), BinaryFlips(try ensemble.density()))
    let table = try Self.draws(
      ensemble, kernel, WindowedAdaptation(.windows(transitions: 1000), metric: .identity), draws: 10_000)
    func expect(_ name: String, _ expected: Double, within error: Double) {
      let series = table.scalars[name]!
      let estimate = RunningMoments(series.joined()).mean
      let mcse = Diagnostics.mcseMean(series)
      #expect(abs(estimate - expected) < 4 * (mcse * mcse + error * error).squareRoot(), "\(name) \(estimate) \(mcse)")
      #expect(mcse < 0.02 * expected)
    }
    expect("loss", loss, within: error)
    if neurons == 40 {
      expect("output_second_moment", 2.3727, within: 5e-5)
      expect("population_fraction[0]", 0.1662, within: 5e-5)
    }
    let check = Check(try ensemble.predictions(), against: table)
    #expect(check.passed, "\(check.failures)")
  }

  /// The exact K = 1 mixture: N = 10, D = 1, tightness 10, all gains one.
  @Test func oneContextIsTheScaleMixture() throws {
    let ensemble = try Self.ensemble(neurons: 10, target: [[1]], activeProbability: 1)
    let kernel = try Self.mala(ensemble)
    let table = try Self.draws(
      ensemble, kernel, WindowedAdaptation(.windows(transitions: 1000), metric: .identity), draws: 10_000)
    for (name, expected) in [("readout[0,0]", 0.933070), ("loss", 0.00711008)] {
      let series = table.scalars[name]!
      let mcse = Diagnostics.mcseMean(series)
      #expect(abs(RunningMoments(series.joined()).mean - expected) < 4 * mcse)
      #expect(mcse < 0.02 * expected)
    }
    let check = Check(try ensemble.predictions(), against: table)
    #expect(check.passed, "\(check.failures)")
    #expect(check.results.count { $0.status == .exact } >= 6)
  }

  /// A general covariance and target, whose loss mixes features.
  @Test func correlatedStimuliPass() throws {
    let ensemble = try Self.ensemble(
      neurons: 20, target: [[1, 0.5], [0, -0.7]], activeProbability: 0.4,
      covariance: Matrix([[1, 0.5], [0.5, 2]]))
    let kernel = Cycle(try Self.mala(ensemble), BinaryFlips(try ensemble.density()))
    let table = try Self.draws(ensemble, kernel, WindowedAdaptation(.windows(transitions: 1000), metric: .identity))
    let check = Check(try ensemble.predictions(), against: table)
    #expect(check.passed, "\(check.failures)")
  }
}
