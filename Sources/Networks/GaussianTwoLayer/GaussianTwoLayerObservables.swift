// The permutation-invariant functions of a two-layer network on Gaussian stimuli that are recorded with every draw.

import Sampling

/// The observables of a two-layer network on Gaussian stimuli.
///
/// `lp`; `loss`, ½ Σ_c E[(y_c − A_c·x)²], left out where it has no closed form (tanh, softplus); `readout`
/// [context, feature], E[y_c x_d]; `output_second_moment`, mean w²; `input_second_moment`, mean over neurons of |m|²;
/// `population_fraction` [pattern] (K ≤ 6, patterns of active gains φ'(b_ic), ascending binary with context 0 leading) and
/// `active_fraction` [active contexts]; `weight_identity` [block], see ``WeightIdentities``. Costs one evaluation with
/// gradient, and one of the loss where the density is bound to something else.
public struct GaussianTwoLayerObservables: Observables {
  /// The identities of the density's blocks.
  public let identities: WeightIdentities
  private let density: GaussianTwoLayerDensity
  /// A density whose potential is the loss of this tightness; nil if there is no closed form.
  private let loss: (density: GaussianTwoLayerDensity, tightness: Double)?
  /// Whether that is the observed density itself.
  private let isOwnLoss: Bool
  private let patterns: ThresholdedPatterns

  /// Scratch memory for one chain.
  public struct Workspace: Sendable {
    var density: GaussianTwoLayerDensity.Workspace
    /// For a loss of another density.
    var loss: GaussianTwoLayerDensity.Workspace?
    var gradient: [Double]
  }

  /// - Parameter target: A, [context, feature], for the loss, whatever the density is bound to.
  /// - Precondition: a target of the density's contexts and features.
  public init(density: GaussianTwoLayerDensity, target: Matrix) {
    precondition(target.rows == density.contexts && target.columns == density.features)
    self.density = density
    if case .loss(let tightness, target) = density.potential, tightness > 0 {
      loss = (density, tightness)
      isOwnLoss = true
    } else {
      let other = try? GaussianTwoLayerDensity(
        neurons: density.neurons, activation: density.activation, potential: .loss(tightness: 1, target: target),
        stimulusCovariance: density.stimulusCovariance, outputScale: density.outputScale,
        inputScale: density.inputScale, contextScale: density.contextScale)
      loss = other.map { ($0, 1) }
      isOwnLoss = false
    }
    identities = WeightIdentities(density.layout)
    patterns = ThresholdedPatterns(activation: density.activation, contexts: density.contexts)
  }

  public var variables: [ObservableVariable] {
    [ObservableVariable("lp")] + (loss == nil ? [] : [ObservableVariable("loss")]) + [
      ObservableVariable("readout", axes: [.init("context", density.contexts), .init("feature", density.features)]),
      ObservableVariable("output_second_moment"), ObservableVariable("input_second_moment"),
    ] + patterns.variables + [identities.variable]
  }

  public func makeWorkspace() -> Workspace {
    Workspace(
      density: density.makeWorkspace(), loss: isOwnLoss ? nil : loss?.density.makeWorkspace(),
      gradient: [Double](repeating: 0, count: density.dimension))
  }

  public func evaluate(
    at position: Span<Double>, logDensity: Double, into values: inout MutableSpan<Double>,
    using workspace: inout Workspace
  ) {
    let n = density.neurons
    density.evaluate(at: position, gradient: &workspace.gradient, using: &workspace.density)
    values[0] = logDensity
    var next = 1
    position.withUnsafeBufferPointer { x in
      if let loss {
        let potential =
          isOwnLoss
          ? workspace.density.value : loss.density.potential(at: x.baseAddress!, using: &workspace.loss!)
        values[next] = potential / (loss.tightness * Double(n))
        next += 1
      }
      density.writeReadout(x.baseAddress!, workspace.density, to: &values, from: next)
      next += density.contexts * density.features
      values[next] = sumOfSquares(x.baseAddress!, n) / Double(n)
      values[next + 1] = sumOfSquares(x.baseAddress! + n, n * density.features) / Double(n)
      next += 2
      next += patterns.write(x.baseAddress! + density.drivesOffset, neurons: n, to: &values, from: next)
    }
    identities.write(at: position, gradient: workspace.gradient.span, into: &values, from: next)
  }
}
