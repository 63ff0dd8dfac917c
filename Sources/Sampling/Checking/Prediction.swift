// What theory says about a quantity that can be estimated from draws.

/// A value that theory predicts for the average of some function of a network.
public struct Prediction: Sendable {
  /// What holds of it.
  public enum Status: Sendable, Equatable {
    /// True at this number of neurons: decides whether a check passes.
    case exact
    /// True up to terms of the stated order: shown, never decides.
    case asymptotic(order: String)
    /// True of an average over data sets of which the draws have one: shown, never decides. ``Prediction/expectedError`` is the
    /// deviation over data sets; 0: that of single draws.
    case average(over: String)
  }

  /// What is averaged over draws.
  public enum Quantity: Sendable {
    /// A recorded scalar, such as `readout[0,1]`.
    case scalar(String)
    /// A function of recorded scalars, given in the order of their names.
    case function(of: [String], @Sendable ([Double]) -> Double)
    /// The largest value in any draw of a function of recorded scalars, which is 0 but for rounding of the size `unit`.
    case largest(of: [String], unit: Double, @Sendable ([Double]) -> Double)
    /// A column of a streaming statistic that holds batch means, such as `population_moment`.
    case streaming(String, column: Int)
    /// The difference of the same column of two such statistics, the first of which is kept with the mean square of it.
    case difference(of: String, from: String, column: Int)
    /// The whole law of a recorded scalar, by its distribution function; draws that are exactly 0 are left out where `atZero`
    /// says that their share is another matter. Its expected value is a distance of 0.
    case law(of: String, leavingOutZero: Bool, @Sendable (Double) -> Double)
  }

  /// The quantity's name in outputs.
  public let name: String
  /// The predicted value.
  public let expected: Double
  /// The numerical error of the prediction itself; 0 for a closed form.
  public let expectedError: Double
  /// What holds of it.
  public let status: Status
  /// Where the prediction comes from.
  public let source: String
  /// What is averaged.
  public let quantity: Quantity
  /// The standard deviation of the quantity over single draws, or a bound from above; nil where theory does not know it.
  ///
  /// A sample shows it only if the events that carry it are in the sample: see ``Check/largestTheoreticalError``.
  public let deviation: Double?
  /// Without a known ``deviation``, for a quantity that only some neurons contribute to: how many do, on average, a draw. Averages
  /// over fewer than ``Check/minimumEvents`` such neurons are not normal enough to be tested.
  public let eventsPerDraw: Double?
  /// What an error must be small against: |expected|, or the natural size of the quantity where its expected value is 0, or small
  /// against what it is made of (in a product ensemble the mean size of a neuron's contribution; of a share the smaller of itself
  /// and its complement). Where it is 0, the draws' standard deviation stands for it.
  public let size: Double
  /// For a quantity that only flips of the gains of one context change: the context.
  public let flippingContext: Int?
  /// For a quantity that flips of a block's signs decide: the block.
  public let flippingBlock: String?
  /// Whether it is an identity of all weights of a kind, which no right ensemble violates (THEORY 5).
  public let isWeightIdentity: Bool

  /// A prediction; `expected`, `expectedError`, `deviation` and `size` are in the units of the quantity.
  ///
  /// - Parameter size: |expected| if nil.
  public init(
    _ name: String, expected: Double, expectedError: Double = 0, status: Status, source: String, quantity: Quantity,
    deviation: Double? = nil, eventsPerDraw: Double? = nil, size: Double? = nil, flippingContext: Int? = nil,
    flippingBlock: String? = nil, isWeightIdentity: Bool = false
  ) {
    self.name = name
    self.expected = expected
    self.expectedError = expectedError
    self.status = status
    self.source = source
    self.quantity = quantity
    self.deviation = deviation
    self.eventsPerDraw = eventsPerDraw
    self.size = size ?? abs(expected)
    self.flippingContext = flippingContext
    self.flippingBlock = flippingBlock
    self.isWeightIdentity = isWeightIdentity
  }

  /// A share of `neurons` independent ones, or with one neuron the probability of an event.
  package static func share(
    _ name: String, expected: Double, neurons: Int = 1, source: String, quantity: Quantity
  ) -> Prediction {
    let rest = max(0, 1 - expected)
    return Prediction(
      name, expected: expected, status: .exact, source: source, quantity: quantity,
      deviation: (expected * rest / Double(neurons)).squareRoot(), size: min(expected, rest))
  }
}
