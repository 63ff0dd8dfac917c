// The prior standard deviations of a feedforward network's weights, block by block.

/// The prior standard deviations of a feedforward network's weights.
public typealias FeedforwardScales = WeightScales

extension WeightScales {
  /// The scale of every block of an architecture's layout, in order.
  func ofBlocks(in architecture: FeedforwardArchitecture) -> [Double] {
    let drives = (0..<architecture.depth).count { architecture.isDriven($0) }
    return [output, input] + [Double](repeating: hidden, count: architecture.depth - 1)
      + [Double](repeating: context, count: drives)
  }
}
