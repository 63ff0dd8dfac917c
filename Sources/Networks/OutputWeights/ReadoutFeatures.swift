// Features of outputs that are linear in output weights, wherever they lie.

import Sampling

/// H, of which y = f H w: rows (outputs) by neurons, in memory that someone else owns.
struct ReadoutFeatures {
  /// Which axis is contiguous.
  enum Order: Sendable {
    /// [row, neuron].
    case byRow
    /// [neuron, row].
    case byNeuron
  }

  let elements: UnsafePointer<Double>
  let rows: Int
  let neurons: Int
  let order: Order

  init(_ elements: UnsafePointer<Double>, rows: Int, neurons: Int, order: Order) {
    self.elements = elements
    self.rows = rows
    self.neurons = neurons
    self.order = order
  }

  /// |H|².
  var squaredNorm: Double { VectorKernels.sumOfSquares(elements, count: rows * neurons) }

  /// s HᵀH, [neuron, neuron].
  func writeNeuronProducts(into result: UnsafeMutablePointer<Double>, scale: Double) {
    switch order {
    case .byRow: VectorKernels.gram(transposed: elements, into: result, rows: neurons, inner: rows, scale: scale)
    case .byNeuron: VectorKernels.gram(elements, into: result, rows: neurons, inner: rows, scale: scale)
    }
  }

  /// s HHᵀ, [row, row].
  func writeRowProducts(into result: UnsafeMutablePointer<Double>, scale: Double) {
    switch order {
    case .byRow: VectorKernels.gram(elements, into: result, rows: rows, inner: neurons, scale: scale)
    case .byNeuron: VectorKernels.gram(transposed: elements, into: result, rows: rows, inner: neurons, scale: scale)
    }
  }

  /// s H v, [row], for v [neuron]; written, or added to what is there.
  func multiply(
    _ vector: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>, scale: Double, adding: Bool = false
  ) {
    switch order {
    case .byRow:
      VectorKernels.product(
        elements, transposed: vector, into: result, rows: rows, inner: neurons, columns: 1, scale: scale,
        accumulate: adding)
    case .byNeuron:
      VectorKernels.product(
        vector, elements, into: result, rows: 1, inner: neurons, columns: rows, scale: scale, accumulate: adding)
    }
  }

  /// s Hᵀ v, [neuron], for v [row].
  func multiply(
    transposed vector: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>, scale: Double
  ) {
    switch order {
    case .byRow:
      VectorKernels.product(vector, elements, into: result, rows: 1, inner: rows, columns: neurons, scale: scale)
    case .byNeuron:
      VectorKernels.product(
        elements, transposed: vector, into: result, rows: neurons, inner: rows, columns: 1, scale: scale)
    }
  }
}
