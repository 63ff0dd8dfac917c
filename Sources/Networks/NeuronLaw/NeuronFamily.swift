// The maximum-entropy laws of a neuron without a closed form, as the general solver needs them.

import Sampling

/// The laws p(w, m, b) ∝ p_0(w) p_0(m) p_0(b) exp(w Λ·h(m, b)) of a neuron, with its output weight integrated out.
///
/// p(m, b) ∝ p_0(m, b) exp(½ σ_w² (Λ·h)²), and w given (m, b) is Gaussian with mean σ_w² Λ·h and variance σ_w² (THEORY
/// section 2, "other gains"). Constraints: ⟨w h_cd⟩, named `readout[c,d]`; in the moment convention ⟨w²⟩ and ⟨|m|²⟩ too,
/// `output_second_moment` and `input_second_moment`, whose multipliers μ_w and μ_m shift the precisions, 1/σ² − 2μ, of the
/// Gaussian of the given scales. That is maximum Shannon entropy in w and m, the law of b being relative to its Gaussian.
public struct NeuronFamily: Sendable, Equatable {
  /// h.
  public let response: NeuronResponse
  /// The meaning of the scales of output and input weights.
  public let convention: WeightConvention
  /// σ_w, σ_m and σ_b, standard deviations of p_0.
  public let outputScale, inputScale, contextScale: Double

  /// - Throws: ``MaxEntropyError/invalidParameter(name:value:allowed:)`` for a scale that is not positive and finite, or for
  ///   more contexts than existence can be decided for.
  public init(
    _ response: NeuronResponse, convention: WeightConvention = .prior, outputScale: Double = 1,
    inputScale: Double = 1, contextScale: Double = 1
  ) throws {
    for (name, value) in [
      ("the output scale", outputScale), ("the input scale", inputScale), ("the context scale", contextScale),
    ] {
      guard value > 0, value.isFinite else {
        throw MaxEntropyError.invalidParameter(name: name, value: value, allowed: "a positive finite number")
      }
    }
    guard response.contexts <= MaxEntropyProblem.maximumEnumeratedContexts else {
      throw MaxEntropyError.invalidParameter(
        name: "the number of contexts", value: Double(response.contexts),
        allowed: "1 to \(MaxEntropyProblem.maximumEnumeratedContexts)")
    }
    self.response = response
    self.convention = convention
    self.outputScale = outputScale
    self.inputScale = inputScale
    self.contextScale = contextScale
  }

  /// The number of entries of the readout, K D.
  var readoutCount: Int { response.contexts * response.features }

  /// The averages that solve the task: the readout on target, and in the moment convention σ_w² and D σ_m².
  ///
  /// - Parameter target: A, [context, feature].
  public func targets(for target: Matrix) -> [Double] {
    let readout = response.readout(onTarget: target).elements
    guard convention == .moment else { return readout }
    return readout + [outputScale * outputScale, Double(response.features) * inputScale * inputScale]
  }

  /// What multipliers make of the Gaussian base.
  struct Tilt: Sendable {
    /// 1/σ_w² − 2μ_w and 1/σ_m² − 2μ_m.
    let outputPrecision, inputPrecision: Double
    /// Var(w | m, b).
    var outputVariance: Double { 1 / outputPrecision }
  }

  func tilt(_ multipliers: Span<Double>) -> Tilt {
    let isMoment = convention == .moment
    return Tilt(
      outputPrecision: 1 / (outputScale * outputScale) - (isMoment ? 2 * multipliers[readoutCount] : 0),
      inputPrecision: 1 / (inputScale * inputScale) - (isMoment ? 2 * multipliers[readoutCount + 1] : 0))
  }
}

extension NeuronFamily: ConstraintFamily {
  public var constraintNames: [String] {
    let entries = (0..<response.contexts).flatMap { c in (0..<response.features).map { "readout[\(c),\($0)]" } }
    return entries + (convention == .moment ? ["output_second_moment", "input_second_moment"] : [])
  }

  /// h, and in the moment convention |m|².
  public var statisticCount: Int { readoutCount + (convention == .moment ? 1 : 0) }

  public var drawsBaseExactly: Bool { true }

  public func drawStart(using stream: inout RandomStream) -> [Double] {
    (0..<response.dimension).map { stream.standardNormal() * ($0 < response.features ? inputScale : contextScale) }
  }

  public func density(multipliers: [Double]) -> NeuronFamilyDensity {
    NeuronFamilyDensity(self, multipliers: multipliers)
  }

  public func makeWorkspace() -> NeuronResponse.Workspace { response.makeWorkspace() }

  public func writeStatistics(
    at position: Span<Double>, into statistics: inout MutableSpan<Double>,
    using workspace: inout NeuronResponse.Workspace
  ) {
    position.withUnsafeBufferPointer { response.write(at: $0.baseAddress!, to: &statistics, using: &workspace) }
    guard convention == .moment else { return }
    var square = 0.0
    for d in 0..<response.features { square += position[d] * position[d] }
    statistics[readoutCount] = square
  }

  /// ½ v (Λ·h)² + ½ ln(v/σ_w²) + μ_m |m|², v = Var(w | m, b).
  public func logWeight(multipliers: Span<Double>, statistics: Span<Double>) -> Double {
    let variance = tilt(multipliers).outputVariance
    let sum = dot(multipliers, statistics)
    let weight = 0.5 * variance * sum * sum
    guard convention == .moment else { return weight }
    return weight + 0.5 * log(variance / (outputScale * outputScale))
      + multipliers[readoutCount + 1] * statistics[readoutCount]
  }

  /// v (Λ·h) h, v + v² (Λ·h)² and |m|².
  public func writeMean(multipliers: Span<Double>, statistics: Span<Double>, into mean: inout MutableSpan<Double>) {
    let variance = tilt(multipliers).outputVariance
    let output = variance * dot(multipliers, statistics)
    for k in 0..<readoutCount { mean[k] = output * statistics[k] }
    guard convention == .moment else { return }
    mean[readoutCount] = variance + output * output
    mean[readoutCount + 1] = statistics[readoutCount]
  }

  /// Of w ~ N(ω, v): Cov(w h_k, w h_l) = v h_k h_l, Cov(w h_k, w²) = 2 ω v h_k, Var(w²) = 2 v² + 4 ω² v.
  public func addCovariance(
    multipliers: Span<Double>, statistics: Span<Double>, weight: Double, to covariance: inout Matrix
  ) {
    let variance = tilt(multipliers).outputVariance
    let scale = weight * variance
    for k in 0..<readoutCount {
      for l in 0...k { covariance[k, l] += scale * statistics[k] * statistics[l] }
    }
    guard convention == .moment else { return }
    let output = variance * dot(multipliers, statistics)
    for k in 0..<readoutCount { covariance[readoutCount, k] += 2 * scale * output * statistics[k] }
    covariance[readoutCount, readoutCount] += scale * (2 * variance + 4 * output * output)
  }

  /// Λ·h.
  @inline(__always)
  private func dot(_ multipliers: Span<Double>, _ statistics: Span<Double>) -> Double {
    var sum = 0.0
    for k in 0..<readoutCount { sum += multipliers[k] * statistics[k] }
    return sum
  }
}

/// ln p(m, b) of a neuron with its output weight integrated out, up to a constant.
public struct NeuronFamilyDensity: DifferentiableLogDensity {
  let family: NeuronFamily
  /// Λ, and in the moment convention μ_w and μ_m.
  public let multipliers: [Double]
  public let layout: ParameterLayout

  private let tilt: NeuronFamily.Tilt

  init(_ family: NeuronFamily, multipliers: [Double]) {
    precondition(multipliers.count == family.constraintNames.count, "a multiplier for every constraint")
    self.family = family
    self.multipliers = multipliers
    tilt = family.tilt(multipliers.span)
    var layout = ParameterLayout()
    layout.append("input_weights", shape: [family.response.features])
    layout.append("context_drive", shape: [family.response.contexts])
    self.layout = layout
  }

  /// The standard deviations of the Gaussians that the multipliers tilt.
  public var units: [Double]? {
    (0..<family.response.dimension).map { 1 / precision($0).squareRoot() }
  }

  /// Scratch memory for one chain.
  public struct Workspace: Sendable {
    var response: NeuronResponse.Workspace
    /// ∂(Λ·h)/∂(m, b).
    var slope: [Double]
  }

  public func makeWorkspace() -> Workspace {
    Workspace(
      response: family.response.makeWorkspace(), slope: [Double](repeating: 0, count: family.response.dimension))
  }

  public func logDensity(at position: Span<Double>, using workspace: inout Workspace) -> Double {
    let sum = evaluate(position, &workspace)
    var value = 0.5 * tilt.outputVariance * sum * sum
    for j in 0..<position.count { value -= 0.5 * precision(j) * position[j] * position[j] }
    return value
  }

  public func logDensity(
    at position: Span<Double>, gradient: inout MutableSpan<Double>, using workspace: inout Workspace
  ) -> Double {
    let sum = evaluate(position, &workspace)
    var value = 0.5 * tilt.outputVariance * sum * sum
    for j in 0..<position.count {
      let pull = precision(j) * position[j]
      value -= 0.5 * pull * position[j]
      gradient[j] = tilt.outputVariance * sum * workspace.slope[j] - pull
    }
    return value
  }

  /// Λ·h.
  private func evaluate(_ position: Span<Double>, _ workspace: inout Workspace) -> Double {
    position.withUnsafeBufferPointer {
      family.response.tilt(
        multipliers, at: $0.baseAddress!, gradient: &workspace.slope, using: &workspace.response)
    }
  }

  @inline(__always)
  private func precision(_ coordinate: Int) -> Double {
    coordinate < family.response.features
      ? tilt.inputPrecision : 1 / (family.contextScale * family.contextScale)
  }
}
