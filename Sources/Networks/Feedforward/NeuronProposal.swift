// The law that single neurons are drawn from, to stand for the prior or for neurons that a task has tilted.

import Sampling

/// A law of z that is easy to draw from: Gaussian, or with heavier tails, of any covariance.
struct NeuronProposal: Sendable {
  /// L, lower-triangular.
  let factor: Matrix
  /// ν of Student's t, whose tails no tilted Gaussian outgrows; nil for a Gaussian.
  let degreesOfFreedom: Double?

  /// The prior itself; to be tilted, for unbounded φ, the t distribution of its shape.
  init(_ inputs: NeuronInputs, isPrior: Bool = false) {
    factor = .identity(inputs.dimension)
    degreesOfFreedom = isPrior || inputs.activation.isBounded ? nil : Self.freedom
  }

  /// A law of the given second moments of z, nowhere narrower than the prior.
  ///
  /// - Throws: ``GSLError``.
  init(_ inputs: NeuronInputs, secondMoments: Matrix) throws {
    factor = try Cholesky(SymmetricEigen(secondMoments).map { max(1, $0) }).factor
    degreesOfFreedom = inputs.activation.isBounded ? nil : Self.freedom
  }

  private static let freedom = 8.0
}
