// The order that sorts numbers, by radix: draws come by the million, and ranks, quantiles and medians all need it.

/// Numbers in ascending order, and where each came from; the memory is kept from one sort to the next.
///
/// Numbers are put on a scale of 2³² places between the smallest and the largest of them, sorted by place in three passes, and
/// those that share a place among themselves. O(n) for numbers of any law without far outliers.
struct AscendingOrder {
  /// The numbers in ascending order, equal ones in their own order; NaN anywhere at the ends.
  private(set) var values: [Double] = []
  /// The positions that they came from.
  private(set) var positions: [UInt32] = []
  /// Place on the scale above, position below.
  private var keys: [UInt64] = []
  private var nextKeys: [UInt64] = []

  /// Fewer numbers are sorted by insertion.
  private static let few = 24

  init() {}

  init(_ numbers: [Double]) {
    numbers.withUnsafeBufferPointer { sort($0) }
  }

  /// - Precondition: fewer than 2³² numbers.
  mutating func sort(_ numbers: UnsafeBufferPointer<Double>) {
    precondition(numbers.count <= Int(UInt32.max), "positions are numbers of 32 bits")
    if values.count != numbers.count {
      values = [Double](repeating: 0, count: numbers.count)
      positions = [UInt32](repeating: 0, count: numbers.count)
      keys = [UInt64](repeating: 0, count: numbers.count)
      nextKeys = keys
    }
    guard let (low, scale) = Self.scale(of: numbers) else { return sortByComparison(numbers) }
    Self.sortByPlace(numbers, low, scale, &keys, &nextKeys)
    for index in numbers.indices {
      let position = UInt32(truncatingIfNeeded: keys[index])
      positions[index] = position
      values[index] = numbers[Int(position)]
    }
    sortWithinPlaces()
  }

  /// Where the scale begins, and its places per unit; nil for numbers without a scale, such as infinite ones.
  private static func scale(of numbers: UnsafeBufferPointer<Double>) -> (low: Double, scale: Double)? {
    var (low, high) = (Double.infinity, -Double.infinity)
    var areNumbers = true
    for number in numbers {
      low = number < low ? number : low
      high = number > high ? number : high
      areNumbers = areNumbers && number == number
    }
    let scale = high > low ? Double(UInt32.max) / (high - low) : 0
    return areNumbers && (high - low).isFinite && scale.isFinite ? (low, scale) : nil
  }

  /// Fills `keys` and puts them in the order of their places. Rounding is monotonic: no number comes to a place before that of a
  /// smaller one.
  private static func sortByPlace(
    _ numbers: UnsafeBufferPointer<Double>, _ low: Double, _ scale: Double, _ keys: inout [UInt64],
    _ nextKeys: inout [UInt64]
  ) {
    let digits: [(shift: UInt64, count: Int)] = [(32, 1 << 11), (43, 1 << 11), (54, 1 << 10)]
    for index in numbers.indices {
      let place = UInt64((numbers[index] - low) * scale)
      keys[index] = place << 32 | UInt64(truncatingIfNeeded: index)
    }
    withUnsafeTemporaryAllocation(of: Int.self, capacity: 1 << 11) { starts in
      for (shift, count) in digits {
        starts.update(repeating: 0)
        for key in keys { starts[Int(truncatingIfNeeded: key >> shift) & (count - 1)] += 1 }
        // A digit that all share sorts nothing.
        if starts[..<count].contains(numbers.count) { continue }
        var start = 0
        for digit in 0..<count { (starts[digit], start) = (start, start + starts[digit]) }
        scatter(keys, by: shift, mask: count - 1, starts, into: &nextKeys)
        swap(&keys, &nextKeys)
      }
    }
  }

  private static func scatter(
    _ keys: [UInt64], by shift: UInt64, mask: Int, _ starts: UnsafeMutableBufferPointer<Int>,
    into nextKeys: inout [UInt64]
  ) {
    nextKeys.withUnsafeMutableBufferPointer { nextKeys in
      for key in keys {
        let digit = Int(truncatingIfNeeded: key >> shift) & mask
        nextKeys[starts[digit]] = key
        starts[digit] += 1
      }
    }
  }

  private mutating func sortWithinPlaces() {
    var index = 1
    while index < values.count {
      guard values[index] < values[index - 1] else {
        index += 1
        continue
      }
      let place = keys[index] >> 32
      var (start, end) = (index - 1, index + 1)
      while start > 0, keys[start - 1] >> 32 == place { start -= 1 }
      while end < values.count, keys[end] >> 32 == place { end += 1 }
      if end - start <= Self.few { insert(start..<end) } else { sortAgain(start..<end) }
      index = end
    }
  }

  private mutating func insert(_ range: Range<Int>) {
    for index in range.dropFirst() {
      let (value, position) = (values[index], positions[index])
      var place = index
      while place > range.lowerBound, value < values[place - 1] {
        values[place] = values[place - 1]
        positions[place] = positions[place - 1]
        place -= 1
      }
      values[place] = value
      positions[place] = position
    }
  }

  /// Sorts what one place holds on a scale of its own, which is at least 2³² times finer.
  private mutating func sortAgain(_ range: Range<Int>) {
    let finer = AscendingOrder(Array(values[range]))
    let old = Array(positions[range])
    for (offset, index) in range.enumerated() {
      values[index] = finer.values[offset]
      positions[index] = old[Int(finer.positions[offset])]
    }
  }

  /// By bit patterns, which order as the numbers do once negative ones are inverted.
  private mutating func sortByComparison(_ numbers: UnsafeBufferPointer<Double>) {
    func key(_ position: Int) -> (UInt64, Int) {
      let bits = (numbers[position] + 0).bitPattern  // + 0 turns -0 into 0, its equal
      return (bits >> 63 == 1 ? ~bits : bits | 1 << 63, position)
    }
    for (index, position) in numbers.indices.sorted(by: { key($0) < key($1) }).enumerated() {
      positions[index] = UInt32(position)
      values[index] = numbers[position]
    }
  }
}

extension Diagnostics {
  /// The numbers in ascending order.
  static func ascending(_ values: [Double]) -> [Double] { AscendingOrder(values).values }
}
