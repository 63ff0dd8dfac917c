// The laws of a single neuron that are linear in the readout, its output weight integrated out: what the solver samples.

import Foundation
import Sampling

/// p_Λ(w, m, b) ∝ p0(w, m, b) exp(w Λ·h(m, b) + δ_w w² + δ_m |m|²), with Gaussian p0, as a family over (m, b).
///
/// In the prior convention δ = 0. In the moment convention δ_w and δ_m are two more multipliers, of <w²> and <|m|²>: together with
/// the prior's precisions they are α_w/2 and α_m/2 of THEORY section 2. Given (m, b) w is Gaussian with variance
/// v = 1/(1/σ_w² − 2δ_w) and mean v Λ·h.
public struct NeuronFamily: ConstraintFamily {
  /// h.
  public let response: NeuronResponse
  /// K.
  public let contexts: Int
  /// D.
  public let features: Int
  /// Whether <w²> and <|m|²> are constrained too.
  public let convention: WeightConvention
  /// σ_w, σ_m, σ_b.
  public let outputScale, inputScale, contextScale: Double

  /// - Precondition: positive scales, shapes of the response that fit.
  public init(
    _ response: NeuronResponse, contexts: Int, features: Int, convention: WeightConvention, outputScale: Double,
    inputScale: Double, contextScale: Double
  ) {
    precondition(outputScale > 0 && inputScale > 0 && contextScale > 0)
    self.response = response
    self.contexts = contexts
    self.features = features
    self.convention = convention
    self.outputScale = outputScale
    self.inputScale = inputScale
    self.contextScale = contextScale
  }

  /// What ``constraintNames`` must average to for the target A.
  public func targets(_ target: Matrix) -> [Double] {
    let readout = response.readoutTarget(of: target).elements
    guard convention == .moment else { return readout }
    return readout + [outputScale * outputScale, Double(features) * inputScale * inputScale]
  }

  public var constraintNames: [String] {
    let readout = (0..<contexts).flatMap { c in (0..<features).map { "readout[\(c),\($0)]" } }
    return convention == .moment ? readout + ["<w^2>", "<|m|^2>"] : readout
  }

  /// h and |m|².
  public var statisticCount: Int { contexts * features + 1 }
  public var drawsBaseExactly: Bool { true }

  public func drawStart(using stream: inout RandomStream) -> [Double] {
    (0..<features + contexts).map { stream.standardNormal() * ($0 < features ? inputScale : contextScale) }
  }

  /// Λ of the multipliers, [context, feature].
  public func matrix(_ multipliers: [Double]) -> Matrix {
    Matrix(rows: contexts, columns: features, elements: Array(multipliers.prefix(contexts * features)))
  }

  /// α_w and α_m: the inverse variances without the task.
  public func precisions(_ multipliers: [Double]) -> (output: Double, input: Double) {
    let entries = contexts * features
    let (output, input) = convention == .moment ? (multipliers[entries], multipliers[entries + 1]) : (0, 0)
    return (1 / (outputScale * outputScale) - 2 * output, 1 / (inputScale * inputScale) - 2 * input)
  }

  public func refusal(of multipliers: [Double]) -> String? {
    let (output, input) = precisions(multipliers)
    guard output > 0, input > 0 else { return "a weight's second moment would be infinite" }
    let growth = response.growth(
      matrix(multipliers), inputScale: 1 / input.squareRoot(), contextScale: contextScale)
    guard growth < output else {
      return "the response of a neuron with large weights outgrows their Gaussian (by a factor of "
        + "\(String(format: "%.4g", (growth / output).squareRoot())), which must stay below 1)"
    }
    return nil
  }

  public func density(multipliers: [Double]) -> NeuronDensity {
    let (output, input) = precisions(multipliers)
    return NeuronDensity(
      response: response, multipliers: matrix(multipliers), outputVariance: 1 / output, inputPrecision: input,
      contextPrecision: 1 / (contextScale * contextScale))
  }

  public func makeWorkspace() -> [Double] { [Double](repeating: 0, count: contexts * features) }

  public func writeStatistics(
    at position: Span<Double>, into statistics: inout MutableSpan<Double>, using workspace: inout [Double]
  ) {
    position.withUnsafeBufferPointer { x in
      workspace.withUnsafeMutableBufferPointer {
        response.write(
          x.baseAddress!, x.baseAddress! + features, contexts: contexts, features: features, to: $0.baseAddress!)
      }
    }
    for k in 0..<contexts * features { statistics[k] = workspace[k] }
    var square = 0.0
    for d in 0..<features { square += position[d] * position[d] }
    statistics[contexts * features] = square
  }

  /// v and Λ·h.
  private func output(_ multipliers: Span<Double>, _ statistics: Span<Double>) -> (variance: Double, force: Double) {
    var force = 0.0
    for k in 0..<contexts * features { force += multipliers[k] * statistics[k] }
    let own = convention == .moment ? multipliers[contexts * features] : 0
    return (1 / (1 / (outputScale * outputScale) - 2 * own), force)
  }

  public func logWeight(multipliers: Span<Double>, statistics: Span<Double>) -> Double {
    let (variance, force) = output(multipliers, statistics)
    let value = variance * force * force / 2
    guard convention == .moment else { return value }
    return value + log(variance / (outputScale * outputScale)) / 2
      + multipliers[contexts * features + 1] * statistics[contexts * features]
  }

  public func writeMean(multipliers: Span<Double>, statistics: Span<Double>, into mean: inout MutableSpan<Double>) {
    let (variance, force) = output(multipliers, statistics)
    let w = variance * force
    let entries = contexts * features
    for k in 0..<entries { mean[k] = w * statistics[k] }
    guard convention == .moment else { return }
    mean[entries] = variance + w * w
    mean[entries + 1] = statistics[entries]
  }

  public func addCovariance(
    multipliers: Span<Double>, statistics: Span<Double>, weight: Double, to covariance: inout Matrix
  ) {
    let (variance, force) = output(multipliers, statistics)
    let w = variance * force
    let entries = contexts * features
    for k in 0..<entries {
      for l in 0..<entries { covariance[k, l] += weight * variance * statistics[k] * statistics[l] }
    }
    guard convention == .moment else { return }
    for k in 0..<entries {
      let cross = weight * 2 * w * variance * statistics[k]
      covariance[k, entries] += cross
      covariance[entries, k] += cross
    }
    covariance[entries, entries] += weight * variance * (2 * variance + 4 * w * w)
  }
}

/// ln p(m, b) = −½ α_m |m|² − ½ |b|²/σ_b² + ½ v (Λ·h)²: a neuron with its output weight integrated out.
///
/// Blocks `input_weights` [feature] and `context_drive` [context].
public struct NeuronDensity: DifferentiableLogDensity {
  let response: NeuronResponse
  /// Λ, [context, feature].
  let multipliers: Matrix
  /// v.
  let outputVariance: Double
  let inputPrecision: Double
  let contextPrecision: Double
  public let layout: ParameterLayout

  init(
    response: NeuronResponse, multipliers: Matrix, outputVariance: Double, inputPrecision: Double,
    contextPrecision: Double
  ) {
    self.response = response
    self.multipliers = multipliers
    self.outputVariance = outputVariance
    self.inputPrecision = inputPrecision
    self.contextPrecision = contextPrecision
    var layout = ParameterLayout()
    layout.append("input_weights", shape: [multipliers.columns])
    layout.append("context_drive", shape: [multipliers.rows])
    self.layout = layout
  }

  public func makeWorkspace() -> [Double] { [Double](repeating: 0, count: dimension) }

  public func logDensity(at position: Span<Double>, using workspace: inout [Double]) -> Double {
    position.withUnsafeBufferPointer { x in
      workspace.withUnsafeMutableBufferPointer { evaluate(x.baseAddress!, gradient: $0.baseAddress!) }
    }
  }

  public func logDensity(
    at position: Span<Double>, gradient: inout MutableSpan<Double>, using workspace: inout [Double]
  ) -> Double {
    position.withUnsafeBufferPointer { x in
      gradient.withUnsafeMutableBufferPointer { evaluate(x.baseAddress!, gradient: $0.baseAddress!) }
    }
  }

  private func evaluate(_ x: UnsafePointer<Double>, gradient: UnsafeMutablePointer<Double>) -> Double {
    let features = multipliers.columns
    var value = 0.0
    for j in 0..<dimension {
      let precision = j < features ? inputPrecision : contextPrecision
      gradient[j] = -precision * x[j]
      value -= precision * x[j] * x[j] / 2
    }
    let force = response.addGradient(
      x, x + features, multipliers: multipliers, weight: { outputVariance * $0 }, to: gradient)
    return value + outputVariance * force * force / 2
  }
}
