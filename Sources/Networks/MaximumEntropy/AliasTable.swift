// Draws from a finite distribution in constant time.

import Sampling

/// Walker's alias table in Vose's form (Vose 1991): O(n) to build, two uniform numbers a draw.
struct AliasTable: Sendable {
  private var threshold: [Double]
  private var alias: [Int32]

  /// - Precondition: weights are not negative and their sum is positive.
  init(weights: [Double]) {
    let count = weights.count
    let total = weights.reduce(0, +)
    precondition(total > 0 && count < Int32.max, "an alias table needs a positive total weight")
    threshold = weights.map { $0 / total * Double(count) }
    alias = (0..<Int32(count)).map { $0 }
    var small: [Int] = []
    var large: [Int] = []
    for i in 0..<count { if threshold[i] < 1 { small.append(i) } else { large.append(i) } }
    while let low = small.popLast() {
      guard let high = large.last else {
        threshold[low] = 1
        continue
      }
      alias[low] = Int32(high)
      threshold[high] -= 1 - threshold[low]
      if threshold[high] < 1 { small.append(large.removeLast()) }
    }
    for high in large { threshold[high] = 1 }
  }

  @inline(__always)
  func draw(using stream: inout RandomStream) -> Int {
    // Two uniforms: one has too few bits (32 with most generators) to choose among 2^20 columns and then decide.
    let column = min(threshold.count - 1, Int(stream.uniform() * Double(threshold.count)))
    return stream.uniform() < threshold[column] ? column : Int(alias[column])
  }
}
