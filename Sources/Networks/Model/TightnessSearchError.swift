// Why no tightness has a wanted expected loss, with the numbers that show it.

import Sampling

/// An expected loss that no tightness has.
public enum TightnessError: Error, Sendable, Equatable, CustomStringConvertible {
  /// A loss that is not a positive number.
  case invalidLoss(Double)
  /// The prior's mean loss is smaller than the wanted one already.
  case abovePrior(wanted: Double, prior: Double, standardError: Double)
  /// The loss falls no further, however large the tightness.
  case unreachable(wanted: Double, reached: Double, standardError: Double, tightness: Double)
  /// Rounds of draws were used up between these tightnesses.
  case notBracketed(wanted: Double, low: Double, high: Double)

  public var description: String {
    func text(_ value: Double) -> String { String(format: "%.6g", value) }
    switch self {
    case .invalidLoss(let loss):
      return "the expected loss is \(loss); it must be a positive finite number"
    case .abovePrior(let wanted, let prior, let error):
      return
        "the expected loss \(text(wanted)) is not below the prior's mean loss \(text(prior)) ± \(text(error)), so that "
        + "the tightness would have to be negative; ask for less"
    case .unreachable(let wanted, let reached, let error, let tightness):
      return
        "the expected loss \(text(wanted)) is out of reach: at tightness \(text(tightness)) the mean loss is still "
        + "\(text(reached)) ± \(text(error)) and hardly falls any more; ask for more, or change task or network"
    case .notBracketed(let wanted, let low, let high):
      return
        "no tightness was found for the expected loss \(text(wanted)): it lies between \(text(low)) and \(text(high)), "
        + "where the mean loss is too noisy to tell more; use longer chains"
    }
  }
}
