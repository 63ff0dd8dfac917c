// Geweke's joint test of kernels on the Gibbs ensemble, whose networks cannot be drawn exactly.

import Foundation
import Sampling

/// Geweke's joint distribution test (Geweke 2004) with exact starts, of kernels on a Gibbs density.
///
/// The target A is treated as data: with networks Θ from the prior and A_c | Θ ~ N(R_c, S⁻¹/(βN)), the law of Θ given A is the
/// Gibbs density with target A. A chain starts at an exact draw of Θ, then alternates between drawing A given Θ and
/// `transitions` transitions of the kernel on the density with that A. Both leave the joint law invariant, so the end must have
/// the law of a fresh (Θ, A), which test functions of both compare. Where S is singular A is drawn on its range, and 0
/// elsewhere, which no density sees.
public struct GewekeTest: Sendable {
  /// The Gibbs density; its target is not used.
  public let density: GainModulatedLinearDensity
  /// Draws of the target between start and end.
  public let rounds: Int
  /// Transitions for every one of them.
  public let transitions: Int
  /// How the decision is made.
  public let rule: SequentialTest
  private let tightness: Double
  private let covariance: Matrix
  private let eigen: SymmetricEigen

  /// - Throws: ``GSLError`` if the stimulus covariance has no eigenvalues (an entry that is not finite).
  /// - Precondition: a density with the loss as potential, of positive tightness; at least one round and transition.
  public init(
    _ density: GainModulatedLinearDensity, rounds: Int = 4, transitions: Int = 3,
    rule: SequentialTest = SequentialTest()
  ) throws {
    guard case .loss(let tightness, _, let covariance) = density.potential, tightness > 0 else {
      preconditionFailure("Geweke's test is for a loss of positive tightness")
    }
    precondition(rounds >= 1 && transitions >= 1)
    self.density = density
    self.rounds = rounds
    self.transitions = transitions
    self.rule = rule
    self.tightness = tightness
    self.covariance = covariance
    eigen = try SymmetricEigen(covariance)
  }

  /// Tests the kernel that `makeKernel` makes for a density.
  ///
  /// - Throws: ``StartError`` if the kernel cannot start at a draw of the prior; what `makeKernel` throws.
  public func run<Kernel: PointKernel>(
    using stream: inout RandomStream, makeKernel: (GainModulatedLinearDensity) throws -> Kernel
  ) throws -> KernelTestReport {
    let functions = JointTestFunctions(density, seesTarget: true)
    return try rule.compare(functions.names, using: &stream) { stream in
      let position = drawPrior(using: &stream)
      let target = drawTarget(given: position, using: &stream)
      return functions.values(at: position, of: density.with(target: target), target: target)
    } chain: { _, stream in
      var position = drawPrior(using: &stream)
      var start: [Double] = []
      var end: [Double] = []
      for round in 0..<rounds {
        let target = drawTarget(given: position, using: &stream)
        let conditional = density.with(target: target)
        if round == 0 { start = functions.values(at: position, of: conditional, target: target) }
        let kernel = try makeKernel(conditional)
        var state = try kernel.initialState(at: position)
        for _ in 0..<transitions { _ = kernel.step(&state, using: &stream) }
        position = state.position
        if round == rounds - 1 { end = functions.values(at: position, of: conditional, target: target) }
      }
      return ChainEnds(start: start, end: end)
    }
  }

  /// Weights and gains from their prior.
  private func drawPrior(using stream: inout RandomStream) -> [Double] {
    var position = density.priorScales.map { $0 * stream.standardNormal() }
    if case .drawn(let activeProbability) = density.gains {
      for _ in density.layout.binaryRange { position.append(stream.bernoulli(activeProbability) ? 1 : 0) }
    }
    return position
  }

  /// A_c = Σ_k v_k (v_k·R_c + z/√(λ_k βN)) over the eigenvectors v_k of S with eigenvalues λ_k > 0.
  private func drawTarget(given position: [Double], using stream: inout RandomStream) -> Matrix {
    let readout = density.readout(at: position.span)
    var target = Matrix(rows: readout.rows, columns: readout.columns)
    let largest = eigen.values.last ?? 0
    for k in 0..<readout.columns where eigen.values[k] > 1e-12 * largest {
      let spread = 1 / (eigen.values[k] * tightness * Double(density.neurons)).squareRoot()
      for c in 0..<readout.rows {
        var projection = spread * stream.standardNormal()
        for d in 0..<readout.columns { projection += eigen.vectors[d, k] * readout[c, d] }
        for d in 0..<readout.columns { target[c, d] += projection * eigen.vectors[d, k] }
      }
    }
    return target
  }
}

extension GainModulatedLinearDensity {
  /// The same density with another target.
  ///
  /// - Precondition: a density with the loss as potential; a target of the same shape.
  public func with(target: Matrix) -> GainModulatedLinearDensity {
    guard case .loss(let tightness, let old, let covariance) = potential else {
      preconditionFailure("only a density with the loss as potential has a target")
    }
    precondition(target.rows == old.rows && target.columns == old.columns, "a target of another shape")
    return GainModulatedLinearDensity(
      neurons: neurons, potential: .loss(tightness: tightness, target: target, stimulusCovariance: covariance),
      outputPrecision: outputPrecision, inputPrecision: inputPrecision, gains: gains)
  }

  /// R at a position.
  func readout(at position: Span<Double>) -> Matrix {
    var sums = NeuronSums(contexts: contexts, features: features)
    sums.add(position, of: self)
    return Matrix(rows: contexts, columns: features, elements: sums.readout.map { $0 / Double(neurons) })
  }
}
