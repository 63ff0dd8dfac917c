// How alike pairs of recurrent networks are, on average.

import JSON
import Networks

/// Means of ``RecurrentOverlap`` over pairs of networks.
package struct RecurrentOverlaps: Sendable {
  /// The most pairs that are looked at: one takes O(N³).
  static let mostPairs = 12

  /// Why networks of so many neurons are not matched; nil where they are.
  ///
  /// - Parameter most: the most neurons whose distances fit into memory.
  static func leftOut(neurons: Int, most: Int = NeuronMatching.maximumNeurons) -> String? {
    neurons <= most
      ? nil : "neurons of two networks are matched where there are at most \(most), and these networks have \(neurons)"
  }

  package let pairs: Int
  package let outer, unmatchedOuter: Double
  package let recurrent, unmatchedRecurrent: Double

  /// nil for no pairs.
  ///
  /// - Throws: `StatisticsError` for too many neurons.
  init?(_ partners: [([Double], [Double])], of density: RecurrentDensity) throws {
    guard !partners.isEmpty else { return nil }
    let overlaps = try partners.map { try RecurrentOverlap($0.0, $0.1, of: density) }
    func mean(_ value: (RecurrentOverlap) -> Double) -> Double {
      overlaps.reduce(0) { $0 + value($1) } / Double(overlaps.count)
    }
    self.init(
      pairs: overlaps.count, outer: mean(\.outer), unmatchedOuter: mean(\.unmatchedOuter),
      recurrent: mean(\.recurrent), unmatchedRecurrent: mean(\.unmatchedRecurrent))
  }

  init(pairs: Int, outer: Double, unmatchedOuter: Double, recurrent: Double, unmatchedRecurrent: Double) {
    self.pairs = pairs
    self.outer = outer
    self.unmatchedOuter = unmatchedOuter
    self.recurrent = recurrent
    self.unmatchedRecurrent = unmatchedRecurrent
  }

  var json: JSONValue {
    [
      "pairs": .integer(pairs), "outer": .number(outer), "unmatchedOuter": .number(unmatchedOuter),
      "recurrent": .number(recurrent), "unmatchedRecurrent": .number(unmatchedRecurrent),
    ]
  }
}
