// The time that is left, from what was done so far.

/// Work by its cost, in any unit.
package enum Pace {
  /// The seconds that what is left takes at the pace so far; nil before there is a pace, and once it has proved too fast.
  ///
  /// - Parameters:
  ///   - done: what was done in `seconds`, up to the last time that something was.
  ///   - since: seconds since then.
  package static func secondsLeft(_ left: Double, done: Double, in seconds: Double, since: Double) -> Double? {
    guard done > 0, seconds > 0, left > 0 else { return nil }
    let expected = left * seconds / done - max(0, since)
    return expected > 0 ? expected : nil
  }
}
