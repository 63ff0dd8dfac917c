// The temperature slopes seen on the rungs of replica exchange: all that estimates from a ladder need.

/// ℓ at the draws of every rung of a ladder, from several chains of replica exchange with one ladder.
public struct LadderDraws: Sendable, Equatable {
  /// t, ascending from 0 to 1.
  public let inverseTemperatures: [Double]
  /// ℓ in nats: `[rung, chain, draw]`.
  public let slopes: [[[Double]]]
  /// The mean probability of rejecting a swap between neighbouring rungs.
  public let rejectionRates: [Double]

  /// - Precondition: a rung for every inverse temperature, all with as many chains and draws.
  init(inverseTemperatures: [Double], slopes: [[[Double]]], rejectionRates: [Double] = []) {
    precondition(slopes.count == inverseTemperatures.count && slopes.count >= 2, "slopes for every rung")
    precondition(slopes.allSatisfy { $0.map(\.count) == slopes[0].map(\.count) }, "as many draws on every rung")
    self.inverseTemperatures = inverseTemperatures
    self.slopes = slopes
    self.rejectionRates = rejectionRates
  }

  /// The number of rungs.
  public var rungs: Int { slopes.count }

  /// ⟨ℓ⟩ on every rung.
  public var means: [Double] { slopes.map { Diagnostics.mean($0.joined()) } }

  /// The standard errors of ``means``.
  public var meanErrors: [Double] { slopes.map(Diagnostics.mcseMean) }

  /// Whether a draw anywhere has no finite slope.
  var hasNonFiniteSlopes: Bool { slopes.contains { $0.contains { $0.contains { !$0.isFinite } } } }

  /// t_{k+1} − t_k.
  var spacings: [Double] { zip(inverseTemperatures, inverseTemperatures.dropFirst()).map { $1 - $0 } }

  /// A sum over rungs of functions of ℓ, for every draw: `[chain, draw]`.
  ///
  /// An estimate's linearisation in such functions has the estimate's own Monte Carlo error. Taking the sum draw by draw
  /// includes what swaps do: they correlate the rungs.
  func series(_ term: (_ rung: Int, _ slope: Double) -> Double) -> [[Double]] {
    slopes[0].indices.map { chain in
      slopes[0][chain].indices.map { draw in
        slopes.indices.reduce(0) { $0 + term($1, slopes[$1][chain][draw]) }
      }
    }
  }

  /// What is wrong with the Monte Carlo estimate that has this series; nil if nothing is.
  static func problem(of series: [[Double]]) -> String? {
    let rHat = Diagnostics.rHat(series)
    if series.count > 1, !(rHat < 1.05), Diagnostics.variance(series.joined()) > 0 {
      return "the chains disagree (R-hat \(shortNumber(rHat)), wanted below 1.05); draw more, or improve the kernel"
    }
    return nil
  }
}
