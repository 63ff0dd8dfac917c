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
