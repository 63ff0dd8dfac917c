// Moments of the output under the prior, and the kernels of the wide limit, against networks drawn weight by weight.

import Foundation
import Sampling
import Testing

@testable import Networks

@Suite struct ExactPriorMomentsTests {
  static let depths = [1, 2, 3]

  /// <y²> and <y⁴> within 4 standard errors, these below 2% of the value: fewer than 60 comparisons, a false alarm has
  /// probability below 4·10⁻³ for fresh seeds; these are fixed. Given the last hidden layer the readout's average is done by
  /// hand, which saves draws.
  @Test(arguments: [5, 20, 100], [Activation.linear, .relu])
  func kurtosis(width: Int, activation: Activation) throws {
    for depth in Self.depths {
      for driven in [FeedforwardArchitecture.DrivenLayers.none, .all] where width == 5 || driven == .none {
        try compare(
          FeedforwardArchitecture(
            features: 2, contexts: 2, widths: [Int](repeating: width, count: depth), activation: activation,
            readoutScaling: depth == 2 ? .meanField : .standard, drivenLayers: driven),
          draws: width == 100 ? 3_000 : width == 20 ? 30_000 : activation == .relu && depth == 3 ? 600_000 : 150_000)
      }
    }
  }

  /// One hidden layer, any activation, with drives.
  @Test(arguments: [Activation.tanh, .erf, .softplus], [5, 20, 100])
  func oneHiddenLayer(activation: Activation, width: Int) throws {
    try compare(
      FeedforwardArchitecture(features: 2, contexts: 2, widths: [width], activation: activation), draws: 40_000)
  }

  private func compare(_ architecture: FeedforwardArchitecture, draws: Int) throws {
    let scales = WeightScales(output: 1.2, input: 0.8, context: 0.6, hidden: 1.1)
    let stimuli = Matrix([[1, 0.5]])
    let exact = try #require(try PriorOutputMoments(architecture, scales: scales, stimuli: stimuli))
    var stream = try RandomStream(
      StreamKey(seed: 70, chain: architecture.widths.reduce(architecture.depth, +), purpose: .testing))
    let simulation = PriorNetworks(architecture: architecture, scales: scales, stimuli: stimuli)
    var square = SampleMean()
    var fourth = SampleMean()
    for _ in 0..<draws {
      let variance = simulation.drawReadoutVariance(using: &stream)
      square.add(variance)
      fourth.add(3 * variance * variance)
    }
    let label: Comment = "\(architecture.activation) \(architecture.widths) \(architecture.drivenLayers)"
    #expect(abs(square.z(exact.meanSquare)) < 4, label)
    #expect(abs(fourth.z(exact.meanFourth)) < 4, label)
    #expect(square.standardError < 0.02 * exact.meanSquare, label)
    #expect(fourth.standardError < 0.02 * exact.meanFourth, label)
    // The kurtosis itself by the delta method.
    #expect(abs(fourth.mean / (3 * square.mean * square.mean) / exact.kurtosisRatios[0] - 1) < 0.1, label)
    if architecture.drivenLayers == .none {
      let excess = architecture.activation == .linear ? 2.0 : 5
      let ratio = architecture.widths.reduce(1) { $0 * (1 + excess / Double($1)) }
      #expect(agree(exact.kurtosisRatios[0], ratio, 1e-12))
    }
  }

  @Test func closedForms() throws {
    // E[erf(u)²] = (2/π) arcsin(2v/(1 + 2v)).
    for variance in [0.1, 1, 30] {
      let expected = 2 / Double.pi * asin(2 * variance / (1 + 2 * variance))
      #expect(agree(try Activation.erf.evenMoments(variance: variance).second, expected, 1e-11))
      for activation in Activation.allCases.filter(\.hasBoundedGains) {
        let kernel = activation.kernel(variance, variance, variance)
        #expect(agree(kernel, try activation.evenMoments(variance: variance).second, 2e-9), "\(activation)")
        // Independent inputs: the square of the mean, which vanishes for an odd function.
        let apart = activation.kernel(variance, 0, variance)
        #expect(activation.isOdd ? abs(apart) < 1e-12 : apart > 0)
      }
    }
    let deep = FeedforwardArchitecture(features: 1, contexts: 1, widths: [3, 3], activation: .tanh)
    #expect(try PriorOutputMoments(deep, scales: WeightScales(), stimuli: .identity(1)) == nil)
    // Zero in, zero out.
    let silent = FeedforwardArchitecture(
      features: 1, contexts: 1, widths: [3], activation: .tanh, drivenLayers: .none)
    let moments = try #require(
      try PriorOutputMoments(silent, scales: WeightScales(), stimuli: Matrix(rows: 1, columns: 1)))
    #expect(moments.squares == [0] && moments.kurtosisRatios[0].isNaN)
  }

  /// Kernels by plain averages over random Gaussian pairs: 15 z-scores below 5, a false alarm below 10⁻⁵.
  @Test(arguments: Activation.allCases) func kernelsMatch(activation: Activation) throws {
    var stream = try RandomStream(StreamKey(seed: 71, chain: 0, purpose: .testing))
    for (first, cross, second) in [(1.0, 0.5, 0.8), (2.5, -1.4, 1), (0.3, 0.29, 0.4)] {
      let expected = activation.kernel(first, cross, second)
      var product = SampleMean()
      for _ in 0..<100_000 {
        let u = first.squareRoot() * stream.standardNormal()
        let v = cross / first * u + (second - cross * cross / first).squareRoot() * stream.standardNormal()
        product.add(activation.value(u) * activation.value(v))
      }
      #expect(abs(product.z(expected)) < 5, "\(activation)")
    }
  }
}

extension PriorNetworks {
  /// Var(y | hidden weights) of the first stimulus in one context: the readout weights are averaged over by hand.
  func drawReadoutVariance(using stream: inout RandomStream) -> Double {
    var below = stimuli.row(0)
    for (layer, width) in architecture.widths.enumerated() {
      let scale = layer == 0 ? scales.input : scales.hidden / Double(below.count).squareRoot()
      below = (0..<width).map { _ in
        var input = architecture.isDriven(layer) ? scales.context * stream.standardNormal() : 0
        for value in below { input += scale * stream.standardNormal() * value }
        return architecture.activation.value(input)
      }
    }
    let n = Double(below.count)
    let square = below.reduce(0) { $0 + $1 * $1 } / (architecture.readoutScaling == .meanField ? n * n : n)
    return scales.output * scales.output * square
  }
}
