// The gain-modulated linear density with continuous gains: value, gradient and observables against definitions.

import Foundation
import Sampling
import TestSupport
import Testing

@testable import Networks

@Suite struct ContinuousGainDensityTests {
  static let target = Matrix([[1, 0.5, 0], [0, 1, -0.25]])
  static let covariance = Matrix([[1, 0.3, 0], [0.3, 2, 0.1], [0, 0.1, 0.5]])
  static let potentials: [ReadoutPotential] = [
    .loss(tightness: 7, target: target, stimulusCovariance: covariance),
    .multipliers(Matrix([[0.2, -0.1, 0.3], [0.05, 0.1, 0.15]])),
  ]
  static let activations: [Activation] = Activation.allCases.filter {
    $0.hasBoundedGains && !$0.hasStepGain
  }
  static let n = 19

  static func density(_ activation: Activation, _ potential: ReadoutPotential) -> ContinuousGainDensity {
    ContinuousGainDensity(
      neurons: n, activation: activation, potential: potential, outputScale: 1.2, inputScale: 0.8, contextScale: 1.5)
  }

  static func position(_ density: some NetworkDensity) throws -> [Double] {
    var stream = try RandomStream(StreamKey(seed: 51, chain: 0, purpose: .testing))
    return density.drawPrior(using: &stream)
  }

  /// The density written out neuron by neuron.
  static func direct(_ density: ContinuousGainDensity, _ x: [Double]) -> (value: Double, readout: Matrix) {
    var readout = Matrix(rows: 2, columns: 3)
    var value = 0.0
    for i in 0..<n {
      value -= x[i] * x[i] / (2 * 1.2 * 1.2)
      for c in 0..<2 {
        let drive = x[4 * n + c * n + i]
        value -= drive * drive / (2 * 1.5 * 1.5)
        for d in 0..<3 {
          readout[c, d] += x[i] * density.activation.gain(drive) * x[n + d * n + i] / Double(n)
        }
      }
      for d in 0..<3 { value -= x[n + d * n + i] * x[n + d * n + i] / (2 * 0.8 * 0.8) }
    }
    switch density.potential {
    case .constraint: break
    case .multipliers(let multipliers):
      value += Double(n) * zip(multipliers.elements, readout.elements).reduce(0) { $0 + $1.0 * $1.1 }
    case .loss(let tightness, let target, let covariance):
      let error = readout - target
      let force = error * covariance
      value -= tightness * Double(n) / 2 * zip(error.elements, force.elements).reduce(0) { $0 + $1.0 * $1.1 }
    }
    return (value, readout)
  }

  @Test(arguments: activations, potentials)
  func valueIsTheDefinition(activation: Activation, potential: ReadoutPotential) throws {
    let density = Self.density(activation, potential)
    let x = try Self.position(density)
    var workspace = density.makeWorkspace()
    let expected = Self.direct(density, x).value
    #expect(abs(density.logDensity(at: x.span, using: &workspace) - expected) < 1e-11 * abs(expected))
  }

  @Test(arguments: activations, potentials)
  func gradientMatchesCentralDifferences(activation: Activation, potential: ReadoutPotential) throws {
    let density = Self.density(activation, potential)
    let x = try Self.position(density)
    #expect(gradientError(of: density, at: x) < 1e-8)
    #expect(gradientError(of: density.tempered(to: 0.3), at: x) < 1e-8)
  }

  @Test func temperedDensityIsThePriorAndItsSlope() throws {
    let full = Self.density(.tanh, Self.potentials[0])
    let x = try Self.position(full)
    var workspace = full.makeWorkspace()
    let slope = full.temperatureSlope(at: x.span, using: &workspace)
    for t in [0, 0.25, 1] {
      let tempered = full.tempered(to: t)
      let prior = zip(x, full.priorScales).reduce(0.0) { $0 - $1.0 * $1.0 / (2 * $1.1 * $1.1) }
      #expect(abs(tempered.logDensity(at: x.span, using: &workspace) - (prior + t * slope)) < 1e-10)
      #expect(abs(tempered.logLikelihood(at: x.span, using: &workspace) - t * slope) < 1e-12)
    }
  }

  @Test func observablesAreTheirDefinitions() throws {
    let density = Self.density(.softplus, Self.potentials[0])
    let x = try Self.position(density)
    let seen = ContinuousGainObservables(
      density: density, target: Self.target, stimulusCovariance: Self.covariance)
    let names = seen.variables.flatMap(\.scalarNames)
    var values = [Double](repeating: .nan, count: names.count)
    var out = values.mutableSpan
    var workspace = seen.makeWorkspace()
    seen.evaluate(at: x.span, logDensity: -3, into: &out, using: &workspace)
    let value = Dictionary(uniqueKeysWithValues: zip(names, values))
    let n = Self.n
    let readout = Self.direct(density, x).readout
    #expect(value["lp"] == -3)
    for c in 0..<2 { for d in 0..<3 { #expect(abs(value["readout[\(c),\(d)]"]! - readout[c, d]) < 1e-13) } }
    let error = readout - Self.target
    let loss = zip(error.elements, (error * Self.covariance).elements).reduce(0) { $0 + $1.0 * $1.1 } / 2
    #expect(abs(value["loss"]! - loss) < 1e-12)
    #expect(abs(value["output_second_moment"]! - x[0..<n].reduce(0) { $0 + $1 * $1 } / 19) < 1e-13)
    #expect(abs(value["input_second_moment"]! - x[n..<4 * n].reduce(0) { $0 + $1 * $1 } / 19) < 1e-13)
    // The logistic gain is more than half of its largest where the drive is positive.
    let patterns = (0..<n).map { (x[4 * n + $0] > 0 ? 2 : 0) + (x[5 * n + $0] > 0 ? 1 : 0) }
    for g in 0..<4 {
      #expect(abs(value["population_fraction[\(g)]"]! - Double(patterns.count { $0 == g }) / 19) < 1e-15)
    }
    for k in 0...2 {
      let count = patterns.count { $0.nonzeroBitCount == k }
      #expect(abs(value["active_fraction[\(k)]"]! - Double(count) / 19) < 1e-15)
    }
    for (index, block) in density.layout.blocks.enumerated() {
      var derivative = 0.0
      for scale in [1 + 1e-5, 1 - 1e-5] {
        var moved = x
        for j in block.range { moved[j] *= scale }
        derivative += (scale > 1 ? 1 : -1) * Self.direct(density, moved).value / 2e-5
      }
      #expect(abs(value["weight_identity[\(index)]"]! + derivative / Double(block.count)) < 1e-7)
    }
  }

  /// A drawn target scatters around the network's readout with covariance S⁻¹/(βN); 4000 draws, six means at 5 standard
  /// errors: false-alarm rate 4e-6.
  @Test func drawnTargetsScatterAroundTheReadout() throws {
    let density = Self.density(.erf, Self.potentials[0])
    let x = try Self.position(density)
    let readout = Self.direct(density, x).readout
    let inverse = try Cholesky(Self.covariance).inverse
    var stream = try RandomStream(StreamKey(seed: 52, chain: 0, purpose: .testing))
    var mean = Matrix(rows: 2, columns: 3)
    for _ in 0..<4000 {
      let drawn = try #require(density.withTask(drawnGiven: x.span, using: &stream))
      guard case .loss(_, let target, _) = drawn.potential else { return }
      mean = mean + (1 / 4000) * target
    }
    for c in 0..<2 {
      for d in 0..<3 {
        let error = (inverse[d, d] / (7 * 19 * 4000)).squareRoot()
        #expect(abs(mean[c, d] - readout[c, d]) < 5 * error)
      }
    }
    #expect(Self.density(.erf, Self.potentials[1]).withTask(drawnGiven: x.span, using: &stream) == nil)
  }

  @Test func evaluationsAllocateNothing() throws {
    try #require(countsAllocations, "allocations are not counted on this platform")
    let density = Self.density(.tanh, Self.potentials[0])
    let seen = ContinuousGainObservables(
      density: density, target: Self.target, stimulusCovariance: Self.covariance)
    let x = try Self.position(density)
    var gradient = [Double](repeating: 0, count: x.count)
    var workspace = density.makeWorkspace()
    var observed = seen.makeWorkspace()
    var values = [Double](repeating: 0, count: seen.variables.reduce(0) { $0 + $1.count })
    let count = allocations {
      for _ in 0..<100 {
        density.evaluate(at: x.span, gradient: &gradient, using: &workspace)
        _ = density.logLikelihood(at: x.span, using: &workspace)
        var out = values.mutableSpan
        seen.evaluate(at: x.span, logDensity: 0, into: &out, using: &observed)
      }
    }
    #expect(count == 0)
  }
}
