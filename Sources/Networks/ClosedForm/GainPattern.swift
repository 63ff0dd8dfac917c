// A gain pattern as an integer: context 0 is the leading bit.

/// Which contexts a population of neurons is active in, as an integer in 0 ..< 2^K with context 0 as the leading bit.
public struct GainPattern: Hashable, Sendable, Comparable {
  /// Draws record the populations of all 2^K patterns up to this number of contexts.
  static let maximumRecordedContexts = 6

  /// The pattern's place in ascending binary order.
  public let index: Int
  /// Number of contexts, K.
  public let contexts: Int

  /// The pattern at a place in ascending binary order.
  ///
  /// - Precondition: `0 <= index < 2^contexts`.
  public init(index: Int, contexts: Int) {
    precondition(index >= 0 && contexts < 63 && index < 1 << contexts, "a pattern of K contexts lies in 0 ..< 2^K")
    self.index = index
    self.contexts = contexts
  }

  /// Whether the gain is 1 in a context.
  public func isActive(in context: Int) -> Bool { index >> (contexts - 1 - context) & 1 == 1 }

  /// The gains, 0 or 1, context by context.
  public var bits: [Int] { (0..<contexts).map { isActive(in: $0) ? 1 : 0 } }

  /// Number of contexts with gain 1.
  public var activeContexts: Int { index.nonzeroBitCount }

  public static func < (left: GainPattern, right: GainPattern) -> Bool { left.index < right.index }
}
