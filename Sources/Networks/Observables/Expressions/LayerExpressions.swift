// The expressions of one layer's neurons, and their sums over neurons so far.

import Sampling

/// Expressions of the quantities of one layer's neurons, each with what makes one number of them.
struct LayerExpressions: Sendable {
  let isLast: Bool
  private(set) var program: ExpressionProgram
  private(set) var reductions: [ObservableExpression.Reduction] = []
  private let quantities: [NeuronQuantities.Quantity]

  var isUsed: Bool { !reductions.isEmpty }

  init(_ layer: NeuronQuantities.Layer, constants: [String: Double], functions: RegisteredFunctions) {
    isLast = layer.isLast
    quantities = layer.variables.map(\.quantity)
    program = ExpressionProgram(variables: layer.variables.map(\.name), constants: constants, functions: functions)
  }

  /// Adds an expression with a reduction.
  ///
  /// - Throws: ``ExpressionError`` if it uses what the layer does not have, and where it is no expression.
  mutating func add(_ observable: ObservableExpression) throws(ExpressionError) {
    guard let reduction = observable.reduction else { preconditionFailure("neurons' values are reduced") }
    try program.add(observable.text)
    reductions.append(reduction)
  }

  /// What one chain has of the neurons so far.
  struct Workspace: Sendable {
    fileprivate var program: ExpressionProgram.Workspace
    /// Sums, or the largest or smallest value.
    fileprivate var totals: [Double]
    fileprivate var neurons = 0
    /// For slopes: the values of the activation, of which nothing is kept.
    fileprivate var responses: [Double]

    mutating func begin(_ layer: LayerExpressions) {
      neurons = 0
      for (index, reduction) in layer.reductions.enumerated() {
        totals[index] = reduction == .max ? -.infinity : reduction == .min ? .infinity : 0
      }
    }

    /// The value of an expression over all neurons.
    func value(_ index: Int, _ layer: LayerExpressions) -> Double {
      layer.reductions[index] == .mean ? totals[index] / Double(neurons) : totals[index]
    }
  }

  func makeWorkspace() -> Workspace {
    Workspace(
      program: program.makeWorkspace(), totals: [Double](repeating: 0, count: reductions.count),
      responses: [Double](repeating: 0, count: ExpressionProgram.block))
  }

  /// Takes in neurons.
  ///
  /// - Parameter slopes: the activation whose slopes at the drives are the gains, where the arrays have none.
  func add(_ arrays: NeuronArrays, slopes: Activation?, to workspace: inout Workspace) {
    var first = 0
    while first < arrays.count {
      let count = min(ExpressionProgram.block, arrays.count - first)
      Self.add(
        self, arrays, first..<first + count, slopes, &workspace.program, &workspace.totals, &workspace.responses)
      first += count
    }
    workspace.neurons += arrays.count
  }

  /// Static, with every part apart: exclusivity checking would not let them be reached through one workspace.
  private static func add(
    _ layer: LayerExpressions, _ arrays: NeuronArrays, _ neurons: Range<Int>, _ slopes: Activation?,
    _ workspace: inout ExpressionProgram.Workspace, _ totals: inout [Double], _ responses: inout [Double]
  ) {
    let count = neurons.count
    totals.withUnsafeMutableBufferPointer { totals in
      responses.withUnsafeMutableBufferPointer { responses in
        layer.program.evaluate(count: count, using: &workspace) { index, values in
          func copy(_ array: UnsafePointer<Double>?, _ row: Int) {
            values.update(from: array! + row * arrays.stride + neurons.lowerBound, count: count)
          }
          switch layer.quantities[index] {
          case .output: copy(arrays.output, 0)
          case .input(let feature): copy(arrays.inputs, feature)
          case .drive(let context): copy(arrays.drives, context)
          case .gain(let context):
            if let gains = arrays.gains {
              copy(gains, context)
            } else {
              slopes!.function.apply(
                arrays.drives! + context * arrays.stride + neurons.lowerBound, values: responses.baseAddress!,
                gains: values, count: count)
            }
          case .inputNorm: writeNorms(arrays, neurons, layer.features, to: values)
          }
        } use: { expression, values in
          switch layer.reductions[expression] {
          case .mean, .sum: totals[expression] += VectorKernels.sum(values, count: count)
          case .max:
            for i in 0..<count {
              let value = values[i]
              if value > totals[expression] || value.isNaN { totals[expression] = value }
            }
          case .min:
            for i in 0..<count {
              let value = values[i]
              if value < totals[expression] || value.isNaN { totals[expression] = value }
            }
          }
        }
      }
    }
  }

  /// The number of features, by the quantities that there are.
  private var features: Int { quantities.count { if case .input = $0 { true } else { false } } }

  /// |m| of neurons. O(D N).
  private static func writeNorms(
    _ arrays: NeuronArrays, _ neurons: Range<Int>, _ features: Int, to values: UnsafeMutablePointer<Double>
  ) {
    values.update(repeating: 0, count: neurons.count)
    for d in 0..<features {
      let row = arrays.inputs! + d * arrays.stride + neurons.lowerBound
      for i in 0..<neurons.count { values[i] += row[i] * row[i] }
    }
    for i in 0..<neurons.count { values[i] = values[i].squareRoot() }
  }
}
