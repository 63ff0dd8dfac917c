// The permutation-invariant functions of a network with continuous gains that are recorded with every draw.

import Sampling

/// The observables of a gain-modulated linear network with continuous gains.
///
/// `lp`; `loss`, ½ Σ_c (R_c − A_c)ᵀ S (R_c − A_c); `readout` [context, feature]; `output_second_moment`, mean w²;
/// `input_second_moment`, mean over neurons of |m|²; `population_fraction` [pattern] (K ≤ 6, patterns of active gains
/// φ'(b_ic), ascending binary with context 0 leading) and `active_fraction` [active contexts]; `weight_identity` [block],
/// see ``WeightIdentities``. Costs one evaluation with gradient.
public typealias ContinuousGainObservables = ObservableList<ContinuousGainView>

extension ObservableList where View == ContinuousGainView {
  /// - Parameters:
  ///   - target: A, [context, feature].
  ///   - stimulusCovariance: S, [feature, feature].
  /// - Precondition: shapes that agree with the density's.
  public init(density: ContinuousGainDensity, target: Matrix, stimulusCovariance: Matrix) {
    precondition(target.rows == density.contexts && target.columns == density.features)
    precondition(stimulusCovariance.rows == density.features && stimulusCovariance.columns == density.features)
    let loss = ReadoutPotential.loss(tightness: 1, target: target, stimulusCovariance: stimulusCovariance)
    self.init([
      .logDensity, .loss, .readout(contexts: density.contexts, features: density.features), .outputSecondMoment,
      .inputSecondMoment,
      .populations(
        ThresholdedPatterns(activation: density.activation, contexts: density.contexts), neurons: density.neurons,
        drivesAt: density.drivesOffset),
      .weightIdentities(density.weightPrior.identities),
    ]) { ContinuousGainView(density, loss) }
  }
}

/// What observables see of a network with continuous gains.
public struct ContinuousGainView: PositionView, ReadoutView, GradientView {
  public var logDensity = 0.0
  public private(set) var gradient: [Double]
  public private(set) var loss = 0.0
  public var readout: [Double] { workspace.readout }
  public var outputNeurons: Int { density.neurons }
  public var inputNeurons: Int { density.neurons }
  public var features: Int { density.features }

  private let density: ContinuousGainDensity
  /// The loss, as a potential of tightness 1, and ∂L/∂R.
  private let potential: ReadoutPotential
  private var slope: [Double]
  private var workspace: ContinuousGainDensity.Workspace

  init(_ density: ContinuousGainDensity, _ loss: ReadoutPotential) {
    self.density = density
    potential = loss
    workspace = density.makeWorkspace()
    gradient = [Double](repeating: 0, count: density.dimension)
    slope = [Double](repeating: 0, count: density.contexts * density.features)
  }

  public mutating func look(at position: Span<Double>) {
    density.evaluate(at: position, gradient: &gradient, using: &workspace)
    loss = potential.value(at: workspace.readout, slope: &slope)
  }
}
