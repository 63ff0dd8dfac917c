// The gradient by which the identities of the weights hold where outputs are exact.

import Sampling

/// What stands in place of ∂ln p/∂θ in networks whose outputs are conditioned on (THEORY section 11).
///
/// Of the hidden weights the gradient of their own density, the output weights integrated out. Of the output weights what makes −w·∂/∂w its mean
/// given the hidden ones, |w|²/σ_w² + Q − Y·G⁻¹Y with G = σ_w² f² H Hᵀ. So every identity of the weights, and balance, read as they do elsewhere.
struct ConditionedGradient: Sendable {
  private let hidden: HiddenDensity
  private var position, gradient: [Double]
  private var workspace: HiddenDensity.Workspace

  /// Nil unless the density's potential is a constraint.
  init?(_ density: FeedforwardDensity) {
    guard density.outputTask()?.isHard == true, let hidden = HiddenDensity(density) else { return nil }
    self.hidden = hidden
    position = [Double](repeating: 0, count: hidden.dimension)
    gradient = [Double](repeating: 0, count: hidden.dimension)
    workspace = hidden.makeWorkspace()
  }

  /// Changes the gradient of the prior to that. Costs an evaluation of the hidden density; allocates nothing.
  mutating func condition(_ whole: inout [Double], at network: Span<Double>) {
    let n = hidden.missing
    for j in position.indices { position[j] = network[n + j] }
    Self.evaluate(hidden, position, &gradient, &workspace)
    for j in gradient.indices { whole[n + j] = gradient[j] }
    var squares = 0.0
    for i in 0..<n { squares += network[i] * network[i] }
    let excess = (Double(hidden.marginal.rows) - hidden.targetDistance(workspace)) / squares
    for i in 0..<n { whole[i] -= excess * network[i] }
  }

  /// Static, with every part apart: exclusivity checking would not let them be reached through one `self`.
  private static func evaluate(
    _ hidden: HiddenDensity, _ position: [Double], _ gradient: inout [Double],
    _ workspace: inout HiddenDensity.Workspace
  ) { hidden.evaluate(at: position.span, gradient: &gradient, using: &workspace) }
}
