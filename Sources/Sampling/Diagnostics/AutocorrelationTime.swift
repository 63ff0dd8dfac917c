// The integrated autocorrelation time, refused where the chain is too short to know it.

extension Diagnostics {
  /// An integrated autocorrelation time, in draws, and the lag up to which autocorrelations were summed.
  public struct AutocorrelationTime: Sendable, Equatable {
    /// τ: the draws per effectively independent draw; ESS = n m / τ.
    public let draws: Double
    /// The last lag of the sum.
    public let window: Int
  }

  /// Correlation times below this, in draws, are not estimated.
  ///
  /// Autocorrelations of alternating sign make the window close on a partial sum: for an autoregressive chain with
  /// coefficient -0.4 it closes at lag 1 with 0.2, where τ = 0.43.
  public static let leastAutocorrelationTime = 0.5

  /// The integrated autocorrelation time τ = 1 + 2 Σ_{t=1}^{M} ρ_t, with ρ the mean of the chains' autocorrelations.
  ///
  /// M is the least lag with M >= `windowFactor` τ(M) (Sokal 1997): variance and bias of the sum are both small there.
  /// Each chain is centred by its own mean, so chains that disagree go unnoticed: see ``rHat(_:)``. Agrees with emcee 3.
  ///
  /// - Parameter minimumTimes: how many τ a chain must be long for its estimate to be trusted.
  /// - Throws: ``DiagnosticsError/chainTooShort(estimate:draws:needed:)``;
  ///   ``DiagnosticsError/antitheticChains(estimate:)`` below ``leastAutocorrelationTime`` (where emcee returns numbers
  ///   that can be negative); and other cases for no, ragged, non-finite or constant chains.
  ///
  /// O(S log n) for S draws in chains of n.
  public static func integratedAutocorrelationTime(
    _ chains: [[Double]], windowFactor: Double = 5, minimumTimes: Double = 50
  ) throws -> AutocorrelationTime {
    guard let draws = chains.first?.count, draws > 0 else { throw DiagnosticsError.noDraws }
    guard chains.allSatisfy({ $0.count == draws }) else {
      throw DiagnosticsError.raggedChains(lengths: chains.map(\.count))
    }
    var correlations = [Double](repeating: 0, count: draws)
    var transform = AutocovarianceTransform(lags: draws)
    for (index, chain) in chains.enumerated() {
      if let draw = chain.firstIndex(where: { !$0.isFinite }) {
        throw DiagnosticsError.notFinite(chain: index, draw: draw)
      }
      guard chain.contains(where: { $0 != chain[0] }) else { throw DiagnosticsError.constantChain(index) }
      let autocovariance = transform.meanAutocovariance(centred(inOwnUnit([chain]).values[0]))
      for lag in 0..<draws { correlations[lag] += autocovariance[lag] / autocovariance[0] }
    }

    var time = -1.0
    var window = 0
    for (lag, sum) in correlations.enumerated() {
      time += 2 * sum / Double(chains.count)
      window = lag
      if Double(lag) >= windowFactor * time { break }
    }
    guard Double(draws) >= minimumTimes * time else {
      throw DiagnosticsError.chainTooShort(
        estimate: time, draws: draws, needed: (draws...Int.max).wholeNumber(roundingUp: minimumTimes * time))
    }
    guard time >= leastAutocorrelationTime else { throw DiagnosticsError.antitheticChains(estimate: time) }
    return AutocorrelationTime(draws: time, window: window)
  }
}
