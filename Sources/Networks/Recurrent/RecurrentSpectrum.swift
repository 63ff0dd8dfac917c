// The eigenvalues of a network's connectivity, by GSL.

import CGSL
import Sampling

/// Computes the eigenvalues of square matrices in memory that it keeps: that of one chain.
///
/// O(N³): about 25 N³ operations, which at 100 neurons is some ten milliseconds.
final class RecurrentSpectrum: @unchecked Sendable {
  // Unchecked: GSL's memory is this object's own, and so is whoever uses it.
  private let workspace: UnsafeMutablePointer<gsl_eigen_nonsymm_workspace>
  private var matrix: [Double]
  /// Real and imaginary parts, one after the other.
  private var values: [Double]
  /// The eigenvalues that points have.
  private var taken: [Int] = []
  private let neurons: Int
  private let given: [Double]

  /// For N neurons; `given` is added to all matrices, or empty. - Precondition: at least one.
  init(neurons: Int, adding given: [Double] = []) {
    precondition(given.isEmpty || given.count == neurons * neurons, "a matrix of this size")
    self.given = given
    GSL.prepare()
    self.neurons = neurons
    guard let workspace = gsl_eigen_nonsymm_alloc(neurons) else { fatalError("no memory for eigenvalues") }
    gsl_eigen_nonsymm_params(0, 1, workspace)
    self.workspace = workspace
    matrix = [Double](repeating: 0, count: neurons * neurons)
    values = [Double](repeating: 0, count: 2 * neurons)
  }

  deinit { gsl_eigen_nonsymm_free(workspace) }

  /// The eigenvalues of a matrix, `scale` times [neuron, neuron]; empty where the iteration does not converge.
  func eigenvalues(_ weights: UnsafePointer<Double>, scale: Double) -> [(real: Double, imaginary: Double)] {
    guard compute(weights) else { return [] }
    return (0..<neurons).map { (scale * values[2 * $0], scale * values[2 * $0 + 1]) }
  }

  /// The largest modulus, and how many eigenvalues are real; NaN where the iteration does not converge. Into `nearest` go the real parts of the
  /// eigenvalues that are nearest to some points, the first point's first, and each eigenvalue once. Allocates nothing but once.
  func radius(
    _ weights: UnsafePointer<Double>, scale: Double, points: [(real: Double, imaginary: Double)],
    nearest: UnsafeMutablePointer<Double>
  ) -> (radius: Double, real: Double) {
    guard compute(weights) else {
      for index in 0..<points.count { nearest[index] = .nan }
      return (.nan, .nan)
    }
    taken.removeAll(keepingCapacity: true)
    for index in 0..<points.count {
      let (x, y) = points[index]
      var (least, place) = (Double.infinity, -1)
      for k in 0..<neurons {
        let distance = hypot(scale * values[2 * k] - x, scale * values[2 * k + 1] - y)
        if distance < least, !taken.contains(k) { (least, place) = (distance, k) }
      }
      nearest[index] = place < 0 ? .nan : scale * values[2 * place]
      taken.append(place)
    }
    var (largest, real) = (0.0, 0.0)
    for k in 0..<neurons {
      largest = max(largest, hypot(values[2 * k], values[2 * k + 1]))
      // Pairs are told from real ones by the iteration itself.
      if values[2 * k + 1] == 0 { real += 1 }
    }
    return (scale * largest, real)
  }

  private func compute(_ weights: UnsafePointer<Double>) -> Bool {
    for k in 0..<matrix.count { matrix[k] = weights[k] }
    for k in 0..<given.count { matrix[k] += given[k] }
    let status = try? GSL.checked {
      matrix.withUnsafeMutableBufferPointer { a in
        values.withUnsafeMutableBufferPointer { e in
          var view = gsl_matrix_view_array(a.baseAddress!, neurons, neurons)
          var eigenvalues = gsl_vector_complex_view_array(e.baseAddress!, neurons)
          return gsl_eigen_nonsymm(&view.matrix, &eigenvalues.vector, workspace)
        }
      }
    }
    return status == 0
  }
}

extension RecurrentDensity {
  /// The eigenvalues of a network's connectivity, J/√N and what is added to it; empty where the iteration does not converge. O(N³).
  public func recurrentEigenvalues(at position: [Double]) -> [(real: Double, imaginary: Double)] {
    position.withUnsafeBufferPointer { position in
      RecurrentSpectrum(neurons: architecture.neurons, adding: architecture.lowRank?.weights ?? []).eigenvalues(
        position.baseAddress! + architecture.recurrentOffset, scale: 1 / Double(architecture.neurons).squareRoot())
    }
  }
}
