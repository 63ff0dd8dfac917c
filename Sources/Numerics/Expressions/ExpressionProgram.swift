// Expressions as a list of operations on blocks of numbers, what is common to several computed once.

/// Several expressions of the same variables. Values that expressions share are computed once.
package struct ExpressionProgram: Sendable {
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

  /// The program as it is run.
  package var code: ExpressionCode { ExpressionCode(sources, outputs: outputs, functions: registered.functions) }
}
