// A network with one hidden layer, as tests take it.

import Sampling

/// The weights of a network with one hidden layer, y_c(x) ∝ Σ_i w_i φ(m_i·x + b_ic).
public struct OneLayerNetwork: Sendable {
  /// φ.
  public let activation: Activation
  /// w, [neuron].
  public let outputWeights: [Double]
  /// m, [feature, neuron].
  public let inputWeights: Matrix
  /// b, [context, neuron].
  public let contextDrives: Matrix

  /// - Parameter contextDrives: nil for none, which is one context.
  /// - Throws: ``StatisticsError`` for no neurons, different numbers of them, or numbers that are not finite.
  public init(
    activation: Activation, outputWeights: [Double], inputWeights: Matrix, contextDrives: Matrix? = nil
  ) throws {
    let neurons = outputWeights.count
    let drives = contextDrives ?? Matrix(rows: 1, columns: neurons)
    guard neurons > 0, inputWeights.rows > 0, drives.rows > 0 else {
      throw StatisticsError.invalidCount(
        what: "neurons, features or contexts of a network", found: 0, allowed: "at least 1")
    }
    for (what, columns) in [("input weights", inputWeights.columns), ("context drives", drives.columns)]
    where columns != neurons {
      throw StatisticsError.invalidCount(
        what: "neurons with \(what)", found: columns, allowed: "\(neurons), as of those with output weights")
    }
    for (what, numbers) in [
      ("output", outputWeights), ("input", inputWeights.elements), ("context", drives.elements),
    ] {
      if let bad = numbers.first(where: { !$0.isFinite }) {
        throw StatisticsError.invalidValue(what: "an \(what) weight", found: bad, allowed: "a finite number")
      }
    }
    self.activation = activation
    self.outputWeights = outputWeights
    self.inputWeights = inputWeights
    self.contextDrives = drives
  }

  /// The network at a position with blocks `output_weight` [neuron], `input_weights` [feature, neuron] and, if contexts have
  /// drives, `context_drive` [context, neuron].
  ///
  /// - Throws: ``StatisticsError`` for other blocks; as above.
  public init(activation: Activation, layout: ParameterLayout, position: [Double]) throws {
    func block(_ name: String, rank: Int) throws -> Matrix? {
      guard let block = layout[name] else { return nil }
      guard block.shape.count == rank, let neurons = block.shape.last, block.range.upperBound <= position.count else {
        throw StatisticsError.degenerate("the block \(name) is not that of a network with one hidden layer")
      }
      return Matrix(
        rows: rank == 1 ? 1 : block.shape[0], columns: neurons, elements: Array(position[block.range]))
    }
    guard let outputs = try block("output_weight", rank: 1), let inputs = try block("input_weights", rank: 2) else {
      throw StatisticsError.degenerate("the network has no blocks output_weight and input_weights")
    }
    try self.init(
      activation: activation, outputWeights: outputs.elements, inputWeights: inputs,
      contextDrives: try block("context_drive", rank: 2))
  }

  /// N.
  public var neurons: Int { outputWeights.count }
  /// K, or 1 without drives.
  public var contexts: Int { contextDrives.rows }
  /// D.
  public var features: Int { inputWeights.rows }
}
