// The identity that signs satisfy at every width: an exact check of their flips.

import Sampling

extension FeedforwardDensity {
  /// The blocks of signs.
  var signBlocks: [ParameterBlock] { layout.blocks.filter { $0.kind == .sign } }

  /// The identities of the normal weights; where activations have no slope only that of the output weights, in which outputs are linear.
  var weightIdentities: WeightIdentities {
    guard !architecture.activation.isDifferentiable else { return weightPrior.identities }
    var outputs = ParameterLayout()
    if let block = layout.blocks.first, block.name == "output_weight", block.kind == .real {
      outputs.append(block.name, shape: block.shape)
    }
    return WeightIdentities(outputs)
  }
}

extension Observable where View == FeedforwardView {
  /// `sign_residual` [block]: the mean over a block's signs of μ_j (μ_j − θ_j), θ_j = ±1 and μ_j = ⟨θ_j | all else⟩.
  ///
  /// Zero on average at every N, as ⟨θ_j f(all else)⟩ = ⟨μ_j f(all else)⟩ with f = μ_j. With Δ_j the change of ln p on flipping,
  /// θ_j μ_j = −tanh(Δ_j/2) =: −t_j, so that the term is t_j (1 + t_j). Costs what a sweep of flips does; allocates nothing.
  static func signResiduals(_ blocks: [ParameterBlock]) -> Observable {
    Observable([ObservableVariable("sign_residual", axes: [.init("sign_block", blocks.count)])]) {
      position, view, values, first in
      let density = view.density
      density.beginFlips(at: position, using: &view.workspace)
      for (number, block) in blocks.enumerated() {
        var sum = 0.0
        for j in block.range {
          let change = density.logDensityChange(flipping: j, at: position, using: &view.workspace)
          let turn = tanh(change / 2)
          sum += turn * (1 + turn)
        }
        values[first + number] = sum / Double(block.count)
      }
    }
  }
}

extension Prediction {
  /// That the residuals of signs are zero on average.
  static func signResiduals(_ blocks: [ParameterBlock]) -> [Prediction] {
    blocks.enumerated().map { number, block in
      Prediction(
        "sign_residual[\(number)]", expected: 0, status: .exact,
        source: "THEORY 5: <theta mu> = <mu^2>, mu = <theta | all else>, over \(block.name)",
        quantity: .scalar("sign_residual[\(number)]"), size: 0, flippingBlock: block.name)
    }
  }
}
