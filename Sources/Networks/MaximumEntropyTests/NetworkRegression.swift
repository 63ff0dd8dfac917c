// What is regressed on what in a network, for each kind of network.

import Sampling

/// What a network offers to the tests of maximum entropy.
struct NetworkRegression: Sendable {
  /// Output weights given all else.
  let outputs: ResidualTest
  /// Input weights given output weights and gains; nil for networks of which nothing such is exact.
  let inputs: ResidualTest?
}

extension NetworkRegression {
  /// Output weights, and as a mirror image input weights, of a gain-modulated linear network.
  ///
  /// H = (g_ic m_id), and mirrored (w_i g_ic); the larger model is the same regression apart in each population, of which silent ones have
  /// none. Populations are neurons with equal gains. O(N (K D)²).
  ///
  /// - Throws: ``StatisticsError`` for no neurons, or numbers that are not finite.
  init(gainModulated network: NeuronChunk) throws {
    try network.validate()
    let neurons = network.neurons
    let outputs = Matrix(rows: 1, columns: neurons, elements: network.outputWeight).inOwnUnit
    let inputs = Matrix(rows: network.features, columns: neurons, elements: network.inputWeights).inOwnUnit
    let gains = Matrix(rows: network.contexts, columns: neurons, elements: network.gain).inOwnUnit
    let populations = GivenGains(network.gainCloud).patternOfNeuron
    func test(_ responses: Matrix, given others: Matrix) -> ResidualTest {
      let regressors = gains.rowProducts(with: others)
      return ResidualTest(
        responses, on: ColumnSpace(regressors), larger: .perPopulation(regressors), populations: populations)
    }
    self.outputs = test(outputs, given: inputs)
    self.inputs = test(inputs, given: outputs)
  }
}

extension NeuronChunk {
  /// - Throws: ``StatisticsError`` for no neurons, contexts or features, arrays of another size, or numbers that are not finite.
  func validate() throws {
    guard neurons > 0, contexts > 0, features > 0 else {
      throw StatisticsError.invalidCount(
        what: "neurons, contexts or features of a network", found: 0, allowed: "at least 1")
    }
    for (what, numbers, count) in [
      ("output weights", outputWeight, neurons), ("input weights", inputWeights, features * neurons),
      ("gains", gain, contexts * neurons),
    ] {
      guard numbers.count == count else {
        throw StatisticsError.invalidCount(what: what, found: numbers.count, allowed: "\(count)")
      }
      if let bad = numbers.first(where: { !$0.isFinite }) {
        throw StatisticsError.invalidValue(what: "one of the \(what)", found: bad, allowed: "a finite number")
      }
    }
  }
}

extension Matrix {
  /// The products of each row with each row of another matrix, entry by entry, [(row, other row), column].
  fileprivate func rowProducts(with other: Matrix) -> Matrix {
    var elements: [Double] = []
    elements.reserveCapacity(rows * other.rows * columns)
    for c in 0..<rows {
      for d in 0..<other.rows { for i in 0..<columns { elements.append(self[c, i] * other[d, i]) } }
    }
    return Matrix(rows: rows * other.rows, columns: columns, elements: elements)
  }
}
