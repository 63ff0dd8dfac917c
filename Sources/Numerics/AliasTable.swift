// Draws from a finite distribution in constant time.

/// Walker's alias table in Vose's form (Vose 1991): O(n) to build, two uniform numbers a draw.
package struct AliasTable: Sendable {
  private var threshold: [Double]
  private var alias: [Int32]

  /// - Precondition: weights are not negative and their sum is positive.
  package init(weights: [Double]) {
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

  /// Calls `body` with what draws, without a check or a call for each.
  package func withDraws(_ body: (AliasDraws) -> Void) {
    threshold.withUnsafeBufferPointer { threshold in
      alias.withUnsafeBufferPointer { alias in
        body(AliasDraws(threshold: threshold.baseAddress!, alias: alias.baseAddress!, count: threshold.count))
      }
    }
  }
}

/// An ``AliasTable`` while it is drawn from.
@usableFromInline
package struct AliasDraws {
  @usableFromInline let threshold: UnsafePointer<Double>
  @usableFromInline let alias: UnsafePointer<Int32>
  @usableFromInline let count: Int

  /// The draw that two uniform numbers make: one has too few bits (32 with most generators) to choose among 2^20 columns and
  /// then decide.
  @inlinable @inline(__always)
  package func callAsFunction(_ first: Double, _ second: Double) -> Int {
    let column = min(count - 1, Int(first * Double(count)))
    return second < threshold[column] ? column : Int(alias[column])
  }
}
