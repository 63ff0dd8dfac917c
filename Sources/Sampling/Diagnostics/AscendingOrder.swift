// The order that sorts numbers, by radix: draws come by the million, and ranks, quantiles and medians all need it.

/// The order of numbers, 8 bytes each, equal ones in their own order; NaN anywhere at the ends. The memory is kept from one sort to the
/// next, the numbers themselves are not: whatever asks for their values hands them in.
///
/// Numbers are put on a scale of 2³² places between the smallest and the largest of them, sorted by place in three passes, and
/// those that share a place among themselves. O(n) for numbers of any law without far outliers.
struct AscendingOrder {
  /// Place on the scale above, position below. Equal numbers share a place.
  private var keys: [UInt64] = []
  /// Where the scale begins, and its places per unit; 0 where all numbers share one place.
  private var (low, scale) = (0.0, 0.0)

  /// Fewer numbers are sorted by insertion.
  private static let few = 24

  init() {}

  init(_ numbers: [Double]) {
    var scratch = numbers
    numbers.withUnsafeBufferPointer { sort($0, scratch: &scratch) }
  }

  /// How many numbers are in order.
  var count: Int { keys.count }
  /// The positions that the numbers came from.
  var positions: some Sequence<Int> { keys.lazy.map { Self.position(of: $0) } }

  @inline(__always)
  static func position(of key: UInt64) -> Int { Int(UInt32(truncatingIfNeeded: key)) }

  /// The place of a number between the smallest and the largest; the key's is the whole number below, or one beside that.
  func place(of number: Double) -> Double { (number - low) * scale }

  /// Gives `body` the keys.
  @inline(__always)
  func withKeys<Result>(_ body: (UnsafeBufferPointer<UInt64>) -> Result) -> Result {
    keys.withUnsafeBufferPointer(body)
  }

  /// Whether the numbers of two keys are equal.
  @inline(__always)
  static func areEqual(_ a: UInt64, _ b: UInt64, _ numbers: UnsafeBufferPointer<Double>) -> Bool {
    a >> 32 == b >> 32 && numbers[position(of: a)] == numbers[position(of: b)]
  }

  /// - Parameter scratch: at least as long as `numbers`, and overwritten.
  /// - Precondition: fewer than 2³² numbers.
  mutating func sort(_ numbers: UnsafeBufferPointer<Double>, scratch: inout [Double]) {
    precondition(numbers.count <= Int(UInt32.max), "positions are numbers of 32 bits")
    resize(to: numbers.count)
    (low, scale) = Self.scale(of: numbers) ?? (0, 0)
    guard scale > 0 else { return sortByComparison(numbers) }
    let (low, scale) = (low, scale)
    keys.withUnsafeMutableBufferPointer { keys in
      scratch.withUnsafeMutableBufferPointer { scratch in
        scratch.withMemoryRebound(to: UInt64.self) { Self.sortByPlace(numbers, low, scale, keys, $0) }
      }
    }
    sortWithinPlaces(numbers)
  }

  private mutating func resize(to count: Int) {
    if keys.capacity < count { keys = [] }
    if keys.isEmpty { keys = [UInt64](repeating: 0, count: count) }
    if keys.count < count { keys.append(contentsOf: repeatElement(0, count: count - keys.count)) }
    keys.removeLast(keys.count - count)
  }

  /// Leaves numbers out, by their positions.
  mutating func leaveOut(_ isLeftOut: (Int) -> Bool) { keys.removeAll { isLeftOut(Self.position(of: $0)) } }

  /// Where the scale begins, and its places per unit; nil for numbers without a scale, such as infinite ones.
  private static func scale(of numbers: UnsafeBufferPointer<Double>) -> (low: Double, scale: Double)? {
    var (low, high) = (Double.infinity, -Double.infinity)
    var areNumbers = true
    for number in numbers {
      low = number < low ? number : low
      high = number > high ? number : high
      areNumbers = areNumbers && number == number
    }
    let scale = Double(UInt32.max) / (high - low)
    return areNumbers && (high - low).isFinite && scale.isFinite ? (low, scale) : nil
  }

  /// Fills `keys` in the order of their places. Rounding is monotonic: no number comes to a place before that of a smaller one.
  private static func sortByPlace(
    _ numbers: UnsafeBufferPointer<Double>, _ low: Double, _ scale: Double,
    _ keys: UnsafeMutableBufferPointer<UInt64>, _ scratch: UnsafeMutableBufferPointer<UInt64>
  ) {
    @inline(__always) func key(_ index: Int) -> UInt64 {
      UInt64(truncatingIfNeeded: Int64((numbers[index] - low) * scale)) << 32 | UInt64(truncatingIfNeeded: index)
    }
    withUnsafeTemporaryAllocation(of: Int.self, capacity: 3 << 11) { starts in
      starts.update(repeating: 0)
      for index in numbers.indices {
        let key = key(index)
        for digit in 0..<3 { starts[digit << 11 + Self.digit(digit, of: key)] += 1 }
      }
      // A digit that all share sorts nothing.
      let sorting = (0..<3).filter { !starts[$0 << 11..<($0 + 1) << 11].contains(numbers.count) }
      for digit in sorting {
        var start = 0
        for place in digit << 11..<(digit + 1) << 11 { (starts[place], start) = (start, start + starts[place]) }
      }
      guard let first = sorting.first else {
        for index in numbers.indices { keys[index] = key(index) }
        return
      }
      // The last pass ends in `keys`.
      var (source, target) = sorting.count % 2 == 0 ? (keys, scratch) : (scratch, keys)
      for index in numbers.indices { put(key(index), first, starts, target) }
      for digit in sorting.dropFirst() {
        swap(&source, &target)
        for index in numbers.indices { put(source[index], digit, starts, target) }
      }
    }
  }

  @inline(__always)
  private static func digit(_ digit: Int, of key: UInt64) -> Int {
    let (shift, bits) = digit == 0 ? (32, 11) : digit == 1 ? (43, 11) : (54, 10)
    return Int(truncatingIfNeeded: key >> UInt64(shift)) & (1 << bits - 1)
  }

  @inline(__always)
  private static func put(
    _ key: UInt64, _ digit: Int, _ starts: UnsafeMutableBufferPointer<Int>, _ target: UnsafeMutableBufferPointer<UInt64>
  ) {
    let place = digit << 11 + Self.digit(digit, of: key)
    target[starts[place]] = key
    starts[place] += 1
  }

  private mutating func sortWithinPlaces(_ numbers: UnsafeBufferPointer<Double>) {
    var index = 1
    while index < keys.count {
      let place = keys[index] >> 32
      guard keys[index - 1] >> 32 == place,
        numbers[Self.position(of: keys[index])] < numbers[Self.position(of: keys[index - 1])]
      else {
        index += 1
        continue
      }
      var (start, end) = (index - 1, index + 1)
      while start > 0, keys[start - 1] >> 32 == place { start -= 1 }
      while end < keys.count, keys[end] >> 32 == place { end += 1 }
      if end - start <= Self.few { insert(start..<end, numbers) } else { sortAgain(start..<end, numbers) }
      index = end
    }
  }

  private mutating func insert(_ range: Range<Int>, _ numbers: UnsafeBufferPointer<Double>) {
    for index in range.dropFirst() {
      let key = keys[index]
      let value = numbers[Self.position(of: key)]
      var place = index
      while place > range.lowerBound, value < numbers[Self.position(of: keys[place - 1])] {
        keys[place] = keys[place - 1]
        place -= 1
      }
      keys[place] = key
    }
  }

  /// Sorts what one place holds on a scale of its own, which is at least 2³² times finer.
  private mutating func sortAgain(_ range: Range<Int>, _ numbers: UnsafeBufferPointer<Double>) {
    let old = Array(keys[range])
    let finer = AscendingOrder(old.map { numbers[Self.position(of: $0)] })
    for (index, position) in zip(range, finer.positions) { keys[index] = old[position] }
  }

  /// By bit patterns, which order as the numbers do once negative ones are inverted. All share one place.
  private mutating func sortByComparison(_ numbers: UnsafeBufferPointer<Double>) {
    guard numbers.contains(where: { $0 != numbers[0] }) else {
      for index in keys.indices { keys[index] = UInt64(index) }
      return
    }
    func key(_ position: Int) -> (UInt64, Int) {
      let bits = (numbers[position] + 0).bitPattern  // + 0 turns -0 into 0, its equal
      return (bits >> 63 == 1 ? ~bits : bits | 1 << 63, position)
    }
    for (index, position) in numbers.indices.sorted(by: { key($0) < key($1) }).enumerated() {
      keys[index] = UInt64(position)
    }
  }

  /// The number that has `rank` smaller ones.
  @inline(__always)
  func value(_ rank: Int, of numbers: UnsafeBufferPointer<Double>) -> Double {
    numbers[Self.position(of: keys[rank])]
  }

  /// The middle number, or the mean of the two middle ones.
  func median(of numbers: UnsafeBufferPointer<Double>) -> Double {
    let middle = count / 2
    return count % 2 == 1
      ? value(middle, of: numbers) : (value(middle - 1, of: numbers) + value(middle, of: numbers)) / 2
  }
}

extension Diagnostics {
  /// The numbers in ascending order.
  static func ascending(_ values: [Double]) -> [Double] { AscendingOrder(values).positions.map { values[$0] } }
}
