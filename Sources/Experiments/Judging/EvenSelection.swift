// Some of many things in order, as evenly spread as whole numbers allow.

/// Chooses `count` of `available` things: number j is thing ⌊j · available/count⌋.
struct EvenSelection: Sendable, Equatable {
  let available: Int
  let count: Int

  /// - Parameter most: all are chosen if there are no more.
  init(of available: Int, atMost most: Int) {
    self.available = available
    count = min(available, most)
  }

  /// Which of the chosen a thing is; nil if it is not chosen.
  func place(of thing: Int) -> Int? {
    guard thing < available, count > 0 else { return nil }
    // The first j with j · available/count ≥ thing.
    let (high, low) = thing.multipliedFullWidth(by: count)
    let (quotient, remainder) = available.dividingFullWidth((high, low))
    let j = quotient + (remainder > 0 ? 1 : 0)
    guard j < count else { return nil }
    let (jHigh, jLow) = j.multipliedFullWidth(by: available)
    return count.dividingFullWidth((jHigh, jLow)).quotient == thing ? j : nil
  }
}
