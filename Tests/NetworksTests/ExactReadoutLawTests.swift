// The exact law of a readout entry against networks drawn neuron by neuron, and against closed forms.

import CGSL
import Foundation
import Sampling
import Testing

@testable import Networks

@Suite struct ExactReadoutLawTests {
  /// All p-values of this suite (about 30) must exceed this: false alarms have probability below 3·10⁻⁷ · 30 ≈ 10⁻⁵.
  static let smallestP = 3e-7

  static func law(activeProbability: Double = 0.5) throws -> NeuronLaw {
    NeuronLaw(
      try MaxEntropyProblem(
        task: LearningTask(target: [[0.8, -0.4, 0.1], [0.3, 0.6, 0]]), activeProbability: activeProbability
      ).solve())
  }

  /// Independent draws of R_cd.
  static func draws(
    _ count: Int, of law: NeuronLaw, neurons: Int, context: Int, feature: Int, seed: UInt64
  ) throws -> [Double] {
    var stream = try RandomStream(StreamKey(seed: seed, chain: neurons, purpose: .testing))
    var chunk = law.makeChunk(neurons: neurons)
    return (0..<count).map { _ in
      law.draw(into: &chunk, using: &stream)
      var sum = 0.0
      for i in 0..<neurons {
        sum +=
          chunk.outputWeight[i] * chunk.gain[context * neurons + i] * chunk.inputWeights[feature * neurons + i]
      }
      return sum / Double(neurons)
    }
  }

  /// The p-value of the non-zero draws under a continuous law: P(distance ≥ d) ≤ 2 exp(-2 n d²) (Massart 1990).
  static func kolmogorovSmirnov(_ draws: [Double], _ cdf: TabulatedCDF) -> (distance: Double, p: Double) {
    let sorted = draws.sorted()
    let n = Double(sorted.count)
    var distance = 0.0
    for (index, x) in sorted.enumerated() {
      let value = cdf(x)
      distance = max(distance, value - Double(index) / n, Double(index + 1) / n - value)
    }
    return (distance, min(1, 2 * exp(-2 * n * distance * distance)))
  }

  /// The two-sided p-value of a number of zeros.
  static func binomial(_ zeros: Int, of count: Int, probability: Double) -> Double {
    let below = gsl_cdf_binomial_P(UInt32(zeros), probability, UInt32(count))
    let above = zeros == 0 ? 1 : gsl_cdf_binomial_Q(UInt32(zeros - 1), probability, UInt32(count))
    return min(1, 2 * min(below, above))
  }

  /// 10⁵ networks or more at every N: the atom by a binomial test, the rest by Kolmogorov-Smirnov.
  @Test(arguments: [(1, 0, 0), (5, 0, 0), (20, 0, 1), (100, 1, 0), (5, 1, 2)])
  func drawsFollowTheLaw(neurons: Int, context: Int, feature: Int) throws {
    let law = try Self.law()
    let exact = try #require(try ReadoutLaw(law, context: context, feature: feature, neurons: neurons))
    let draws = try Self.draws(
      neurons == 100 ? 100_000 : 200_000, of: law, neurons: neurons, context: context, feature: feature, seed: 50)
    let nonzero = draws.filter { $0 != 0 }
    let cdf = try exact.tabulatedContinuousCDF()
    let test = Self.kolmogorovSmirnov(nonzero, cdf)
    #expect(test.p > Self.smallestP, "\(test)")
    #expect(
      Self.binomial(draws.count - nonzero.count, of: draws.count, probability: exact.atomProbability) > Self.smallestP)
    let prediction = try #require(ProductPrediction(law.solution))
    #expect(agree(exact.mean, law.solution.readout[context, feature], 1e-9))
    #expect(agree(exact.variance, prediction.readoutVarianceTimesN[context, feature] / Double(neurons), 1e-9))
  }

  /// Each error that the comparison must catch: no atom, the atom of other contexts, w and m anticorrelated, one neuron less.
  @Test func wrongLawsFail() throws {
    let law = try Self.law()
    let exact = try #require(try ReadoutLaw(law, context: 0, feature: 0, neurons: 5))
    let draws = try Self.draws(100_000, of: law, neurons: 5, context: 0, feature: 0, seed: 51)
    let nonzero = draws.filter { $0 != 0 }
    let cdf = try exact.tabulatedContinuousCDF()
    #expect(Self.kolmogorovSmirnov(nonzero, cdf).p > Self.smallestP)
    #expect(Self.kolmogorovSmirnov(draws, cdf).p < 1e-12)
    #expect(Self.kolmogorovSmirnov(nonzero.map { -$0 }, cdf).p < 1e-12)
    let other = try #require(try ReadoutLaw(law, context: 0, feature: 0, neurons: 6))
    #expect(Self.kolmogorovSmirnov(nonzero, try other.tabulatedContinuousCDF()).p < 1e-12)
    let zeros = draws.count - nonzero.count
    #expect(Self.binomial(zeros, of: draws.count, probability: other.atomProbability) < 1e-12)
  }

  /// One population with uncorrelated weights: the density of Σ u_i v_i is a Bessel K function (THEORY section 4).
  @Test(arguments: [1, 2, 3, 7, 20]) func varianceGamma(neurons: Int) throws {
    let scale = 1.7
    let exact = ReadoutLaw(
      neurons: neurons,
      populations: [ProductPopulation(weight: 1, outputVariance: scale, covariance: 0, inputVariance: scale)], silent: 0
    )
    #expect(exact.atomProbability == 0)
    #expect(agree(exact.excessKurtosis, 6 / Double(neurons), 1e-12))
    let n = Double(neurons)
    for x in [-2.5, -0.3, 1e-3, 0.4, 1, 3, 8] {
      let y = abs(x) * n / scale
      let order = abs(0.5 * (n - 1))
      let logDensity = try GSL.checked {
        0.5 * (n - 1) * log(0.5 * y) + gsl_sf_bessel_lnKnu(order, y) - 0.5 * log(Double.pi) - gsl_sf_lngamma(0.5 * n)
      }
      let expected = n / scale * exp(logDensity)
      let density = try exact.density(x)
      #expect(agree(density.value, expected, 1e-9), "\(x): \(density) \(expected)")
      #expect(density.error < 1e-8 * expected)
    }
    #expect(agree(try exact.cdf(0).value, 0.5, 1e-12))
  }

  /// Far tails keep their relative accuracy, and one neuron with |ρ| < 1 has P(R > 0) = ½ + arcsin(ρ)/π.
  @Test func tails() throws {
    let rho = 0.6
    let exact = ReadoutLaw(
      neurons: 1, populations: [ProductPopulation(weight: 0.7, outputVariance: 1, covariance: rho, inputVariance: 1)],
      silent: 0.3)
    #expect(agree(try exact.continuousCDF(0).value, 0.5 - asin(rho) / Double.pi, 1e-11))
    #expect(agree(try exact.cdf(0).value, 0.3 + 0.7 * (0.5 - asin(rho) / Double.pi), 1e-11))
    #expect(agree(try exact.cdf(-1e-12).value, 0.7 * (0.5 - asin(rho) / Double.pi), 1e-9))
    // P(R < -x) ~ density (s - κ) as x grows, each of order e^(-x/(s - κ)).
    let far = 60.0
    let lower = try exact.continuousCDF(-far)
    let density = try exact.density(-far)
    #expect(lower.value < 1e-60 && lower.error < 1e-6 * lower.value)
    #expect(abs(lower.value / (density.value * (1 - rho)) - 1) < 0.01)
    #expect(try exact.density(0) == QuadratureValue(value: .infinity, error: 0))
  }

  /// The table is the law to its tolerance, between nodes too, and large networks are no harder.
  @Test func table() throws {
    let law = try Self.law(activeProbability: 0.3)
    for neurons in [2, 1000] {
      let exact = try #require(try ReadoutLaw(law, context: 0, feature: 0, neurons: neurons))
      let table = try exact.tabulatedContinuousCDF(tolerance: 1e-5)
      #expect(table.count < 4000)
      let deviation = exact.variance.squareRoot()
      for step in -40...40 {
        let x = exact.mean + 0.137 * Double(step) * deviation
        let value = try exact.continuousCDF(x)
        #expect(abs(table(x) - value.value) < 1e-5)
        #expect(value.error < 1e-9)
      }
    }
  }

  /// Entries that a task treats alike share a law, whatever the unit; others, and other numbers of neurons, do not.
  @Test(arguments: [1e-30, 1, 1e30]) func alikeEntriesShareALaw(scale: Double) throws {
    func law(_ target: Matrix, neurons: Int, _ context: Int, _ feature: Int) throws -> ReadoutLaw {
      let problem = try MaxEntropyProblem(
        task: LearningTask(target: scale * target), outputScale: scale.squareRoot(), inputScale: scale.squareRoot())
      return try #require(
        try ReadoutLaw(NeuronLaw(try problem.solve()), context: context, feature: feature, neurons: neurons))
    }
    let identity = Matrix.identity(3)
    let diagonal = try law(identity, neurons: 5, 0, 0)
    #expect(try diagonal.isAlike(law(identity, neurons: 5, 2, 2)))
    #expect(try !diagonal.isAlike(law(identity, neurons: 5, 0, 1)))
    #expect(try !diagonal.isAlike(law(identity, neurons: 6, 0, 0)))
    let tilted = Matrix([[1, 0, 0], [0, 1.000001, 0], [0, 0, -1]])
    let first = try law(tilted, neurons: 5, 0, 0)
    #expect(try !first.isAlike(law(tilted, neurons: 5, 1, 1)))
    #expect(try !first.isAlike(law(tilted, neurons: 5, 2, 2)))
    #expect(try law(tilted, neurons: 5, 0, 1).isAlike(law(tilted, neurons: 5, 0, 2)) == false)
  }

  /// Many contexts: enumerated up to 12, refused beyond; all gains one at any number.
  @Test func manyContexts() throws {
    let twelve = NeuronLaw(try MaxEntropyProblem(task: .inputSelection(contexts: 12)).solve())
    let exact = try #require(try ReadoutLaw(twelve, context: 3, feature: 3, neurons: 50))
    #expect(agree(exact.mean, 1, 1e-8))
    #expect(exact.atomProbability < 1e-12)
    #expect(try exact.cdf(1).error < 1e-9)
    let thirteen = NeuronLaw(try MaxEntropyProblem(task: .inputSelection(contexts: 13)).solve())
    #expect(try ReadoutLaw(thirteen, context: 0, feature: 0, neurons: 50) == nil)
    let saturated = NeuronLaw(
      try MaxEntropyProblem(task: LearningTask(target: [[0.7, 0.1], [0.7, 0.1]]), activeProbability: 1).solve())
    let full = try #require(try ReadoutLaw(saturated, context: 1, feature: 0, neurons: 8))
    #expect(agree(full.mean, 0.7, 1e-9) && full.atomProbability == 0)
    #expect(throws: MaxEntropyError.self) { try ReadoutLaw(saturated, context: 2, feature: 0, neurons: 8) }
    #expect(throws: MaxEntropyError.self) { try ReadoutLaw(saturated, context: 0, feature: 0, neurons: 0) }
  }
}
