// The two parts of a chain: warm-up and draws.

/// The two parts of a chain, stored apart.
package enum Phase: String, Sendable, CaseIterable {
  case warmup
  case draws

  /// As a message calls it.
  var words: String { self == .warmup ? "warm-up" : "the draws" }
}
