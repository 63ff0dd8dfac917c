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
    var values = Array(chains.joined())
    self.init(name: name, replacing: &values, chains: chains.count, using: workspace)
  }

  /// Summarises chains of one length that lie one behind the other, and leaves other numbers in their place.
  ///
  /// - Precondition: at least one draw.
  package init(name: String, replacing values: inout [Double], chains: Int, using workspace: DiagnosticsWorkspace) {
    let draws = values.count / chains
    self.name = name
    self.chains = chains
    drawsPerChain = draws
    let extent = DrawExtent(values)
    nonFiniteDraws = extent.nonFiniteDraws
    isConstant = extent.isConstant
    guard nonFiniteDraws == 0 else {
      (mean, sd, mcseMean, mcseSd) = (.nan, .nan, .nan, .nan)
      (essBulk, essTail, rHat) = (.nan, .nan, .nan)
      (quantile5, median, quantile95) = (.nan, .nan, .nan)
      return
    }

    // Everything is computed in the draws' own unit, which no estimate may depend on.
    let unit = Diagnostics.moveIntoOwnUnit(&values, extent)
    let moments = PooledMoments(of: values)
    workspace.reserve(values.count)
    let (low, middle, high) = workspace.sortedQuantiles(&values)
    (mean, sd) = (moments.mean * unit, moments.variance.squareRoot() * unit)
    (quantile5, median, quantile95) = (low * unit, middle * unit, high * unit)
    guard draws >= Diagnostics.minimumDraws else {
      (mcseMean, mcseSd, essBulk, essTail, rHat) = (.nan, .nan, .nan, .nan, .nan)
      return
    }
    guard !isConstant else {
      let all = Double(2 * chains * (draws / 2))
      (essBulk, essTail, rHat) = (all, all, .nan)
      mcseMean = (moments.variance / all).squareRoot() * unit
      mcseSd = moments.mcseSd(ess: all) * unit
      return
    }

    (essBulk, rHat) = workspace.rankDiagnostics(&values, chains: chains)
    let essLow = workspace.ess(of: values, chains) { $0 <= low ? 1 : 0 }
    let essHigh = workspace.ess(of: values, chains) { $0 <= high ? 1 : 0 }
    essTail = essHigh < essLow ? essHigh : essLow
    mcseMean = (moments.variance / workspace.ess(of: values, chains) { $0 }).squareRoot() * unit
    // Deviations have a unit of their own.
    let largest = values.reduce(0) { max($0, abs($1 - moments.mean)) }
    let (first, second) = Diagnostics.factorsOfOwnUnit(largest) ?? (1, 1)
    let essOfSquares = workspace.ess(of: values, chains) { draw in
      let deviation = (draw - moments.mean) * first * second
      return deviation * deviation
    }
    mcseSd = moments.mcseSd(ess: essOfSquares) * unit
  }
}

extension DiagnosticsWorkspace {
  /// Sorts all draws.
  ///
  /// - Returns: their 5 %, 50 % and 95 % quantiles.
  fileprivate func sortedQuantiles(_ values: inout [Double]) -> (Double, Double, Double) {
    values.withUnsafeBufferPointer { values in
      order.sort(values, scratch: &transformed)
      func quantile(_ probability: Double) -> Double {
        Diagnostics.quantile(of: values.count, at: probability) { order.value($0, of: values) }
      }
      return (quantile(0.05), quantile(0.5), quantile(0.95))
    }
  }

  /// The ESS of the normal scores of draws among which no NaN is.
  func essBulk(_ values: inout [Double], chains: Int) -> Double {
    reserve(values.count)
    return values.withUnsafeMutableBufferPointer { values in
      let draws = ChainSeries(values, chains: chains)
      // Rounding must not be taken for mixing: ranks would make differences of it.
      if draws.isConstant { return Double(draws.halves.count) }
      order.sort(UnsafeBufferPointer(values), scratch: &transformed)
      return transformed.withUnsafeMutableBufferPointer { transformed in
        let halves = ChainSeries(transformed, chains: chains).halves
        leaveMiddlesOut(of: draws)
        order.writeScores(of: UnsafeBufferPointer(values), scores(of: halves.count), to: transformed)
        return estimator.estimate(halves)
      }
    }
  }

  /// The ESS of the normal scores, and R-hat for verdicts, of draws that are sorted.
  fileprivate func rankDiagnostics(_ values: inout [Double], chains: Int) -> (essBulk: Double, rHat: Double) {
    values.withUnsafeMutableBufferPointer { values in
      transformed.withUnsafeMutableBufferPointer { transformed in
        let draws = ChainSeries(values, chains: chains)
        let halves = ChainSeries(transformed, chains: chains).halves
        let numbers = UnsafeBufferPointer(values)
        leaveMiddlesOut(of: draws)
        var table = scores(of: halves.count)
        order.writeScores(of: numbers, table, to: transformed)
        // A single chain's quarters are compared. They are all of its halves where these have an even length.
        let parts = chains > 1 ? halves : halves.halves
        let areAll = parts.count == halves.count
        let isTooShort = chains == 1 && draws.draws < 2 * Diagnostics.minimumDraws
        guard !isTooShort, !draws.hasStuckChain(part: chains > 1 ? 2 : 4) else {
          return (estimator.estimate(halves), isTooShort ? .nan : .infinity)
        }
        let means = parts.means
        var bulk = Self.rHat(parts, means)
        let ess = estimator.estimate(halves, means: chains > 1 ? means : nil)
        if !areAll {
          leaveMiddlesOut(of: draws.halves)
          table = scores(of: parts.count)
          order.writeScores(of: numbers, table, to: transformed)
          bulk = Self.rHat(parts, parts.means)
        }
        return (ess, Diagnostics.largerRHat(bulk: bulk, folded: foldedRHat(numbers, table, parts)))
      }
    }
  }

  /// R-hat of the distances from the median. Sums by part are all that it takes: no score goes to the place of its draw.
  private func foldedRHat(
    _ numbers: UnsafeBufferPointer<Double>, _ table: NormalScoreTable, _ parts: ChainSeries
  ) -> Double {
    let starts = parts.starts.sorted()
    let partsPerNumber = Double(starts.count) / Double(numbers.count)
    // Relative to a score of the part, so that a part with one score only has no variance at all.
    var sums = [(origin: Double, sum: Double, squares: Double)](repeating: (.nan, 0, 0), count: starts.count)
    starts.withUnsafeBufferPointer { starts in
      sums.withUnsafeMutableBufferPointer { sums in
        order.forEachFoldedScore(of: numbers, table) { position, score in
          var part = Int(Double(position) * partsPerNumber)
          // Draws that belong to no part lie between them.
          if position < starts[part] { part -= 1 }
          if part + 1 < starts.count, position >= starts[part + 1] { part += 1 }
          if sums[part].origin.isNaN { sums[part].origin = score }
          let distance = score - sums[part].origin
          sums[part].sum += distance
          sums[part].squares += distance * distance
        }
      }
    }
    let draws = Double(parts.draws)
    return Diagnostics.rHat(
      draws: parts.draws, means: sums.map { $0.origin + $0.sum / draws },
      variances: sums.map { max(0, $0.squares - $0.sum * $0.sum / draws) / (draws - 1) })
  }

  private static func rHat(_ parts: ChainSeries, _ means: [Double]) -> Double {
    Diagnostics.rHat(draws: parts.draws, means: means, variances: parts.variances(around: means))
  }

  /// Leaves the middle draws of chains of an odd length out of the order.
  private func leaveMiddlesOut(of series: ChainSeries) {
    guard series.draws % 2 == 1 else { return }
    let middles = series.starts.map { $0 + series.draws / 2 }
    let width = series.values.count / middles.count
    order.leaveOut { middles[min($0 / width, middles.count - 1)] == $0 }
  }

  /// The ESS of what `body` makes of every draw.
  @inline(__always)
  fileprivate func ess(of values: [Double], _ chains: Int, _ body: (Double) -> Double) -> Double {
    transformed.withUnsafeMutableBufferPointer { transformed in
      values.withUnsafeBufferPointer { values in
        for index in values.indices { transformed[index] = body(values[index]) }
      }
      return estimator.estimate(ChainSeries(transformed, chains: chains).halves)
    }
  }
}

extension Diagnostics {
  /// The standard error of the mean (see ``mcseMean(_:)``) of chains of one length that lie one behind the other; leaves other numbers
  /// in their place, and takes no memory besides.
  package static func mcseMean(replacing values: inout [Double], chains: Int) -> Double {
    let extent = DrawExtent(values)
    guard values.count >= minimumDraws * chains, extent.nonFiniteDraws == 0 else { return .nan }
    let unit = moveIntoOwnUnit(&values, extent)
    let variance = variance(values)
    let ess = values.withUnsafeMutableBufferPointer { values in
      var estimator = EffectiveSampleSizeEstimator()
      let halves = ChainSeries(values, chains: chains).halves
      return extent.isConstant ? Double(halves.count) : estimator.estimate(halves)
    }
    return (variance / ess).squareRoot() * unit
  }

  /// Divides finite draws by a power of two near the largest of them, and returns that.
  fileprivate static func moveIntoOwnUnit(_ values: inout [Double], _ extent: DrawExtent) -> Double {
    guard let factors = factorsOfOwnUnit(extent.largestMagnitude) else { return 1 }
    for index in values.indices { values[index] = values[index] * factors.0 * factors.1 }
    return extent.largestMagnitude.binade
  }
}

/// What one look at all draws tells.
private struct DrawExtent {
  private(set) var nonFiniteDraws = 0
  /// Of finite draws.
  private(set) var largestMagnitude = 0.0
  private var smallest = Double.infinity
  private var largest = -Double.infinity

  init(_ draws: [Double]) {
    // Four at a time; what is not finite leaves a NaN, and only then is counted.
    var (low, high, rest) = (SIMD4(repeating: Double.infinity), SIMD4(repeating: -Double.infinity), SIMD4<Double>())
    draws.withUnsafeBufferPointer { draws in
      var index = 0
      while index < draws.count {
        let last = draws.count - 1
        let four = SIMD4(
          draws[index], draws[min(index + 1, last)], draws[min(index + 2, last)], draws[min(index + 3, last)])
        low.replace(with: four, where: four .< low)
        high.replace(with: four, where: four .> high)
        rest += four * 0
        index += 4
      }
    }
    (smallest, largest) = (low.min(), high.max())
    if !rest.sum().isFinite { nonFiniteDraws = draws.count { !$0.isFinite } }
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

  init(of values: [Double]) {
    let count = Double(values.count)
    mean = Diagnostics.mean(values)
    let mean = mean
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    variance = count > 1 ? squares / (count - 1) : .nan
    let firstSecond = squares / count
    // Two sums in one pass, each in its own order.
    let (residuals, fourths) = values.reduce((0.0, 0.0)) { sums, draw in
      let square = (draw - mean) * (draw - mean)
      return (sums.0 + (square - firstSecond), sums.1 + square * square)
    }
    let residual = residuals / count
    second = residual.isFinite ? firstSecond + residual : firstSecond
    fourth = fourths / count
  }

  /// See ``Diagnostics/mcseSd(_:)``.
  func mcseSd(ess: Double) -> Double { ((fourth - second * second) / ess / second / 4).squareRoot() }
}
