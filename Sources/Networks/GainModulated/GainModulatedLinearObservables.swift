// The permutation-invariant functions of a gain-modulated linear network that are recorded with every draw.

import Foundation
import Sampling

/// The observables of a network that a kernel moves: those of every network, and `gain_residual` [context].
///
/// The residual is (1/N) Σ_i (g_ic − P(g_ic = 1 | all else)), zero on average at every N whatever the ensemble
/// (THEORY section 5): an exact check of the flips.
public struct GainModulatedLinearObservables: Observables {
  private let density: GainModulatedLinearDensity
  private let common: NetworkObservables

  /// Scratch memory for one chain.
  public struct Workspace: Sendable {
    var sums: NeuronSums
    var density: GainModulatedLinearDensity.Workspace
  }

  /// - Parameters:
  ///   - target: A, [context, feature].
  ///   - stimulusCovariance: S, [feature, feature].
  public init(density: GainModulatedLinearDensity, target: Matrix, stimulusCovariance: Matrix) {
    self.density = density
    common = NetworkObservables(
      target: target, stimulusCovariance: stimulusCovariance, gainsAreDrawn: !density.layout.binaryRange.isEmpty)
  }

  public var variables: [ObservableVariable] {
    guard common.gainsAreDrawn else { return common.variables }
    return common.variables + [ObservableVariable("gain_residual", axes: [.init("context", density.contexts)])]
  }

  public func makeWorkspace() -> Workspace {
    Workspace(
      sums: NeuronSums(contexts: density.contexts, features: density.features), density: density.makeWorkspace())
  }

  public func evaluate(
    at position: Span<Double>, logDensity: Double, into values: inout MutableSpan<Double>,
    using workspace: inout Workspace
  ) {
    workspace.sums.reset()
    workspace.sums.add(position, of: density)
    let next = common.write(workspace.sums, logDensity: logDensity, to: &values)
    guard common.gainsAreDrawn else { return }
    density.beginFlips(at: position, using: &workspace.density)
    for c in 0..<density.contexts {
      var residual = 0.0
      for i in 0..<density.neurons {
        let coordinate = density.layout.realCount + c * density.neurons + i
        let gain = position[coordinate]
        let change = density.logDensityChange(flipping: coordinate, at: position, using: &workspace.density)
        let switchingOn = gain == 0 ? change : -change
        residual += gain - 1 / (1 + exp(-switchingOn))
      }
      values[next + c] = residual / Double(density.neurons)
    }
  }
}
