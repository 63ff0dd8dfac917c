// A bilinear constraint on the loadings of a neuron.

/// ⟨g_c θ_a θ_b⟩ = t, or ⟨θ_a θ_b⟩ = t in whatever context.
public struct LoadingConstraint: Sendable, Equatable {
  /// a, by its place among the loadings.
  public let first: Int
  /// b; the same as a for a second moment.
  public let second: Int
  /// c; nil for an average that no gain gates.
  public let context: Int?
  /// t, in the loadings' units.
  public let value: Double

  /// A constraint; a and b may be exchanged.
  public init(_ first: Int, _ second: Int, context: Int?, value: Double) {
    self.first = min(first, second)
    self.second = max(first, second)
    self.context = context
    self.value = value
  }

  /// Whether another one fixes the same average.
  func isAlike(_ other: LoadingConstraint) -> Bool {
    first == other.first && second == other.second && context == other.context
  }

  /// Whether it fixes a mean square.
  var isSquare: Bool { first == second }

  /// The average in words: `<g_0 n m>`.
  public func words(_ loadings: [String]) -> String {
    let product = isSquare ? "\(loadings[first])^2" : "\(loadings[first]) \(loadings[second])"
    return context.map { "<g_\($0) \(product)>" } ?? "<\(product)>"
  }
}
