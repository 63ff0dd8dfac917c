// The permutation-invariant functions of a two-layer network on Gaussian stimuli that are recorded with every draw.

import Sampling

/// The observables of a two-layer network on Gaussian stimuli.
///
/// `lp`; `loss`, ½ Σ_c E[(y_c − A_c·x)²], left out where it has no closed form (tanh, softplus); `readout`
/// [context, feature], E[y_c x_d]; `output_second_moment`, mean w²; `input_second_moment`, mean over neurons of |m|²;
/// `population_fraction` [pattern] (K ≤ 6, patterns of active gains φ'(b_ic), ascending binary with context 0 leading) and
/// `active_fraction` [active contexts]; `weight_identity` [block], see ``WeightIdentities``. Costs one evaluation with
/// gradient, and one of the loss where the density is bound to something else.
public typealias GaussianTwoLayerObservables = ObservableList<GaussianTwoLayerView>

extension ObservableList where View == GaussianTwoLayerView {
  /// - Parameter target: A, [context, feature], for the loss, whatever the density is bound to.
  /// - Precondition: a target of the density's contexts and features.
  public init(density: GaussianTwoLayerDensity, target: Matrix) {
    precondition(target.rows == density.contexts && target.columns == density.features)
    let loss = GaussianTwoLayerView.Loss(of: density, target: target)
    self.init(
      [.logDensity] + (loss == nil ? [] : [.loss]) + [
        .readout(contexts: density.contexts, features: density.features), .outputSecondMoment, .inputSecondMoment,
      ]
        + (density.activation.hasBoundedGains
          ? [
            .populations(
              ThresholdedPatterns(activation: density.activation, contexts: density.contexts), neurons: density.neurons,
              drivesAt: density.drivesOffset)
          ] : []) + [.weightIdentities(density.weightPrior.identities)]
    ) { GaussianTwoLayerView(density, loss) }
  }
}

/// What observables see of a two-layer network on Gaussian stimuli.
public struct GaussianTwoLayerView: PositionView, ReadoutView, GradientView {
  /// Where the loss comes from.
  enum Loss: Sendable {
    /// The observed density's own potential, of this tightness.
    case own(tightness: Double)
    /// A density whose potential is the loss.
    case other(GaussianTwoLayerDensity)

    /// Nil if there is no closed form.
    init?(of density: GaussianTwoLayerDensity, target: Matrix) {
      if case .loss(let tightness, target) = density.potential, tightness > 0 {
        self = .own(tightness: tightness)
      } else if let other = try? density.bound(to: .loss(tightness: 1, target: target)) {
        self = .other(other)
      } else {
        return nil
      }
    }
  }

  public var logDensity = 0.0
  public private(set) var gradient: [Double]
  public private(set) var readout: [Double]
  public private(set) var loss = Double.nan
  public var outputNeurons: Int { density.neurons }
  public var inputNeurons: Int { density.neurons }
  public var features: Int { density.features }

  private let density: GaussianTwoLayerDensity
  private let source: Loss?
  private var workspace: GaussianTwoLayerDensity.Workspace
  /// For a loss of another density.
  private var lossWorkspace: GaussianTwoLayerDensity.Workspace?

  init(_ density: GaussianTwoLayerDensity, _ loss: Loss?) {
    self.density = density
    source = loss
    workspace = density.makeWorkspace()
    if case .other(let other) = loss { lossWorkspace = other.makeWorkspace() }
    gradient = [Double](repeating: 0, count: density.dimension)
    readout = [Double](repeating: 0, count: density.contexts * density.features)
  }

  public mutating func look(at position: Span<Double>) {
    density.evaluate(at: position, gradient: &gradient, using: &workspace)
    let n = Double(density.neurons)
    position.withUnsafeBufferPointer { x in
      switch source {
      case .own(let tightness): loss = workspace.value / (tightness * n)
      case .other(let other): loss = other.potential(at: x.baseAddress!, using: &lossWorkspace!) / (1 * n)
      case nil: break
      }
      density.writeReadout(x.baseAddress!, workspace, to: &readout)
    }
  }
}
