// The gain-modulated linear image of a two-layer network, and what the network does beyond it.

import Foundation
import Sampling
import Testing

@testable import Networks

@Suite struct LinearImageTests {
  static let covariance = Matrix([[1.5, 0.4], [0.4, 0.7]])

  static func network(
    _ activation: Activation, scale: Double, drives: Double = 1
  ) throws -> (FeedforwardArchitecture, [Double], WeightScales) {
    let architecture = FeedforwardArchitecture.twoLayer(features: 2, contexts: 2, neurons: 30, activation: activation)
    let scales = WeightScales(output: 1, input: scale, context: drives)
    var stream = try RandomStream(StreamKey(seed: 8, chain: 0, purpose: .testing))
    let density = FeedforwardDensity(
      architecture: architecture, scales: scales, stimuli: .identity(2), task: try .inputSelection(contexts: 2),
      tightness: 0)
    return (architecture, density.drawPrior(using: &stream), scales)
  }

  static func response(
    _ network: (FeedforwardArchitecture, [Double], WeightScales), count: Int
  ) throws -> (outputs: Matrix, image: Matrix, stimuli: Matrix) {
    var stream = try RandomStream(StreamKey(seed: 9, chain: 0, purpose: .testing))
    let stimuli = try GaussianStimuli.draw(count, covariance: covariance, using: &stream)
    let density = FeedforwardDensity(
      architecture: network.0, scales: network.2, stimuli: stimuli, task: try .inputSelection(contexts: 2), tightness: 0
    )
    return (
      density.outputs(at: network.1.span, stimuli: stimuli),
      try #require(network.0.linearImage(at: network.1, covariance: covariance)), stimuli
    )
  }

  @Test(
    "what is left beyond the image is uncorrelated with the stimulus (false alarm 1e-4 each)",
    arguments: Activation.allCases)
  func imageIsTheRegression(activation: Activation) throws {
    let (outputs, image, stimuli) = try Self.response(try Self.network(activation, scale: 1.3), count: 200_000)
    let rest = outputs - image * stimuli.transposed
    for c in 0..<2 {
      for d in 0..<2 {
        let moments = RunningMoments((0..<stimuli.rows).map { rest[c, $0] * stimuli[$0, d] })
        let error = moments.standardDeviation / Double(stimuli.rows).squareRoot()
        #expect(abs(moments.mean) < 3.9 * error + 1e-12, "\(activation) [\(c),\(d)]: \(moments.mean) ± \(error)")
        // A gain that is a little off would show.
        var wrong = moments.mean
        for e in 0..<2 { wrong += 0.1 * image[c, e] * Self.covariance[e, d] }
        #expect(abs(wrong - moments.mean) > 5 * error || abs(image[c, 0]) + abs(image[c, 1]) < 0.02)
      }
    }
  }

  @Test func aLinearNetworkIsItsImageUpToDrives() throws {
    let (outputs, image, stimuli) = try Self.response(try Self.network(.linear, scale: 1, drives: 1e-30), count: 50)
    for (a, b) in zip(outputs.elements, (image * stimuli.transposed).elements) { #expect(abs(a - b) < 1e-12) }
  }

  @Test("small input weights leave the image alone: the error falls as their square")
  func mappingErrorFalls() throws {
    func error(_ scale: Double) throws -> Double {
      let (outputs, image, stimuli) = try Self.response(try Self.network(.tanh, scale: scale, drives: 1), count: 2000)
      // Outputs have an offset from the drives; what varies with the stimulus is compared.
      var gap = 0.0
      var power = 0.0
      let linear = image * stimuli.transposed
      for c in 0..<2 {
        let mean = (0..<2000).reduce(0) { $0 + outputs[c, $1] } / 2000
        for p in 0..<2000 {
          gap += pow(outputs[c, p] - mean - linear[c, p], 2)
          power += linear[c, p] * linear[c, p]
        }
      }
      return (gap / power).squareRoot()
    }
    let large = try error(0.2)
    let small = try error(0.02)
    #expect(small < 0.2 * large && small > 0.02 * large, "\(small), \(large)")
  }
}
