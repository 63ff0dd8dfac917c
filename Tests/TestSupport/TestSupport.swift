// Checks of log densities that every target must pass.

import Sampling

/// The largest difference between a target's gradient and central differences, relative to the gradient's size.
///
/// - Parameter step: of the differences; the truncation error is O(step²).
public func gradientError<Target: DifferentiableLogDensity>(
  of target: Target, at position: [Double], step: Double = 1e-5
) -> Double {
  var workspace = target.makeWorkspace()
  var gradient = [Double](repeating: .nan, count: target.layout.realCount)
  var out = gradient.mutableSpan
  _ = target.logDensity(at: position.span, gradient: &out, using: &workspace)
  let scale = gradient.reduce(1) { max($0, abs($1)) }
  var worst = 0.0
  for j in 0..<target.layout.realCount {
    var moved = position
    moved[j] = position[j] + step
    let above = target.logDensity(at: moved.span, using: &workspace)
    moved[j] = position[j] - step
    let below = target.logDensity(at: moved.span, using: &workspace)
    let error = abs(gradient[j] - (above - below) / (2 * step)) / scale
    worst = max(worst, error.isNaN ? .infinity : error)
  }
  return worst
}

/// The largest difference between incremental and full changes of log density over a sweep of flips.
public func flipError<Target: FlippableLogDensity>(
  of target: Target, at start: [Double], using stream: inout RandomStream
) -> Double {
  var workspace = target.makeWorkspace()
  var fresh = target.makeWorkspace()
  var position = start
  target.beginFlips(at: position.span, using: &workspace)
  var worst = 0.0
  for coordinate in target.layout.binaryRange {
    let before = target.logDensity(at: position.span, using: &fresh)
    let change = target.logDensityChange(flipping: coordinate, at: position.span, using: &workspace)
    var flipped = position
    flipped[coordinate] = target.flipped(coordinate, at: position.span)
    let after = target.logDensity(at: flipped.span, using: &fresh)
    let error = abs(change - (after - before)) / max(1, abs(after - before))
    worst = max(worst, error.isNaN ? .infinity : error)
    if stream.bernoulli(0.5) {
      position = flipped
      target.didFlip(coordinate, at: position.span, using: &workspace)
    }
  }
  return worst
}
