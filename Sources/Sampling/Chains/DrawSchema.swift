// What a source of draws records, for files and diagnostics alike.

/// What a source of draws records.
public struct DrawSchema: Sendable, Equatable {
  /// The observables of every draw, in order.
  public let observables: [ObservableVariable]
  /// The sampler's own figures of every draw (`acceptance_rate` and so on), in order; empty for exact draws.
  public let statistics: [String]
  /// The blocks of a whole network.
  public let network: ParameterLayout

  /// A schema; names must differ within each list.
  public init(observables: [ObservableVariable], statistics: [String], network: ParameterLayout) {
    self.observables = observables
    self.statistics = statistics
    self.network = network
  }

  /// The number of scalars recorded as observables.
  public var observableCount: Int { observables.reduce(0) { $0 + $1.count } }

  /// The names of all scalar observables, in order.
  public var scalarNames: [String] { observables.flatMap(\.scalarNames) }
}
