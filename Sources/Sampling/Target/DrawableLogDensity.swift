// Distributions that can be drawn from exactly.

/// A log density from which positions can be drawn independently and exactly.
public protocol DrawableLogDensity: LogDensity {
  /// Writes an independent draw over all coordinates. Allocates nothing.
  func draw(into position: inout MutableSpan<Double>, workspace: inout Workspace, using stream: inout RandomStream)
}
