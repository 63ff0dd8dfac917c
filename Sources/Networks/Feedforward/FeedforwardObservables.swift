// The permutation-invariant functions of a feedforward network that are recorded with every draw.

import Sampling

/// The observables of a feedforward network on its density's stimuli.
///
/// `lp`; `loss`; `readout` [context, feature], (1/P) Σ_p y_c(x_p) x_pᵀ; `output_second_moment`, mean w²;
/// `input_second_moment`, mean over first-layer neurons of |m|²; for one hidden layer with context drives
/// `population_fraction` [pattern] (K ≤ 6, patterns of active gains φ'(b_ic), ascending binary with context 0 leading) and
/// `active_fraction` [active contexts]; `weight_identity` [block], see ``WeightIdentities``; `output_square` and
/// `output_fourth`, the means of y² and y⁴ over contexts and stimuli. Costs one evaluation with gradient.
public struct FeedforwardObservables: Observables {
  /// The identities of the density's blocks.
  public let identities: WeightIdentities
  private let density: FeedforwardDensity
  private let loss: FeedforwardPotential
  private let hasPopulations: Bool

  private var contexts: Int { density.architecture.contexts }
  private var features: Int { density.architecture.features }
  private var keepsPatterns: Bool { hasPopulations && contexts <= NeuronSums.maximumContextsForPopulations }

  /// Scratch memory for one chain.
  public struct Workspace: Sendable {
    var density: FeedforwardDensity.Workspace
    var gradient: [Double]
  }

  /// - Parameter task: for the loss, whatever the density is bound to.
  /// - Precondition: a task of the density's contexts and features.
  public init(density: FeedforwardDensity, task: LearningTask) {
    precondition(task.contexts == density.architecture.contexts && task.features == density.architecture.features)
    self.density = density
    loss = .loss(tightness: 1, task: task, stimuli: density.stimuli)
    identities = WeightIdentities(density.layout)
    hasPopulations = density.architecture.depth == 1 && density.architecture.isDriven(0)
  }

  public var variables: [ObservableVariable] {
    var list = [
      ObservableVariable("lp"), ObservableVariable("loss"),
      ObservableVariable("readout", axes: [.init("context", contexts), .init("feature", features)]),
      ObservableVariable("output_second_moment"), ObservableVariable("input_second_moment"),
    ]
    if keepsPatterns {
      list.append(ObservableVariable("population_fraction", axes: [.init("pattern", 1 << contexts)]))
    }
    if hasPopulations {
      list.append(ObservableVariable("active_fraction", axes: [.init("active_contexts", contexts + 1)]))
    }
    return list + [
      identities.variable, ObservableVariable("output_square"), ObservableVariable("output_fourth"),
    ]
  }

  public func makeWorkspace() -> Workspace {
    Workspace(density: density.makeWorkspace(), gradient: [Double](repeating: 0, count: density.dimension))
  }

  public func evaluate(
    at position: Span<Double>, logDensity: Double, into values: inout MutableSpan<Double>,
    using workspace: inout Workspace
  ) {
    Self.evaluateGradient(of: density, at: position, &workspace.gradient, &workspace.density)
    values[0] = logDensity
    var next = 2 + contexts * features
    let width = density.architecture.widths[0]
    position.withUnsafeBufferPointer { x in
      let inputs = x.baseAddress! + density.architecture.lastWidth
      values[next] =
        sumOfSquares(x.baseAddress!, density.architecture.lastWidth) / Double(density.architecture.lastWidth)
      values[next + 1] = sumOfSquares(inputs, width * features) / Double(width)
      next += 2
      if hasPopulations { next += writePopulations(inputs + width * features, to: &values, from: next) }
    }
    identities.write(at: position, gradient: workspace.gradient.span, into: &values, from: next)
    next += identities.blocks.count
    workspace.density.memory.withUnsafeMutableBufferPointer {
      writeOutputStatistics($0.baseAddress!, to: &values, from: next)
    }
  }

  /// Takes gradient and workspace apart, which exclusivity checking would not let both be reached through one value.
  private static func evaluateGradient(
    of density: FeedforwardDensity, at position: Span<Double>, _ gradient: inout [Double],
    _ workspace: inout FeedforwardDensity.Workspace
  ) {
    var span = gradient.mutableSpan
    _ = density.logDensity(at: position, gradient: &span, using: &workspace)
  }

  /// Writes the fractions of neurons by pattern and by number of active contexts, and returns how many there were.
  private func writePopulations(
    _ drives: UnsafePointer<Double>, to values: inout MutableSpan<Double>, from first: Int
  ) -> Int {
    let neurons = density.architecture.widths[0]
    let activation = density.architecture.activation
    let patterns = keepsPatterns ? 1 << contexts : 0
    for k in first..<first + patterns + contexts + 1 { values[k] = 0 }
    let share = 1 / Double(neurons)
    for i in 0..<neurons {
      var pattern = 0
      var active = 0
      for c in 0..<contexts {
        let bit = activation.isActive(gain: activation.gain(drives[c * neurons + i])) ? 1 : 0
        pattern = pattern << 1 | bit
        active += bit
      }
      if keepsPatterns { values[first + pattern] += share }
      values[first + patterns + active] += share
    }
    return patterns + contexts + 1
  }

  /// Writes loss and readout to their places, and the means of y² and y⁴ from index `first` on.
  private func writeOutputStatistics(
    _ memory: UnsafeMutablePointer<Double>, to values: inout MutableSpan<Double>, from first: Int
  ) {
    let pass = density.pass
    let outputs = pass.outputs(in: memory)
    let isShared = pass.groups < contexts
    let stimuli = density.stimuli
    values[1] = loss.value(
      at: outputs, isShared: isShared, contexts: contexts, stimuli: stimuli, scale: 0, slopes: pass.slopes(in: memory))
    for c in 0..<contexts {
      let row = outputs + (isShared ? 0 : c * stimuli.rows)
      for d in 0..<features {
        var sum = 0.0
        for p in 0..<stimuli.rows { sum += row[p] * stimuli[p, d] }
        values[2 + c * features + d] = sum / Double(stimuli.rows)
      }
    }
    var squares = 0.0
    var fourths = 0.0
    for s in 0..<pass.rows {
      let square = outputs[s] * outputs[s]
      squares += square
      fourths += square * square
    }
    values[first] = squares / Double(pass.rows)
    values[first + 1] = fourths / Double(pass.rows)
  }
}
