// Reads an expression and puts what it computes into a program.

/// A parser of one expression, by descending precedence.
///
/// From weak to strong: `a ? b : c`, `||`, `&&`, comparisons, `+ -`, `* /`, a sign in front, `^`, which binds to the right. So −2^2
/// is −4, and 2^−1 is 0.5.
struct ExpressionParser {
  /// The most characters, and brackets within brackets.
  private static let most = (characters: 2000, depth: 64)

  private let tokens: [ExpressionToken]
  private var place = 0
  private var depth = 0

  init(_ text: String) throws(ExpressionError) {
    guard text.utf8.count <= Self.most.characters else {
      throw ExpressionError(
        column: 1, "it has \(text.utf8.count) characters; allowed: at most \(Self.most.characters)")
    }
    tokens = try ExpressionToken.all(of: text)
    guard tokens.count > 1 else { throw ExpressionError(column: 1, "it is empty") }
  }

  /// The whole text.
  mutating func expression(_ program: inout ExpressionProgram) throws(ExpressionError) -> Int {
    let value = try choice(&program)
    guard token.kind == .end else {
      throw ExpressionError(column: token.column, "found \(token.words) where an operator or the end belongs")
    }
    return value
  }

  private var token: ExpressionToken { tokens[place] }

  private mutating func take(_ sign: String) -> Bool {
    guard token.kind == .sign(sign) else { return false }
    place += 1
    return true
  }

  private mutating func require(_ sign: String, _ open: ExpressionToken) throws(ExpressionError) {
    guard take(sign) else {
      throw ExpressionError(
        column: token.column, "found \(token.words); \(open.words) of column \(open.column) asks for a \"\(sign)\" here"
      )
    }
  }

  private mutating func nested(
    _ program: inout ExpressionProgram,
    _ read: (inout ExpressionParser, inout ExpressionProgram) throws(ExpressionError) -> Int
  ) throws(ExpressionError) -> Int {
    guard depth < Self.most.depth else {
      throw ExpressionError(column: token.column, "brackets and signs are nested more than \(Self.most.depth) deep")
    }
    depth += 1
    let value = try read(&self, &program)
    depth -= 1
    return value
  }

  private mutating func choice(_ program: inout ExpressionProgram) throws(ExpressionError) -> Int {
    let condition = try binary(0, &program)
    let question = token
    guard take("?") else { return condition }
    let first = try nested(&program) { (parser, program) throws(ExpressionError) in try parser.choice(&program) }
    try require(":", question)
    let second = try nested(&program) { (parser, program) throws(ExpressionError) in try parser.choice(&program) }
    return try program.apply(.select, [condition, first, second], column: question.column)
  }

  /// Operators from weak to strong; `>` and `>=` are `<` and `<=` of exchanged operands.
  private static let levels: [[(sign: String, operation: ExpressionOperation, isExchanged: Bool)]] = [
    [("||", .or, false)], [("&&", .and, false)],
    [
      ("<", .less, false), ("<=", .lessOrEqual, false), (">", .less, true), (">=", .lessOrEqual, true),
      ("==", .equal, false), ("!=", .unequal, false),
    ],
    [("+", .add, false), ("-", .subtract, false)], [("*", .multiply, false), ("/", .divide, false)],
  ]

  private mutating func binary(_ level: Int, _ program: inout ExpressionProgram) throws(ExpressionError) -> Int {
    guard level < Self.levels.count else { return try signed(&program) }
    var left = try binary(level + 1, &program)
    while case .sign(let sign) = token.kind, let found = Self.levels[level].first(where: { $0.sign == sign }) {
      let column = token.column
      place += 1
      if sign == "*", token.kind == .sign("*") {
        throw ExpressionError(column: column, "\"**\" has no meaning; a power is ^")
      }
      let right = try binary(level + 1, &program)
      left = try program.apply(found.operation, found.isExchanged ? [right, left] : [left, right], column: column)
    }
    return left
  }

  private mutating func signed(_ program: inout ExpressionProgram) throws(ExpressionError) -> Int {
    let column = token.column
    let operation: ExpressionOperation? = take("-") ? .negate : take("!") ? .not : nil
    guard operation != nil || take("+") else { return try power(&program) }
    let value = try nested(&program) { (parser, program) throws(ExpressionError) in try parser.signed(&program) }
    // A negative number is one, as an exponent too.
    if operation == .negate, case .constant(let bits) = program.sources[value] {
      return try program.constant(-Double(bitPattern: bits), column: column)
    }
    return try operation.map { operation throws(ExpressionError) in
      try program.apply(operation, [value], column: column)
    } ?? value
  }

  private mutating func power(_ program: inout ExpressionProgram) throws(ExpressionError) -> Int {
    let base = try primary(&program)
    let column = token.column
    guard take("^") else { return base }
    let exponent = try nested(&program) { (parser, program) throws(ExpressionError) in try parser.signed(&program) }
    return try program.power(base, exponent, column: column)
  }

  private mutating func primary(_ program: inout ExpressionProgram) throws(ExpressionError) -> Int {
    let first = token
    switch first.kind {
    case .number(let number):
      place += 1
      return try program.constant(number, column: first.column)
    case .sign("("):
      place += 1
      let value = try nested(&program) { (parser, program) throws(ExpressionError) in try parser.choice(&program) }
      try require(")", first)
      return value
    case .name(let name):
      place += 1
      let open = token
      if take("(") { return try call(name, at: first.column, open, &program) }
      guard let value = try program.name(name, column: first.column) else {
        throw ExpressionError(column: first.column, .unknownName(name))
      }
      return value
    case .sign, .end:
      throw ExpressionError(column: first.column, "found \(first.words) where a number, a name or \"(\" belongs")
    }
  }

  /// A function and its arguments, or a variable that is called like one: norm(m).
  private mutating func call(
    _ name: String, at column: Int, _ open: ExpressionToken, _ program: inout ExpressionProgram
  ) throws(ExpressionError) -> Int {
    if case .name(let argument) = token.kind, tokens[place + 1].kind == .sign(")"),
      let value = try program.name("\(name)(\(argument))", column: column)
    {
      place += 2
      return value
    }
    var operands: [Int] = []
    if !take(")") {
      repeat {
        operands.append(
          try nested(&program) { (parser, program) throws(ExpressionError) in try parser.choice(&program) })
      } while take(",")
      try require(")", open)
    }
    return try program.call(name, operands, column: column)
  }
}
