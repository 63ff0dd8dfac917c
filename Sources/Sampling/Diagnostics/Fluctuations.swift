// How a scalar fluctuates from draw to draw: variance, Binder's cumulant, autocorrelation time, each with its error.

/// Fluctuations of a scalar over the draws of several chains.
///
/// Errors of variance and cumulant leave out one of some forty blocks of consecutive draws at a time (jackknife): they are right where
/// blocks are long against the autocorrelation time, as with some hundred effective draws. O(S) for S draws, and O(S log S) for the
/// time.
public struct Fluctuations: Sendable, Equatable {
  /// ⟨x²⟩ − ⟨x⟩², in squared units of the scalar.
  public let variance: Estimate
  /// Binder's cumulant 1 − ⟨x⁴⟩/(3⟨x²⟩²): 0 for a Gaussian around 0, 2/3 for two sharp values of opposite sign. Nil for draws of 0.
  public let binder: Estimate?
  /// The integrated autocorrelation time τ, in draws, with Sokal's error τ √(2 (2 M + 1)/S); nil where the chains are too short for it.
  public let autocorrelationTime: Estimate?

  /// Fluctuations that were found before.
  public init(variance: Estimate, binder: Estimate?, autocorrelationTime: Estimate?) {
    self.variance = variance
    self.binder = binder
    self.autocorrelationTime = autocorrelationTime
  }

  /// Blocks at least, over all chains.
  private static let leastBlocks = 40

  /// The fluctuations of draws [chain, draw]; nil for draws that are not finite, or all equal.
  ///
  /// - Precondition: chains of one length, at least one draw.
  public init?(_ chains: [[Double]]) {
    let draws = chains[0].count
    guard chains.allSatisfy({ $0.allSatisfy(\.isFinite) }), !Diagnostics.isConstant(chains) else { return nil }
    let (values, unit) = Diagnostics.inOwnUnit(chains)
    let mean = RunningMoments(values.joined()).mean
    let perChain = max(1, min(draws / 2, (Self.leastBlocks + chains.count - 1) / chains.count))
    let blocks = values.flatMap { chain in
      (0..<perChain).map { block in Sums(chain[block * draws / perChain..<(block + 1) * draws / perChain], mean) }
    }
    let total = blocks.reduce(Sums()) { $0 + $1 }
    func estimate(_ function: (Sums) -> Double) -> Estimate {
      let value = function(total)
      guard blocks.count > 1 else { return Estimate(value: value, standardError: nil) }
      let left = blocks.map { function(total - $0) }
      let moments = RunningMoments(left)
      let count = Double(blocks.count)
      let error = (moments.squaredDeviations * (count - 1) / count).squareRoot()
      return Estimate(value: value, standardError: error.isFinite ? error : nil)
    }
    let variance = estimate(\.variance)
    self.variance = Estimate(
      value: variance.value * unit * unit, standardError: variance.standardError.map { $0 * unit * unit })
    binder = total.squares > 0 ? estimate(\.binder) : nil
    autocorrelationTime = (try? Diagnostics.integratedAutocorrelationTime(chains)).map { time in
      let count = Double(chains.count * draws)
      return Estimate(
        value: time.draws, standardError: time.draws * (2 * Double(2 * time.window + 1) / count).squareRoot())
    }
  }

  /// Sums over draws of powers, some of them of the distance from a centre.
  private struct Sums {
    var count = 0.0
    var distances = 0.0
    var squaredDistances = 0.0
    var squares = 0.0
    var fourths = 0.0

    init() {}

    init(_ draws: ArraySlice<Double>, _ centre: Double) {
      count = Double(draws.count)
      for draw in draws {
        let distance = draw - centre
        let square = draw * draw
        distances += distance
        squaredDistances += distance * distance
        squares += square
        fourths += square * square
      }
    }

    var variance: Double {
      let mean = distances / count
      return max(0, squaredDistances / count - mean * mean)
    }

    var binder: Double { 1 - fourths * count / (3 * squares * squares) }

    static func + (a: Sums, b: Sums) -> Sums { combined(a, b, 1) }
    static func - (a: Sums, b: Sums) -> Sums { combined(a, b, -1) }

    private static func combined(_ a: Sums, _ b: Sums, _ sign: Double) -> Sums {
      var result = Sums()
      result.count = a.count + sign * b.count
      result.distances = a.distances + sign * b.distances
      result.squaredDistances = a.squaredDistances + sign * b.squaredDistances
      result.squares = a.squares + sign * b.squares
      result.fourths = a.fourths + sign * b.fourths
      return result
    }
  }
}
