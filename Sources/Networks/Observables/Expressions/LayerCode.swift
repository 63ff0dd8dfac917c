// The expressions of one layer's neurons as they are run, and their sums over neurons so far.

import Sampling

/// Expressions of the quantities of one layer's neurons, with what makes one number of each.
final class LayerCode: Sendable {
  let isLast: Bool
  private let code: ExpressionCode
  private let quantities: [NeuronQuantities.Quantity]
  private let reductions: [ObservableExpression.Reduction]
  /// The number of features.
  private let features: Int

  var isUsed: Bool { !reductions.isEmpty }

  init(
    _ code: ExpressionCode, isLast: Bool, quantities: [NeuronQuantities.Quantity],
    reductions: [ObservableExpression.Reduction]
  ) {
    self.code = code
    self.isLast = isLast
    self.quantities = quantities
    self.reductions = reductions
    features = quantities.count { if case .input = $0 { true } else { false } }
  }

  /// What one chain has of the neurons so far.
  struct Workspace: Sendable {
    fileprivate var code: ExpressionCode.Workspace
    /// Sums, or the largest or smallest value.
    fileprivate var totals: [Double]
    fileprivate var neurons = 0
    /// For slopes: the values of the activation, of which nothing is kept.
    fileprivate var responses: [Double]
  }

  func makeWorkspace() -> Workspace {
    Workspace(
      code: code.makeWorkspace(), totals: [Double](repeating: 0, count: reductions.count),
      responses: [Double](repeating: 0, count: ExpressionCode.block))
  }

  func begin(_ workspace: inout Workspace) {
    workspace.neurons = 0
    for index in 0..<reductions.count {
      switch reductions[index] {
      case .mean, .sum: workspace.totals[index] = 0
      case .max: workspace.totals[index] = -.infinity
      case .min: workspace.totals[index] = .infinity
      }
    }
  }

  /// The value of an expression over all neurons.
  func value(_ index: Int, _ workspace: Workspace) -> Double {
    reductions[index] == .mean ? workspace.totals[index] / Double(workspace.neurons) : workspace.totals[index]
  }

  /// Takes in neurons.
  ///
  /// - Parameter slopes: the activation whose slopes at the drives are the gains, where the arrays have none.
  func add(_ arrays: NeuronArrays, slopes: Activation?, to workspace: inout Workspace) {
    var first = 0
    while first < arrays.count {
      let count = min(ExpressionCode.block, arrays.count - first)
      add(arrays, first, count, slopes, &workspace.code, &workspace.totals, &workspace.responses)
      first += count
    }
    workspace.neurons += arrays.count
  }

  /// With every part apart: exclusivity checking would not let them be reached through one workspace.
  private func add(
    _ arrays: NeuronArrays, _ first: Int, _ count: Int, _ slopes: Activation?,
    _ workspace: inout ExpressionCode.Workspace, _ totals: inout [Double], _ responses: inout [Double]
  ) {
    let stride = arrays.stride
    totals.withUnsafeMutableBufferPointer { totals in
      responses.withUnsafeMutableBufferPointer { responses in
        quantities.withUnsafeBufferPointer { quantities in
          reductions.withUnsafeBufferPointer { reductions in
            code.evaluate(count: count, using: &workspace) { index, values in
              switch quantities[index] {
              case .output: values.update(from: arrays.output! + first, count: count)
              case .input(let feature):
                values.update(from: arrays.inputs! + feature * stride + first, count: count)
              case .drive(let context):
                values.update(from: arrays.drives! + context * stride + first, count: count)
              case .gain(let context):
                if let gains = arrays.gains {
                  values.update(from: gains + context * stride + first, count: count)
                } else if arrays.drives == nil {
                  // Gains that are certainly 1 are no part of a position.
                  values.update(repeating: 1, count: count)
                } else {
                  slopes!.function.apply(
                    arrays.drives! + context * stride + first, values: responses.baseAddress!, gains: values,
                    count: count)
                }
              case .inputNorm: Self.writeNorms(arrays.inputs! + first, stride, features, to: values, count)
              }
            } use: { expression, values in
              switch reductions[expression] {
              case .mean, .sum: totals[expression] += VectorKernels.sum(values, count: count)
              case .max: totals[expression] = Self.largest(values, count, and: totals[expression])
              case .min: totals[expression] = -Self.largest(values, count, and: -totals[expression], sign: -1)
              }
            }
          }
        }
      }
    }
  }

  /// The largest of numbers times a sign, and of one more; what is not a number is larger than all.
  private static func largest(
    _ values: UnsafePointer<Double>, _ count: Int, and other: Double, sign: Double = 1
  ) -> Double {
    var lanes = Lanes(repeating: other)
    var i = 0
    while i + 8 <= count {
      let next = sign * Networks.lanes(values, i)
      lanes.replace(with: next, where: (next .> lanes) .| (next .!= next))
      i += 8
    }
    var largest = other
    for k in 0..<8 where lanes[k] > largest || lanes[k].isNaN { largest = lanes[k] }
    while i < count {
      let next = sign * values[i]
      if next > largest || next.isNaN { largest = next }
      i += 1
    }
    return largest
  }

  /// |m| of neurons. O(D N).
  private static func writeNorms(
    _ inputs: UnsafePointer<Double>, _ stride: Int, _ features: Int, to values: UnsafeMutablePointer<Double>,
    _ count: Int
  ) {
    for i in 0..<count { values[i] = inputs[i] * inputs[i] }
    for d in 1..<max(1, features) {
      let row = inputs + d * stride
      for i in 0..<count { values[i] += row[i] * row[i] }
    }
    for i in 0..<count { values[i] = values[i].squareRoot() }
  }
}
