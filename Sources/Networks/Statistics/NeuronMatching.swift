// The neurons of one network beside those of another that are most like them.

import Numerics
import Sampling

/// Two networks' neurons, paired so that they are as near to each other as they can be.
///
/// Neurons have no order that means anything: a network with its neurons permuted is the same. The permutation with the least Σ_i |a_i − b_π(i)|² is found exactly.
public struct NeuronMatching: Sendable, Equatable {
  /// The most neurons whose distances are held in memory, 200 MB.
  public static let maximumNeurons = 5000

  /// The second network's neuron for each of the first, π.
  public let partner: [Int]
  /// Whether the partner's sign is turned, [neuron].
  public let isTurned: [Bool]
  /// The root of the mean |a_i − b_π(i)|² over neurons.
  public let distance: Double
  /// The same without matching.
  public let unmatchedDistance: Double
  /// Σ_i a_i·b_π(i)/(|a| |b|): 1 for networks that are the same but for the order of their neurons. 0 if one is zero.
  public let overlap: Double
  /// The same without matching.
  public let unmatchedOverlap: Double

  /// Matches neurons [neuron, coordinate]; the coordinates' units decide what counts. O(N³) at worst, and N² numbers of memory.
  ///
  /// - Parameter turning: this many coordinates, the first, may change their sign together, neuron by neuron, at no cost: with an odd
  ///   activation (w, m, b) → −(w, m, b) leaves a network as it is, with given gains (w, m) → −(w, m).
  /// - Throws: ``StatisticsError`` for networks of different shape, no or more than ``maximumNeurons`` neurons, or numbers that are not
  ///   finite.
  public init(_ first: Matrix, _ second: Matrix, turning: Int = 0) throws {
    guard first.rows == second.rows, first.columns == second.columns else {
      throw StatisticsError.degenerate(
        "\(first.rows) neurons with \(first.columns) coordinates cannot be matched with \(second.rows) with "
          + "\(second.columns)")
    }
    let (neurons, coordinates) = (first.rows, first.columns)
    guard 1...Self.maximumNeurons ~= neurons else {
      throw StatisticsError.invalidCount(
        what: "neurons to be matched", found: neurons, allowed: "1 to \(Self.maximumNeurons)")
    }
    guard 0...coordinates ~= turning else {
      throw StatisticsError.invalidCount(
        what: "coordinates that may change their sign", found: turning, allowed: "0 to \(coordinates)")
    }
    if let bad = (first.elements + second.elements).first(where: { !$0.isFinite }) {
      throw StatisticsError.invalidValue(what: "a coordinate", found: bad, allowed: "a finite number")
    }
    let pairs = NeuronPairs(first: first, second: second, turning: turning)
    let partner = HungarianAssignment(pairs.costs).columnOfRow
    let matched = (0..<neurons).map { pairs.comparison($0, partner[$0]) }
    let unmatched = (0..<neurons).map { pairs.comparison($0, $0) }
    let size = first.squaredNorm.squareRoot() * second.squaredNorm.squareRoot()
    func cosine(_ product: Double) -> Double { size > 0 ? max(-1, min(1, product / size)) : 0 }
    func rootMean(_ square: Double) -> Double { (square / Double(neurons)).squareRoot() }
    self.partner = partner
    isTurned = matched.map(\.isTurned)
    distance = rootMean(matched.reduce(0) { $0 + $1.leastSquare })
    unmatchedDistance = rootMean(unmatched.reduce(0) { $0 + $1.square })
    overlap = cosine(matched.reduce(0) { $0 + $1.largestProduct })
    unmatchedOverlap = cosine(unmatched.reduce(0) { $0 + $1.product })
  }
}

/// The pairs of a neuron of one network with one of another.
private struct NeuronPairs {
  let first, second: Matrix
  /// How many coordinates may change their sign together.
  let turning: Int

  /// How near two neurons are.
  struct Comparison {
    /// |a − b|² and a·b as they are.
    var square = 0.0
    var product = 0.0
    /// The same with the sign turned of b's coordinates that may.
    var turnedSquare = 0.0
    var turnedProduct = 0.0

    var isTurned: Bool { turnedSquare < square }
    var leastSquare: Double { min(square, turnedSquare) }
    var largestProduct: Double { isTurned ? turnedProduct : product }
  }

  /// O(d). By differences and not by products: neurons that are equal are at distance 0.
  func comparison(_ i: Int, _ j: Int) -> Comparison {
    var result = Comparison()
    for k in 0..<first.columns {
      let (a, b) = (first[i, k], second[j, k])
      let square = (a - b) * (a - b)
      result.square += square
      result.product += a * b
      result.turnedSquare += k < turning ? (a + b) * (a + b) : square
      result.turnedProduct += k < turning ? -a * b : a * b
    }
    return result
  }

  /// The least |a_i − b_j|² over the signs that are allowed, [neuron, neuron]. O(N² d).
  var costs: Matrix {
    var costs = Matrix(rows: first.rows, columns: second.rows)
    for i in 0..<first.rows { for j in 0..<second.rows { costs[i, j] = comparison(i, j).leastSquare } }
    return costs
  }
}
