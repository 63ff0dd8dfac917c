// The readout as combinations of outputs: what a constraint on it alone sees of a network's features.

import Sampling

/// R_cd = (1/P) Σ_p y_c(x_p) x_pd as a linear map of the outputs, and of each neuron's features.
struct ReadoutRows: Sendable {
  /// Sets of outputs: K, or 1 without context drives.
  let sets: Int
  /// P and D.
  let stimuli, features: Int
  /// x/P, [stimulus, feature].
  private let weights: [Double]

  /// - Parameter stimuli: [stimulus, feature].
  init(_ stimuli: Matrix, sets: Int) {
    self.sets = sets
    self.stimuli = stimuli.rows
    features = stimuli.columns
    weights = stimuli.elements.map { $0 / Double(stimuli.rows) }
  }

  /// The number of entries, sets times features.
  var count: Int { sets * features }
  var outputs: Int { sets * stimuli }

  /// The features of the entries, in memory of count · n numbers and in the order of those of the outputs. O(n sets P D).
  func write(_ h: ReadoutFeatures, into memory: UnsafeMutablePointer<Double>) -> ReadoutFeatures {
    switch h.order {
    case .byNeuron:
      VectorKernels.product(
        h.elements, weights, into: memory, rows: h.neurons * sets, inner: stimuli, columns: features)
    case .byRow:
      for c in 0..<sets {
        VectorKernels.product(
          transposed: weights, h.elements + c * stimuli * h.neurons, into: memory + c * features * h.neurons,
          rows: features, inner: stimuli, columns: h.neurons)
      }
    }
    return ReadoutFeatures(memory, rows: count, neurons: h.neurons, order: h.order)
  }

  /// ∂/∂H of the outputs from that of the entries, both laid out as `order` says. O(n sets P D).
  func pullBack(
    _ slopes: UnsafePointer<Double>, neurons: Int, order: ReadoutFeatures.Order,
    into result: UnsafeMutablePointer<Double>
  ) {
    switch order {
    case .byNeuron:
      VectorKernels.product(
        slopes, transposed: weights, into: result, rows: neurons * sets, inner: features, columns: stimuli)
    case .byRow:
      for c in 0..<sets {
        VectorKernels.product(
          weights, slopes + c * features * neurons, into: result + c * stimuli * neurons, rows: stimuli,
          inner: features, columns: neurons)
      }
    }
  }
}
