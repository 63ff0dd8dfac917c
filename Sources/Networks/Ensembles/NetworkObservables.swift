// The permutation-invariant functions of a gain-modulated linear network that are recorded with every draw.

import Foundation
import Sampling

/// Which observables a gain-modulated linear network has, and how they follow from sums over its neurons.
///
/// `lp`, `loss`, `readout` [context, feature], `output_second_moment` (mean w²), `input_second_moment` (mean over
/// neurons of |m|²) and, where gains are drawn, `population_fraction` [pattern] (K ≤ 6) and `active_fraction`
/// [active contexts].
struct NetworkObservables: Sendable {
  let target: Matrix
  let stimulusCovariance: Matrix
  let gainsAreDrawn: Bool
  private var contexts: Int { target.rows }
  private var features: Int { target.columns }
  private var keepsPopulations: Bool { gainsAreDrawn && contexts <= NeuronSums.maximumContextsForPopulations }

  var variables: [ObservableVariable] {
    var list = [
      ObservableVariable("lp"), ObservableVariable("loss"),
      ObservableVariable("readout", axes: [.init("context", contexts), .init("feature", features)]),
      ObservableVariable("output_second_moment"), ObservableVariable("input_second_moment"),
    ]
    if keepsPopulations {
      list.append(ObservableVariable("population_fraction", axes: [.init("pattern", 1 << contexts)]))
    }
    if gainsAreDrawn {
      list.append(ObservableVariable("active_fraction", axes: [.init("active_contexts", contexts + 1)]))
    }
    return list
  }

  /// Writes the observables and returns how many there were.
  @discardableResult
  func write(_ sums: NeuronSums, logDensity: Double, to values: inout MutableSpan<Double>) -> Int {
    let n = Double(sums.neurons)
    values[0] = logDensity
    for k in 0..<contexts * features { values[2 + k] = sums.readout[k] / n }
    values[1] = loss(values)
    var next = 2 + contexts * features
    values[next] = sums.outputSquares / n
    values[next + 1] = sums.inputSquares / n
    next += 2
    if keepsPopulations {
      for k in 0..<sums.patternCounts.count { values[next + k] = sums.patternCounts[k] / n }
      next += sums.patternCounts.count
    }
    if gainsAreDrawn {
      for k in 0...contexts { values[next + k] = sums.activeCounts[k] / n }
      next += contexts + 1
    }
    return next
  }

  /// L = ½ Σ_c (R_c − A_c)ᵀ S (R_c − A_c), with R standing in `values` from index 2.
  private func loss(_ values: borrowing MutableSpan<Double>) -> Double {
    var loss = 0.0
    for c in 0..<contexts {
      for d in 0..<features {
        let k = c * features + d
        for e in 0..<features {
          let l = c * features + e
          loss +=
            (values[2 + k] - target.elements[k]) * stimulusCovariance.elements[d * features + e]
            * (values[2 + l] - target.elements[l])
        }
      }
    }
    return loss / 2
  }
}

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
