// The name that feedforward networks' prior standard deviations have had.

/// The prior standard deviations of a feedforward network's weights.
public typealias FeedforwardScales = WeightScales
