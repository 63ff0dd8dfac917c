// A network as what comes into each of its neurons, layer after layer, in units of the prior.

import Sampling

/// The weights of a network at a position, by layers of neurons; each in units of its prior standard deviation.
///
/// Blocks are known by name: `input_weights` [feature, neuron], `hidden_weights_2` [previous neuron, neuron] …, `context_drive`,
/// `context_drive_2` … [context, neuron], `gain` [context, neuron] and `output_weight` [neuron]. What a network does not have is left out.
struct NetworkLayers: Sendable {
  /// The neurons of one layer.
  struct Layer: Sendable {
    /// What comes from the layer before, [neuron, previous neuron].
    var incoming: Matrix
    /// What contexts bring, [neuron, context]; no columns without drives.
    var drives: Matrix

    var neurons: Int { incoming.rows }
  }

  /// From the first to the last.
  var layers: [Layer]
  /// w/σ_w, a number per neuron of the last layer; nil where output weights are not drawn.
  var output: [Double]?
  /// Drawn gains, [neuron, context], of the first layer; no columns where there are none.
  var gains: Matrix

  /// nil for a network without `input_weights`.
  ///
  /// - Parameter scales: prior standard deviations by the name of a block; 1 for those that are missing.
  init?(_ layout: ParameterLayout, scales: [String: Double], position: [Double]) {
    /// [neuron, row of the block].
    func matrix(_ name: String) -> Matrix? {
      guard let block = layout[name], let neurons = block.shape.last, neurons > 0 else { return nil }
      let scale = scales[name] ?? 1
      let rows = block.count / neurons
      var result = Matrix(rows: neurons, columns: rows)
      for row in 0..<rows {
        for i in 0..<neurons { result[i, row] = position[block.offset + row * neurons + i] / scale }
      }
      return result
    }
    guard let first = matrix("input_weights") else { return nil }
    func none(_ neurons: Int) -> Matrix { Matrix(rows: neurons, columns: 0) }
    layers = [Layer(incoming: first, drives: matrix("context_drive") ?? none(first.rows))]
    while let next = matrix("hidden_weights_\(layers.count + 1)") {
      layers.append(
        Layer(incoming: next, drives: matrix("context_drive_\(layers.count + 1)") ?? none(next.rows)))
    }
    output = matrix("output_weight").map { $0.elements }
    gains = matrix("gain") ?? none(first.rows)
  }

  /// Whether its neurons can be held against those of another network: the same inputs, depth, drives and kinds of weights.
  func isComparable(to other: NetworkLayers) -> Bool {
    layers.count == other.layers.count && layers[0].incoming.columns == other.layers[0].incoming.columns
      && zip(layers, other.layers).allSatisfy { $0.drives.columns == $1.drives.columns }
      && (output == nil) == (other.output == nil) && gains.columns == other.gains.columns
  }

  /// The same with so many neurons in each layer at least, the new ones without weights.
  func padded(to widths: [Int]) -> NetworkLayers {
    func padded(_ matrix: Matrix, rows: Int, columns: Int) -> Matrix {
      var result = Matrix(rows: rows, columns: columns)
      for i in 0..<matrix.rows { for j in 0..<matrix.columns { result[i, j] = matrix[i, j] } }
      return result
    }
    var result = self
    for l in layers.indices {
      let previous = l == 0 ? layers[0].incoming.columns : widths[l - 1]
      result.layers[l].incoming = padded(layers[l].incoming, rows: widths[l], columns: previous)
      result.layers[l].drives = padded(layers[l].drives, rows: widths[l], columns: layers[l].drives.columns)
    }
    if let output {
      result.output = output + [Double](repeating: 0, count: widths[layers.count - 1] - output.count)
    }
    result.gains = padded(gains, rows: widths[0], columns: gains.columns)
    return result
  }

  /// The same with the neurons of a layer in another order and with other signs, and what comes from them turned with them.
  ///
  /// - Parameters:
  ///   - partner: which neuron takes each place.
  ///   - signs: ±1 per place, of incoming weights and drives; of what leaves a neuron too where the activation is odd.
  mutating func reorder(_ l: Int, partner: [Int], signs: [Double], symmetry: NeuronSymmetry) {
    func taken(_ matrix: Matrix, turning: Bool) -> Matrix {
      var result = matrix
      for i in partner.indices {
        for j in 0..<matrix.columns { result[i, j] = matrix[partner[i], j] * (turning ? signs[i] : 1) }
      }
      return result
    }
    layers[l].incoming = taken(layers[l].incoming, turning: true)
    layers[l].drives = taken(layers[l].drives, turning: true)
    if l == 0 { gains = taken(gains, turning: false) }
    let leaving = signs.map { symmetry == .odd ? $0 : 1 }
    if l + 1 < layers.count {
      let next = layers[l + 1].incoming
      for i in 0..<next.rows {
        for j in partner.indices { layers[l + 1].incoming[i, j] = next[i, partner[j]] * leaving[j] }
      }
    } else if let before = output {
      output = partner.indices.map { before[partner[$0]] * leaving[$0] }
    }
  }

  /// Every block as numbers, in a fixed order.
  var blocks: [(name: String, values: [Double])] {
    var result: [(String, [Double])] = []
    if let output { result.append(("output_weight", output)) }
    for (l, layer) in layers.enumerated() {
      result.append((l == 0 ? "input_weights" : "hidden_weights_\(l + 1)", layer.incoming.elements))
    }
    for (l, layer) in layers.enumerated() where layer.drives.columns > 0 {
      result.append((l == 0 ? "context_drive" : "context_drive_\(l + 1)", layer.drives.elements))
    }
    return result
  }
}
