// The order that sorts numbers, by radix: draws come by the ten thousand, and rank normalisation needs it.

extension Diagnostics {
  /// The positions of `values` in ascending order of value, equal ones in their own order; NaN anywhere at the ends.
  ///
  /// Least-significant-digit radix sort of the bit patterns, which order as the numbers do once negative ones are
  /// inverted. O(n), eight passes at most; passes over a digit that all numbers share are left out.
  static func ascendingOrder(_ values: [Double]) -> [Int] {
    let count = values.count
    var keys = values.map { value -> UInt64 in
      let bits = (value + 0).bitPattern  // + 0 turns -0 into 0, its equal
      return bits >> 63 == 1 ? ~bits : bits | 1 << 63
    }
    var order = Array(0..<count)
    var nextKeys = keys
    var nextOrder = order
    for shift in stride(from: UInt64(0), to: 64, by: 8) {
      var starts = [Int](repeating: 0, count: 256)
      for key in keys { starts[Int(key >> shift & 255)] += 1 }
      if starts.contains(count) { continue }
      var start = 0
      for digit in 0..<256 { (starts[digit], start) = (start, start + starts[digit]) }
      scatter(keys.span, order.span, by: shift, to: &starts, &nextKeys, &nextOrder)
      swap(&keys, &nextKeys)
      swap(&order, &nextOrder)
    }
    return order
  }

  /// Copies keys and positions to where the counts of their digits say, and moves those on.
  private static func scatter(
    _ keys: Span<UInt64>, _ order: Span<Int>, by shift: UInt64, to starts: inout [Int],
    _ nextKeys: inout [UInt64], _ nextOrder: inout [Int]
  ) {
    var starts = starts.mutableSpan
    var nextKeys = nextKeys.mutableSpan
    var nextOrder = nextOrder.mutableSpan
    for i in 0..<keys.count {
      let digit = Int(keys[i] >> shift & 255)
      let place = starts[digit]
      nextKeys[place] = keys[i]
      nextOrder[place] = order[i]
      starts[digit] = place + 1
    }
  }

  /// The numbers in ascending order.
  static func ascending(_ values: [Double]) -> [Double] { ascendingOrder(values).map { values[$0] } }
}
