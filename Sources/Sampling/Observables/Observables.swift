// What is recorded of a position: functions of it with every draw, and statistics over all draws.

/// Functions of a position that are recorded with every draw.
public protocol Observables: Sendable {
  /// Scratch memory of an evaluation.
  associatedtype Workspace: Sendable
  /// The variables, in the order in which ``evaluate(at:logDensity:into:using:)`` writes them.
  var variables: [ObservableVariable] { get }
  /// Scratch memory for one chain.
  func makeWorkspace() -> Workspace
  /// Writes all scalars at `position`. Allocates nothing.
  func evaluate(
    at position: Span<Double>, logDensity: Double, into values: inout MutableSpan<Double>,
    using workspace: inout Workspace)
}

/// A statistic that watches positions one draw at a time.
public protocol PositionAccumulator: Sendable {
  /// Takes in the position of one draw.
  mutating func add(_ position: Span<Double>)
  /// The values so far.
  var statistics: [StreamingStatistic] { get }
  /// Appends its state, as numbers that restore bit for bit.
  func save(to archive: inout [Double])
  /// Takes back what ``save(to:)`` wrote.
  ///
  /// - Throws: ``ArchiveError`` if the archive does not fit.
  mutating func restore(from archive: inout ArraySlice<Double>) throws
}
