// The draws of several chains: recorded scalars and the sampler's figures by name, streaming statistics by chain.

/// What chains drew, warm-up excluded: recorded scalars, the sampler's figures and streaming statistics.
public struct DrawTable: Sendable {
  /// The names of the scalars, in the order in which they were recorded.
  public let names: [String]
  /// Draws by scalar name, [chain][draw]; all chains have one length.
  public let scalars: [String: [[Double]]]
  /// The names of the sampler's figures that the table has, in order; empty for exact draws.
  public let statistics: [String]
  /// The streaming statistics of each chain.
  public let streaming: [[StreamingStatistic]]
  /// Whether binary gains are drawn with the weights.
  public let gainsAreDrawn: Bool
  /// Whether draws do not depend on each other: exact draws, which cannot stand still.
  public let areIndependent: Bool
  /// The sampler's figures in the order of their names: [figure][chain][draw].
  private let figures: [[[Double]]]

  /// - Precondition: every name has draws, [chain][draw], all chains of one length.
  public init(
    names: [String], scalars: [String: [[Double]]], streaming: [[StreamingStatistic]], gainsAreDrawn: Bool = false,
    areIndependent: Bool = false
  ) {
    self.names = names
    self.scalars = scalars
    self.streaming = streaming
    self.gainsAreDrawn = gainsAreDrawn
    self.areIndependent = areIndependent
    statistics = []
    figures = []
  }

  /// The draws of sinks that were filled by sources of one schema.
  ///
  /// - Precondition: at least one chain; as many draws in every one, and at least one.
  public init(_ schema: DrawSchema, chains: [MemorySink]) {
    let lengths = Set(chains.map { $0.observables.first?.count ?? 0 })
    precondition(lengths.count == 1 && lengths != [0], "chains have draws, and all as many")
    names = schema.scalarNames
    var scalars: [String: [[Double]]] = [:]
    for (index, name) in names.enumerated() { scalars[name] = chains.map { $0.observables[index] } }
    self.scalars = scalars
    statistics = schema.statistics
    figures = schema.statistics.indices.map { index in chains.map { $0.statistics[index] } }
    streaming = []
    gainsAreDrawn = false
    areIndependent = schema.statistics.isEmpty
  }

  /// The number of chains.
  public var chains: Int { names.first.map { scalars[$0]!.count } ?? 0 }
  /// The number of draws of all chains together.
  public var draws: Int { names.first.map { scalars[$0]!.reduce(0) { $0 + $1.count } } ?? 0 }
  /// The number of draws of each chain.
  public var drawsPerChain: Int { names.first.map { scalars[$0]!.first?.count ?? 0 } ?? 0 }

  /// The draws of a scalar: `[chain, draw]`.
  ///
  /// - Precondition: one of ``names``.
  public subscript(scalar: String) -> [[Double]] {
    guard let draws = scalars[scalar] else {
      preconditionFailure("\(scalar) is not recorded; recorded are \(names.joined(separator: ", "))")
    }
    return draws
  }

  /// One of the sampler's figures, `acceptance_rate` say: `[chain, draw]`; nil if the table does not have it.
  public func statistic(_ name: String) -> [[Double]]? { statistics.firstIndex(of: name).map { figures[$0] } }
}
