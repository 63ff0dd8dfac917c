// The permutation-invariant functions of a feedforward network that are recorded with every draw.

import Sampling

/// The observables of a feedforward network on its density's stimuli.
///
/// `lp`; `loss`; `readout` [context, feature], (1/P) Σ_p y_c(x_p) x_pᵀ; `output_second_moment`, mean w²;
/// `input_second_moment`, mean over first-layer neurons of |m|²; for one hidden layer with context drives
/// `population_fraction` [pattern] (K ≤ 6, patterns of active gains φ'(b_ic), ascending binary with context 0 leading) and
/// `active_fraction` [active contexts]; `weight_identity` [block], see ``WeightIdentities``; `output_square` and
/// `output_fourth`, the means of y² and y⁴ over contexts and stimuli; of networks with exact outputs `hard_residual` instead, of those
/// with an exact readout beside. Costs one evaluation with gradient.
public typealias FeedforwardObservables = ObservableList<FeedforwardView>

extension ObservableList where View == FeedforwardView {
  /// - Parameter task: for the loss, whatever the density is bound to.
  /// - Precondition: a task of the density's contexts and features.
  public init(density: FeedforwardDensity, task: LearningTask) {
    let architecture = density.architecture
    precondition(task.contexts == architecture.contexts && task.features == architecture.features)
    let loss = FeedforwardPotential.loss(tightness: 1, task: task, stimuli: density.stimuli)
    var list: [Observable<FeedforwardView>] = [
      .logDensity, .loss, .readout(contexts: task.contexts, features: task.features), .outputSecondMoment,
      .inputSecondMoment,
    ]
    if architecture.depth == 1, architecture.activation.hasBoundedGains, !architecture.signs.contains(.context),
      let drives = density.layout["context_drive"]
    {
      list.append(
        .populations(
          ThresholdedPatterns(activation: architecture.activation, contexts: task.contexts, addsShares: true),
          neurons: architecture.lastWidth, drivesAt: drives.offset))
    }
    let identities = density.weightIdentities
    if !identities.blocks.isEmpty { list.append(.weightIdentities(identities)) }
    if !density.signBlocks.isEmpty { list.append(.signResiduals(density.signBlocks)) }
    if density.outputTask()?.isHard == true { list.append(.hardResidual) }
    if case .constraint = density.potential {} else { list.append(.outputMoments) }
    self.init(list) { FeedforwardView(density, loss) }
  }
}

/// What observables see of a feedforward network.
public struct FeedforwardView: WeightView, ReadoutView, GradientView {
  public var logDensity = 0.0
  public private(set) var gradient: [Double]
  public private(set) var readout: [Double]
  public private(set) var loss = 0.0
  /// The means of y² and y⁴ over contexts and stimuli.
  private(set) var outputMoments = (square: 0.0, fourth: 0.0)
  public var outputNeurons: Int { density.architecture.lastWidth }
  public var inputNeurons: Int { density.architecture.widths[0] }
  /// D, the number of stimulus features.
  public var features: Int { density.architecture.features }

  let density: FeedforwardDensity
  private let potential: FeedforwardPotential
  var workspace: FeedforwardDensity.Workspace
  /// Of a constraint only.
  private var conditioned: ConditionedGradient?
  private let exact: (readout: [Double], ofOutputs: Bool, rounding: Double)?
  /// Of a constraint only: the root mean squared error, with the sum over contexts; of one on the readout its largest error.
  private(set) var residual = 0.0

  init(_ density: FeedforwardDensity, _ loss: FeedforwardPotential) {
    self.density = density
    func rounding(_ wanted: Matrix) -> Double { max(1e-10 * wanted.largestMagnitude, 1e-12) }
    switch density.potential {
    case .constraint(let wanted):
      exact = ((1 / Double(wanted.columns) * (wanted * density.stimuli)).elements, true, rounding(wanted))
    case .readoutConstraint(let target): exact = (target.elements, false, rounding(target))
    case .loss, .multipliers: exact = nil
    }
    potential = loss
    workspace = density.makeWorkspace()
    conditioned = ConditionedGradient(density)
    gradient = [Double](repeating: 0, count: density.layout.realCount)
    readout = [Double](repeating: 0, count: density.architecture.contexts * density.architecture.features)
  }

  public func outputSquares(_ position: Span<Double>) -> Double {
    withWeights(position) { sumOfSquares($0, outputNeurons) }
  }

  public func inputSquares(_ position: Span<Double>) -> Double {
    withWeights(position) { sumOfSquares($0 + outputNeurons, inputNeurons * features) }
  }

  /// All weights of the network that was looked at.
  private func withWeights(_ position: Span<Double>, _ body: (UnsafePointer<Double>) -> Double) -> Double {
    workspace.memory.withUnsafeBufferPointer { memory in
      position.withUnsafeBufferPointer { body(density.pass.weights($0.baseAddress!, in: memory.baseAddress!)) }
    }
  }

  public mutating func look(at position: Span<Double>) {
    density.evaluate(at: position, gradient: &gradient, using: &workspace)
    conditioned?.condition(&gradient, at: position)
    workspace.memory.withUnsafeMutableBufferPointer {
      Self.readOutputs(density, potential, $0.baseAddress!, &loss, &readout, &outputMoments)
    }
    guard let exact else { return }
    residual = (2 * loss).squareRoot()
    if !exact.ofOutputs {
      residual = 0
      for k in readout.indices { residual = max(residual, abs(readout[k] - exact.readout[k])) }
    }
    // Rounding has no law that chains could agree on.
    guard residual <= exact.rounding else { return }
    if exact.ofOutputs { loss = 0 }
    for k in readout.indices { readout[k] = exact.readout[k] }
  }

  /// Loss, readout and moments of the outputs that the evaluation left in memory. Static, with every part apart: exclusivity checking
  /// would not let them be reached through one `self`.
  private static func readOutputs(
    _ density: FeedforwardDensity, _ potential: FeedforwardPotential, _ memory: UnsafeMutablePointer<Double>,
    _ loss: inout Double, _ readout: inout [Double], _ moments: inout (square: Double, fourth: Double)
  ) {
    let (pass, stimuli) = (density.pass, density.stimuli)
    let (contexts, features) = (density.architecture.contexts, density.architecture.features)
    let outputs = pass.outputs(in: memory)
    let isShared = pass.groups < contexts
    loss = potential.value(
      at: outputs, isShared: isShared, contexts: contexts, stimuli: stimuli, scale: 0, slopes: pass.slopes(in: memory))
    for c in 0..<contexts {
      let row = outputs + (isShared ? 0 : c * stimuli.rows)
      for d in 0..<features {
        var sum = 0.0
        for p in 0..<stimuli.rows { sum += row[p] * stimuli[p, d] }
        readout[c * features + d] = sum / Double(stimuli.rows)
      }
    }
    var squares = 0.0
    var fourths = 0.0
    for s in 0..<pass.rows {
      let square = outputs[s] * outputs[s]
      squares += square
      fourths += square * square
    }
    moments = (squares / Double(pass.rows), fourths / Double(pass.rows))
  }
}

extension Observable where View == FeedforwardView {
  /// `hard_residual`: √(2 L), L the loss, or the largest error of an exact readout; `loss` and `readout` are recorded as if it were 0 where it is
  /// rounding.
  fileprivate static var hardResidual: Observable { Observable("hard_residual") { $1.residual } }

  /// `output_square` and `output_fourth`: the means of y² and y⁴ over contexts and stimuli.
  fileprivate static var outputMoments: Observable {
    Observable([ObservableVariable("output_square"), ObservableVariable("output_fourth")]) { _, view, values, first in
      values[first] = view.outputMoments.square
      values[first + 1] = view.outputMoments.fourth
    }
  }
}
