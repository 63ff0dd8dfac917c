// What is accumulated over a chain in place of the draws that it would take.

/// A statistic accumulated over all draws of a chain, kept instead of the draws it needs.
public struct StreamingStatistic: Sendable, Equatable {
  /// The name, as it stands in files.
  public let name: String
  /// The axes.
  public let axes: [ObservableVariable.Axis]
  /// The values, last axis fastest.
  public let values: [Double]

  /// A statistic with as many values as its axes have places.
  public init(_ name: String, axes: [ObservableVariable.Axis], values: [Double]) {
    self.name = name
    self.axes = axes
    self.values = values
  }
}
