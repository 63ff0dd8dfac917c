// Why a statistic cannot be computed, in words that name what is missing.

/// What can be wrong with data or options of a statistic.
public enum StatisticsError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Too few, too many, or unequal numbers of things.
  case invalidCount(what: String, found: Int, allowed: String)
  /// An option or a number outside its range.
  case invalidValue(what: String, found: Double, allowed: String)
  /// Data without the variation that the statistic divides by.
  case degenerate(String)

  public var description: String {
    switch self {
    case .invalidCount(let what, let found, let allowed): "\(what): found \(found); allowed: \(allowed)"
    case .invalidValue(let what, let found, let allowed): "\(what) is \(found); allowed: \(allowed)"
    case .degenerate(let reason): reason
    }
  }
}
