// The permutation-invariant functions of a gain-modulated linear network that follow from sums over its neurons.

import Sampling

/// What observables see of a gain-modulated linear network of which the sums over neurons are known.
protocol NeuronSumsView: WeightView, ReadoutView {
  var sums: NeuronSums { get }
  /// What the loss is measured against.
  var task: QuadraticLoss { get }
}

extension NeuronSumsView {
  var outputNeurons: Int { sums.neurons }
  var inputNeurons: Int { sums.neurons }
  func outputSquares(_ position: Span<Double>) -> Double { sums.outputSquares }
  func inputSquares(_ position: Span<Double>) -> Double { sums.inputSquares }
  var loss: Double { task.loss(of: readout) }
}

extension Observable where View: NeuronSumsView {
  /// `lp`, `loss`, `readout`, `output_second_moment`, `input_second_moment`, and the populations where gains are drawn.
  static func ofNeuronSums(contexts: Int, features: Int, gainsAreDrawn: Bool) -> [Observable] {
    let common = [
      logDensity, loss, readout(contexts: contexts, features: features), outputSecondMoment, inputSecondMoment,
    ]
    guard gainsAreDrawn else { return common }
    return common + [drawnPopulations(contexts: contexts)]
  }

  /// `population_fraction` [pattern] (K ≤ 6, ascending binary with context 0 leading) and `active_fraction` [active contexts].
  private static func drawnPopulations(contexts: Int) -> Observable {
    let active = ObservableVariable("active_fraction", axes: [.init("active_contexts", contexts + 1)])
    let patterns = contexts <= GainPattern.maximumRecordedContexts ? 1 << contexts : 0
    let variables =
      patterns > 0 ? [ObservableVariable("population_fraction", axes: [.init("pattern", patterns)]), active] : [active]
    return Observable(variables) { _, view, values, first in
      let n = Double(view.sums.neurons)
      for k in 0..<patterns { values[first + k] = view.sums.patternCounts[k] / n }
      for k in 0...contexts { values[first + patterns + k] = view.sums.activeCounts[k] / n }
    }
  }
}

/// L = ½ Σ_c (R_c − A_c)ᵀ S (R_c − A_c).
struct QuadraticLoss: Sendable {
  /// A, [context, feature].
  let target: Matrix
  /// S, [feature, feature].
  let stimulusCovariance: Matrix

  /// L of a readout R [context, feature]. O(K D²).
  func loss(of readout: [Double]) -> Double {
    let features = target.columns
    var loss = 0.0
    for c in 0..<target.rows {
      for d in 0..<features {
        let k = c * features + d
        for e in 0..<features {
          let l = c * features + e
          loss +=
            (readout[k] - target.elements[k]) * stimulusCovariance.elements[d * features + e]
            * (readout[l] - target.elements[l])
        }
      }
    }
    return loss / 2
  }
}

/// The sums over the neurons of a network that is drawn neuron by neuron, and never at a position.
struct DrawnNetworkView: NeuronSumsView {
  var logDensity = 0.0
  var sums: NeuronSums
  var readout: [Double]
  let task: QuadraticLoss

  init(_ task: QuadraticLoss) {
    self.task = task
    sums = NeuronSums(contexts: task.target.rows, features: task.target.columns, counting: .moments)
    readout = [Double](repeating: 0, count: task.target.elements.count)
  }

  /// Nothing: neurons were added as they were drawn.
  mutating func look(at position: Span<Double>) {}

  /// Takes in that all neurons have been added.
  mutating func finish(logDensity: Double) {
    self.logDensity = logDensity
    sums.writeReadout(to: &readout)
  }
}
