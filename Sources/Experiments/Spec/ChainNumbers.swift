// The numbers of the chains of a run: 0 ..< n, or a slice a..b of a run that is split over jobs.

import JSON
import Sampling

/// A non-empty range of chain numbers; a chain's number keys its random streams.
package struct ChainNumbers: Sendable, Equatable {
  package let range: ClosedRange<Int>

  package var count: Int { range.count }

  /// Chains 0 ..< count; nil unless 1 <= count <= 2²².
  package init?(count: Int) {
    guard (1...StreamKey.maximumChains).contains(count) else { return nil }
    range = 0...(count - 1)
  }

  /// `a..b`, both ends included; nil unless 0 <= a <= b < 2²².
  package init?(_ text: String) {
    guard let dots = text.firstRange(of: ".."),
      let first = Self.digits(text[..<dots.lowerBound]), let last = Self.digits(text[dots.upperBound...]),
      first <= last, last < StreamKey.maximumChains
    else { return nil }
    range = first...last
  }

  /// As it stands in a spec: a count where it can be one.
  package var json: JSONValue {
    range.lowerBound == 0 ? .integer(count) : .string("\(range.lowerBound)..\(range.upperBound)")
  }

  private static func digits(_ text: Substring) -> Int? {
    text.utf8.allSatisfy(JSONReader.isDigit) ? Int(text) : nil
  }
}
