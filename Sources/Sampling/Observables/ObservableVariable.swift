// A named array that is recorded with every draw, with its axes.

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
