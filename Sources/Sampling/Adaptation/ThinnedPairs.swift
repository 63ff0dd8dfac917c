// A bounded number of pairs of vectors from a stretch whose length is not known.

/// Pairs of vectors, spread evenly over all that were offered: all at first, then every second, every fourth and so on.
///
/// Neighbouring draws of a chain are alike, so that the last ones would say less than as many from the whole stretch. Memory is
/// bounded by 2 · ``capacity`` vectors.
package struct ThinnedPairs: Sendable, Equatable {
  /// The largest number of pairs that is kept; half of it at least, once so many were offered.
  package static let capacity = 128

  let dimension: Int
  private var offered = 0
  private var stride = 1
  /// One pair after the other, [pair, which of the two, coordinate].
  private var numbers: [Double] = []

  init(dimension: Int) {
    self.dimension = dimension
  }

  /// The number of pairs kept.
  var count: Int { dimension > 0 ? numbers.count / (2 * dimension) : 0 }

  /// Offers the first coordinates of a pair. O(n).
  mutating func add(_ first: [Double], _ second: [Double]) {
    defer { offered += 1 }
    guard offered % stride == 0 else { return }
    if count == Self.capacity {
      for kept in 1..<(Self.capacity / 2) {
        for i in 0..<(2 * dimension) { numbers[kept * 2 * dimension + i] = numbers[2 * kept * 2 * dimension + i] }
      }
      numbers.removeLast(numbers.count / 2)
      stride *= 2
    }
    numbers.append(contentsOf: first.prefix(dimension))
    numbers.append(contentsOf: second.prefix(dimension))
  }

  /// Forgets everything.
  mutating func reset() {
    numbers.removeAll(keepingCapacity: true)
    offered = 0
    stride = 1
  }

  /// The first (0) or second (1) vectors of all pairs, centred, with coordinate i times `scales[i]`; [pair, coordinate].
  func centered(_ which: Int, times scales: [Double]) -> Matrix {
    var rows = Matrix(rows: count, columns: dimension)
    for i in 0..<dimension {
      func value(_ pair: Int) -> Double { numbers[(2 * pair + which) * dimension + i] }
      let mean = (0..<count).reduce(0) { $0 + value($1) } / Double(count)
      for pair in 0..<count { rows[pair, i] = scales[i] * (value(pair) - mean) }
    }
    return rows
  }

  /// Appends everything, as numbers that restore bit for bit.
  func save(to archive: inout [Double]) {
    archive += [Double(dimension), Double(offered), Double(stride), Double(count)] + numbers
  }

  /// Reads what ``save(to:)`` wrote.
  ///
  /// - Throws: ``ArchiveError`` if the archive does not hold such pairs.
  init(from archive: inout ArraySlice<Double>) throws {
    dimension = try archive.nextCount(below: 1 << 40)
    offered = try archive.nextCount(below: 1 << 53)
    stride = try archive.nextCount(below: 1 << 53)
    let count = try archive.nextCount(below: Self.capacity + 1)
    guard stride > 0, stride & (stride - 1) == 0, dimension == 0 || count == (offered + stride - 1) / stride else {
      throw ArchiveError("the saved window has \(count) of \(offered) draws, every \(stride)th: these do not agree")
    }
    numbers = try archive.next(count * 2 * dimension)
  }
}
