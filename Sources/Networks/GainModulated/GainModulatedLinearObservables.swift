// The permutation-invariant functions of a gain-modulated linear network that are recorded with every draw.

import Sampling

/// The observables of a gain-modulated linear network that a kernel moves.
///
/// `lp`; `loss`, ½ Σ_c (R_c − A_c)ᵀ S (R_c − A_c); `readout` [context, feature]; `output_second_moment`, mean w²;
/// `input_second_moment`, mean over neurons of |m|²; where gains are drawn `population_fraction` [pattern] (K ≤ 6),
/// `active_fraction` [active contexts] and `gain_residual` [context]; in the hard ensemble `hard_residual` and `target_distance`.
public typealias GainModulatedLinearObservables = ObservableList<GainModulatedView>

extension ObservableList where View == GainModulatedView {
  /// - Parameters:
  ///   - target: A, [context, feature].
  ///   - stimulusCovariance: S, [feature, feature].
  public init(density: GainModulatedLinearDensity, target: Matrix, stimulusCovariance: Matrix) {
    let gainsAreDrawn = !density.layout.binaryRange.isEmpty
    let loss = QuadraticLoss(target: target, stimulusCovariance: stimulusCovariance)
    var list = Observable<GainModulatedView>.ofNeuronSums(
      contexts: target.rows, features: target.columns, gainsAreDrawn: gainsAreDrawn)
    let conditioned = ConditionedReadout(density)
    if conditioned != nil { list += [.hardResidual, .targetDistance] }
    if gainsAreDrawn {
      list.append(
        conditioned == nil
          ? .gainResidual(contexts: density.contexts) : .integratedGainResidual(contexts: density.contexts))
    }
    self.init(list) { GainModulatedView(density, loss, conditioned) }
  }
}

/// What observables see of a gain-modulated linear network at a position.
public struct GainModulatedView: NeuronSumsView, PositionView {
  public var logDensity = 0.0
  public private(set) var readout: [Double]
  public var features: Int { density.features }
  private(set) var sums: NeuronSums
  let task: QuadraticLoss
  let density: GainModulatedLinearDensity
  var workspace: GainModulatedLinearDensity.Workspace
  /// In the hard ensemble only.
  let conditioned: ConditionedReadout?
  var conditionedWorkspace: ConditionedReadout.Workspace?
  /// In the hard ensemble, by how much the readout misses its target.
  private(set) var residual = 0.0

  init(_ density: GainModulatedLinearDensity, _ task: QuadraticLoss, _ conditioned: ConditionedReadout?) {
    self.density = density
    self.task = task
    self.conditioned = conditioned
    conditionedWorkspace = conditioned?.makeWorkspace()
    sums = NeuronSums(
      contexts: density.contexts, features: density.features,
      counting: density.layout.binaryRange.isEmpty ? .nothing : .patterns)
    readout = [Double](repeating: 0, count: density.contexts * density.features)
    workspace = density.makeWorkspace()
  }

  public var outputNeurons: Int { density.neurons }
  public var inputNeurons: Int { density.neurons }
  public func outputSquares(_ position: Span<Double>) -> Double { sums.outputSquares }
  public func inputSquares(_ position: Span<Double>) -> Double { sums.inputSquares }
  public var loss: Double { task.loss(of: readout) }

  public mutating func look(at position: Span<Double>) {
    sums.reset()
    sums.add(position, of: density)
    sums.writeReadout(to: &readout)
    guard let conditioned else { return }
    residual = conditioned.residual(of: readout)
    // Rounding has no law that chains could agree on.
    if residual <= conditioned.rounding { for k in readout.indices { readout[k] = task.target.elements[k] } }
  }
}

extension Observable where View == GainModulatedView {
  /// `hard_residual`: max |R_cd − A_cd|; `readout` is recorded as A where it is rounding.
  static var hardResidual: Observable { Observable("hard_residual") { $1.residual } }

  /// `target_distance`: tr AᵀC⁻¹A, C the covariance of a feature's readout given output weights and gains (THEORY section 11).
  static var targetDistance: Observable {
    Observable(Prediction.targetDistanceName) { position, view in
      view.conditioned!.targetDistance(at: position, using: &view.conditionedWorkspace!)
    }
  }

  /// `gain_residual` [context] with the input weights integrated out; to be recorded after ``targetDistance``.
  static func integratedGainResidual(contexts: Int) -> Observable {
    Observable([ObservableVariable("gain_residual", axes: [.init("context", contexts)])]) {
      position, view, values, first in
      view.conditioned!.writeGainResiduals(
        at: position, into: &values, from: first, using: &view.conditionedWorkspace!)
    }
  }

  /// `gain_residual` [context]: (1/N) Σ_i (g_ic − P(g_ic = 1 | all else)), zero on average at every N whatever the ensemble
  /// (THEORY section 5), an exact check of the flips. O(N K D²).
  static func gainResidual(contexts: Int) -> Observable {
    let variable = ObservableVariable("gain_residual", axes: [.init("context", contexts)])
    return Observable([variable]) { position, view, values, first in
      let density = view.density
      density.beginFlips(at: position, using: &view.workspace)
      for c in 0..<contexts {
        var residual = 0.0
        for i in 0..<density.neurons {
          let coordinate = density.layout.realCount + c * density.neurons + i
          let gain = position[coordinate]
          let change = density.logDensityChange(flipping: coordinate, at: position, using: &view.workspace)
          let switchingOn = gain == 0 ? change : -change
          residual += gain - 1 / (1 + exp(-switchingOn))
        }
        values[first + c] = residual / Double(density.neurons)
      }
    }
  }
}
