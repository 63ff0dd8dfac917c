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
  /// The numbers are those of the functions of ``Diagnostics``, sharing one sort. O(S log S) for S draws in all.
  ///
  /// - Throws: ``DiagnosticsError`` for no draws, or chains of different lengths.
  public init(name: String, draws chains: [[Double]]) throws {
    try self.init(name: name, draws: chains, using: DiagnosticsWorkspace())
  }

  /// Summarises draws with memory that is there already.
  package init(name: String, draws chains: [[Double]], using workspace: DiagnosticsWorkspace) throws {
    guard let draws = chains.first?.count, draws > 0 else { throw DiagnosticsError.noDraws }
    guard chains.allSatisfy({ $0.count == draws }) else {
      throw DiagnosticsError.raggedChains(lengths: chains.map(\.count))
    }
    self.name = name
    self.chains = chains.count
    drawsPerChain = draws
    let extent = DrawExtent(chains)
    nonFiniteDraws = extent.nonFiniteDraws
    isConstant = extent.isConstant
    guard nonFiniteDraws == 0 else {
      (mean, sd, mcseMean, mcseSd) = (.nan, .nan, .nan, .nan)
      (essBulk, essTail, rHat) = (.nan, .nan, .nan)
      (quantile5, median, quantile95) = (.nan, .nan, .nan)
      return
    }

    // Everything is computed in the draws' own unit, which no estimate may depend on.
    let factors = Diagnostics.factorsOfOwnUnit(extent.largestMagnitude)
    let unit = factors == nil ? 1 : extent.largestMagnitude.binade
    workspace.take(chains, factors ?? (1, 1))
    let moments = PooledMoments(of: workspace, chains: chains.count)
    workspace.halves.withUnsafeBufferPointer { workspace.order.sort($0) }
    let sorted = workspace.sorted
    let (low, middle, high) = (
      Diagnostics.quantile(ofSorted: sorted, at: 0.05), Diagnostics.quantile(ofSorted: sorted, at: 0.5),
      Diagnostics.quantile(ofSorted: sorted, at: 0.95)
    )
    (mean, sd) = (moments.mean * unit, moments.variance.squareRoot() * unit)
    (quantile5, median, quantile95) = (low * unit, middle * unit, high * unit)
    guard draws >= Diagnostics.minimumDraws else {
      (mcseMean, mcseSd, essBulk, essTail, rHat) = (.nan, .nan, .nan, .nan, .nan)
      return
    }
    guard !isConstant else {
      let all = Double(workspace.halves.count)
      (essBulk, essTail, rHat) = (all, all, .nan)
      mcseMean = Diagnostics.mcseMean(chains)
      mcseSd = Diagnostics.mcseSd(chains)
      return
    }

    let table = workspace.scores(of: workspace.halves.count)
    workspace.order.writeScores(table, to: &workspace.transformed)
    essBulk = workspace.essOfTransformed(chains.count)
    if chains.count == 1 || Diagnostics.hasStuckChain(chains, part: 2) {
      rHat = Diagnostics.agreement(chains)
    } else {
      let bulk = workspace.rHatOfTransformed(chains.count)
      workspace.order.writeFoldedScores(around: workspace.order.median, table, to: &workspace.transformed)
      rHat = Diagnostics.largerRHat(bulk: bulk, folded: workspace.rHatOfTransformed(chains.count))
    }
    workspace.transform { $0 <= low ? 1 : 0 }
    let essLow = workspace.essOfTransformed(chains.count)
    workspace.transform { $0 <= high ? 1 : 0 }
    let essHigh = workspace.essOfTransformed(chains.count)
    essTail = essHigh < essLow ? essHigh : essLow
    workspace.transform { $0 }
    mcseMean = (moments.variance / workspace.essOfTransformed(chains.count)).squareRoot() * unit
    // Deviations have a unit of their own.
    let largest = workspace.halves.reduce(0) { max($0, abs($1 - moments.mean)) }
    let (first, second) = Diagnostics.factorsOfOwnUnit(largest) ?? (1, 1)
    workspace.transform { draw in
      let deviation = (draw - moments.mean) * first * second
      return deviation * deviation
    }
    mcseSd = moments.mcseSd(ess: workspace.essOfTransformed(chains.count)) * unit
  }
}

/// What one look at all draws tells.
private struct DrawExtent {
  private(set) var nonFiniteDraws = 0
  /// Of finite draws.
  private(set) var largestMagnitude = 0.0
  private var smallest = Double.infinity
  private var largest = -Double.infinity

  init(_ chains: [[Double]]) {
    for chain in chains {
      for draw in chain {
        if !draw.isFinite { nonFiniteDraws += 1 }
        smallest = draw < smallest ? draw : smallest
        largest = draw > largest ? draw : largest
      }
    }
    largestMagnitude = max(abs(smallest), abs(largest))
  }

  /// See ``Diagnostics/isConstant(_:)``.
  var isConstant: Bool { nonFiniteDraws == 0 && largest - smallest <= 8 * largestMagnitude.ulp }
}

/// The mean of all draws and the sums of powers about it, to the bits of the functions of ``Diagnostics``.
private struct PooledMoments {
  let mean: Double
  /// With divisor S - 1; NaN for one draw.
  let variance: Double
  private let second: Double
  private let fourth: Double

  init(of workspace: DiagnosticsWorkspace, chains: Int) {
    let count = Double(workspace.halves.count + workspace.middles.count)
    let first = workspace.sum(chains) { $0 } / count
    let residual = workspace.sum(chains) { $0 - first } / count
    let mean = residual.isFinite ? first + residual : first
    let squares = workspace.sum(chains) { ($0 - mean) * ($0 - mean) }
    self.mean = mean
    variance = count > 1 ? squares / (count - 1) : .nan
    let firstSecond = squares / count
    // Two sums in one pass, each in its own order.
    var fourths = 0.0
    let secondResidual =
      workspace.sum(chains) { draw in
        let square = (draw - mean) * (draw - mean)
        fourths += square * square
        return square - firstSecond
      } / count
    second = secondResidual.isFinite ? firstSecond + secondResidual : firstSecond
    fourth = fourths / count
  }

  /// See ``Diagnostics/mcseSd(_:)``.
  func mcseSd(ess: Double) -> Double { ((fourth - second * second) / ess / second / 4).squareRoot() }
}
