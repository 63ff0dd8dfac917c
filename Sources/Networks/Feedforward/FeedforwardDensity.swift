// The log density of a whole feedforward network: two-layer or deep, on a list of stimuli.

import Sampling

/// ln p(Θ) = −½ Σ_j (θ_j/s_j)² − t n V(y), the sum over weights that are normal, with the outputs y_c(x_p) of a feedforward network on P stimuli.
///
/// With the loss as potential this is the Gibbs ensemble of THEORY sections 5 and 6 (at tightness 0 the prior), with
/// multipliers the ensemble that is linear in the readout; n is the width of the last hidden layer, or 1 in standard scaling,
/// and t the inverse temperature. Position: the blocks of ``FeedforwardArchitecture/layout``, real ones and then signs. Constants are
/// omitted. One evaluation costs O(P n_1 (D + K) + K P Σ_l n_l n_{l+1}), with gradient about three times as much; a flip of a sign that of the
/// neurons behind it, `SignFlips`.
public struct FeedforwardDensity: Sendable {
  /// The network's shape.
  public let architecture: FeedforwardArchitecture
  /// The prior standard deviations.
  public let scales: WeightScales
  /// What binds the network to its task.
  public private(set) var potential: FeedforwardPotential
  /// t, in 0 ... 1.
  public private(set) var inverseTemperature = 1.0
  /// The prior of all drawn blocks of weights.
  public let weightPrior: WeightPrior
  public var layout: ParameterLayout { weightPrior.layout }

  let pass: FeedforwardPass
  /// Moves signs; nil where there are none.
  let flips: SignFlips?
  /// What flips need of the task: wanted outputs, one a row, and their precision at t = 1.
  private var flipTask: (wanted: [Double], precision: Double)?

  /// The stimuli, [stimulus, feature].
  public var stimuli: Matrix { pass.stimuli }

  /// - Parameter stimuli: [stimulus, feature].
  /// - Precondition: at least one stimulus of the architecture's dimension; a potential for its contexts and these stimuli, with
  ///   a tightness that is not negative.
  public init(
    architecture: FeedforwardArchitecture, scales: WeightScales, stimuli: Matrix, potential: FeedforwardPotential
  ) {
    precondition(stimuli.rows >= 1 && stimuli.columns == architecture.features, "stimuli are [stimulus, feature]")
    precondition(
      potential.fits(contexts: architecture.contexts, stimuli: stimuli), "the potential has other contexts or stimuli")
    self.architecture = architecture
    self.scales = scales
    self.potential = potential
    weightPrior = architecture.prior(scales)
    pass = FeedforwardPass(architecture, stimuli: stimuli)
    flips = SignFlips(pass)
    readFlipTask()
  }

  /// - Precondition: networks with signs are bound by a loss.
  private mutating func readFlipTask() {
    guard flips != nil else { return }
    guard case .loss = potential, let task = tempered(to: 1).outputTask() else {
      preconditionFailure("signs are drawn with a loss")
    }
    flipTask = (task.wanted, task.precision)
  }

  /// The Gibbs ensemble of a task.
  ///
  /// - Precondition: as above; a task of the architecture's contexts and features.
  public init(
    architecture: FeedforwardArchitecture, scales: WeightScales, stimuli: Matrix, task: LearningTask,
    tightness: Double
  ) {
    self.init(
      architecture: architecture, scales: scales, stimuli: stimuli,
      potential: .loss(tightness: tightness, task: task, stimuli: stimuli))
  }

  /// Whether one set of outputs is that of all contexts.
  private var sharesOutputs: Bool { architecture.drivenLayers == .none }

  /// y_c(x_p) on any stimuli [stimulus, feature]: [context, stimulus].
  ///
  /// Allocates its memory anew. - Precondition: at least one stimulus, of the architecture's dimension.
  public func outputs(at position: Span<Double>, stimuli: Matrix) -> Matrix {
    precondition(stimuli.rows >= 1 && stimuli.columns == architecture.features, "stimuli are [stimulus, feature]")
    let pass = FeedforwardPass(architecture, stimuli: stimuli)
    var memory = [Double](repeating: 0, count: pass.memoryCount)
    let outputs = memory.withUnsafeMutableBufferPointer { memory in
      position.withUnsafeBufferPointer { pass.forward($0.baseAddress!, memory.baseAddress!) }
      return Array(UnsafeBufferPointer(start: pass.outputs(in: memory.baseAddress!), count: pass.rows))
    }
    let copies = sharesOutputs ? architecture.contexts : 1
    return Matrix(
      rows: architecture.contexts, columns: stimuli.rows, elements: (0..<copies).flatMap { _ in outputs })
  }

  /// The readout R = (1/P) Σ_p y_c(x_p) x_pᵀ over the density's stimuli, [context, feature].
  public func readout(at position: Span<Double>) -> Matrix {
    (1 / Double(stimuli.rows)) * (outputs(at: position, stimuli: stimuli) * stimuli)
  }
}

extension FeedforwardDensity: DifferentiableLogDensity {
  /// The activities and outputs of the network last evaluated, and those that flips follow.
  public struct Workspace: Sendable {
    var memory: [Double]
    var flips: [Double]
    /// The coordinate whose flip was proposed last.
    var proposed: Int
  }

  public func makeWorkspace() -> Workspace {
    Workspace(
      memory: [Double](repeating: 0, count: pass.memoryCount),
      flips: [Double](repeating: 0, count: flips?.memoryCount ?? 0), proposed: -1)
  }

  public func logDensity(at position: Span<Double>, using workspace: inout Workspace) -> Double {
    workspace.memory.withUnsafeMutableBufferPointer { memory in
      position.withUnsafeBufferPointer { x in
        weightPrior.logDensity(x.baseAddress!) + inverseTemperature * logLikelihood(x.baseAddress!, memory.baseAddress!)
      }
    }
  }

  public func logDensity(
    at position: Span<Double>, gradient: inout MutableSpan<Double>, using workspace: inout Workspace
  ) -> Double {
    workspace.memory.withUnsafeMutableBufferPointer { memory in
      position.withUnsafeBufferPointer { x in
        gradient.withUnsafeMutableBufferPointer { gradient in
          let (x, memory) = (x.baseAddress!, memory.baseAddress!)
          let value = weightPrior.logDensity(x) + inverseTemperature * logLikelihood(x, memory)
          // Of signs alone there is none.
          guard let gradient = gradient.baseAddress, layout.realCount > 0 else { return value }
          weightPrior.writeGradient(x, to: gradient)
          pass.reverse(x, memory, addingTo: gradient)
          return value
        }
      }
    }
  }

  /// −n V, leaving −t n ∂V/∂y where the reverse pass expects it.
  private func logLikelihood(_ x: UnsafePointer<Double>, _ memory: UnsafeMutablePointer<Double>) -> Double {
    pass.forward(x, memory)
    let value = potential.value(
      at: pass.outputs(in: memory), isShared: sharesOutputs, contexts: architecture.contexts, stimuli: stimuli,
      scale: -inverseTemperature * taskFactor, slopes: pass.slopes(in: memory))
    return -taskFactor * value
  }
}

/// Flips of signs, whose prior odds are 1.
extension FeedforwardDensity: FlippableLogDensity {
  public func beginFlips(at position: Span<Double>, using workspace: inout Workspace) {
    guard let flips else { return }
    workspace.proposed = -1
    workspace.flips.withUnsafeMutableBufferPointer { memory in
      position.withUnsafeBufferPointer { flips.begin($0.baseAddress!, memory.baseAddress!) }
    }
  }

  public func logDensityChange(
    flipping coordinate: Int, at position: Span<Double>, using workspace: inout Workspace
  ) -> Double {
    guard let flips, let flipTask else { preconditionFailure("there are no signs to flip") }
    workspace.proposed = coordinate
    let squares = workspace.flips.withUnsafeMutableBufferPointer { memory in
      let (before, after) = flips.propose(coordinate, memory.baseAddress!)
      return flipTask.wanted.withUnsafeBufferPointer { wanted in
        var sum = 0.0
        for s in 0..<wanted.count {
          sum += (after[s] - before[s]) * (after[s] - wanted[s] + (before[s] - wanted[s]))
        }
        return sum
      }
    }
    return -0.5 * inverseTemperature * flipTask.precision * squares
  }

  public func didFlip(_ coordinate: Int, at position: Span<Double>, using workspace: inout Workspace) {
    guard let flips else { return }
    // Nobody need have asked for the change before.
    let isProposed = workspace.proposed == coordinate
    workspace.proposed = -1
    workspace.flips.withUnsafeMutableBufferPointer { memory in
      if !isProposed { _ = flips.propose(coordinate, memory.baseAddress!) }
      flips.accept(coordinate, memory.baseAddress!)
    }
  }

  public func flipped(_ coordinate: Int, at position: Span<Double>) -> Double { -position[coordinate] }
}

extension FeedforwardDensity: TemperableLogDensity {
  public func tempered(to inverseTemperature: Double) -> Self {
    precondition(inverseTemperature >= 0 && inverseTemperature <= 1, "an inverse temperature is in 0 ... 1")
    var copy = self
    copy.inverseTemperature = inverseTemperature
    return copy
  }

  /// −n V(y).
  public func temperatureSlope(at position: Span<Double>, using workspace: inout Workspace) -> Double {
    workspace.memory.withUnsafeMutableBufferPointer { memory in
      position.withUnsafeBufferPointer { logLikelihood($0.baseAddress!, memory.baseAddress!) }
    }
  }
}

extension FeedforwardDensity: NetworkDensity {
  public var taskFactor: Double { architecture.taskFactor }

  /// The wanted outputs drawn from Y_cp ~ N(y_c(x_p), P/(t β n)).
  public func withTask(drawnGiven position: Span<Double>, using stream: inout RandomStream) -> Self? {
    guard
      let drawn = potential.drawingWantedOutputs(
        given: outputs(at: position, stimuli: stimuli), stimuli: stimuli, factor: inverseTemperature * taskFactor,
        using: &stream)
    else { return nil }
    var copy = self
    copy.potential = drawn
    copy.readFlipTask()
    return copy
  }
}
