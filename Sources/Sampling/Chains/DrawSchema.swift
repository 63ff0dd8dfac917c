// What a draw consists of: names and shapes, for files and diagnostics alike.

/// A named array recorded with every draw.
public struct ObservableVariable: Sendable, Equatable {
  /// One axis: its name and length.
  public struct Axis: Sendable, Equatable {
    /// The name, as it stands in files.
    public let name: String
    /// The number of places along it.
    public let length: Int
    /// An axis.
    public init(_ name: String, _ length: Int) {
      self.name = name
      self.length = length
    }
  }

  /// The name, as it stands in files.
  public let name: String
  /// The axes after chain and draw; empty for a scalar.
  public let axes: [Axis]
  /// The number of scalars.
  public var count: Int { axes.reduce(1) { $0 * $1.length } }

  /// A variable; a scalar without axes.
  public init(_ name: String, axes: [Axis] = []) {
    self.name = name
    self.axes = axes
  }

  /// The names of the scalars: `loss`, or `readout[0,1]`, counted from 0, last axis fastest.
  public var scalarNames: [String] {
    guard !axes.isEmpty else { return [name] }
    return (0..<count).map { flat in
      var rest = flat
      var indices: [String] = []
      for axis in axes.reversed() {
        indices.insert(String(rest % axis.length), at: 0)
        rest /= axis.length
      }
      return "\(name)[\(indices.joined(separator: ","))]"
    }
  }
}

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
