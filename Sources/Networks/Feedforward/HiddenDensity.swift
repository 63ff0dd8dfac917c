// The log density of a feedforward network's hidden weights, its output weights integrated out.

import Sampling

/// ln ∫ dw p(Θ) of a ``FeedforwardDensity`` with a loss or a constraint: a density of all weights but the output weights.
///
/// Position: the blocks of the network's layout without the first. One evaluation costs that of the network's hidden layers and of an
/// `OutputMarginal`.
public struct HiddenDensity: Sendable {
  public let layout: ParameterLayout
  public let priorScales: [Double]
  /// n, the number of output weights that are missing in front.
  let missing: Int
  let marginal: OutputMarginal
  private let pass: FeedforwardPass
  private let prior: WeightPrior
  private let offset: Double

  /// Nil if the density's potential is neither a loss nor a constraint, or some weights are not normal.
  public init?(_ density: FeedforwardDensity) { self.init(density) { _ in } }

  /// With a task that is changed: for tests, which must notice.
  init?(_ density: FeedforwardDensity, adjust: (inout NeuronSumTask) -> Void) {
    guard density.architecture.isPlain, var task = density.outputTask() else { return nil }
    adjust(&task)
    pass = density.pass
    missing = density.architecture.lastWidth
    prior = WeightPrior(Array(density.weightPrior.blocks.dropFirst()))
    layout = prior.layout
    priorScales = prior.scales
    offset = task.offset
    marginal = OutputMarginal(
      task, neurons: missing, spread: density.scales.output, readout: density.constrainedReadout)
  }

  public func drawOutputs(
    _ noise: UnsafeMutablePointer<Double>, into weights: UnsafeMutablePointer<Double>, using workspace: inout Workspace
  ) -> Double {
    workspace.memory.withUnsafeMutableBufferPointer { memory in
      let likelihood = marginal.draw(
        pass.lastActivities(in: memory.baseAddress!), noise: noise, into: weights,
        memory.baseAddress! + pass.memoryCount)
      return likelihood + offset - sumOfSquares(weights, missing) / (2 * marginal.spread * marginal.spread)
    }
  }

  /// Y·(σ_w² f² H Hᵀ)⁻¹ Y of a constraint, at the weights for which the workspace was used last.
  func targetDistance(_ workspace: borrowing Workspace) -> Double {
    workspace.memory.withUnsafeBufferPointer { marginal.distance($0.baseAddress! + pass.memoryCount) }
  }

  /// Whether no row of H depends on the others but for rounding.
  func featuresAreIndependent(at position: Span<Double>, using workspace: inout Workspace) -> Bool {
    workspace.memory.withUnsafeMutableBufferPointer { memory in
      position.withUnsafeBufferPointer { pass.forwardHidden($0.baseAddress! - missing, memory.baseAddress!) }
      let features = marginal.rows(
        pass.lastActivities(in: memory.baseAddress!), memory.baseAddress! + pass.memoryCount)
      var products = Matrix(rows: marginal.rows, columns: marginal.rows)
      features.writeRowProducts(into: &products.elements, scale: 1)
      guard let spectrum = try? SymmetricEigen(products) else { return false }
      return spectrum.values[0] > 1e-14 * spectrum.values[marginal.rows - 1]
    }
  }

  /// What the law of the wanted numbers given the hidden weights depends on. O(S³) beside a pass; allocates.
  ///
  /// - Throws: ``GSLError``.
  func spectrum(at position: Span<Double>, using workspace: inout Workspace) throws -> OutputSpectrum {
    try workspace.memory.withUnsafeMutableBufferPointer { memory in
      position.withUnsafeBufferPointer { pass.forwardHidden($0.baseAddress! - missing, memory.baseAddress!) }
      return try marginal.spectrum(
        pass.lastActivities(in: memory.baseAddress!), memory.baseAddress! + pass.memoryCount)
    }
  }

  public func logPrior(_ position: UnsafePointer<Double>) -> Double { prior.logDensity(position) }
}

extension HiddenDensity: OutputlessDensity {
  public var outputWeights: Int { missing }
  public var outputRows: Int { marginal.rows }
  public var isHard: Bool { marginal.task.isHard }

  /// What the passes and the marginal leave of the last evaluation.
  public struct Workspace: Sendable {
    var memory: [Double]
  }

  public func makeWorkspace() -> Workspace {
    Workspace(memory: [Double](repeating: 0, count: pass.memoryCount + marginal.memoryCount))
  }

  public func logDensity(at position: Span<Double>, using workspace: inout Workspace) -> Double {
    workspace.memory.withUnsafeMutableBufferPointer { memory in
      position.withUnsafeBufferPointer { x in
        prior.logDensity(x.baseAddress!) + likelihood(x.baseAddress!, memory.baseAddress!)
      }
    }
  }

  public func logDensity(
    at position: Span<Double>, gradient: inout MutableSpan<Double>, using workspace: inout Workspace
  ) -> Double {
    workspace.memory.withUnsafeMutableBufferPointer { memory in
      position.withUnsafeBufferPointer { x in
        gradient.withUnsafeMutableBufferPointer { gradient in
          let (x, memory, gradient) = (x.baseAddress!, memory.baseAddress!, gradient.baseAddress!)
          let value = prior.logDensity(x) + likelihood(x, memory)
          prior.writeGradient(x, to: gradient)
          let slopes = marginal.slopes(pass.lastActivities(in: memory), memory + pass.memoryCount)
          pass.reverseHidden(x - missing, memory, slopes: slopes, addingTo: gradient - missing)
          return value
        }
      }
    }
  }

  public func logLikelihood(at position: Span<Double>, using workspace: inout Workspace) -> Double {
    workspace.memory.withUnsafeMutableBufferPointer { memory in
      position.withUnsafeBufferPointer { likelihood($0.baseAddress!, memory.baseAddress!) }
    }
  }

  /// The passes count offsets from the first output weight, of which they touch none.
  private func likelihood(_ x: UnsafePointer<Double>, _ memory: UnsafeMutablePointer<Double>) -> Double {
    pass.forwardHidden(x - missing, memory)
    return marginal.value(pass.lastActivities(in: memory), memory + pass.memoryCount) + offset
  }
}

extension FeedforwardDensity {
  public func collapsedTrajectoryKernel(
    stepSize: Double, length: TrajectoryLength
  ) -> CollapsedHamiltonian<HiddenDensity>? { CollapsedHamiltonian(self, stepSize: stepSize, length: length) }
}

extension CollapsedHamiltonian where Hidden == HiddenDensity {
  /// With a task that is changed: for tests, which must notice.
  init?(
    _ target: FeedforwardDensity, stepSize: Double, length: TrajectoryLength, adjust: (inout NeuronSumTask) -> Void
  ) {
    guard let hidden = HiddenDensity(target, adjust: adjust) else { return nil }
    self.init(target, hidden, stepSize: stepSize, length: length)
  }
}
