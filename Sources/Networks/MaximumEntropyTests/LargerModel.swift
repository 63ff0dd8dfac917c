// What an additive regression is compared with by Fisher's test.

import Sampling

/// A regression with more columns than the additive one, which it contains.
enum LargerModel: Sendable {
  /// None can be had, for a reason.
  case none(String)
  /// These columns [column, neuron] beside the additive ones.
  case adding(Matrix)
  /// These columns [column, neuron], apart in each population; the additive ones must be combinations of them.
  case perPopulation(Matrix)
}

/// The rank of a regression, and what it leaves of the responses.
struct RegressionFit: Sendable {
  var rank = 0
  /// |e|², over all responses.
  var squaredResidual = 0.0

  /// Responses [response, neuron] on columns [column, neuron], apart in each population. O(N C²) for C columns.
  static func perPopulation(_ responses: Matrix, columns: Matrix, populations: [Int]) -> RegressionFit {
    var members: [Int: [Int]] = [:]
    for (neuron, population) in populations.enumerated() { members[population, default: []].append(neuron) }
    var fit = RegressionFit()
    // In a fixed order, so that sums have the same bits each time.
    for neurons in members.values.sorted(by: { $0[0] < $1[0] }) {
      let space = ColumnSpace(columns.picking(neurons))
      fit.rank += space.rank
      fit.squaredResidual += space.residuals(of: responses.picking(neurons)).squaredNorm
    }
    return fit
  }
}

extension Matrix {
  /// Some columns, in the order given.
  fileprivate func picking(_ chosen: [Int]) -> Matrix {
    var elements: [Double] = []
    elements.reserveCapacity(rows * chosen.count)
    for row in 0..<rows { for column in chosen { elements.append(self[row, column]) } }
    return Matrix(rows: rows, columns: chosen.count, elements: elements)
  }

  /// The entries divided by the power of two below the largest: no bit is rounded, and neither products nor squares overflow.
  var inOwnUnit: Matrix {
    let largest = largestMagnitude
    guard largest.isNormal else { return self }
    let exponent = -Int(largest.exponent)
    // Two factors: the reciprocal of the smallest numbers' unit is not a number of its own.
    let first = Double(sign: .plus, exponent: exponent / 2, significand: 1)
    let second = Double(sign: .plus, exponent: exponent - exponent / 2, significand: 1)
    return Matrix(rows: rows, columns: columns, elements: elements.map { $0 * first * second })
  }
}
