// The space that some columns span, as an orthonormal basis whose size is their rank.

import Sampling

/// An orthonormal basis of the space that columns over neurons span.
///
/// Pivoted Gram–Schmidt: of the columns that are left the one with most that is new comes next, and its part in the space so far is
/// taken out twice (Giraud, Langou & Rozložník 2005), so that the basis is orthogonal to rounding. Every column is first given the
/// length 1: ranks do not depend on units, neither of all columns nor of one.
struct ColumnSpace: Sendable {
  /// A column of length 1 counts if at least this much of it is new.
  ///
  /// Far above rounding, and above that of columns that were written with eleven digits; far below what any output weight shows: along a
  /// column with a new part s they are told from noise only as far as s times a coefficient exceeds it.
  static let leastNewPart = 1e-10

  /// Number of neurons, N.
  let neurons: Int
  /// The basis, [vector, neuron].
  private(set) var basis: [Double] = []
  /// The number of basis vectors.
  private(set) var rank = 0

  /// The space of no column.
  init(neurons: Int) { self.neurons = neurons }

  /// The space of columns [column, neuron], finite numbers. O(N r) a column, with r the rank.
  init(_ columns: Matrix) {
    self.init(neurons: columns.columns)
    extend(by: columns)
  }

  /// Adds columns [column, neuron] to those that span the space. O(N r) a column, with r the new rank.
  ///
  /// - Precondition: columns over as many neurons.
  mutating func extend(by columns: Matrix) {
    precondition(columns.columns == neurons, "columns of another number of neurons")
    var columns = columns
    columns.elements.withUnsafeMutableBufferPointer { buffer in
      guard var start = buffer.baseAddress else { return }
      var left: [Candidate] = []
      for _ in 0..<buffer.count / neurons {
        if Self.normalize(start, neurons) {
          removeComponents(from: start)
          left.append(Candidate(start: start, square: VectorKernels.sumOfSquares(start, count: neurons)))
        }
        start += neurons
      }
      let least = Self.leastNewPart * Self.leastNewPart
      while rank < neurons, let next = left.indices.max(by: { left[$0].square < left[$1].square }) {
        let column = left.remove(at: next).start
        removeComponents(from: column)
        let square = VectorKernels.sumOfSquares(column, count: neurons)
        guard square > least else {
          // What is left of the others was no more before the second removal.
          left.removeAll { $0.square <= least }
          continue
        }
        let scale = 1 / square.squareRoot()
        for i in 0..<neurons { column[i] *= scale }
        for k in left.indices {
          VectorKernels.add(
            -VectorKernels.dot(column, left[k].start, count: neurons), times: column, to: left[k].start, count: neurons)
          left[k].square = VectorKernels.sumOfSquares(left[k].start, count: neurons)
        }
        left.removeAll { $0.square <= least }
        basis.append(contentsOf: UnsafeBufferPointer(start: column, count: neurons))
        rank += 1
      }
    }
  }

  /// A column of which part may be new.
  private struct Candidate {
    let start: UnsafeMutablePointer<Double>
    /// The square of its new part.
    var square: Double
  }

  /// Divides numbers by their length; false if they are all zero. No square over- or underflows.
  private static func normalize(_ x: UnsafeMutablePointer<Double>, _ count: Int) -> Bool {
    var largest = 0.0
    for i in 0..<count { largest = max(largest, abs(x[i])) }
    guard largest > 0 else { return false }
    for i in 0..<count { x[i] /= largest }
    let scale = 1 / VectorKernels.sumOfSquares(x, count: count).squareRoot()
    for i in 0..<count { x[i] *= scale }
    return true
  }

  /// x ← x − Q Qᵀx over the basis vectors from number `first`. O(N r); allocates nothing.
  @inline(__always)
  func removeComponents(from x: UnsafeMutablePointer<Double>, first: Int = 0) {
    basis.withUnsafeBufferPointer { basis in
      guard let start = basis.baseAddress else { return }
      for k in first..<rank {
        let vector = start + k * neurons
        VectorKernels.add(-VectorKernels.dot(vector, x, count: neurons), times: vector, to: x, count: neurons)
      }
    }
  }

  /// What is left of responses [response, neuron] without their parts in the space. O(N r) a response.
  func residuals(of responses: Matrix) -> Matrix {
    var left = responses
    left.elements.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      for d in 0..<responses.rows {
        removeComponents(from: start + d * neurons)
        removeComponents(from: start + d * neurons)
      }
    }
    return left
  }

  /// The diagonal of the projection onto the space, [neuron]. O(N r).
  var leverages: [Double] {
    var sums = [Double](repeating: 0, count: neurons)
    for k in 0..<rank {
      for i in 0..<neurons { sums[i] += basis[k * neurons + i] * basis[k * neurons + i] }
    }
    return sums
  }
}
