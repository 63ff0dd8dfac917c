// Expressions as a list of operations on blocks of numbers, what is common to several computed once.

/// Several expressions of the same variables, made ready to be evaluated for many values at once.
///
/// Each instruction works on a whole block before the next begins, so that its cost is that of a loop over an array. Values
/// that expressions share are computed once.
package struct ExpressionProgram: Sendable {
  /// Values per block: the registers of an ordinary program stay in the nearest cache.
  package static let block = 256
  /// The most instructions of a program.
  static let mostInstructions = 4096

  /// Where a value comes from.
  enum Source: Sendable, Hashable {
    /// Variable number k.
    case variable(Int)
    case constant(UInt64)
    case operation(ExpressionOperation, Int, Int, Int)
  }

  /// Names and meanings of the variables, in order.
  package let variables: [String]
  private let registered: RegisteredFunctions
  private(set) var sources: [Source] = []
  private var places: [Source: Int] = [:]
  /// The value of each expression.
  package private(set) var outputs: [Int] = []
  /// Names that stand for values of earlier expressions.
  private var defined: [String: Int] = [:]
  private let constants: [String: Double]

  /// A program without expressions.
  ///
  /// - Parameters:
  ///   - variables: names, such as `w`, `readout[0,1]` or, for a function of something that is no number, `norm(m)`.
  ///   - constants: names of fixed numbers besides `pi`.
  ///   - functions: besides those that all expressions have.
  package init(variables: [String], constants: [String: Double] = [:], functions: RegisteredFunctions = .none) {
    self.variables = variables
    self.constants = constants.merging(["pi": .pi]) { own, _ in own }
    registered = functions
  }

  /// Adds an expression.
  ///
  /// - Parameter name: by which later expressions may use its value; nil for none.
  /// - Throws: ``ExpressionError``. The program is then as it was but for values that nothing uses.
  package mutating func add(_ text: String, as name: String? = nil) throws(ExpressionError) {
    var parser = try ExpressionParser(text)
    let value = try parser.expression(&self)
    outputs.append(value)
    if let name { defined[name] = value }
  }

  /// All names that an expression may use.
  package var names: [String] { variables + defined.keys.sorted() + constants.keys.sorted() }

  /// All functions that an expression may use.
  package var functions: [String] { ExpressionOperation.functions.map(\.name) + registered.functions.map(\.name) }

  /// Which variables are used.
  package var usedVariables: Set<Int> {
    Set(sources.compactMap { if case .variable(let index) = $0 { index } else { nil } })
  }

  // MARK: - What the parser asks for

  mutating func value(_ source: Source, column: Int) throws(ExpressionError) -> Int {
    if let place = places[source] { return place }
    guard sources.count < Self.mostInstructions else {
      throw ExpressionError(column: column, "the expressions are too long together")
    }
    places[source] = sources.count
    sources.append(source)
    return sources.count - 1
  }

  mutating func constant(_ number: Double, column: Int) throws(ExpressionError) -> Int {
    try value(.constant(number.bitPattern), column: column)
  }

  mutating func name(_ name: String, column: Int) throws(ExpressionError) -> Int? {
    if let index = variables.firstIndex(of: name) { return try value(.variable(index), column: column) }
    if let place = defined[name] { return place }
    if let number = constants[name] { return try constant(number, column: column) }
    return nil
  }

  mutating func apply(
    _ operation: ExpressionOperation, _ operands: [Int], column: Int
  ) throws(ExpressionError) -> Int {
    let last = operands.last ?? 0
    return try value(
      .operation(operation, operands.first ?? 0, operands.count > 1 ? operands[1] : last, last), column: column)
  }

  mutating func call(_ name: String, _ operands: [Int], column: Int) throws(ExpressionError) -> Int {
    func requireCount(_ count: Int) throws(ExpressionError) {
      guard operands.count == count else {
        throw ExpressionError(
          column: column, "\(name) takes \(count) argument\(count == 1 ? "" : "s"), found \(operands.count)")
      }
    }
    if let known = ExpressionOperation.functions.first(where: { $0.name == name }) {
      try requireCount(known.arguments)
      return try apply(known.operation, operands, column: column)
    }
    if let index = registered.functions.firstIndex(where: { $0.name == name }) {
      try requireCount(registered.functions[index].arguments)
      return try apply(.registered(index), operands, column: column)
    }
    guard registered.acceptsUnknown else { throw ExpressionError(column: column, .unknownFunction(name)) }
    return try constant(.nan, column: column)
  }

  /// a^b: by multiplications where b is a small whole number.
  mutating func power(_ base: Int, _ exponent: Int, column: Int) throws(ExpressionError) -> Int {
    guard case .constant(let bits) = sources[exponent], abs(Double(bitPattern: bits)) <= 64,
      let whole = Int(exactly: Double(bitPattern: bits))
    else { return try apply(.power, [base, exponent], column: column) }
    guard whole != 0 else { return try constant(1, column: column) }
    var square = base
    var result: Int?
    var rest = abs(whole)
    while rest > 0 {
      if rest & 1 == 1 {
        result =
          try result.map { r throws(ExpressionError) in try apply(.multiply, [r, square], column: column) } ?? square
      }
      rest >>= 1
      if rest > 0 { square = try apply(.multiply, [square, square], column: column) }
    }
    guard whole < 0 else { return result! }
    return try apply(.divide, [try constant(1, column: column), result!], column: column)
  }

  // MARK: - Evaluation

  /// Scratch memory of one evaluation at a time: a block per value, and one to spare.
  package struct Workspace: Sendable {
    fileprivate var registers: [Double]
    fileprivate var spare: [Double]
  }

  /// Scratch memory, with the constants written into it.
  package func makeWorkspace() -> Workspace {
    var registers = [Double](repeating: 0, count: sources.count * Self.block)
    for (index, source) in sources.enumerated() {
      guard case .constant(let bits) = source else { continue }
      for k in 0..<Self.block { registers[index * Self.block + k] = Double(bitPattern: bits) }
    }
    return Workspace(registers: registers, spare: [Double](repeating: 0, count: Self.block))
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
    let functions = registered.functions
    workspace.spare.withUnsafeMutableBufferPointer { spare in
      workspace.registers.withUnsafeMutableBufferPointer { registers in
        guard let base = registers.baseAddress else { return }
        for index in 0..<sources.count {
          let result = base + index * Self.block
          switch sources[index] {
          case .constant: break
          case .variable(let number): variable(number, result)
          case .operation(let operation, let a, let b, let c):
            operation.apply(
              base + a * Self.block, base + b * Self.block, base + c * Self.block, into: result, count: count,
              spare: spare.baseAddress!, functions)
          }
        }
        for (expression, place) in outputs.enumerated() { use(expression, base + place * Self.block) }
      }
    }
  }
}
