// Expressions as they are run: instructions over blocks of numbers.

/// Expressions that are ready to be evaluated for many values at once.
///
/// Each instruction works on a whole block before the next begins, so that its cost is that of a loop over an array. A class, and all
/// that is looped over plain numbers: a draw costs no counting of references.
package final class ExpressionCode: Sendable {
  /// Values per block: the registers of an ordinary program stay in the nearest cache.
  package static let block = 256

  private struct Instruction: Sendable {
    let operation: ExpressionOperation
    let a, b, c, result: Int32
  }

  private struct Input: Sendable {
    let variable: Int
    let register: Int32
  }

  private let instructions: [Instruction]
  private let inputs: [Input]
  private let constants: [(register: Int, value: Double)]
  private let outputs: [Int32]
  private let functions: [RegisteredFunction]
  private let registers: Int

  init(_ sources: [ExpressionProgram.Source], outputs: [Int], functions: [RegisteredFunction]) {
    var instructions: [Instruction] = []
    var inputs: [Input] = []
    var constants: [(register: Int, value: Double)] = []
    for (index, source) in sources.enumerated() {
      switch source {
      case .constant(let bits): constants.append((index, Double(bitPattern: bits)))
      case .variable(let number): inputs.append(Input(variable: number, register: Int32(index)))
      case .operation(let operation, let a, let b, let c):
        instructions.append(
          Instruction(operation: operation, a: Int32(a), b: Int32(b), c: Int32(c), result: Int32(index)))
      }
    }
    self.instructions = instructions
    self.inputs = inputs
    self.constants = constants
    self.outputs = outputs.map { Int32($0) }
    self.functions = functions
    registers = sources.count
  }

  /// Scratch memory of one evaluation at a time: a block per value, and one to spare.
  package struct Workspace: Sendable {
    fileprivate var registers: [Double]
  }

  /// Scratch memory, with the constants written into it.
  package func makeWorkspace() -> Workspace {
    var memory = [Double](repeating: 0, count: (registers + 1) * Self.block)
    for constant in constants {
      for k in 0..<Self.block { memory[constant.register * Self.block + k] = constant.value }
    }
    return Workspace(registers: memory)
  }

  /// Evaluates all expressions for up to ``block`` values of the variables. Allocates nothing.
  ///
  /// - Parameters:
  ///   - count: at most ``block``.
  ///   - variable: writes the values of a variable, by its number.
  ///   - use: is given the values of each expression, by its number.
  package func evaluate(
    count: Int, using workspace: inout Workspace,
    variable: (_ index: Int, _ values: UnsafeMutablePointer<Double>) -> Void,
    use: (_ expression: Int, _ values: UnsafePointer<Double>) -> Void
  ) {
    precondition(count <= Self.block)
    workspace.registers.withUnsafeMutableBufferPointer { registers in
      let base = registers.baseAddress!
      let spare = base + self.registers * Self.block
      inputs.withUnsafeBufferPointer { inputs in
        for k in 0..<inputs.count { variable(inputs[k].variable, base + Int(inputs[k].register) * Self.block) }
      }
      functions.withUnsafeBufferPointer { functions in
        instructions.withUnsafeBufferPointer { instructions in
          for k in 0..<instructions.count {
            let next = instructions[k]
            next.operation.apply(
              base + Int(next.a) * Self.block, base + Int(next.b) * Self.block, base + Int(next.c) * Self.block,
              into: base + Int(next.result) * Self.block, count: count, spare: spare, functions)
          }
        }
      }
      outputs.withUnsafeBufferPointer { outputs in
        for k in 0..<outputs.count { use(k, base + Int(outputs[k]) * Self.block) }
      }
    }
  }
}
