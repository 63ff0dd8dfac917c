// The N → ∞ law of a neuron's output weight and gains, as something to propose from.

import Sampling

/// Independent proposals (w, g) for a neuron with drawn binary gains: its law as N → ∞ (THEORY sections 2 and 5; 11 for the hard ensemble),
/// the input weights integrated out.
///
/// g has the weights P0(g) (1 − ρ_g)^(−1/2) and w ~ N(0, 1/(α_w (1 − ρ_g))), so that the prior over the proposal is
/// exp(−α_w ρ_g w²/2) but for a constant. Any ρ_g in [0, 1) makes a proposal that leaves the target as it is; ρ_g = 0 is the prior.
/// O(2^K) memory, constant time a draw.
struct PatternProposal: Sendable {
  /// Most contexts for which all 2^K patterns are kept.
  static let maximumContexts = 16

  /// What a pattern means for the output weight.
  struct Spread: Sendable {
    /// 1/√(α_w (1 − ρ_g)).
    let deviation: Double
    /// α_w ρ_g/2.
    let tilt: Double
  }

  /// Draws patterns; context c is bit K − 1 − c.
  let table: AliasTable
  /// An entry a pattern.
  let spreads: [Spread]

  /// The multipliers are those of the density's own task, those of the prior where there is none or the dual is not solved.
  ///
  /// - Parameters:
  ///   - activeProbability: of the patterns' prior.
  ///   - tightnessFactor: multiplies the tightness for which the multipliers are found.
  /// - Precondition: at most ``maximumContexts`` contexts.
  init(
    _ density: GainModulatedLinearDensity, _ readout: CollapsedReadout, activeProbability: Double,
    tightnessFactor: Double = 1
  ) {
    let contexts = density.contexts
    let solved = Self.solution(density, readout, activeProbability, tightnessFactor)
    if case .enumerated(_, let probability, let margin) = solved?.table {
      table = AliasTable(weights: probability)
      spreads = margin.map {
        Spread(
          deviation: 1 / (density.outputPrecision * $0).squareRoot(), tilt: density.outputPrecision * (1 - $0) / 2)
      }
    } else {
      let prior = EnumeratedPatterns.independentPrior(contexts: contexts, activeProbability: activeProbability)
      table = AliasTable(weights: (0..<1 << contexts).map { prior[$0.nonzeroBitCount] })
      spreads = [Spread](
        repeating: Spread(deviation: 1 / density.outputPrecision.squareRoot(), tilt: 0), count: 1 << contexts)
    }
  }

  /// The dual in the eigenbasis of S, without the directions in which no stimulus varies.
  private static func solution(
    _ density: GainModulatedLinearDensity, _ readout: CollapsedReadout, _ activeProbability: Double,
    _ tightnessFactor: Double
  ) -> MaxEntropySolution? {
    guard let largest = readout.precisions.last, largest > 0 else { return nil }
    let seen = readout.precisions.indices.filter { readout.precisions[$0] > 1e-10 * largest }
    var target = Matrix(rows: readout.contexts, columns: seen.count)
    var covariance = Matrix(rows: seen.count, columns: seen.count)
    for (column, k) in seen.enumerated() {
      covariance[column, column] = readout.isIsotropic ? 1 : readout.precisions[k] / largest
      for c in 0..<readout.contexts { target[c, column] = readout.target[k * readout.contexts + c] }
    }
    return try? MaxEntropyProblem(
      task: LearningTask(target: target), gains: .independent(activeProbability: activeProbability),
      outputScale: 1 / density.outputPrecision.squareRoot(), inputScale: 1 / density.inputPrecision.squareRoot(),
      ensemble: readout.isHard ? .hard : .gibbs(tightness: tightnessFactor * largest / Double(density.neurons)),
      stimulusCovariance: covariance
    ).solve(method: .enumeration)
  }
}
