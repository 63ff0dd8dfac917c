// The prior standard deviations of a network's weights.

/// The prior standard deviations of a network's weights: those of the kinds that a model has are used.
public struct WeightScales: Sendable, Equatable {
  /// σ_w, of output weights.
  public let output: Double
  /// σ_m, of input weights.
  public let input: Double
  /// σ_b, of context drives.
  public let context: Double
  /// σ_h, of the weights between hidden layers.
  public let hidden: Double

  /// - Precondition: positive, finite scales.
  public init(output: Double = 1, input: Double = 1, context: Double = 1, hidden: Double = 1) {
    precondition([output, input, context, hidden].allSatisfy { $0 > 0 && $0.isFinite }, "weight scales are positive")
    self.output = output
    self.input = input
    self.context = context
    self.hidden = hidden
  }
}
