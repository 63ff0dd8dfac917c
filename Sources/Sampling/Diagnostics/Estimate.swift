// A number with its standard error.

/// An estimate and its standard error.
public struct Estimate: Sendable, Equatable {
  /// The estimate.
  public let value: Double
  /// Its standard error; nil where one network cannot tell.
  public let standardError: Double?

  /// A value with its standard error, nil where that is not known.
  public init(value: Double, standardError: Double?) {
    self.value = value
    self.standardError = standardError
  }
}
