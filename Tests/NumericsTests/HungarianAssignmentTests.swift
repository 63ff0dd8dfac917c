// Assignments against all permutations.

import Sampling
import Testing

@testable import Numerics

@Suite struct HungarianAssignmentTests {
  /// The least cost over all permutations (Heap's).
  static func leastCost(_ costs: Matrix) -> Double {
    var order = Array(0..<costs.rows)
    var least = Double.infinity
    func permute(_ k: Int) {
      if k <= 1 {
        least = min(least, order.enumerated().reduce(0) { $0 + costs[$1.offset, $1.element] })
        return
      }
      for i in 0..<k {
        permute(k - 1)
        order.swapAt(k % 2 == 0 ? i : 0, k - 1)
      }
    }
    permute(costs.rows)
    return least
  }

  /// Continuous costs, costs with many ties, negative ones, and products, whose best order is known.
  @Test(arguments: 1...7) func bruteForce(_ n: Int) throws {
    var stream = try RandomStream(StreamKey(seed: 770, chain: n, purpose: .testing))
    for trial in 0..<60 {
      var costs = Matrix(rows: n, columns: n)
      for k in costs.elements.indices {
        switch trial % 3 {
        case 0: costs.elements[k] = stream.standardNormal()
        case 1: costs.elements[k] = Double(stream.integer(below: 3))
        default: costs.elements[k] = -Double(stream.integer(below: 4)) + 1e-9 * stream.uniform()
        }
      }
      let assignment = HungarianAssignment(costs)
      #expect(Set(assignment.columnOfRow) == Set(0..<n))
      #expect(abs(assignment.cost - Self.leastCost(costs)) < 1e-12, "\(costs)")
    }
  }

  /// Numbers on a line are paired in their order, and equal costs with anybody.
  @Test func manyRows() throws {
    var stream = try RandomStream(StreamKey(seed: 771, chain: 0, purpose: .testing))
    let a = (0..<300).map { _ in stream.standardNormal() }
    let b = (0..<300).map { _ in stream.standardNormal() }
    let assignment = HungarianAssignment(Matrix(a.map { x in b.map { (x - $0) * (x - $0) } }))
    let sorted = zip(a.sorted(), b.sorted()).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    #expect(Set(assignment.columnOfRow).count == 300 && abs(assignment.cost - sorted) < 1e-10 * (1 + sorted))
    #expect(Set(HungarianAssignment(Matrix(rows: 50, columns: 50, repeating: -2)).columnOfRow).count == 50)
    #expect(HungarianAssignment(Matrix(rows: 0, columns: 0)).columnOfRow.isEmpty)
  }
}
