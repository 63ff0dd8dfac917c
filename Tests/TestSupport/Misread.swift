// A target as kernels with a mistake see it.

import Sampling

/// A target read with mistakes: at another temperature, with gradients, prior odds or flips that are wrong.
public struct Misread<Target: DifferentiableLogDensity & FlippableLogDensity>: DifferentiableLogDensity,
  FlippableLogDensity
{
  public let target: Target
  /// Multiplies log densities, gradients and changes by flips.
  public var inverseTemperature = 1.0
  /// Multiplies gradients only.
  public var gradientFactor = 1.0
  /// Is added to the log odds of every binary coordinate in flips.
  public var extraLogOdds = 0.0
  /// Whether the caches follow accepted flips.
  public var updatesCaches = true
  /// Whether the caches are told of the flipped coordinate, or of the one before it.
  public var updatesRightCoordinate = true

  public init(_ target: Target) { self.target = target }

  public var layout: ParameterLayout { target.layout }
  public func makeWorkspace() -> Target.Workspace { target.makeWorkspace() }

  public func logDensity(at position: Span<Double>, using workspace: inout Target.Workspace) -> Double {
    inverseTemperature * target.logDensity(at: position, using: &workspace)
  }

  public func logDensity(
    at position: Span<Double>, gradient: inout MutableSpan<Double>, using workspace: inout Target.Workspace
  ) -> Double {
    let value = target.logDensity(at: position, gradient: &gradient, using: &workspace)
    for j in 0..<gradient.count { gradient[j] *= inverseTemperature * gradientFactor }
    return inverseTemperature * value
  }

  public func beginFlips(at position: Span<Double>, using workspace: inout Target.Workspace) {
    target.beginFlips(at: position, using: &workspace)
  }

  public func logDensityChange(
    flipping coordinate: Int, at position: Span<Double>, using workspace: inout Target.Workspace
  ) -> Double {
    // From the lower value of the coordinate to the higher one, or back.
    let sign: Double = position[coordinate] > 0 ? -1 : 1
    let change = target.logDensityChange(flipping: coordinate, at: position, using: &workspace)
    return inverseTemperature * change + sign * extraLogOdds
  }

  public func flipped(_ coordinate: Int, at position: Span<Double>) -> Double {
    target.flipped(coordinate, at: position)
  }

  public func didFlip(_ coordinate: Int, at position: Span<Double>, using workspace: inout Target.Workspace) {
    guard updatesCaches else { return }
    let other = coordinate > layout.realCount ? coordinate - 1 : layout.dimension - 1
    target.didFlip(updatesRightCoordinate ? coordinate : other, at: position, using: &workspace)
  }
}
