// The identities that every differentiable network density with Gaussian priors satisfies, one for each block of weights.

import Sampling

/// For every block θ_B of n_B real weights: ⟨−θ_B·∂ln p/∂θ_B⟩/n_B = 1, at every width and for every model.
///
/// Schwinger–Dyson: moving a block along itself changes no normalised density (THEORY section 5). With ln p = ln p0 − n V this
/// is ⟨|θ_B|²⟩/(n_B σ_B²) + (n/n_B)⟨θ_B·∂V/∂θ_B⟩ = 1.
public struct WeightIdentities: Sendable {
  /// The real blocks.
  public let blocks: [ParameterBlock]

  /// The identities of any density with this layout.
  public init(_ layout: ParameterLayout) { blocks = layout.blocks.filter { $0.kind == .real && $0.count > 0 } }

  /// `weight_identity` [block], the blocks in the order of the layout.
  public var variable: ObservableVariable {
    ObservableVariable("weight_identity", axes: [.init("block", blocks.count)])
  }

  /// Writes −θ_B·∂ln p/∂θ_B/n_B of every block, from index `first` on. Allocates nothing.
  ///
  /// - Parameter gradient: ∂ln p/∂θ at `position`, over the real coordinates.
  public func write(
    at position: Span<Double>, gradient: Span<Double>, into values: inout MutableSpan<Double>, from first: Int
  ) {
    for index in 0..<blocks.count {
      let range = blocks[index].range
      var sum = 0.0
      for j in range { sum -= position[j] * gradient[j] }
      values[first + index] = sum / Double(range.count)
    }
  }

  /// That each is 1 on average.
  public var predictions: [Prediction] {
    blocks.enumerated().map { index, block in
      Prediction(
        "weight_identity[\(index)]", expected: 1, status: .exact,
        source: "THEORY 5: <-theta . grad ln p>/n = 1 over \(block.name)",
        quantity: .scalar("weight_identity[\(index)]"), isWeightIdentity: true)
    }
  }
}

extension Observable where View: GradientView {
  /// `weight_identity` [block].
  static func weightIdentities(_ identities: WeightIdentities) -> Observable {
    Observable([identities.variable]) { position, view, values, first in
      identities.write(at: position, gradient: view.gradient.span, into: &values, from: first)
    }
  }
}
