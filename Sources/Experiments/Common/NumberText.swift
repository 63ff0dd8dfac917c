// Numbers as people read them: significant digits, and values with their errors.

import Networks
import Sampling

/// Formatting of numbers for people; machines get JSON.
package enum NumberText {
  /// `value` to so many significant digits: 0.0120, 1.50e+09; "nan", "inf" and "-inf" otherwise.
  package static func significant(_ value: Double, digits: Int) -> String {
    guard value.isFinite else { return nonFinite(value) }
    guard value != 0 else { return "0" }
    let scientific = String(format: "%.\(max(digits, 1) - 1)e", value)
    let exponent = Int(scientific.split(separator: "e")[1]) ?? 0
    guard (-4..<max(digits, 6)).contains(exponent) else { return scientific }
    return String(format: "%.\(max(0, digits - 1 - exponent))f", value)
  }

  /// `value ± error`, the error to one or two digits and the value to the same place: 0.01204 ± 0.00003.
  package static func plusMinus(_ value: Double, _ error: Double) -> String {
    guard let places = places(value, error) else {
      return "\(significant(value, digits: 4)) ± \(significant(error, digits: 1))"
    }
    return "\(fixed(value, places)) ± \(fixed(error, places))"
  }

  /// Decimal places that show the error to one digit (two if it begins with 1); nil if fixed notation cannot.
  private static func places(_ value: Double, _ error: Double) -> Int? {
    guard value.isFinite, error.isFinite, error > 0, value.magnitude < 1e9, error < 1e9, error >= 1e-12 else {
      return nil
    }
    let scientific = String(format: "%.1e", error)
    let exponent = Int(scientific.split(separator: "e")[1]) ?? 0
    return max(0, -exponent + (scientific.hasPrefix("1") ? 1 : 0))
  }

  private static func fixed(_ value: Double, _ places: Int) -> String { String(format: "%.\(places)f", value) }

  private static func nonFinite(_ value: Double) -> String {
    value.isNaN ? "nan" : value < 0 ? "-inf" : "inf"
  }

  /// `value ± error`, or the value alone.
  package static func estimate(_ estimate: Estimate) -> String {
    guard let error = estimate.standardError, error > 0 else { return significant(estimate.value, digits: 4) }
    return plusMinus(estimate.value, error)
  }
}
