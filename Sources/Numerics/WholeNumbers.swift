// Counts that were computed as real numbers: every real number has a nearest count in a range, infinities and NaN too.

extension ClosedRange where Bound == Int {
  /// `value` rounded up to a whole number and moved into the range; NaN, of which nothing is known, gives the upper end.
  ///
  /// `Int(value)` ends the process for infinities, NaN and whatever is beyond 64 bits.
  package func wholeNumber(roundingUp value: Double) -> Int {
    if value.isNaN || value >= Double(upperBound) { return upperBound }
    if value <= Double(lowerBound) { return lowerBound }
    return Int(value.rounded(.up))
  }
}
