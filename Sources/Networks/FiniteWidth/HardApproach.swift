// How Gibbs ensembles approach the hard one as their tightness grows, at a fixed number of neurons.

import Sampling

/// The first orders in 1/β of Gibbs ensembles of growing tightness β about the hard ensemble (THEORY section 11).
///
/// Given output weights and gains the readout is N(0, C) along every feature, and a tightness β lets it miss A by N(0, S⁻¹/(βN)). So averages
/// of output weights and gains move by ⟨O⟩_β = ⟨O⟩ + Cov(O, h)/β + O(β⁻²), with
///
///     h = (1/2N) [tr C⁻² A S⁻¹ Aᵀ − tr C⁻¹ tr S⁻¹],
///
/// the readout by ⟨R⟩_β = A − ⟨C⁻¹⟩ A S⁻¹/(βN), and the loss is ⟨L⟩_β = rD/(2βN) + ⟨h⟩/(β² N), r the rank of the gains. For S = 1,
/// ⟨h⟩ = Δp_N/(2N p_N) and −⟨C⁻¹⟩A = ∇ ln p_N.
public struct HardApproach: Sendable, Equatable {
  /// lim β (⟨mean w²⟩_β − ⟨mean w²⟩).
  public let outputSecondMoment: Double
  /// lim β (⟨mean |m|²⟩_β − ⟨mean |m|²⟩).
  public let inputSecondMoment: Double
  /// lim β (P_β(g) − P(g)) in ascending binary order; nil if gains are given.
  public let patternWeights: [Double]?
  /// lim β (⟨R⟩_β − A), [context, feature].
  public let readout: Matrix
  /// lim β ⟨L⟩_β = rD/(2N).
  public let loss: Double
  /// lim β² (⟨L⟩_β − lim β ⟨L⟩_β/β).
  public let lossCurvature: Double

  /// The change of an observable's average with 1/β at β → ∞, by the name under which it is recorded; nil for others.
  public func slope(of name: String) -> Double? {
    switch name {
    case "output_second_moment": return outputSecondMoment
    case "input_second_moment": return inputSecondMoment
    case "loss": return loss
    default: break
    }
    for c in 0..<readout.rows {
      for d in 0..<readout.columns where name == "readout[\(c),\(d)]" { return readout[c, d] }
    }
    guard let patternWeights else { return nil }
    return patternWeights.indices.first { name == "population_fraction[\($0)]" }.map { patternWeights[$0] }
  }

  var isFinite: Bool {
    ([outputSecondMoment, inputSecondMoment, lossCurvature] + readout.elements + (patternWeights ?? []))
      .allSatisfy(\.isFinite)
  }
}

/// What h and the readout's slope need of the stimuli and the target: S⁻¹, in coordinates of the gains' span.
struct ApproachForm {
  /// A S⁻¹ Aᵀ, [coordinate, coordinate].
  let square: Matrix
  /// tr S⁻¹.
  let trace: Double
  /// A S⁻¹, [coordinate, feature].
  let pulled: Matrix
  let neurons: Int

  /// Nil for stimuli that do not span all features: Gibbs ensembles then tend to another one.
  init?(target: Matrix, stimulusCovariance: Matrix, neurons: Int) {
    guard let inverse = try? Cholesky(stimulusCovariance).inverse else { return nil }
    pulled = target * inverse
    square = pulled * target.transposed
    trace = (0..<inverse.rows).reduce(0) { $0 + inverse[$1, $1] }
    self.neurons = neurons
  }

  /// h of C⁻¹, [coordinate, coordinate].
  func rate(_ inverse: [Double]) -> Double {
    let rank = square.rows
    var (quadratic, own) = (0.0, 0.0)
    for a in 0..<rank {
      own += inverse[a * rank + a]
      for b in 0..<rank {
        var value = 0.0
        for c in 0..<rank { value += inverse[a * rank + c] * inverse[c * rank + b] }
        quadratic += value * square[b, a]
      }
    }
    return (quadratic - trace * own) / (2 * Double(neurons))
  }
}

/// Averages over the hard ensemble from which its approach follows, in units of the prior's scales.
struct ApproachSums {
  /// ⟨h⟩.
  var rate = 0.0
  /// Cov(Σ w²/σ_w², h).
  var squares = 0.0
  /// Cov(number of neurons with a pattern, h)/N; nil if gains are given.
  var fractions: [Double]?
  /// ⟨C⁻¹⟩, [coordinate, coordinate].
  var inverse: Matrix

  /// - Parameter basis: of the gains' span, [context, coordinate]; nil for all contexts.
  func approach(_ form: ApproachForm, _ problem: MaxEntropyProblem, basis: Matrix?) -> HardApproach? {
    let n = Double(form.neurons)
    let readout = (-1 / n) * (inverse * form.pulled)
    let found = HardApproach(
      outputSecondMoment: problem.outputScale * problem.outputScale * squares / n,
      // Balance: the two averages differ by a constant at every tightness.
      inputSecondMoment: problem.inputScale * problem.inputScale * squares / n, patternWeights: fractions,
      readout: basis.map { $0 * readout } ?? readout, loss: Double(form.pulled.elements.count) / (2 * n),
      lossCurvature: rate / n)
    return found.isFinite ? found : nil
  }
}
