// Output weights on what hidden neurons do at the stimuli of the task.

import Sampling

extension NetworkRegression {
  /// Output weights on the neurons' responses to the training stimuli [stimulus, feature], H = (φ(m_i·x_p + b_ic))_cp.
  ///
  /// The larger model has the responses to other stimuli too: as many as in the training, but no more than half of the residual degrees of freedom
  /// can take (K columns a stimulus). They are the first of `otherStimuli`, else normal with the second moment of the training's,
  /// x = P^(−½) Σ_p ξ_p x_p. Populations are neurons with equal patterns of mean slope ½ and above (of the largest) where the
  /// gain is a step; else quarters of the neurons by mean slope over stimuli and contexts. O(N r P K), with r ≤ PK the rank.
  ///
  /// - Throws: ``StatisticsError`` for stimuli of another dimension, none, or not finite.
  init(
    oneLayer network: OneLayerNetwork, stimuli: Matrix, otherStimuli: Matrix?, using stream: inout RandomStream
  ) throws {
    for list in [stimuli, otherStimuli ?? stimuli] {
      guard list.rows > 0, list.columns == network.features else {
        throw StatisticsError.invalidCount(
          what: "features of \(list.rows) stimuli", found: list.columns, allowed: "\(network.features), of at least 1")
      }
      if let bad = list.elements.first(where: { !$0.isFinite }) {
        throw StatisticsError.invalidValue(what: "a stimulus", found: bad, allowed: "a finite number")
      }
    }
    let trained = HiddenResponses(of: network, to: stimuli)
    let space = ColumnSpace(trained.values)
    let room = (network.neurons - space.rank) / (2 * network.contexts)
    let count = min(room, otherStimuli?.rows ?? stimuli.rows)
    let larger: LargerModel
    if count > 0 {
      let others = otherStimuli ?? Self.draw(count, like: stimuli, using: &stream)
      let list = Matrix(
        rows: count, columns: others.columns, elements: Array(others.elements.prefix(count * others.columns)))
      larger = .adding(HiddenResponses(of: network, to: list).values)
    } else {
      larger = .none(
        "\(network.neurons) neurons whose responses to the stimuli have rank \(space.rank) leave no room for responses to others"
      )
    }
    outputs = ResidualTest(
      Matrix(rows: 1, columns: network.neurons, elements: network.outputWeights), on: space, larger: larger,
      populations: trained.populations(network.activation))
    inputs = nil
  }

  /// Normal stimuli with the second moment of a list.
  private static func draw(_ count: Int, like stimuli: Matrix, using stream: inout RandomStream) -> Matrix {
    let scale = 1 / Double(stimuli.rows).squareRoot()
    var weights = Matrix(rows: count, columns: stimuli.rows)
    for k in weights.elements.indices { weights.elements[k] = scale * stream.standardNormal() }
    return weights * stimuli
  }
}

/// What hidden neurons do at some stimuli.
struct HiddenResponses {
  /// φ(m_i·x_p + b_ic), [(context, stimulus), neuron].
  let values: Matrix
  /// The mean of φ' over the stimuli, [context, neuron].
  let slopes: Matrix

  /// O(N P (D + K)).
  init(of network: OneLayerNetwork, to stimuli: Matrix) {
    let neurons = network.neurons
    let inputs = stimuli * network.inputWeights
    var values = Matrix(rows: network.contexts * stimuli.rows, columns: neurons)
    var slopes = Matrix(rows: network.contexts, columns: neurons)
    var gains = [Double](repeating: 0, count: neurons)
    for c in 0..<network.contexts {
      for p in 0..<stimuli.rows {
        let start = (c * stimuli.rows + p) * neurons
        for i in 0..<neurons { values.elements[start + i] = inputs[p, i] + network.contextDrives[c, i] }
        values.elements.withUnsafeMutableBufferPointer { row in
          gains.withUnsafeMutableBufferPointer { gains in
            let row = row.baseAddress! + start
            network.activation.apply(row, values: row, gains: gains.baseAddress!, count: neurons)
          }
        }
        for i in 0..<neurons { slopes[c, i] += gains[i] / Double(stimuli.rows) }
      }
    }
    self.values = values
    self.slopes = slopes
  }

  /// A number for each neuron, a function of the slopes alone that does not depend on the neurons' order.
  func populations(_ activation: Activation) -> [Int] {
    guard !activation.hasStepGain else {
      let patterns = slopes.elements.map { activation.isActive(gain: $0) ? 1.0 : 0 }
      return GivenGains(Matrix(rows: slopes.rows, columns: slopes.columns, elements: patterns).transposed)
        .patternOfNeuron
    }
    let neurons = slopes.columns
    let means = (0..<neurons).map { i in (0..<slopes.rows).reduce(0) { $0 + slopes[$1, i] } }
    var numbers = [Int](repeating: 0, count: neurons)
    var (rank, last) = (0, -Double.infinity)
    for (place, neuron) in (0..<neurons).sorted(by: { means[$0] < means[$1] }).enumerated() {
      // Equal neurons share a rank.
      if means[neuron] > last { (rank, last) = (place, means[neuron]) }
      numbers[neuron] = 4 * rank / neurons
    }
    return numbers
  }
}
