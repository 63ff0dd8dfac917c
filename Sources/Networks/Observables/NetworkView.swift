// What observables see of a network: its log density, its weights, its readout, its gradient, as far as a model has them.

import Sampling

/// A network under a model, with what the model computes of it once for all observables; the scratch memory of one chain.
public protocol NetworkView: Sendable {
  /// ln p of the network, as its kernel knows it.
  var logDensity: Double { get set }
  /// Computes what the observables share, of a network at a position. Allocates nothing.
  mutating func look(at position: Span<Double>)
}

/// A network whose squared weights are known.
public protocol WeightView: NetworkView {
  /// The number of neurons that are read out.
  var outputNeurons: Int { get }
  /// The number of neurons that see the stimulus.
  var inputNeurons: Int { get }
  /// Σ_i w_i².
  func outputSquares(_ position: Span<Double>) -> Double
  /// Σ_i |m_i|².
  func inputSquares(_ position: Span<Double>) -> Double
}

/// A network whose position begins with the blocks `output_weight` [neuron] and `input_weights` [feature, neuron].
public protocol PositionView: WeightView {
  /// The dimension of the stimulus, D.
  var features: Int { get }
}

extension PositionView {
  public func outputSquares(_ position: Span<Double>) -> Double {
    position.withUnsafeBufferPointer { sumOfSquares($0.baseAddress!, outputNeurons) }
  }

  public func inputSquares(_ position: Span<Double>) -> Double {
    position.withUnsafeBufferPointer { sumOfSquares($0.baseAddress! + outputNeurons, inputNeurons * features) }
  }
}

/// A network whose readout and loss are known.
public protocol ReadoutView: NetworkView {
  /// R, [context, feature].
  var readout: [Double] { get }
  /// L.
  var loss: Double { get }
}

/// A network at which the gradient of the log density is known.
public protocol GradientView: NetworkView {
  /// ∂ln p/∂θ, over the real coordinates.
  var gradient: [Double] { get }
}
