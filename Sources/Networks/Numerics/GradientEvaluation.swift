// A gradient into an array, where gradient and workspace are parts of one value.

import Sampling

extension DifferentiableLogDensity {
  /// ln p(position), its gradient written to `gradient`; the two inout parameters may be parts of one value, which
  /// exclusivity checking would not let a span of one and the other be reached through.
  @discardableResult
  func evaluate(at position: Span<Double>, gradient: inout [Double], using workspace: inout Workspace) -> Double {
    var span = gradient.mutableSpan
    return logDensity(at: position, gradient: &span, using: &workspace)
  }
}
