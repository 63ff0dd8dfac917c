// The laws of a neuron without a closed form: densities and derivatives, existence, and solutions against quadrature.

import Foundation
import Sampling
import TestSupport
import Testing

@testable import Networks

@Suite struct NeuronFamilyTests {
  static let covariance = Matrix([[1, 0.3, 0], [0.3, 2, 0.1], [0, 0.1, 0.5]])
  static let stimuli = Matrix([[1, 0.2, -0.7], [-0.4, 1.3, 0.5], [0.3, -0.9, 1.1], [-1.2, 0.1, -0.2]])

  static let responses: [NeuronResponse] =
    Activation.allCases.filter { $0.hasBoundedGains && !$0.hasStepGain }.map {
      NeuronResponse($0, stimuli: .small, contexts: 2, features: 3)
    }
    + Activation.allCases.filter(\.hasBoundedGains).flatMap {
      [
        NeuronResponse($0, stimuli: .gaussian(covariance: covariance), contexts: 2, features: 3),
        NeuronResponse($0, stimuli: .sampled(stimuli), contexts: 2, features: 3),
      ]
    }

  static func family(
    _ response: NeuronResponse, _ convention: WeightConvention
  ) throws -> (NeuronFamily, [Double], [Double]) {
    let family = try NeuronFamily(
      response, convention: convention, outputScale: 1.2, inputScale: 0.8, contextScale: 1.5)
    var stream = try RandomStream(StreamKey(seed: 81, chain: 0, purpose: .testing))
    let position = family.drawStart(using: &stream)
    return (family, [0.2, -0.1, 0.3, 0.05, 0.1, 0.15] + (convention == .moment ? [-0.1, -0.4] : []), position)
  }

  /// h written out.
  static func response(_ response: NeuronResponse, _ x: [Double]) -> [Double] {
    let m = Array(x.prefix(3))
    return (0..<2).flatMap { c -> [Double] in
      let b = x[3 + c]
      switch response.stimuli {
      case .small: return m.map { response.activation.gain(b) * $0 }
      case .gaussian(let covariance):
        let shaped = covariance * m
        let variance = zip(shaped, m).reduce(0) { $0 + $1.0 * $1.1 }
        return shaped.map { response.activation.gaussianGain(drive: b, variance: variance).gain * $0 }
      case .sampled(let stimuli):
        return (0..<3).map { d in
          (0..<stimuli.rows).reduce(0.0) { sum, p in
            let input = zip(m, stimuli.row(p)).reduce(b) { $0 + $1.0 * $1.1 }
            return sum + response.activation.value(input) * stimuli[p, d] / Double(stimuli.rows)
          }
        }
      }
    }
  }

  @Test(arguments: responses, WeightConvention.allCases)
  func densityIsTheDefinition(response: NeuronResponse, convention: WeightConvention) throws {
    let (family, multipliers, x) = try Self.family(response, convention)
    let density = family.density(multipliers: multipliers)
    #expect(gradientError(of: density, at: x) < 1e-8)
    var statistics = [Double](repeating: .nan, count: family.statisticCount)
    var span = statistics.mutableSpan
    var workspace = family.makeWorkspace()
    family.writeStatistics(at: x.span, into: &span, using: &workspace)
    let h = Self.response(response, x)
    for k in 0..<6 { #expect(abs(statistics[k] - h[k]) < 1e-13) }

    // ∫ dw p0(w) exp(w Λ·h + μ_w w²) by a fine sum, times the Gaussians of m and b.
    let square = x.prefix(3).reduce(0) { $0 + $1 * $1 }
    let sum = zip(multipliers, h).reduce(0) { $0 + $1.0 * $1.1 }
    let moment = convention == .moment
    var integral = 0.0
    for k in -4000...4000 {
      let w = 0.005 * Double(k)
      integral += 0.005 * exp(-w * w / (2 * 1.44) + w * sum + (moment ? multipliers[6] : 0) * w * w)
    }
    let weight = log(integral / (2 * Double.pi * 1.44).squareRoot()) + (moment ? multipliers[7] * square : 0)
    #expect(abs(family.logWeight(multipliers: multipliers.span, statistics: statistics.span) - weight) < 1e-10)
    let base = -square / (2 * 0.64) - (x[3] * x[3] + x[4] * x[4]) / (2 * 2.25)
    var evaluation = density.makeWorkspace()
    // The density leaves out what does not depend on the position.
    let constant =
      log(family.tilt(multipliers.span).outputVariance / 1.44) / 2
    #expect(abs(density.logDensity(at: x.span, using: &evaluation) - (base + weight - constant)) < 1e-10)
  }

  @Test(arguments: WeightConvention.allCases)
  func derivativesOverMultipliersAreDifferences(convention: WeightConvention) throws {
    let (family, multipliers, x) = try Self.family(Self.responses[1], convention)
    let count = multipliers.count
    var statistics = [Double](repeating: .nan, count: family.statisticCount)
    var span = statistics.mutableSpan
    var workspace = family.makeWorkspace()
    family.writeStatistics(at: x.span, into: &span, using: &workspace)
    func mean(_ multipliers: [Double]) -> [Double] {
      var mean = [Double](repeating: .nan, count: count)
      var span = mean.mutableSpan
      family.writeMean(multipliers: multipliers.span, statistics: statistics.span, into: &span)
      return mean
    }
    var covariance = Matrix(rows: count, columns: count)
    family.addCovariance(multipliers: multipliers.span, statistics: statistics.span, weight: 2, to: &covariance)
    for k in 0..<count {
      var (above, below) = (multipliers, multipliers)
      above[k] += 1e-5
      below[k] -= 1e-5
      let slope =
        family.logWeight(multipliers: above.span, statistics: statistics.span)
        - family.logWeight(multipliers: below.span, statistics: statistics.span)
      #expect(abs(mean(multipliers)[k] - slope / 2e-5) < 1e-8)
      // The lower triangle: rows at and below k.
      let slopes = zip(mean(above), mean(below)).map { ($0 - $1) / 2e-5 }
      for l in k..<count { #expect(abs(covariance[l, k] - 2 * slopes[l]) < 1e-7, "\(l), \(k)") }
    }
  }

  @Test func evaluationsAllocateNothing() throws {
    try #require(countsAllocations, "allocations are not counted on this platform")
    for response in [Self.responses[0], Self.responses[3], Self.responses[8]] {
      let (family, multipliers, x) = try Self.family(response, .moment)
      let density = family.density(multipliers: multipliers)
      var workspace = density.makeWorkspace()
      var observed = family.makeWorkspace()
      var gradient = [Double](repeating: 0, count: x.count)
      var statistics = [Double](repeating: 0, count: family.statisticCount)
      let count = allocations {
        for _ in 0..<100 {
          density.evaluate(at: x.span, gradient: &gradient, using: &workspace)
          var span = statistics.mutableSpan
          family.writeStatistics(at: x.span, into: &span, using: &observed)
        }
      }
      #expect(count == 0)
    }
  }

  // MARK: Existence

  /// Small stimuli: exactly the largest of |Λᵀg| over patterns, gains up to 2/√π for erf.
  @Test func smallStimuliExistUpToTheLargestPattern() throws {
    let response = NeuronResponse(.erf, stimuli: .small, contexts: 2, features: 2)
    let family = try NeuronFamily(response, outputScale: 1.5, inputScale: 0.8)
    // Λᵀg is (1, -0.5), (0.2, 2) or their sum (1.2, 1.5): the second is the longest.
    let edge = 1 / (1.5 * 0.8 * 2 / Double.pi.squareRoot() * (0.04 + 4.0).squareRoot())
    func scaled(_ factor: Double) -> [Double] { [1, -0.5, 0.2, 2].map { $0 * factor * edge } }
    #expect(family.refusal(of: scaled(0.9999)) == nil)
    #expect(family.refusal(of: scaled(1.0001))?.contains("infinity") == true)
  }

  /// One rectifier on Gaussian stimuli: the largest Φ(β)²/(1/σ_m² + β²/σ_b²) over the ratio β = b/m, by a scan.
  @Test func rectifierExistsUpToItsLargestPull() throws {
    for (inputScale, contextScale) in [(0.8, 1.5), (2.0, 0.3), (1, 8)] {
      let response = NeuronResponse(
        .relu, stimuli: .gaussian(covariance: .identity(1)), contexts: 1, features: 1)
      let family = try NeuronFamily(
        response, outputScale: 1.3, inputScale: inputScale, contextScale: contextScale)
      var largest = 0.0
      for k in -80_000...80_000 {
        let ratio = 1e-4 * Double(k)
        let gain = 0.5 * erfc(-ratio / 2.0.squareRoot())
        let hold = 1 / (inputScale * inputScale) + ratio * ratio / (contextScale * contextScale)
        largest = max(largest, gain * gain / hold)
      }
      let edge = 1 / (1.3 * largest.squareRoot())
      for sign in [1.0, -1] {
        #expect(family.refusal(of: [sign * edge * 0.9999]) == nil)
        #expect(family.refusal(of: [sign * edge * 1.0001]) != nil)
      }
      // Softplus grows as the rectifier does.
      let soft = NeuronResponse(.softplus, stimuli: response.stimuli, contexts: 1, features: 1)
      let softFamily = try NeuronFamily(
        soft, outputScale: 1.3, inputScale: inputScale, contextScale: contextScale)
      #expect(softFamily.refusal(of: [edge * 0.9999]) == nil && softFamily.refusal(of: [edge * 1.0001]) != nil)
    }
  }

  /// Linear neurons: σ_w σ_m |S Σ_c Λ_c| < 1, whatever the drives, on Gaussian stimuli and on stimuli of mean 0.
  @Test func linearNeuronsExistUpToTheSum() throws {
    let direction = [0.3, -0.1, 0.2, 0.5, 0.4, -0.3]
    let sum = [0.8, 0.3, -0.1]
    let centred = Matrix((Self.stimuli.rowArrays + Self.stimuli.rowArrays.map { $0.map { -$0 } }))
    for stimuli in [NeuronResponse.Stimuli.gaussian(covariance: Self.covariance), .sampled(centred)] {
      let covariance =
        if case .sampled(let stimuli) = stimuli { GaussianStimuli.secondMoment(of: stimuli) } else { Self.covariance }
      let response = NeuronResponse(.linear, stimuli: stimuli, contexts: 2, features: 3)
      let family = try NeuronFamily(response, outputScale: 1.3, inputScale: 0.7)
      let norm = (covariance * sum).reduce(0) { $0 + $1 * $1 }.squareRoot()
      let edge = 1 / (1.3 * 0.7 * norm)
      #expect(family.refusal(of: direction.map { $0 * edge * 0.9999 }) == nil)
      #expect(family.refusal(of: direction.map { $0 * edge * 1.0001 }) != nil)
    }
  }

  /// On sampled stimuli a rectifier's density falls along every ray below the edge, and rises along some ray above it.
  @Test func sampledRectifiersExistUpToTheEdge() throws {
    let response = NeuronResponse(.relu, stimuli: .sampled(Self.stimuli), contexts: 2, features: 3)
    let family = try NeuronFamily(response)
    let direction = [1, 0.2, -0.4, -0.3, 0.8, 0.5]
    let pull = family.largestPull(direction, inputPrecision: 1)
    var stream = try RandomStream(StreamKey(seed: 82, chain: 0, purpose: .testing))
    // A search by 2000 random rays, each climbed by 50 shrinking random steps, finds almost the same edge from below.
    var workspace = response.makeWorkspace()
    var gradient = [Double](repeating: 0, count: 5)
    func ratio(_ x: [Double]) -> Double {
      let sum = x.withUnsafeBufferPointer {
        response.tilt(direction, at: $0.baseAddress!, gradient: &gradient, using: &workspace)
      }
      return abs(sum) / x.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
    var best = 0.0
    for _ in 0..<2000 {
      var x = family.drawStart(using: &stream)
      var value = ratio(x)
      for step in 0..<50 {
        let moved = x.map { $0 + stream.standardNormal() / (1 + 0.3 * Double(step)) }
        if ratio(moved) > value { (x, value) = (moved, ratio(moved)) }
      }
      best = max(best, value)
    }
    #expect(best <= pull * (1 + 1e-9))
    #expect(best > 0.99 * pull)
  }

  @Test func boundedNeuronsAlwaysExist() throws {
    for activation in [Activation.tanh, .erf] {
      for stimuli in [NeuronResponse.Stimuli.gaussian(covariance: Self.covariance), .sampled(Self.stimuli)] {
        let response = NeuronResponse(activation, stimuli: stimuli, contexts: 2, features: 3)
        let family = try NeuronFamily(response, convention: .moment)
        #expect(family.refusal(of: [Double](repeating: 1e6, count: 6) + [0, 0]) == nil)
        #expect(family.refusal(of: [Double](repeating: 0, count: 6) + [0.51, 0]) != nil)
        #expect(family.refusal(of: [Double](repeating: 0, count: 6) + [0, 0.51]) != nil)
      }
    }
  }

  @Test func badScalesAreRefused() {
    let response = NeuronResponse(.tanh, stimuli: .small, contexts: 1, features: 1)
    for scale in [0, -1, Double.nan, .infinity] {
      #expect(throws: MaxEntropyError.self) { try NeuronFamily(response, contextScale: scale) }
    }
    let many = NeuronResponse(.tanh, stimuli: .small, contexts: 21, features: 1)
    #expect(throws: MaxEntropyError.self) { try NeuronFamily(many) }
  }
}
