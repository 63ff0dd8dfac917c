// The words of an expression: numbers, names, signs.

/// A word of an expression and its place.
struct ExpressionToken: Sendable, Equatable {
  enum Kind: Sendable, Equatable {
    case number(Double)
    /// A name, with the indices that belong to it: `loss`, `readout[0,1]`.
    case name(String)
    /// An operator, a bracket or a comma.
    case sign(String)
    case end
  }

  let kind: Kind
  /// The column of its first character, counted from 1.
  let column: Int

  /// How it is called in an error.
  var words: String {
    switch kind {
    case .number: "a number"
    case .name(let name): "\"\(name)\""
    case .sign(let sign): "\"\(sign)\""
    case .end: "the end"
    }
  }

  /// Longer signs first: the first that fits is taken.
  private static let signs = [
    "<=", ">=", "==", "!=", "&&", "||", "+", "-", "*", "/", "^", "(", ")", ",", "<", ">", "?", ":", "!",
  ]

  /// The words of a text, the end among them.
  static func all(of text: String) throws(ExpressionError) -> [ExpressionToken] {
    let characters = Array(text)
    var tokens: [ExpressionToken] = []
    var place = 0
    while place < characters.count {
      let character = characters[place]
      if character == " " || character == "\t" || character.isNewline {
        place += 1
      } else if isDigit(character) || character == "." {
        tokens.append(try number(characters, &place))
      } else if isLetter(character) {
        tokens.append(try name(characters, &place))
      } else if let sign = signs.first(where: { characters[place...].starts(with: $0) }) {
        tokens.append(ExpressionToken(kind: .sign(sign), column: place + 1))
        place += sign.count
      } else {
        throw ExpressionError(
          column: place + 1,
          character == "="
            ? "\"=\" has no meaning; a comparison is =="
            : character == "["
              ? "\"[\" stands behind a name only, as in readout[0,1]" : "\"\(character)\" has no meaning")
      }
    }
    return tokens + [ExpressionToken(kind: .end, column: characters.count + 1)]
  }

  private static func isDigit(_ character: Character) -> Bool { character.isASCII && character.isWholeNumber }

  private static func isLetter(_ character: Character) -> Bool {
    character == "_" || character.isASCII && character.isLetter
  }

  private static func number(_ characters: [Character], _ place: inout Int) throws(ExpressionError) -> ExpressionToken {
    let start = place
    func skipDigits() { while place < characters.count, isDigit(characters[place]) { place += 1 } }
    skipDigits()
    if place < characters.count, characters[place] == "." {
      place += 1
      skipDigits()
    }
    if place < characters.count, characters[place] == "e" || characters[place] == "E" {
      var exponent = place + 1
      if exponent < characters.count, characters[exponent] == "+" || characters[exponent] == "-" { exponent += 1 }
      if exponent < characters.count, isDigit(characters[exponent]) {
        place = exponent
        skipDigits()
      }
    }
    let text = String(characters[start..<place])
    guard let value = Double(text), value.isFinite else {
      throw ExpressionError(column: start + 1, "\"\(text)\" is no number")
    }
    return ExpressionToken(kind: .number(value), column: start + 1)
  }

  /// A name, and `[0,1]` where it follows at once.
  private static func name(_ characters: [Character], _ place: inout Int) throws(ExpressionError) -> ExpressionToken {
    let start = place
    while place < characters.count, isLetter(characters[place]) || isDigit(characters[place]) { place += 1 }
    var name = String(characters[start..<place])
    if place < characters.count, characters[place] == "[" {
      guard let close = characters[place...].firstIndex(of: "]") else {
        throw ExpressionError(column: place + 1, "\"[\" is not closed by \"]\"")
      }
      name += String(characters[place...close].filter { $0 != " " })
      place = close + 1
    }
    return ExpressionToken(kind: .name(name), column: start + 1)
  }
}
