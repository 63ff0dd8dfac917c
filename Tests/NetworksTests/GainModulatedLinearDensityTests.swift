// The gain-modulated linear density: value, gradient, flips and observables against definitions.

import Foundation
import Sampling
import TestSupport
import Testing

@testable import Networks

@Suite struct GainModulatedLinearDensityTests {
  static let target = Matrix([[1, 0.5, 0], [0, 1, -0.25]])
  static let covariance = Matrix([[1, 0.3, 0], [0.3, 2, 0.1], [0, 0.1, 0.5]])
  static let potentials: [ReadoutPotential] = [
    .loss(tightness: 7, target: target, stimulusCovariance: covariance),
    .multipliers(Matrix([[0.2, -0.1, 0.3], [0.05, 0.1, 0.15]])),
  ]

  /// 19 neurons: two full vectors of eight and a rest.
  static func density(_ potential: ReadoutPotential, fixed: Bool = false) throws -> GainModulatedLinearDensity {
    var stream = try RandomStream(StreamKey(seed: 11, chain: 0, purpose: .testing))
    let gains = Matrix(rows: 2, columns: 19, elements: (0..<38).map { _ in stream.bernoulli(0.5) ? 1 : 0 })
    return GainModulatedLinearDensity(
      neurons: 19, potential: potential, outputPrecision: 1.5, inputPrecision: 0.8,
      gains: fixed ? .fixed(gains) : .drawn(activeProbability: 0.3))
  }

  static func position(_ layout: ParameterLayout) throws -> [Double] {
    var stream = try RandomStream(StreamKey(seed: 12, chain: 0, purpose: .testing))
    return (0..<layout.dimension).map { index in
      index < layout.realCount ? stream.standardNormal() : (stream.bernoulli(0.5) ? 1 : 0)
    }
  }

  /// The density written out neuron by neuron, as in THEORY sections 4 and 5.
  static func direct(_ density: GainModulatedLinearDensity, _ x: [Double]) -> (value: Double, readout: Matrix) {
    let n = density.neurons
    func gain(_ c: Int, _ i: Int) -> Double {
      if case .fixed(let gains) = density.gains { return gains[c, i] }
      return x[n * 4 + c * n + i]
    }
    var readout = Matrix(rows: 2, columns: 3)
    var value = 0.0
    for i in 0..<n {
      value -= density.outputPrecision * x[i] * x[i] / 2
      for d in 0..<3 {
        value -= density.inputPrecision * x[n + d * n + i] * x[n + d * n + i] / 2
        for c in 0..<2 { readout[c, d] += x[i] * gain(c, i) * x[n + d * n + i] / Double(n) }
      }
      if case .drawn(let p) = density.gains { value += (gain(0, i) + gain(1, i)) * log(p / (1 - p)) }
    }
    switch density.potential {
    case .constraint: break
    case .multipliers(let multipliers):
      for c in 0..<2 { for d in 0..<3 { value += Double(n) * multipliers[c, d] * readout[c, d] } }
    case .loss(let tightness, let target, let covariance):
      let error = readout - target
      for c in 0..<2 {
        for d in 0..<3 {
          for e in 0..<3 { value -= tightness * Double(n) * error[c, d] * covariance[d, e] * error[c, e] / 2 }
        }
      }
    }
    return (value, readout)
  }

  @Test(arguments: potentials, [false, true])
  func valueIsTheDefinition(potential: ReadoutPotential, fixed: Bool) throws {
    let density = try Self.density(potential, fixed: fixed)
    let x = try Self.position(density.layout)
    var workspace = density.makeWorkspace()
    let expected = Self.direct(density, x).value
    #expect(abs(density.logDensity(at: x.span, using: &workspace) - expected) < 1e-11 * abs(expected))
  }

  @Test(arguments: potentials, [false, true])
  func gradientMatchesCentralDifferences(potential: ReadoutPotential, fixed: Bool) throws {
    let density = try Self.density(potential, fixed: fixed)
    #expect(gradientError(of: density, at: try Self.position(density.layout)) < 1e-8)
  }

  @Test(arguments: potentials) func flipsMatchFullEvaluations(potential: ReadoutPotential) throws {
    let density = try Self.density(potential)
    var stream = try RandomStream(StreamKey(seed: 13, chain: 0, purpose: .testing))
    #expect(flipError(of: density, at: try Self.position(density.layout), using: &stream) < 1e-10)
  }

  @Test(arguments: potentials) func temperedDensityIsThePriorAndItsSlope(potential: ReadoutPotential) throws {
    let full = try Self.density(potential)
    let x = try Self.position(full.layout)
    var workspace = full.makeWorkspace()
    let prior = full.tempered(to: 0).logDensity(at: x.span, using: &workspace)
    let slope = full.temperatureSlope(at: x.span, using: &workspace)
    for t in [0.25, 1] {
      let value = full.tempered(to: t).logDensity(at: x.span, using: &workspace)
      #expect(abs(value - (prior + t * slope)) < 1e-10)
    }
    let warm = full.tempered(to: 0.3)
    #expect(gradientError(of: warm, at: x) < 1e-8)
    var stream = try RandomStream(StreamKey(seed: 15, chain: 0, purpose: .testing))
    #expect(flipError(of: warm, at: x, using: &stream) < 1e-10)
  }

  @Test func priorAndLikelihoodAddUp() throws {
    let density = try Self.density(Self.potentials[0])
    let x = try Self.position(density.layout)
    var workspace = density.makeWorkspace()
    var prior = 0.0
    for (value, scale) in zip(x, density.priorScales) { prior -= value * value / (scale * scale) / 2 }
    let sum = prior + density.logLikelihood(at: x.span, using: &workspace)
    #expect(abs(sum - density.logDensity(at: x.span, using: &workspace)) < 1e-10)
  }

  @Test func observablesAreTheirDefinitions() throws {
    let density = try Self.density(Self.potentials[0])
    let x = try Self.position(density.layout)
    let seen = GainModulatedLinearObservables(
      density: density, target: Self.target, stimulusCovariance: Self.covariance)
    var workspace = seen.makeWorkspace()
    let names = seen.variables.flatMap(\.scalarNames)
    var values = [Double](repeating: .nan, count: names.count)
    var out = values.mutableSpan
    seen.evaluate(at: x.span, logDensity: -3, into: &out, using: &workspace)
    let value = Dictionary(uniqueKeysWithValues: zip(names, values))
    let readout = Self.direct(density, x).readout
    #expect(value["lp"] == -3)
    for c in 0..<2 { for d in 0..<3 { #expect(abs(value["readout[\(c),\(d)]"]! - readout[c, d]) < 1e-13) } }
    let error = readout - Self.target
    let loss = (0..<2).reduce(0.0) { sum, c in
      let row = error.row(c)
      return sum + zip(row, Self.covariance * row).reduce(0) { $0 + $1.0 * $1.1 } / 2
    }
    #expect(abs(value["loss"]! - loss) < 1e-12)
    let n = 19
    #expect(abs(value["output_second_moment"]! - x[0..<n].reduce(0) { $0 + $1 * $1 } / 19) < 1e-13)
    #expect(abs(value["input_second_moment"]! - x[n..<4 * n].reduce(0) { $0 + $1 * $1 } / 19) < 1e-13)
    let patterns = (0..<n).map { Int(2 * x[4 * n + $0] + x[5 * n + $0]) }
    for g in 0..<4 {
      #expect(abs(value["population_fraction[\(g)]"]! - Double(patterns.count { $0 == g }) / 19) < 1e-15)
    }
    for k in 0...2 {
      let count = patterns.count { $0.nonzeroBitCount == k }
      #expect(abs(value["active_fraction[\(k)]"]! - Double(count) / 19) < 1e-15)
    }
    for c in 0..<2 {
      var residual = 0.0
      for i in 0..<n {
        var on = x
        var off = x
        on[(4 + c) * n + i] = 1
        off[(4 + c) * n + i] = 0
        let change = Self.direct(density, on).value - Self.direct(density, off).value
        residual += (x[(4 + c) * n + i] - 1 / (1 + exp(-change))) / 19
      }
      #expect(abs(value["gain_residual[\(c)]"]! - residual) < 1e-11)
    }
  }
}

@Suite struct PopulationAccumulatorTests {
  /// 300 draws need more than 128 batches, so neighbours have been merged twice.
  @Test func batchMeansAverageToTheMeanOverDraws() throws {
    let density = try GainModulatedLinearDensityTests.density(GainModulatedLinearDensityTests.potentials[0])
    var accumulator = PopulationAccumulator(density: density)
    var stream = try RandomStream(StreamKey(seed: 14, chain: 0, purpose: .testing))
    let n = 19
    var weight = [Double](repeating: 0, count: 4)
    var product = 0.0
    for _ in 0..<300 {
      let x = (0..<density.layout.dimension).map {
        $0 < density.layout.realCount ? stream.standardNormal() : (stream.bernoulli(0.4) ? 1 : 0)
      }
      accumulator.add(x.span)
      for i in 0..<n {
        let pattern = Int(2 * x[4 * n + i] + x[5 * n + i])
        weight[pattern] += 1 / 19.0 / 300
        if pattern == 2 { product += x[i] * x[n + i] / 19 / 300 }
      }
    }
    let statistics = Dictionary(uniqueKeysWithValues: accumulator.statistics.map { ($0.name, $0) })
    let draws = statistics["population_batch_draws"]!.values
    #expect(draws.reduce(0, +) == 300)
    #expect(draws.count <= 128)
    func mean(_ name: String, _ column: Int) -> Double {
      let table = statistics[name]!
      let width = table.values.count / draws.count
      return draws.indices.reduce(0) { $0 + draws[$1] * table.values[$1 * width + column] } / 300
    }
    for g in 0..<4 { #expect(abs(mean("population_weight", g) - weight[g]) < 1e-12) }
    #expect(abs(mean("population_moment", 2 * 10 + 1) - product) < 1e-12)

    // Populations that are given, in an ensemble without a theory of their moments, cost nothing.
    let given = GainModulatedLinearDensity(
      neurons: 2, potential: .loss(tightness: 1, target: .identity(2), stimulusCovariance: .identity(2)),
      outputPrecision: 1, inputPrecision: 1, gains: .fixed(Matrix([[1, 0], [0, 1]])))
    var idle = PopulationAccumulator(density: given)
    idle.add([1.0, 2, 3, 4, 5, 6].span)
    #expect(idle.statistics.isEmpty)

    var archive: [Double] = []
    accumulator.save(to: &archive)
    var copy = PopulationAccumulator(density: density)
    var slice = archive[...]
    try copy.restore(from: &slice)
    #expect(slice.isEmpty)
    #expect(copy.statistics == accumulator.statistics)
  }
}
