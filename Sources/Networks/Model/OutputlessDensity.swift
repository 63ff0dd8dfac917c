// A network's density without its output weights, which are Gaussian given the rest: what trajectories without them ask for.

import Sampling

/// ln ∫ dw p(Θ) of a network whose outputs are linear in its output weights w: a density of all other weights, in the order of the network's
/// position, whose first numbers the output weights are.
public protocol OutputlessDensity: DifferentiableLogDensity, GaussianPriorLogDensity {
  associatedtype Network: NetworkDensity

  /// Nil where the output weights are not Gaussian given the rest.
  init?(_ network: Network)

  /// The number of output weights.
  var outputWeights: Int { get }
  /// The number of outputs that the task binds.
  var outputRows: Int { get }
  /// Whether outputs are conditioned on, so that some networks cannot have them.
  var isHard: Bool { get }

  /// ln p_0 of the weights of a position.
  func logPrior(_ position: UnsafePointer<Double>) -> Double
  /// Draws the output weights given the others, for which the workspace was used last; returns what they add to ln p_0 and to the
  /// logarithm of the likelihood.
  ///
  /// - Parameter noise: as many standard normal numbers as output weights and bound outputs, which are overwritten.
  func drawOutputs(
    _ noise: UnsafeMutablePointer<Double>, into weights: UnsafeMutablePointer<Double>, using workspace: inout Workspace
  ) -> Double
}
