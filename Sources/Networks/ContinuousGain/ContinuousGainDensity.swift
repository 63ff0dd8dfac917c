// The log density of a whole gain-modulated linear network with continuous gains.

import Sampling

/// ln p(w, m, b) = −½ Σ w_i²/σ_w² − ½ Σ |m_i|²/σ_m² − ½ Σ b_ic²/σ_b² − t N V(R), with R_cd = (1/N) Σ_i w_i φ'(b_ic) m_id and
/// the inverse temperature t = 1 unless the density is tempered towards its prior.
///
/// The gain-modulated linear model of a smooth activation (THEORY sections 1 and 2). With the loss as potential it is the
/// Gibbs ensemble of section 5, with multipliers the product ensemble, which exists where
/// σ_w σ_m max |Λᵀg| < 1 over gains in their range (see `ContinuousGainFamily`). Position: blocks `output_weight` [neuron],
/// `input_weights` [feature, neuron] and `context_drive` [context, neuron]. Constants are omitted. One evaluation, with or
/// without gradient, costs O(N K D).
///
/// A rectifier's gain is a step: its context drives would have the prior's gradient only, and gains that are never sampled
/// through it. Sample it as binary gains that are active with probability ½, and a linear activation as gains fixed at one.
public struct ContinuousGainDensity: Sendable {
  /// The number of neurons N.
  public let neurons: Int
  /// φ.
  public let activation: Activation
  /// What binds the network to its task.
  public private(set) var potential: ReadoutPotential
  /// The Gaussians of output weights, input weights and context drives.
  public let weightPrior: WeightPrior
  /// t, in 0 ... 1.
  public private(set) var inverseTemperature = 1.0
  public var layout: ParameterLayout { weightPrior.layout }

  let contexts: Int
  let features: Int

  /// - Precondition: at least one neuron; positive scales; an activation whose gain is no step.
  public init(
    neurons: Int, activation: Activation, potential: ReadoutPotential, outputScale: Double, inputScale: Double,
    contextScale: Double
  ) {
    precondition(neurons > 0)
    precondition(!activation.hasStepGain, "its gains are binary: see GainModulatedLinearDensity")
    self.neurons = neurons
    self.activation = activation
    self.potential = potential
    contexts = potential.contexts
    features = potential.features
    weightPrior = WeightPrior(
      [
        .init("output_weight", shape: [neurons], scale: outputScale),
        .init("input_weights", shape: [features, neurons], scale: inputScale),
        .init("context_drive", shape: [contexts, neurons], scale: contextScale),
      ], value: .byVariance)
  }

  /// Where the context drives start in a position.
  var drivesOffset: Int { neurons * (1 + features) }
}

extension ContinuousGainDensity: DifferentiableLogDensity {
  /// R, ∂V/∂R and the gains of the point last evaluated.
  public struct Workspace: Sendable {
    var readout: [Double]
    var slope: [Double]
    /// φ(b_ic) and φ'(b_ic), [context, neuron].
    var values: [Double]
    var gains: [Double]
    /// φ''(b_ic), where a gradient was asked for.
    var curvatures: [Double]
  }

  public func makeWorkspace() -> Workspace {
    // Arrays of their own: shared ones would be copied at the first evaluation.
    func zeros(_ count: Int) -> [Double] { [Double](repeating: 0, count: count) }
    return Workspace(
      readout: zeros(contexts * features), slope: zeros(contexts * features), values: zeros(contexts * neurons),
      gains: zeros(contexts * neurons), curvatures: zeros(contexts * neurons))
  }

  public func logDensity(at position: Span<Double>, using workspace: inout Workspace) -> Double {
    position.withUnsafeBufferPointer { logDensity($0.baseAddress!, using: &workspace) }
  }

  public func logDensity(
    at position: Span<Double>, gradient: inout MutableSpan<Double>, using workspace: inout Workspace
  ) -> Double {
    position.withUnsafeBufferPointer { x in
      let value = logDensity(x.baseAddress!, using: &workspace)
      gradient.withUnsafeMutableBufferPointer { writeGradient(x.baseAddress!, &workspace, $0.baseAddress!) }
      return value
    }
  }

  private func logDensity(_ x: UnsafePointer<Double>, using workspace: inout Workspace) -> Double {
    computeReadout(x, &workspace)
    let potentialValue = inverseTemperature * potential.value(at: workspace.readout, slope: &workspace.slope)
    return weightPrior.logDensity(x) - Double(neurons) * potentialValue
  }

  @inline(__always)
  private func computeReadout(_ x: UnsafePointer<Double>, _ workspace: inout Workspace) {
    let n = neurons
    workspace.values.withUnsafeMutableBufferPointer { values in
      workspace.gains.withUnsafeMutableBufferPointer { gains in
        activation.apply(
          x + drivesOffset, values: values.baseAddress!, gains: gains.baseAddress!, count: n * contexts)
      }
    }
    workspace.gains.withUnsafeBufferPointer { gains in
      for c in 0..<contexts {
        for d in 0..<features {
          workspace.readout[c * features + d] =
            sumOfProducts(x, gains.baseAddress! + c * n, x + n + d * n, n) / Double(n)
        }
      }
    }
  }

  private func writeCurvatures(_ drives: UnsafePointer<Double>, _ workspace: inout Workspace) {
    workspace.curvatures.withUnsafeMutableBufferPointer { curvatures in
      workspace.values.withUnsafeBufferPointer { values in
        workspace.gains.withUnsafeBufferPointer { gains in
          activation.function.writeCurvatures(
            drives, values: values.baseAddress!, gains: gains.baseAddress!, to: curvatures.baseAddress!,
            count: neurons * contexts)
        }
      }
    }
  }

  /// With v_cd = t ∂V/∂R_cd: ∂/∂w_i = −w_i/σ_w² − Σ_cd v_cd g_ic m_id, ∂/∂m_id = −m_id/σ_m² − w_i Σ_c v_cd g_ic and
  /// ∂/∂b_ic = −b_ic/σ_b² − w_i φ''(b_ic) Σ_d v_cd m_id.
  private func writeGradient(
    _ x: UnsafePointer<Double>, _ workspace: inout Workspace, _ gradient: UnsafeMutablePointer<Double>
  ) {
    writeCurvatures(x + drivesOffset, &workspace)
    let n = neurons
    let (m, b) = (x + n, x + drivesOffset)
    let (dm, db) = (gradient + n, gradient + drivesOffset)
    // The drives' part follows where theirs of the task is known.
    weightPrior.writeGradient(x, to: gradient, ofBlocks: 0..<2)
    let contextPrecision = weightPrior.blocks[2].precision
    workspace.gains.withUnsafeBufferPointer { gains in
      workspace.curvatures.withUnsafeBufferPointer { curvatures in
        for c in 0..<contexts {
          let g = gains.baseAddress! + c * n
          for i in 0..<n {
            // Σ_d v_cd m_id, kept where the drive's gradient will be.
            db[c * n + i] = 0
          }
          for d in 0..<features {
            let v = inverseTemperature * workspace.slope[c * features + d]
            for i in 0..<n {
              db[c * n + i] += v * m[d * n + i]
              dm[d * n + i] -= v * x[i] * g[i]
            }
          }
          for i in 0..<n {
            let j = c * n + i
            gradient[i] -= g[i] * db[j]
            db[j] = -contextPrecision * b[j] - x[i] * curvatures[j] * db[j]
          }
        }
      }
    }
  }
}

extension ContinuousGainDensity: TemperableLogDensity {
  public func tempered(to inverseTemperature: Double) -> Self {
    precondition(inverseTemperature >= 0 && inverseTemperature <= 1, "an inverse temperature is in 0 ... 1")
    var copy = self
    copy.inverseTemperature = inverseTemperature
    return copy
  }

  /// −N V(R).
  public func temperatureSlope(at position: Span<Double>, using workspace: inout Workspace) -> Double {
    position.withUnsafeBufferPointer { computeReadout($0.baseAddress!, &workspace) }
    return -Double(neurons) * potential.value(at: workspace.readout, slope: &workspace.slope)
  }
}

extension ContinuousGainDensity: NetworkDensity {
  public var taskFactor: Double { Double(neurons) }

  /// The target drawn from A_c ~ N(R_c, S⁻¹/(βN)), as for binary gains.
  public func withTask(drawnGiven position: Span<Double>, using stream: inout RandomStream) -> Self? {
    var workspace = makeWorkspace()
    position.withUnsafeBufferPointer { computeReadout($0.baseAddress!, &workspace) }
    let readout = Matrix(rows: contexts, columns: features, elements: workspace.readout)
    guard let drawn = potential.drawingTarget(given: readout, weight: inverseTemperature * taskFactor, using: &stream)
    else { return nil }
    var copy = self
    copy.potential = drawn
    return copy
  }
}
