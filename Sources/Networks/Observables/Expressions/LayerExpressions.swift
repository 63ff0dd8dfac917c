// The expressions of one layer's neurons, as they are read.

import Sampling

/// Expressions of the quantities of one layer's neurons, each with what makes one number of them.
struct LayerExpressions: Sendable {
  let isLast: Bool
  private(set) var program: ExpressionProgram
  private(set) var reductions: [ObservableExpression.Reduction] = []
  private let quantities: [NeuronQuantities.Quantity]

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

  /// The expressions as they are run.
  var code: LayerCode { LayerCode(program.code, isLast: isLast, quantities: quantities, reductions: reductions) }
}
