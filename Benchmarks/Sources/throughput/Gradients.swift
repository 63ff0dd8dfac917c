// Log densities with their gradients.

import Foundation
import Networks
import PeerTargets
import Sampling

/// The peers' targets, linear networks of growing size, and deep networks.
enum Gradients {
  /// Multiplications and additions of an exponential in the vector kernels.
  private static let exponential = 36.0

  static func lines(peak: Double) throws -> [String] {
    let cores = ProcessInfo.processInfo.activeProcessorCount
    var lines: [String] = []
    for threads in Set([1, cores]).sorted() {
      for neurons in [1000, 100] {
        let density = try linearNetwork(neurons: neurons)
        lines.append(measure("glm-\(neurons)", density, flops: linearFlops(density), threads: threads, peak: peak))
      }
      let density = try twoLayer(neurons: 100)
      lines.append(measure("two-layer-100", density, flops: twoLayerFlops, threads: threads, peak: peak))
    }
    for neurons in [1000, 10_000, 100_000, 1_000_000] {
      let density = linear(neurons: neurons)
      lines.append(measure("linear, N = \(neurons)", density, flops: linearFlops(density), threads: 1, peak: peak))
    }
    for widths in [[32, 32], [100, 100], [300, 300, 300]] {
      lines.append(measure("deep tanh \(widths)", deep(widths), flops: deepFlops(widths), threads: 1, peak: peak))
    }
    return lines
  }

  /// Four contexts and features, all gain patterns in turn.
  private static func linear(neurons: Int) -> GainModulatedLinearDensity {
    GainModulatedLinearDensity(
      neurons: neurons,
      potential: .loss(tightness: 20, target: .identity(4), stimulusCovariance: .identity(4)), outputPrecision: 1,
      inputPrecision: 1, gains: .fixed(Matrix((0..<4).map { c in (0..<neurons).map { Double(($0 >> c) & 1) } })))
  }

  /// Makes gradients of a linear network, and nothing else that grows with their number.
  static func run(_ count: Int, neurons: Int) {
    let density = linear(neurons: neurons)
    let position = (1...density.dimension).map { sin(Double($0)) }
    var gradient = position
    var workspace = density.makeWorkspace()
    for _ in 0..<count {
      var span = gradient.mutableSpan
      _ = density.logDensity(at: position.span, gradient: &span, using: &workspace)
    }
  }

  private static func measure<Density: DifferentiableLogDensity>(
    _ name: String, _ density: Density, flops: Double, threads: Int, peak: Double
  ) -> String {
    let perSecond = rate(threads: threads) {
      let position = (1...density.dimension).map { sin(Double($0)) }
      var gradient = position
      var workspace = density.makeWorkspace()
      return {
        var span = gradient.mutableSpan
        _ = density.logDensity(at: position.span, gradient: &span, using: &workspace)
      }
    }
    return line(
      "gradient", target: name, threads: threads, perSecond: perSecond,
      peakFraction: perSecond * flops / Double(threads) / peak)
  }

  /// The readout, the gradient and the prior.
  private static func linearFlops(_ density: GainModulatedLinearDensity) -> Double {
    guard case .fixed(let gains) = density.gains else { return .nan }
    let (k, d) = (Double(gains.rows), Double(gains.rows))
    return Double(density.neurons) * ((d + 2 * k * d) + (2 * k * d + 6 * d) + 2 * (1 + d))
  }

  /// 64 + 2 exponentials a neuron; a response costs 6 forwards and 8 backwards.
  private static let twoLayerFlops = 100 * (66 * exponential + 64 * (4 + 4) + 128 * (6 + 8))

  private static let deepStimuli = 64

  private static func deep(_ widths: [Int]) -> FeedforwardDensity {
    let stimuli = Matrix(
      (0..<deepStimuli).map { p in (0..<2).map { d in sin(Double(3 * p + d)) } })
    return FeedforwardDensity(
      architecture: FeedforwardArchitecture(features: 2, contexts: 2, widths: widths, activation: .tanh),
      scales: WeightScales(), stimuli: stimuli,
      potential: .loss(tightness: 50, wantedOutputs: stimuli.transposed))
  }

  /// A tanh and its gain as an exponential and 10; three products a layer.
  private static func deepFlops(_ widths: [Int]) -> Double {
    let rows = Double(2 * deepStimuli)
    let hidden = zip(widths, widths.dropFirst()).reduce(0.0) { $0 + 6 * rows * Double($1.0 * $1.1) }
    return hidden + rows * Double(widths.reduce(0, +)) * (exponential + 10) + rows * Double(widths.last! * 4)
  }
}
