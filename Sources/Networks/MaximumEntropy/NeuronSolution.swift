// The maximum-entropy law of a neuron without closed form: multipliers solved for by sampling, and what its draws show.

import Foundation
import Sampling

/// A number with its Monte Carlo standard error.
public struct MonteCarloEstimate: Sendable, Equatable {
  /// The value.
  public let value: Double
  /// Its standard error.
  public let standardError: Double

  /// A value and its standard error.
  public init(value: Double, standardError: Double) {
    self.value = value
    self.standardError = standardError
  }
}

/// The multipliers of a ``NeuronFamily`` at a target, and the populations of its law.
public struct NeuronSolution: Sendable {
  /// The family.
  public let family: NeuronFamily
  /// What the solver found, errors included.
  public let solution: ConstraintSolution
  /// The weight of each thresholded gain pattern, ascending binary with context 0 leading; nil above six contexts.
  public let populations: [MonteCarloEstimate]?
  /// The weight by number of active contexts, 0 ... K.
  public let activeFractions: [MonteCarloEstimate]
  /// <w²>.
  public let outputSecondMoment: MonteCarloEstimate
  /// <|m|²>.
  public let inputSecondMoment: MonteCarloEstimate

  /// Λ, [context, feature].
  public var multipliers: Matrix { family.matrix(solution.multipliers) }
  /// The standard errors of Λ.
  public var multiplierErrors: Matrix { family.matrix(solution.multiplierErrors) }
  /// <w h_cd> of fresh draws, [context, feature].
  public var readout: Matrix { family.matrix(solution.moments) }
  /// The standard errors of ``readout``.
  public var readoutErrors: Matrix { family.matrix(solution.momentErrors) }
  /// α_w and α_m.
  public var precisions: (output: Double, input: Double) { family.precisions(solution.multipliers) }

  /// Solves a family for the target A, then draws from its law for the populations.
  ///
  /// - Parameters:
  ///   - solver: chains, precision and limits.
  ///   - seed: names all random streams.
  ///   - progress: is told after each round of the solver's draws.
  /// - Throws: ``ConstraintError`` if there is no such law or it cannot be found; ``StartError``.
  public init(
    _ family: NeuronFamily, target: Matrix, solver: ConstraintSolver = ConstraintSolver(), seed: UInt64,
    progress: (ConstraintProgress) -> Void = { _ in }
  ) throws {
    self.family = family
    solution = try solver.solve(family, targets: family.targets(target), seed: seed, progress: progress)
    let density = family.density(multipliers: solution.multipliers)
    let contexts = family.contexts
    let features = family.features
    let activation = family.response.activation
    let keepsPatterns = contexts <= NeuronSums.maximumContextsForPopulations
    let variance = density.outputVariance
    /// The pattern and the number of active contexts at a position.
    @Sendable func active(_ x: Span<Double>) -> (pattern: Int, count: Int) {
      var pattern = 0
      var count = 0
      for c in 0..<contexts {
        let bit = activation.isActive(gain: activation.gain(x[features + c])) ? 1 : 0
        pattern = keepsPatterns ? pattern << 1 | bit : 0
        count += bit
      }
      return (pattern, count)
    }
    var functions: [(name: String, function: ScalarObservables.Function)] = [
      (
        "w2",
        { x in
          var unused = [Double](repeating: 0, count: features + contexts)
          let force = x.withUnsafeBufferPointer { x in
            unused.withUnsafeMutableBufferPointer {
              family.response.addGradient(
                x.baseAddress!, x.baseAddress! + features, multipliers: density.multipliers, weight: { _ in 0 },
                to: $0.baseAddress!)
            }
          }
          return variance + variance * force * variance * force
        }
      ),
      ("m2", { x in (0..<features).reduce(0) { $0 + x[$1] * x[$1] } }),
    ]
    for count in 0...contexts { functions.append(("active\(count)", { active($0).count == count ? 1 : 0 })) }
    if keepsPatterns {
      for pattern in 0..<1 << contexts {
        functions.append(("pattern\(pattern)", { active($0).pattern == pattern ? 1 : 0 }))
      }
    }
    let draws = try sampleChains(
      NoUTurn(density, tuning: Tuning(stepSize: 0.1)), warmup: WindowedAdaptation(.windows(transitions: 300)),
      chains: solver.chains, draws: max(1000, Int(2e4 / Double(solver.chains))), seed: seed,
      observables: ScalarObservables(functions)
    ) { family.drawStart(using: &$0) }
    func estimate(_ name: String) -> MonteCarloEstimate {
      let summary = draws.summary(of: name)
      return MonteCarloEstimate(
        value: summary.mean, standardError: summary.isConstant ? 0 : summary.mcseMean)
    }
    outputSecondMoment = estimate("w2")
    inputSecondMoment = estimate("m2")
    activeFractions = (0...contexts).map { estimate("active\($0)") }
    populations = keepsPatterns ? (0..<1 << contexts).map { estimate("pattern\($0)") } : nil
  }
}
