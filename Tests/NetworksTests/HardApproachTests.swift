// The hard ensemble's neighbourhood: Gibbs ensembles of growing tightness, and growing networks.

import Foundation
import Sampling
import Testing

@testable import Networks

@Suite("Hard ensemble: how others come near") struct HardApproachTests {
  static func ensemble(
    _ target: [[Double]], neurons: Int, _ kind: NetworkEnsemble, gains: GainReference, stimuli: Matrix? = nil,
    output: Double = 1.2, input: Double = 0.7
  ) throws -> GainModulatedLinearEnsemble {
    GainModulatedLinearEnsemble(
      task: try LearningTask(target: target), neurons: neurons, ensemble: kind, convention: .prior,
      outputScale: output, inputScale: input, gains: gains,
      stimulusCovariance: stimuli ?? .identity(target[0].count))
  }

  static let covariance = Matrix([[1.5, 0.4], [0.4, 0.6]])
  static let sixteen: GainReference = .given(
    Matrix((0..<16).map { [Double($0 & 1), Double($0 >> 1 & 1)] }))

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let target: [[Double]]
    let neurons: Int
    let gains: GainReference
    var stimuli: Matrix?
    var testDescription: String { name }
  }

  static let cases = [
    Case(name: "one context, all active", target: [[1, 0.4]], neurons: 10, gains: .independent(activeProbability: 1)),
    Case(name: "one context, drawn gains", target: [[0.8]], neurons: 12, gains: .independent(activeProbability: 0.4)),
    Case(
      name: "two contexts, correlated stimuli", target: [[1, 0], [0.2, 0.7]], neurons: 10,
      gains: .independent(activeProbability: 0.5), stimuli: covariance),
  ]

  /// Richardson's limit of β (⟨O⟩_β − ⟨O⟩) from β and 2β, whose error is of order β⁻².
  @Test("slopes in 1/tightness are those of exact Gibbs averages", arguments: cases) func slopes(of example: Case)
    throws
  {
    let hard = try #require(
      try Self.ensemble(
        example.target, neurons: example.neurons, .hard, gains: example.gains, stimuli: example.stimuli
      ).hardPrediction())
    let approach = try #require(hard.approach)
    func gibbs(_ tightness: Double) throws -> GibbsPrediction {
      try #require(
        try GibbsPrediction(
          Self.ensemble(
            example.target, neurons: example.neurons, .gibbs(tightness: tightness), gains: example.gains,
            stimuli: example.stimuli
          ).problem(), neurons: example.neurons))
    }
    let (loose, tight) = (try gibbs(1000), try gibbs(2000))
    func limit(_ value: (GibbsPrediction) -> Double, _ atHard: Double) -> Double {
      2 * 2000 * (value(tight) - atHard) - 1000 * (value(loose) - atHard)
    }
    let moment = limit({ $0.outputSecondMoment }, hard.outputSecondMoment)
    #expect(abs(moment / approach.outputSecondMoment - 1) < 2e-3, "\(moment), \(approach.outputSecondMoment)")
    let input = limit({ $0.inputSecondMoment }, hard.inputSecondMoment)
    #expect(abs(input / approach.inputSecondMoment - 1) < 2e-3)
    for k in approach.readout.elements.indices {
      let slope = limit({ $0.readout.elements[k] }, example.target.flatMap { $0 }[k])
      #expect(abs(slope - approach.readout.elements[k]) < 2e-3 * approach.readout.largestMagnitude)
    }
    #expect(abs(limit({ $0.loss }, 0) / approach.loss - 1) < 1e-4)
    // 1/β² of the loss, by what is left at β after the leading term.
    func curvature(_ prediction: GibbsPrediction, _ tightness: Double) -> Double {
      tightness * (tightness * prediction.loss - approach.loss)
    }
    let second = 2 * curvature(tight, 2000) - curvature(loose, 1000)
    #expect(abs(second / approach.lossCurvature - 1) < 1e-2, "\(second), \(approach.lossCurvature)")
    if let weights = hard.patternWeights, let changes = approach.patternWeights {
      for g in weights.indices {
        let slope = limit({ $0.patternWeights![g] }, weights[g])
        #expect(abs(slope - changes[g]) < 2e-3 * (abs(changes[g]) + 1e-3))
      }
    }
  }

  /// THEORY section 11: N = 10, K = D = 1, g = 1, A = 1, β = 1000: ⟨R⟩ is 0.99931202 to this order.
  @Test("the readout at tightness 1000 is the known one") func knownReadout() throws {
    let hard = try #require(
      try Self.ensemble(
        [[1]], neurons: 10, .hard, gains: .independent(activeProbability: 1), output: 1, input: 1
      ).hardPrediction())
    #expect(abs(1 + (try #require(hard.approach)).readout[0, 0] / 1000 - 0.99931202) < 5e-9)
  }

  @Test("where an average does not exist there is no slope") func noSlope() throws {
    // A = 0, N = D + 2: 1/τ has a mean only for N > D + 2.
    let hard = try #require(
      try Self.ensemble([[0]], neurons: 3, .hard, gains: .independent(activeProbability: 1)).hardPrediction())
    #expect(hard.approach == nil)
    let wide = try #require(
      try Self.ensemble([[0]], neurons: 12, .hard, gains: .independent(activeProbability: 1)).hardPrediction())
    #expect(wide.approach != nil)
  }

  @Test("given gains: the slope of sixteen neurons, by draws of Gibbs at 1/tightness (within 4.5 errors)")
  func givenGains() throws {
    let hard = try #require(
      try Self.ensemble(
        [[1, 0], [0, 1]], neurons: 16, .hard, gains: Self.sixteen, output: 1, input: 1
      ).hardPrediction())
    #expect(abs(hard.outputSecondMoment - 2.534816) < 1e-6)
    let tightness = 30.0
    let gibbs = try Self.ensemble(
      [[1, 0], [0, 1]], neurons: 16, .gibbs(tightness: tightness), gains: Self.sixteen, output: 1, input: 1)
    let kernel = try #require(try gibbs.density().collapsedKernel())
    let table = try ProofOfHardEnsembleTests.table(gibbs, kernel, draws: 40_000)
    let draws = try #require(table.scalar("output_second_moment"))
    let mean = draws.joined().reduce(0, +) / 160_000
    let error = Diagnostics.mcseMean(draws)
    let expected = hard.outputSecondMoment + (try #require(hard.approach)).outputSecondMoment / tightness
    // The next order, (1.85/30)² of the value at most.
    #expect(error < 0.004 && abs(mean - expected) < 4.5 * error + 0.01, "\(mean), \(expected)")
  }

  @Test("averages to 1/N are off by 1/N²", arguments: [0, 1]) func growth(number: Int) throws {
    let (target, active) = number == 0 ? ([[1.0]], 1.0) : ([[1, 0], [0.3, 0.6]], 0.5)
    func exact(_ neurons: Int) throws -> HardPrediction {
      try #require(
        try Self.ensemble(target, neurons: neurons, .hard, gains: .independent(activeProbability: active))
          .hardPrediction())
    }
    let found = try HardAsymptotics(
      Self.ensemble(target, neurons: 40, .hard, gains: .independent(activeProbability: active)).solve())
    #expect(found.outputSecondMoment.order == 1)
    func remainder(_ neurons: Int, _ value: (HardPrediction) -> Double, _ expansion: LargeNExpansion) throws -> Double {
      Double(neurons) * Double(neurons) * (value(try exact(neurons)) - expansion.value(neurons: neurons))
    }
    // N² times what is left tends to a constant: without the first correction it would double with N.
    let (at80, at160) = (
      try remainder(80, { $0.outputSecondMoment }, found.outputSecondMoment),
      try remainder(160, { $0.outputSecondMoment }, found.outputSecondMoment)
    )
    #expect(abs(at160 / at80 - 1) < 0.1, "\(at80), \(at160)")
    if number == 0 {
      // THEORY section 11: c1 = −(D + 2) t²/(t + 2a²) + 2t²(t + 3a²)/(t + 2a²)², a = 1/(1.2 · 0.7).
      let a2 = 1 / (0.84 * 0.84)
      let t = 0.5 + (0.25 + a2).squareRoot()
      let c1 = -3 * t * t / (t + 2 * a2) + 2 * t * t * (t + 3 * a2) / ((t + 2 * a2) * (t + 2 * a2))
      #expect(abs((found.outputSecondMoment.firstCorrection ?? 0) / (1.44 * c1) - 1) < 1e-10)
      return
    }
    let weights = try #require(found.patternWeights)
    #expect(abs(weights.reduce(0) { $0 + ($1.firstCorrection ?? .nan) }) < 1e-12)
    for g in weights.indices {
      let (low, high) = (
        try remainder(80, { $0.patternWeights![g] }, weights[g]),
        try remainder(160, { $0.patternWeights![g] }, weights[g])
      )
      // Both are of the size of 1 here; without the correction the second would be larger by 80 · c1.
      #expect(abs(high - low) < 0.25, "\(g): \(low), \(high)")
    }
  }

  @Test("gains that do not span all contexts leave the leading order alone") func dependentGains() throws {
    let gains = Matrix((0..<12).map { _ in [1.0, 1.0] })
    let solution = try Self.ensemble([[1, 0], [1, 0]], neurons: 12, .hard, gains: .given(gains)).solve()
    #expect(try HardAsymptotics(solution).outputSecondMoment.order == 0)
  }
}
