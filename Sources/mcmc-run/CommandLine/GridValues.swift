// Grids on the command line: lists of whole numbers, lists and ranges of scales.

import JSON
import Networks
import Sampling

extension OptionValue where Value == [Int] {
  /// Different whole numbers, `2,3,4`; ascending afterwards.
  static func integers(in range: ClosedRange<Int>, placeholder: String) -> OptionValue {
    OptionValue(
      placeholder: placeholder,
      allowed: "different whole numbers from \(range.lowerBound) to \(range.upperBound), such as \(placeholder)"
    ) { text in
      let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
      let values = parts.compactMap { $0 }
      guard values.count == parts.count, values.allSatisfy(range.contains), Set(values).count == values.count else {
        return nil
      }
      return values.sorted()
    }
  }
}

extension OptionValue where Value == [Double] {
  /// Most values of a range.
  private static var most: Int { 10_000 }
  private static var least: Double { 1e-6 }
  private static var largest: Double { 1e6 }

  /// Different positive numbers, `0.3,1,4`, or `lo:hi:n` for n of them evenly spaced in their logarithm; ascending afterwards.
  static let scales = OptionValue(
    placeholder: "lo:hi:n",
    allowed: "lo:hi:n with lo < hi and 2 <= n <= \(most), or different numbers such as 0.3,1,4, all from 1e-6 to 1e6"
  ) { text in
    func number(_ text: Substring) -> Double? {
      guard let value = (try? JSONReader.read(String(text)))?.realNumber, value >= least, value <= largest else {
        return nil
      }
      return value
    }
    if text.contains(":") {
      let parts = text.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count == 3, let low = number(parts[0]), let high = number(parts[1]), let count = Int(parts[2]),
        low < high, (2...most).contains(count)
      else { return nil }
      return try? PhaseDiagram.logSpaced(from: low, to: high, count: count)
    }
    let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(number)
    let values = parts.compactMap { $0 }
    guard values.count == parts.count, Set(values).count == values.count else { return nil }
    return values.sorted()
  }
}
