// The log density of a whole two-layer network on Gaussian stimuli, whose averages over stimuli are closed forms.

import Sampling

/// ln p(w, m, b) = −½ Σ w_i²/σ_w² − ½ Σ |m_i|²/σ_m² − ½ Σ b_ic²/σ_b² − t N V, for y_c(x) = (1/N) Σ_i w_i φ(m_i·x + b_ic) and
/// x ~ N(0, S).
///
/// V is β L with the expected loss L = ½ Σ_c E[(y_c − A_c·x)²] (THEORY section 1), the Gibbs ensemble of section 5, or −Λ·R
/// with R_cd = E[y_c x_d] = (1/N) Σ_i w_i ḡ(b_ic, |m_i|_S) (S m_i)_d. Position: blocks `output_weight` [neuron],
/// `input_weights` [feature, neuron] and `context_drive` [context, neuron]. Constants are omitted. With the loss one
/// evaluation, with or without gradient, costs O(N² (K + D)), since every pair of neurons interacts; with multipliers
/// O(N (K + D) D).
public struct GaussianTwoLayerDensity: Sendable {
  /// What binds the network to its task.
  public enum Potential: Sendable, Equatable {
    /// V = β L, with target A [context, feature].
    case loss(tightness: Double, target: Matrix)
    /// V = −Λ·R, Λ [context, feature].
    case multipliers(Matrix)
  }

  /// The number of neurons N.
  public let neurons: Int
  /// φ.
  public let activation: Activation
  /// What binds the network to its task.
  public let potential: Potential
  /// S, [feature, feature].
  public let stimulusCovariance: Matrix
  /// The Gaussians of output weights, input weights and context drives.
  public let weightPrior: WeightPrior
  /// t, in 0 ... 1.
  public private(set) var inverseTemperature = 1.0
  public var layout: ParameterLayout { weightPrior.layout }

  let contexts: Int
  let features: Int
  /// T S with T = β A or Λ, [context, feature]: N V has the term −Σ_ic w_i ḡ_ic (T S)_c·m_i.
  let pull: Matrix
  /// β; 0 where V is linear in the readout.
  let tightness: Double
  /// What knows the mean products of neurons; nil where V is linear in the readout.
  let pairs: (any GaussianPairFunction.Type)?
  /// ½ β Σ_c A_cᵀ S A_c.
  let targetPower: Double

  /// - Precondition: at least one neuron; positive scales; a symmetric S of the potential's number of features.
  /// - Throws: ``GaussianTwoLayerError/noClosedForm(_:)`` for the loss of an activation without a closed form.
  public init(
    neurons: Int, activation: Activation, potential: Potential, stimulusCovariance: Matrix, outputScale: Double,
    inputScale: Double, contextScale: Double
  ) throws {
    precondition(neurons > 0)
    self.neurons = neurons
    self.activation = activation
    self.potential = potential
    self.stimulusCovariance = stimulusCovariance
    let matrix: Matrix
    switch potential {
    case .loss(let tightness, let target):
      guard let own = activation.function.pairs else { throw GaussianTwoLayerError.noClosedForm(activation) }
      pairs = tightness == 0 ? nil : own
      matrix = tightness * target
      self.tightness = tightness
      let shaped = target * stimulusCovariance
      targetPower = tightness / 2 * zip(shaped.elements, target.elements).reduce(0) { $0 + $1.0 * $1.1 }
    case .multipliers(let multipliers):
      matrix = multipliers
      pairs = nil
      tightness = 0
      targetPower = 0
    }
    precondition(stimulusCovariance.rows == matrix.columns && stimulusCovariance.columns == matrix.columns)
    pull = matrix * stimulusCovariance
    contexts = matrix.rows
    features = matrix.columns
    weightPrior = WeightPrior(
      [
        .init("output_weight", shape: [neurons], scale: outputScale),
        .init("input_weights", shape: [features, neurons], scale: inputScale),
        .init("context_drive", shape: [contexts, neurons], scale: contextScale),
      ], value: .byVariance, slopes: .byVariance)
  }

  /// The same networks, bound otherwise and at inverse temperature 1.
  ///
  /// - Throws: ``GaussianTwoLayerError/noClosedForm(_:)`` as above.
  func bound(to potential: Potential) throws -> GaussianTwoLayerDensity {
    let scales = weightPrior.blocks.map(\.scale)
    return try GaussianTwoLayerDensity(
      neurons: neurons, activation: activation, potential: potential, stimulusCovariance: stimulusCovariance,
      outputScale: scales[0], inputScale: scales[1], contextScale: scales[2])
  }

  /// Where the context drives start in a position.
  var drivesOffset: Int { neurons * (1 + features) }
}

/// Why averages over Gaussian stimuli are refused.
public enum GaussianTwoLayerError: Error, Sendable, Equatable, CustomStringConvertible {
  /// E[φ φ] has no closed form.
  case noClosedForm(Activation)

  public var description: String {
    switch self {
    case .noClosedForm(let activation):
      "the loss of a \(activation.rawValue) network on Gaussian stimuli has no closed form; use sampled stimuli, or one of "
        + "the activations \(Activation.allCases.filter(\.hasGaussianPairs).map(\.rawValue).joined(separator: ", "))"
    }
  }
}

extension GaussianTwoLayerDensity: DifferentiableLogDensity {
  /// S m, the exact gains and what pairs of neurons need, of the point last evaluated; and the slopes of N V.
  public struct Workspace: Sendable {
    /// S m_i, [feature, neuron].
    var shaped: [Double]
    /// |m_i|_S², [neuron].
    var variances: [Double]
    /// ḡ and its slopes, [context, neuron].
    var gains: [GaussianGain]
    /// [context, neuron]; empty where V is linear in the readout.
    var inputs: [GaussianInput]
    /// N V.
    var value = 0.0
    /// ∂(N V)/∂(w, m, b), as a position.
    var slopes: [Double]
    /// ∂(N V)/∂|m_i|_S², [neuron].
    var varianceSlopes: [Double]
  }

  public func makeWorkspace() -> Workspace {
    func zeros(_ count: Int) -> [Double] { [Double](repeating: 0, count: count) }
    return Workspace(
      shaped: zeros(features * neurons), variances: zeros(neurons),
      gains: [GaussianGain](
        repeating: GaussianGain(gain: 0, driveSlope: 0, varianceSlope: 0), count: contexts * neurons),
      inputs: [GaussianInput](repeating: .zero, count: tightness == 0 ? 0 : contexts * neurons),
      slopes: zeros(layout.dimension), varianceSlopes: zeros(neurons))
  }

  public func logDensity(at position: Span<Double>, using workspace: inout Workspace) -> Double {
    position.withUnsafeBufferPointer { x in
      weightPrior.logDensity(x.baseAddress!) - inverseTemperature * potential(at: x.baseAddress!, using: &workspace)
    }
  }

  public func logDensity(
    at position: Span<Double>, gradient: inout MutableSpan<Double>, using workspace: inout Workspace
  ) -> Double {
    let value = logDensity(at: position, using: &workspace)
    position.withUnsafeBufferPointer { x in
      gradient.withUnsafeMutableBufferPointer { weightPrior.writeGradient(x.baseAddress!, to: $0.baseAddress!) }
    }
    for j in 0..<position.count { gradient[j] -= inverseTemperature * workspace.slopes[j] }
    return value
  }
}

extension GaussianTwoLayerDensity {
  /// N V, kept in the workspace with its slopes.
  func potential(at x: UnsafePointer<Double>, using workspace: inout Workspace) -> Double {
    prepare(x, &workspace)
    for j in 0..<workspace.slopes.count { workspace.slopes[j] = 0 }
    for i in 0..<neurons { workspace.varianceSlopes[i] = 0 }
    var value = addPull(x, &workspace)
    if let pairs { value += Double(neurons) * targetPower + addPairs(x, pairs, &workspace) }
    // Of every |m_i|_S².
    let n = neurons
    for d in 0..<features {
      for i in 0..<n {
        workspace.slopes[n + d * n + i] += 2 * workspace.varianceSlopes[i] * workspace.shaped[d * n + i]
      }
    }
    workspace.value = value
    return value
  }

  /// S m, variances, gains and inputs. O(N D (K + D)).
  func prepare(_ x: UnsafePointer<Double>, _ workspace: inout Workspace) {
    let n = neurons
    let m = x + n
    let b = x + drivesOffset
    for i in 0..<n {
      var variance = 0.0
      for d in 0..<features {
        var sum = 0.0
        for e in 0..<features { sum += stimulusCovariance.elements[d * features + e] * m[e * n + i] }
        workspace.shaped[d * n + i] = sum
        variance += sum * m[d * n + i]
      }
      // A singular S leaves rounding where it has no variance.
      variance = max(0, variance)
      workspace.variances[i] = variance
      for c in 0..<contexts {
        let j = c * n + i
        workspace.gains[j] = activation.gaussianGain(drive: b[j], variance: variance)
        if let pairs { workspace.inputs[j] = GaussianInput(pairs, drive: b[j], variance: variance) }
      }
    }
  }

  /// Adds −Σ_ic w_i ḡ_ic (T S)_c·m_i and its slopes.
  private func addPull(_ x: UnsafePointer<Double>, _ workspace: inout Workspace) -> Double {
    let n = neurons
    let m = x + n
    let drives = drivesOffset
    var value = 0.0
    for c in 0..<contexts {
      for i in 0..<n {
        var projection = 0.0
        for d in 0..<features { projection += pull.elements[c * features + d] * m[d * n + i] }
        let gain = workspace.gains[c * n + i]
        let weighted = x[i] * projection
        value -= weighted * gain.gain
        workspace.slopes[i] -= gain.gain * projection
        workspace.slopes[drives + c * n + i] -= weighted * gain.driveSlope
        workspace.varianceSlopes[i] -= weighted * gain.varianceSlope
        for d in 0..<features {
          workspace.slopes[n + d * n + i] -= x[i] * gain.gain * pull.elements[c * features + d]
        }
      }
    }
    return value
  }

  /// Adds (β/2N) Σ_c Σ_ij w_i w_j E[φ_ic φ_jc] and its slopes. O(N² (K + D)).
  private func addPairs(
    _ x: UnsafePointer<Double>, _ pairs: any GaussianPairFunction.Type, _ workspace: inout Workspace
  ) -> Double {
    let n = neurons
    let m = x + n
    let drives = drivesOffset
    let unit = tightness / (2 * Double(n))
    var value = 0.0
    for i in 0..<n {
      for j in 0...i {
        var covariance = workspace.variances[i]
        if i != j {
          covariance = 0
          for d in 0..<features { covariance += workspace.shaped[d * n + i] * m[d * n + j] }
        }
        // Pairs of different neurons occur twice.
        let strength = i == j ? unit : 2 * unit
        let weight = strength * x[i] * x[j]
        var product = 0.0
        var covarianceSlope = 0.0
        let joint = GaussianCorrelation(workspace.inputs[i], workspace.inputs[j], covariance: covariance)
        for c in 0..<contexts {
          let pair = pairs.pair(workspace.inputs[c * n + i], workspace.inputs[c * n + j], joint)
          product += pair.value
          covarianceSlope += pair.covarianceSlope
          workspace.slopes[drives + c * n + i] += weight * pair.driveSlopes.0
          workspace.slopes[drives + c * n + j] += weight * pair.driveSlopes.1
          workspace.varianceSlopes[i] += weight * pair.varianceSlopes.0
          workspace.varianceSlopes[j] += weight * pair.varianceSlopes.1
        }
        value += weight * product
        workspace.slopes[i] += strength * x[j] * product
        workspace.slopes[j] += strength * x[i] * product
        let factor = weight * covarianceSlope
        for d in 0..<features {
          workspace.slopes[n + d * n + i] += factor * workspace.shaped[d * n + j]
          workspace.slopes[n + d * n + j] += factor * workspace.shaped[d * n + i]
        }
      }
    }
    return value
  }

  /// R_cd = E[y_c x_d] of the point that the workspace was last used at, [context, feature], with the output weights that `x` begins with.
  /// O(N K D).
  func writeReadout(
    _ x: UnsafePointer<Double>, _ workspace: borrowing Workspace, to values: UnsafeMutablePointer<Double>
  ) {
    let n = neurons
    for c in 0..<contexts {
      for d in 0..<features {
        var sum = 0.0
        for i in 0..<n { sum += x[i] * workspace.gains[c * n + i].gain * workspace.shaped[d * n + i] }
        values[c * features + d] = sum / Double(n)
      }
    }
  }
}

extension GaussianTwoLayerDensity: TemperableLogDensity {
  public func tempered(to inverseTemperature: Double) -> Self {
    precondition(inverseTemperature >= 0 && inverseTemperature <= 1, "an inverse temperature is in 0 ... 1")
    var copy = self
    copy.inverseTemperature = inverseTemperature
    return copy
  }

  /// −N V.
  public func temperatureSlope(at position: Span<Double>, using workspace: inout Workspace) -> Double {
    position.withUnsafeBufferPointer { -potential(at: $0.baseAddress!, using: &workspace) }
  }
}

extension GaussianTwoLayerDensity: NetworkDensity {
  public var taskFactor: Double { Double(neurons) }

  /// Nil: an expected loss over all stimuli is no likelihood of finitely many data.
  public func withTask(drawnGiven position: Span<Double>, using stream: inout RandomStream) -> Self? { nil }
}
