// Numbers that a state is saved as and restored from, bit for bit.

/// An archive of a chain's state that does not fit the chain.
public struct ArchiveError: Error, Sendable, Equatable, CustomStringConvertible {
  public let description: String
  /// An error with this description.
  public init(_ description: String) { self.description = description }
}

extension ArraySlice<Double> {
  /// Removes and returns the next number.
  ///
  /// - Throws: ``ArchiveError`` at the end.
  package mutating func next() throws -> Double {
    guard let value = popFirst() else { throw ArchiveError("the saved state ends too early") }
    return value
  }

  /// Removes and returns the next number, which must be one of 0 ..< `limit`.
  ///
  /// - Throws: ``ArchiveError`` if it is not.
  package mutating func nextCount(below limit: Int) throws -> Int {
    let value = try next()
    guard let count = Int(exactly: value), (0..<limit).contains(count) else {
      throw ArchiveError("the saved state has the count \(value), which must be a whole number below \(limit)")
    }
    return count
  }

  /// Removes and returns the next `count` numbers.
  ///
  /// - Throws: ``ArchiveError`` if there are fewer.
  package mutating func next(_ count: Int) throws -> [Double] {
    guard self.count >= count else { throw ArchiveError("the saved state ends too early") }
    defer { removeFirst(count) }
    return Array(prefix(count))
  }
}
