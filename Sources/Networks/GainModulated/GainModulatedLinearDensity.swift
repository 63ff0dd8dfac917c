// The log density of a whole gain-modulated linear network.

import Sampling

/// ln p(w, m, g) = −½ α_w Σ w_i² − ½ α_m Σ |m_i|² + ln(π/(1−π)) Σ g_ic − t N V(R), with R_cd = (1/N) Σ_i w_i g_ic m_id
/// and the inverse temperature t = 1 unless the density is tempered towards its prior.
///
/// With the loss as potential this is the Gibbs ensemble of THEORY section 5 (whose neurons interact through R), with
/// multipliers the product ensemble of section 4, with a constraint the hard ensemble of section 11. Position: blocks `output_weight` [neuron], `input_weights`
/// [feature, neuron] and, where gains are drawn, `gain` [context, neuron] (binary). Constants are omitted. One
/// evaluation, with or without gradient, costs O(N K D); a flip O(D²).
public struct GainModulatedLinearDensity: Sendable {
  /// The number of neurons N.
  public let neurons: Int
  /// What binds the network to its task.
  public private(set) var potential: ReadoutPotential
  /// The Gaussians of output and input weights.
  public let weightPrior: WeightPrior
  /// The gains.
  public let gains: BinaryGains
  /// t, in 0 ... 1.
  public private(set) var inverseTemperature = 1.0
  public let layout: ParameterLayout

  let contexts: Int
  let features: Int
  /// ln(π/(1−π)).
  let gainLogOdds: Double
  /// B with S = B Bᵀ, [feature, eigenvector]; nil without a loss, or if S has no eigendecomposition.
  let stimulusRoot: Matrix?

  /// - Precondition: at least one neuron; positive precisions; 0 < π < 1; fixed gains of shape [contexts, neurons].
  public init(
    neurons: Int, potential: ReadoutPotential, outputPrecision: Double, inputPrecision: Double, gains: BinaryGains
  ) {
    precondition(neurons > 0 && outputPrecision > 0 && inputPrecision > 0)
    self.neurons = neurons
    self.potential = potential
    self.gains = gains
    contexts = potential.contexts
    features = potential.features
    stimulusRoot = potential.stimulusRoot
    weightPrior = WeightPrior([
      .init("output_weight", shape: [neurons], precision: outputPrecision),
      .init("input_weights", shape: [features, neurons], precision: inputPrecision),
    ])
    var layout = weightPrior.layout
    switch gains {
    case .drawn(let activeProbability):
      precondition(activeProbability > 0 && activeProbability < 1)
      gainLogOdds = log(activeProbability / (1 - activeProbability))
      layout.append("gain", shape: [contexts, neurons], kind: .binary)
    case .fixed(let matrix):
      precondition(matrix.rows == contexts && matrix.columns == neurons)
      gainLogOdds = 0
    }
    self.layout = layout
  }

  /// α_w: inverse variance of the output weights' Gaussian.
  public var outputPrecision: Double { weightPrior.blocks[0].precision }
  /// α_m: inverse variance of each input weight's Gaussian.
  public var inputPrecision: Double { weightPrior.blocks[1].precision }

  /// Calls `body` with the gains as [context, neuron].
  @inline(__always)
  func withGains<Result>(
    at position: UnsafeBufferPointer<Double>, _ body: (UnsafePointer<Double>) -> Result
  ) -> Result {
    switch gains {
    case .drawn: body(position.baseAddress! + neurons * (1 + features))
    case .fixed(let matrix): matrix.elements.withUnsafeBufferPointer { body($0.baseAddress!) }
    }
  }
}

extension GainModulatedLinearDensity: DifferentiableLogDensity {
  /// R and ∂V/∂R of the point last evaluated, and scratch memory.
  public struct Workspace: Sendable {
    var readout: [Double]
    var slope: [Double]
    var scaledSlope: [Double]
    var change: [Double]
  }

  public func makeWorkspace() -> Workspace {
    // Arrays of their own: shared ones would be copied at the first evaluation.
    func zeros(_ count: Int) -> [Double] { [Double](repeating: 0, count: count) }
    return Workspace(
      readout: zeros(contexts * features), slope: zeros(contexts * features), scaledSlope: zeros(contexts * features),
      change: zeros(features))
  }

  public func logDensity(at position: Span<Double>, using workspace: inout Workspace) -> Double {
    position.withUnsafeBufferPointer { x in
      withGains(at: x) { g in logDensity(x.baseAddress!, g, using: &workspace) }
    }
  }

  public func logDensity(
    at position: Span<Double>, gradient: inout MutableSpan<Double>, using workspace: inout Workspace
  ) -> Double {
    position.withUnsafeBufferPointer { x in
      withGains(at: x) { g in
        let value = logDensity(x.baseAddress!, g, using: &workspace)
        gradient.withUnsafeMutableBufferPointer { writeGradient(x.baseAddress!, g, &workspace, $0.baseAddress!) }
        return value
      }
    }
  }

  private func logDensity(
    _ x: UnsafePointer<Double>, _ g: UnsafePointer<Double>, using workspace: inout Workspace
  ) -> Double {
    computeReadout(x, g, &workspace)
    let potentialValue = inverseTemperature * potential.value(at: workspace.readout, slope: &workspace.slope)
    var value = weightPrior.logDensity(x)
    if gainLogOdds != 0 {
      var active = 0.0
      for i in 0..<contexts * neurons { active += g[i] }
      value += gainLogOdds * active
    }
    return value - Double(neurons) * potentialValue
  }

  @inline(__always)
  private func computeReadout(_ x: UnsafePointer<Double>, _ g: UnsafePointer<Double>, _ workspace: inout Workspace) {
    VectorKernels.gatedReadout(
      outputWeights: x, inputWeights: x + neurons, gains: g, into: &workspace.readout, contexts: contexts,
      features: features, neurons: neurons)
    for k in workspace.readout.indices { workspace.readout[k] /= Double(neurons) }
  }

  /// ∂/∂w_i = −α_w w_i − Σ_d v_id m_id and ∂/∂m_id = −α_m m_id − w_i v_id, with v_id = t Σ_c g_ic ∂V/∂R_cd.
  private func writeGradient(
    _ x: UnsafePointer<Double>, _ g: UnsafePointer<Double>, _ workspace: inout Workspace,
    _ gradient: UnsafeMutablePointer<Double>
  ) {
    for k in workspace.slope.indices { workspace.scaledSlope[k] = inverseTemperature * workspace.slope[k] }
    VectorKernels.gatedGradient(
      outputWeights: x, inputWeights: x + neurons, gains: g, slope: workspace.scaledSlope,
      outputPrecision: outputPrecision, inputPrecision: inputPrecision, byOutputWeights: gradient,
      byInputWeights: gradient + neurons, contexts: contexts, features: features, neurons: neurons)
  }
}

extension GainModulatedLinearDensity: FlippableLogDensity {
  public func beginFlips(at position: Span<Double>, using workspace: inout Workspace) {
    _ = logDensity(at: position, using: &workspace)
  }

  public func logDensityChange(
    flipping coordinate: Int, at position: Span<Double>, using workspace: inout Workspace
  ) -> Double {
    let (context, sign) = readoutChange(flipping: coordinate, from: position[coordinate], position, &workspace)
    let potentialChange = potential.change(ofRow: context, by: workspace.change, slope: workspace.slope)
    return sign * gainLogOdds - Double(neurons) * inverseTemperature * potentialChange
  }

  public func didFlip(_ coordinate: Int, at position: Span<Double>, using workspace: inout Workspace) {
    let (context, _) = readoutChange(flipping: coordinate, from: 1 - position[coordinate], position, &workspace)
    for d in 0..<features { workspace.readout[context * features + d] += workspace.change[d] }
    potential.updateSlope(&workspace.slope, ofRow: context, by: workspace.change)
  }

  /// Writes the change of R_c on switching a gain away from `oldGain`; returns c and +1 (on) or −1 (off).
  @inline(__always)
  private func readoutChange(
    flipping coordinate: Int, from oldGain: Double, _ position: Span<Double>, _ workspace: inout Workspace
  ) -> (context: Int, sign: Double) {
    let n = neurons
    let (context, neuron) = (coordinate - n * (1 + features)).quotientAndRemainder(dividingBy: n)
    let sign = 1 - 2 * oldGain
    let scale = sign * position[unchecked: neuron] / Double(n)
    for d in 0..<features { workspace.change[d] = scale * position[unchecked: n + d * n + neuron] }
    return (context, sign)
  }
}

extension GainModulatedLinearDensity: GaussianPriorLogDensity {
  /// All but the weights' Gaussian: the task, and the gains' coins.
  public func logLikelihood(at position: Span<Double>, using workspace: inout Workspace) -> Double {
    let value = logDensity(at: position, using: &workspace)
    return position.withUnsafeBufferPointer { value - weightPrior.logDensity($0.baseAddress!) }
  }
}

extension GainModulatedLinearDensity: TemperableLogDensity {
  public func tempered(to inverseTemperature: Double) -> Self {
    precondition(inverseTemperature >= 0 && inverseTemperature <= 1, "an inverse temperature is in 0 ... 1")
    var copy = self
    copy.inverseTemperature = inverseTemperature
    return copy
  }

  /// −N V(R).
  public func temperatureSlope(at position: Span<Double>, using workspace: inout Workspace) -> Double {
    position.withUnsafeBufferPointer { x in
      withGains(at: x) { g in
        computeReadout(x.baseAddress!, g, &workspace)
        return -Double(neurons) * potential.value(at: workspace.readout, slope: &workspace.slope)
      }
    }
  }
}

extension GainModulatedLinearDensity: NetworkDensity {
  public var taskFactor: Double { Double(neurons) }

  /// Weights from their Gaussians, gains from their coins.
  public func drawPrior(using stream: inout RandomStream) -> [Double] {
    var position = weightPrior.draw(using: &stream)
    if case .drawn(let activeProbability) = gains {
      for _ in layout.binaryRange { position.append(stream.bernoulli(activeProbability) ? 1 : 0) }
    }
    return position
  }

  /// The target drawn from A_c ~ N(R_c, S⁻¹/(tβN)); on the range of a singular S, and 0 elsewhere, which no density sees. Of a
  /// constraint A = R.
  public func withTask(drawnGiven position: Span<Double>, using stream: inout RandomStream) -> Self? {
    guard
      let drawn = potential.drawingTarget(
        given: readout(at: position), weight: inverseTemperature * taskFactor, using: &stream)
    else {
      return nil
    }
    var copy = self
    copy.potential = drawn
    return copy
  }

  /// The target A.
  public var taskData: [Double] {
    switch potential {
    case .loss(_, let target, _), .constraint(let target): target.elements
    case .multipliers: []
    }
  }

  /// R at a position, [context, feature].
  func readout(at position: Span<Double>) -> Matrix {
    var sums = NeuronSums(contexts: contexts, features: features, counting: .nothing)
    sums.add(position, of: self)
    return Matrix(rows: contexts, columns: features, elements: sums.readout.map { $0 / Double(neurons) })
  }
}
