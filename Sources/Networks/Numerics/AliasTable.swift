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

  /// The draws that the first 2 `count` uniform numbers make, each given to `body` with its place.
  @inline(__always)
  func draw(_ count: Int, _ uniforms: UnsafePointer<Double>, _ body: (_ place: Int, _ drawn: Int) -> Void) {
    threshold.withUnsafeBufferPointer { threshold in
      alias.withUnsafeBufferPointer { alias in
        for i in 0..<count { body(i, Self.draw(uniforms[i], uniforms[count + i], threshold, alias)) }
      }
    }
  }

  /// Two uniform numbers: one has too few bits (32 with most generators) to choose among 2^20 columns and then decide.
  @inline(__always)
  private static func draw(
    _ first: Double, _ second: Double, _ threshold: UnsafeBufferPointer<Double>, _ alias: UnsafeBufferPointer<Int32>
  ) -> Int {
    let column = min(threshold.count - 1, Int(first * Double(threshold.count)))
    return second < threshold[column] ? column : Int(alias[column])
  }
}
