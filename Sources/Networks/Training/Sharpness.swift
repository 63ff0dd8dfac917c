// The largest curvature of a loss, by power iteration.

import Sampling

/// An estimate of the largest |eigenvalue| of the Hessian of n L, which bounds stable learning rates by 2/curvature.
///
/// Products with the Hessian are differences of gradients, (∇(θ + εv) − ∇(θ))/ε. The direction is kept between estimates, so
/// that a few iterations follow a slowly changing Hessian. Deterministic; one gradient an iteration.
struct Sharpness<Density: NetworkDensity> {
  private var direction: [Double] = []
  private var moved: [Double] = []
  private var there: [Double] = []
  private(set) var value = 0.0

  /// Updates the estimate at a position with its gradient known.
  mutating func update(
    _ loss: LossGradient<Density>, at position: [Double], gradient: [Double], iterations: Int,
    using workspace: inout LossGradient<Density>.Workspace
  ) {
    if direction.isEmpty {
      direction = gradient
      if direction.allSatisfy({ $0 == 0 }) { direction = direction.indices.map { 1 / Double($0 + 1) } }
      there = gradient
    }
    var size = 0.0
    for j in gradient.indices { size += position[j] * position[j] }
    let reach = 1e-5 * max(1, size.squareRoot())
    for _ in 0..<iterations {
      let norm = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard norm > 0, norm.isFinite else { return }
      moved = position
      for j in gradient.indices {
        direction[j] /= norm
        moved[j] += reach * direction[j]
      }
      _ = loss.loss(at: moved, gradient: &there, using: &workspace)
      var square = 0.0
      for j in gradient.indices {
        direction[j] = (there[j] - gradient[j]) / reach
        square += direction[j] * direction[j]
      }
      value = square.squareRoot()
    }
  }
}
