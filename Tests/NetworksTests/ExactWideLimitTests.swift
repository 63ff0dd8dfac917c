// Nonlinear networks against their wide limit: how fast the Gibbs ensemble of finite networks approaches kernel regression.

import Foundation
import Sampling
import Testing

@testable import Networks

@Suite struct ExactWideLimitTests {
  static let widths = [32, 64, 128, 256, 512]
  static let stimuli = Matrix([[1, 0.4], [-0.3, 0.9]])
  static let scales = WeightScales(output: 1.2, input: 1.1, hidden: 1.3)
  static let tightness = 4.0
  static let target = [[0.9, -0.6]]

  /// Z and Z <L> of networks with 32 to 512 neurons a layer, less their limits: the fitted slope of the logarithm against the
  /// logarithm of the width is -1 within four of its errors, these below 0.06 (12 fits: a false alarm has probability 8·10⁻⁴).
  ///
  /// The terms of order 1/n² bend the line by about one error at these numbers of draws.
  @Test(arguments: [(Activation.relu, 1), (.erf, 1), (.tanh, 1), (.softplus, 1), (.relu, 2), (.erf, 2)])
  func deviationsFallAsInverseWidth(activation: Activation, depth: Int) throws {
    let limit = try Self.limit(activation, depth: depth)
    let expansion = try KernelExpansion(activation, depth: depth)
    #expect(agree(log(expansion.limit.evidence), limit.logEvidence, 1e-10))
    #expect(agree(expansion.limit.loss, limit.loss, 1e-10))
    let seed = UInt64(90 + depth)
    var evidence: [(x: Double, y: Double, error: Double)] = []
    var loss = evidence
    for width in Self.widths {
      var stream = try RandomStream(StreamKey(seed: seed, chain: width, purpose: .testing))
      // Softplus, whose kernel fluctuates most, needs more.
      let draws = activation == .softplus ? 20_000 : 5000
      let sums = try expansion.deviations(width: width, draws: draws, using: &stream)
      for (sum, index) in [(sums.evidence, 0), (sums.loss, 1)] {
        let point = (x: log(Double(width)), y: log(abs(sum.mean)), error: sum.standardError / abs(sum.mean))
        if index == 0 { evidence.append(point) } else { loss.append(point) }
      }
    }
    for points in [evidence, loss] {
      let fit = fittedSlope(points)
      #expect(fit.error < 0.06, "\(fit)")
      #expect(abs(fit.slope + 1) < 4 * fit.error, "\(fit)")
    }
  }

  /// The same draws against a limit whose kernel is 2% off: deviations that do not vanish.
  @Test func wrongKernelsFail() throws {
    let expansion = try KernelExpansion(.erf, depth: 1)
    let wrong = try KernelExpansion(.erf, depth: 1, kernelFactor: 1.02)
    var points: [(x: Double, y: Double, error: Double)] = []
    for width in Self.widths {
      var stream = try RandomStream(StreamKey(seed: 91, chain: width, purpose: .testing))
      let sum = try expansion.deviations(width: width, draws: 5000, using: &stream).evidence
      let ratio = (1 + sum.mean) * expansion.limit.evidence / wrong.limit.evidence
      points.append((log(Double(width)), log(abs(ratio - 1)), sum.standardError / abs(ratio - 1)))
    }
    let fit = fittedSlope(points)
    #expect(abs(fit.slope + 1) > 4 * fit.error, "\(fit)")
  }

  static func limit(_ activation: Activation, depth: Int) throws -> OutputPosterior {
    try #require(
      try WideLimit(
        FeedforwardArchitecture(
          features: 2, contexts: 1, widths: [Int](repeating: 1, count: depth), activation: activation,
          readoutScaling: .standard, drivenLayers: .none), scales: scales, task: LearningTask(target: target),
        stimuli: stimuli, tightness: tightness)
    ).posterior
  }
}

/// Evidence and loss of regression on two stimuli, given the kernel.
private struct Regression {
  let evidence: Double
  let loss: Double

  init(_ kernel: Matrix) throws {
    // Written out for two stimuli and nothing but the definition: y ~ N(0, 𝒦), weight exp(-|y - t|²/2T), T = P/β.
    let t = ExactWideLimitTests.stimuli * ExactWideLimitTests.target[0]
    let noise = 2 / ExactWideLimitTests.tightness
    let a = kernel[0, 0] + noise
    let b = kernel[0, 1]
    let c = kernel[1, 1] + noise
    let determinant = a * c - b * b
    let z = [(c * t[0] - b * t[1]) / determinant, (a * t[1] - b * t[0]) / determinant]
    evidence = noise / determinant.squareRoot() * exp(-0.5 * dot(t, z))
    // y - t has mean -T z and covariance T - T²(𝒦 + T)⁻¹.
    let spread = 2 * noise - noise * noise * (a + c) / determinant
    loss = 0.25 * (noise * noise * dot(z, z) + spread)
  }
}

/// The Gibbs ensemble as an average over the kernels of finite networks, expanded about their limits.
///
/// Given the hidden weights the outputs are Gaussian with the last layer's kernel 𝒦: Z = <Z(𝒦)>, <L> = <Z(𝒦) L(𝒦)>/Z. The
/// part of first order in every layer's fluctuation about its average given the layer below has mean zero; it is taken
/// off, and what remains is of the size of the deviation itself.
private struct KernelExpansion {
  let limit: Regression
  private let activation: Activation
  private let depth: Int
  private let inputs: Matrix
  /// Derivatives of relative evidence, and of that times the excess loss, in the entries of the kernel behind each layer.
  private var evidenceSlopes: [[Double]] = []
  private var lossSlopes: [[Double]] = []

  init(_ activation: Activation, depth: Int, kernelFactor: Double = 1) throws {
    self.activation = activation
    self.depth = depth
    let scale = ExactWideLimitTests.scales.input
    inputs = (scale * scale) * (ExactWideLimitTests.stimuli * ExactWideLimitTests.stimuli.transposed)
    var kernels = [inputs]
    for layer in 1...depth { kernels.append(Self.average(activation, kernels[layer - 1], layer: layer, of: depth)) }
    let limit = try Regression(kernelFactor * kernels[depth])
    self.limit = limit
    for layer in 1...depth {
      func above(_ kernel: Matrix) throws -> Regression {
        var k = kernel
        for next in (layer + 1)..<(depth + 1) { k = Self.average(activation, k, layer: next, of: depth) }
        return try Regression(k)
      }
      evidenceSlopes.append(try Self.gradient(at: kernels[layer]) { try above($0).evidence / limit.evidence })
      lossSlopes.append(try Self.gradient(at: kernels[layer]) { try above($0).loss })
    }
  }

  private static func weight(_ layer: Int, of depth: Int) -> Double {
    let scale = layer == depth ? ExactWideLimitTests.scales.output : ExactWideLimitTests.scales.hidden
    return scale * scale
  }

  private static func average(_ activation: Activation, _ kernel: Matrix, layer: Int, of depth: Int) -> Matrix {
    var result = kernel
    for p in 0..<2 {
      for q in 0..<2 {
        result[p, q] = weight(layer, of: depth) * activation.kernel(kernel[p, p], kernel[p, q], kernel[q, q])
      }
    }
    return result
  }

  /// Central differences in the entries 00, 01 (with 10) and 11.
  private static func gradient(at kernel: Matrix, _ body: (Matrix) throws -> Double) rethrows -> [Double] {
    try [(0, 0), (0, 1), (1, 1)].map { p, q in
      func moved(_ step: Double) throws -> Double {
        var k = kernel
        k[p, q] += step
        if p != q { k[q, p] += step }
        return try body(k)
      }
      return try (moved(1e-4) - moved(-1e-4)) / 2e-4
    }
  }

  /// A layer of `width` neurons: their inputs, given the layer below, are independent draws from its kernel.
  private func draw(_ kernel: Matrix, layer: Int, width: Int, using stream: inout RandomStream) -> Matrix {
    let root = kernel[0, 0].squareRoot()
    let slope = kernel[0, 1] / root
    let rest = max(0, kernel[1, 1] - slope * slope).squareRoot()
    var sums = (0.0, 0.0, 0.0)
    for _ in 0..<width {
      let z = stream.standardNormal()
      let first = activation.value(root * z)
      let second = activation.value(slope * z + rest * stream.standardNormal())
      sums.0 += first * first
      sums.1 += first * second
      sums.2 += second * second
    }
    let factor = Self.weight(layer, of: depth) / Double(width)
    return factor * Matrix([[sums.0, sums.1], [sums.1, sums.2]])
  }

  /// Z(𝒦)/Z - 1 and Z(𝒦) (L(𝒦) - L)/Z, Z and L of the limit: on average the deviations of evidence and loss.
  func deviations(
    width: Int, draws: Int, using stream: inout RandomStream
  ) throws -> (evidence: SampleMean, loss: SampleMean) {
    var evidence = SampleMean()
    var loss = SampleMean()
    let firstMean = Self.average(activation, inputs, layer: 1, of: depth)
    for _ in 0..<draws {
      var kernel = inputs
      var first = 0.0
      var second = 0.0
      for layer in 1...depth {
        let drawn = draw(kernel, layer: layer, width: width, using: &stream)
        let mean = layer == 1 ? firstMean : Self.average(activation, kernel, layer: layer, of: depth)
        let change = [drawn[0, 0] - mean[0, 0], drawn[0, 1] - mean[0, 1], drawn[1, 1] - mean[1, 1]]
        first += dot(evidenceSlopes[layer - 1], change)
        second += dot(lossSlopes[layer - 1], change)
        kernel = drawn
      }
      let found = try Regression(kernel)
      let ratio = found.evidence / limit.evidence
      evidence.add(ratio - 1 - first)
      loss.add(ratio * (found.loss - limit.loss) - second)
    }
    return (evidence, loss)
  }
}
