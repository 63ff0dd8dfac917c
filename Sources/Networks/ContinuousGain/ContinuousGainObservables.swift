// The permutation-invariant functions of a network with continuous gains that are recorded with every draw.

import Sampling

/// The observables of a gain-modulated linear network with continuous gains.
///
/// `lp`; `loss`, ½ Σ_c (R_c − A_c)ᵀ S (R_c − A_c); `readout` [context, feature]; `output_second_moment`, mean w²;
/// `input_second_moment`, mean over neurons of |m|²; `population_fraction` [pattern] (K ≤ 6, patterns of active gains
/// φ'(b_ic), ascending binary with context 0 leading) and `active_fraction` [active contexts]; `weight_identity` [block],
/// see ``WeightIdentities``. Costs one evaluation with gradient.
public struct ContinuousGainObservables: Observables {
  /// The identities of the density's blocks.
  public let identities: WeightIdentities
  private let density: ContinuousGainDensity
  /// The loss, as a potential of tightness 1.
  private let loss: ReadoutPotential
  private let patterns: ThresholdedPatterns

  /// Scratch memory for one chain.
  public struct Workspace: Sendable {
    var density: ContinuousGainDensity.Workspace
    var gradient: [Double]
    /// ∂L/∂R.
    var slope: [Double]
  }

  /// - Parameters:
  ///   - target: A, [context, feature].
  ///   - stimulusCovariance: S, [feature, feature].
  /// - Precondition: shapes that agree with the density's.
  public init(density: ContinuousGainDensity, target: Matrix, stimulusCovariance: Matrix) {
    precondition(target.rows == density.contexts && target.columns == density.features)
    precondition(stimulusCovariance.rows == density.features && stimulusCovariance.columns == density.features)
    self.density = density
    loss = .loss(tightness: 1, target: target, stimulusCovariance: stimulusCovariance)
    identities = WeightIdentities(density.layout)
    patterns = ThresholdedPatterns(activation: density.activation, contexts: density.contexts)
  }

  public var variables: [ObservableVariable] {
    [
      ObservableVariable("lp"), ObservableVariable("loss"),
      ObservableVariable("readout", axes: [.init("context", density.contexts), .init("feature", density.features)]),
      ObservableVariable("output_second_moment"), ObservableVariable("input_second_moment"),
    ] + patterns.variables + [identities.variable]
  }

  public func makeWorkspace() -> Workspace {
    Workspace(
      density: density.makeWorkspace(), gradient: [Double](repeating: 0, count: density.dimension),
      slope: [Double](repeating: 0, count: density.contexts * density.features))
  }

  public func evaluate(
    at position: Span<Double>, logDensity: Double, into values: inout MutableSpan<Double>,
    using workspace: inout Workspace
  ) {
    let n = density.neurons
    density.evaluate(at: position, gradient: &workspace.gradient, using: &workspace.density)
    values[0] = logDensity
    values[1] = loss.value(at: workspace.density.readout, slope: &workspace.slope)
    var next = 2
    for entry in workspace.density.readout {
      values[next] = entry
      next += 1
    }
    position.withUnsafeBufferPointer { x in
      values[next] = sumOfSquares(x.baseAddress!, n) / Double(n)
      values[next + 1] = sumOfSquares(x.baseAddress! + n, n * density.features) / Double(n)
      next += 2
      next += patterns.write(x.baseAddress! + density.drivesOffset, neurons: n, to: &values, from: next)
    }
    identities.write(at: position, gradient: workspace.gradient.span, into: &values, from: next)
  }
}
