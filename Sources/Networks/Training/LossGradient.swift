// The loss of a network and its gradient, from the log density of the Gibbs ensemble with that loss.

import Sampling

/// The loss L(Θ) and n ∂L/∂Θ of any model whose log density is ln p = −½ Σ_j (θ_j/s_j)² + (coins) − n β L.
///
/// The gradient of n L is −(∇ ln p + θ_j/s_j²)/β over the real coordinates; binary ones stay as they are. Where the density
/// comes with P stimuli, L is the loss on these. Costs one gradient of the density.
public struct LossGradient<Density: NetworkDensity>: Sendable {
  /// The Gibbs density with the loss; not tempered.
  public let density: Density
  /// Its tightness β.
  public let tightness: Double
  private let precisions: [Double]

  /// - Throws: ``TrainingError`` if the tightness is not positive.
  public init(_ density: Density, tightness: Double = 1) throws {
    guard tightness > 0, tightness.isFinite else {
      throw TrainingError.invalidParameter(name: "the tightness", value: tightness, allowed: "a positive finite number")
    }
    self.density = density
    self.tightness = tightness
    precisions = density.priorScales.map { 1 / ($0 * $0) }
  }

  /// Scratch memory, for networks that share their binary coordinates.
  public struct Workspace: Sendable {
    var density: Density.Workspace
    /// The part of ln p that comes from the binary coordinates alone.
    var coins: Double
  }

  /// A workspace for networks with the binary coordinates of `position`.
  public func makeWorkspace(at position: [Double]) -> Workspace {
    var workspace = density.makeWorkspace()
    guard !density.layout.binaryRange.isEmpty else { return Workspace(density: workspace, coins: 0) }
    let whole = density.logDensity(at: position.span, using: &workspace)
    let slope = density.temperatureSlope(at: position.span, using: &workspace)
    return Workspace(density: workspace, coins: whole + halfSquare(position) - slope)
  }

  /// L, with n ∂L/∂θ_j over the real coordinates written to `gradient`.
  public func loss(at position: [Double], gradient: inout [Double], using workspace: inout Workspace) -> Double {
    var span = gradient.mutableSpan
    let value = density.logDensity(at: position.span, gradient: &span, using: &workspace.density)
    for j in 0..<precisions.count { gradient[j] = -(gradient[j] + precisions[j] * position[j]) / tightness }
    return (workspace.coins - halfSquare(position) - value) / (tightness * density.taskFactor)
  }

  /// L.
  public func loss(at position: [Double], using workspace: inout Workspace) -> Double {
    -density.temperatureSlope(at: position.span, using: &workspace.density) / (tightness * density.taskFactor)
  }

  /// ½ Σ_j (θ_j/s_j)².
  private func halfSquare(_ position: [Double]) -> Double {
    var sum = 0.0
    for j in 0..<precisions.count { sum += precisions[j] * position[j] * position[j] }
    return sum / 2
  }
}
