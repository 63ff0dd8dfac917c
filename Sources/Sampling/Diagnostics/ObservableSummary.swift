// All that a table says about one observable, computed in one go.

/// Estimates, errors and convergence of one observable.
public struct ObservableSummary: Sendable, Equatable, Codable {
  /// The observable.
  public let name: String
  /// Number of chains.
  public let chains: Int
  /// Draws in each chain.
  public let drawsPerChain: Int
  /// Draws that are NaN or infinite; all estimates are NaN unless it is 0.
  public let nonFiniteDraws: Int
  /// Whether all draws are equal but for rounding: there is then no R-hat, and nothing to be wrong with mixing.
  public let isConstant: Bool
  /// The mean of all draws.
  public let mean: Double
  /// The standard deviation of all draws, with divisor S - 1.
  public let sd: Double
  /// See ``Diagnostics/mcseMean(_:)``.
  public let mcseMean: Double
  /// See ``Diagnostics/mcseSd(_:)``.
  public let mcseSd: Double
  /// See ``Diagnostics/essBulk(_:)``.
  public let essBulk: Double
  /// See ``Diagnostics/essTail(_:)``.
  public let essTail: Double
  /// See ``Diagnostics/agreement(_:)``: that of a single chain's halves, and infinite where a chain stood still.
  public let rHat: Double
  /// The 5 % quantile.
  public let quantile5: Double
  /// The median.
  public let median: Double
  /// The 95 % quantile.
  public let quantile95: Double

  /// Summarises draws `[chain, draw]`.
  ///
  /// The numbers are those of the functions of ``Diagnostics``, sharing sorts and transforms. O(S log S) for S draws
  /// in all.
  ///
  /// - Throws: ``DiagnosticsError`` for no draws, or chains of different lengths.
  public init(name: String, draws chains: [[Double]]) throws {
    guard let draws = chains.first?.count, draws > 0 else { throw DiagnosticsError.noDraws }
    guard chains.allSatisfy({ $0.count == draws }) else {
      throw DiagnosticsError.raggedChains(lengths: chains.map(\.count))
    }
    self.name = name
    self.chains = chains.count
    drawsPerChain = draws
    // Everything is computed in the draws' own unit, which no estimate may depend on.
    let (chains, unit) = Diagnostics.inOwnUnit(chains)
    let pooled = Array(chains.joined())
    nonFiniteDraws = pooled.count { !$0.isFinite }
    isConstant = nonFiniteDraws == 0 && Diagnostics.isConstant(chains)
    guard nonFiniteDraws == 0 else {
      (mean, sd, mcseMean, mcseSd) = (.nan, .nan, .nan, .nan)
      (essBulk, essTail, rHat) = (.nan, .nan, .nan)
      (quantile5, median, quantile95) = (.nan, .nan, .nan)
      return
    }

    let variance = Diagnostics.variance(pooled)
    let center = Diagnostics.mean(pooled)
    let sorted = Diagnostics.ascending(pooled)
    let (low, middle, high) = (
      Diagnostics.quantile(ofSorted: sorted, at: 0.05), Diagnostics.quantile(ofSorted: sorted, at: 0.5),
      Diagnostics.quantile(ofSorted: sorted, at: 0.95)
    )
    (mean, sd) = (center * unit, variance.squareRoot() * unit)
    (quantile5, median, quantile95) = (low * unit, middle * unit, high * unit)
    guard !Diagnostics.isUnfit(chains) else {
      (mcseMean, mcseSd, essBulk, essTail, rHat) = (.nan, .nan, .nan, .nan, .nan)
      return
    }

    let halves = Diagnostics.split(chains)
    guard !isConstant else {
      (essBulk, essTail) = (Double(halves.count * halves[0].count), Double(halves.count * halves[0].count))
      rHat = .nan
      mcseMean = Diagnostics.mcseMean(chains) * unit
      mcseSd = Diagnostics.mcseSd(chains) * unit
      return
    }
    var transform = AutocovarianceTransform(draws: halves[0].count)
    let scores = Diagnostics.normalScores(halves)
    essBulk = Diagnostics.ess(scores, using: &transform)
    if chains.count == 1 || Diagnostics.hasStuckChain(chains, part: 2) {
      rHat = Diagnostics.agreement(chains)
    } else {
      rHat = Diagnostics.rHat(
        bulkScores: scores, foldedScores: Diagnostics.normalScores(Diagnostics.folded(halves)))
    }
    let essLow = Diagnostics.ess(Diagnostics.indicator(halves, atOrBelow: low), using: &transform)
    let essHigh = Diagnostics.ess(Diagnostics.indicator(halves, atOrBelow: high), using: &transform)
    essTail = essHigh < essLow ? essHigh : essLow
    mcseMean = (variance / Diagnostics.ess(halves, using: &transform)).squareRoot() * unit
    let squares = Diagnostics.squaredDistances(halves, from: center)
    mcseSd = Diagnostics.mcseSd(pooled: pooled, ess: Diagnostics.ess(squares, using: &transform)) * unit
  }
}
