// JSON in: values, positions, tolerated and refused syntax, hostile bytes.

import JSON
import Testing

@testable import Experiments
@testable import mcmc_run

@Suite struct JSONReaderTests {
  /// The error for a text that must be refused.
  private func refusal(of text: String) -> JSONSyntaxError? { refusal(of: Array(text.utf8)) }

  private func refusal(of bytes: [UInt8]) -> JSONSyntaxError? {
    do {
      _ = try JSONReader.read(bytes)
      return nil
    } catch { return error }
  }

  @Test func readsEveryKindOfValue() throws {
    let text = #"{"a": [1, -2.5e3, true, false, null], "b": {"c": "x\n\u00e9\ud83d\ude00"}, "empty": [[], {}]}"#
    let expected: JSONValue = [
      "a": [1, -2500.0, true, false, .null], "b": ["c": "x\né😀"], "empty": [[], [:]],
    ]
    #expect(try JSONReader.read(text) == expected)
  }

  @Test func toleratesCommentsTrailingCommasUnquotedKeysAndAByteOrderMark() throws {
    let text = "\u{FEFF}// first\n{ /* a\n * b */ key_1: [1, 2,], $other: {x: 1,}, // end\n}\r\n"
    #expect(try JSONReader.read(text) == ["key_1": [1, 2], "$other": ["x": 1]])
  }

  @Test func tellsWholeNumbersFromReals() throws {
    #expect(try JSONReader.read("9223372036854775807").content == .integer(.max))
    #expect(try JSONReader.read("-9223372036854775808").content == .integer(.min))
    #expect(try JSONReader.read("1.0").content == .number(1))
    #expect(try JSONReader.read("1e3").wholeNumber == 1000)
    #expect(try JSONReader.read("1.5").wholeNumber == nil)
    #expect(try JSONReader.read("1e16").wholeNumber == nil)  // above 2^53 not every whole number is a double
    #expect(try JSONReader.read("-0").realNumber?.sign == .minus)
    #expect(try JSONReader.read("0.0e-999").realNumber == 0)
    #expect(try JSONReader.read("5e-324").realNumber == .leastNonzeroMagnitude)
  }

  @Test func positionsCountLinesAndScalars() throws {
    let root = try JSONReader.read("{\r\n  \"é😀\": [10,\r\t20], /* ü */ b: {\n\n c: null } }")
    #expect(root.origin == .text(line: 1, column: 1))
    guard case .object(let members) = root.content, case .array(let elements) = members[0].value.content else {
      Issue.record("wrong shape")
      return
    }
    #expect(members[0].keyOrigin == .text(line: 2, column: 3))
    #expect(members[0].value.origin == .text(line: 2, column: 9))
    #expect(elements[0].origin == .text(line: 2, column: 10))
    #expect(elements[1].origin == .text(line: 3, column: 2))
    #expect(members[1].keyOrigin == .text(line: 3, column: 15))
    #expect(root["b"]?["c"]?.origin == .text(line: 5, column: 5))
  }

  @Test(arguments: [
    ("", 1, 1, "the end of the text"),
    ("  \n ", 2, 2, "the end of the text"),
    ("{\"a\": 1", 1, 8, "opened on line 1, column 1"),
    ("{\"a\" 1}", 1, 6, "expected \":\" after the key \"a\""),
    ("{\"a\": 1 \"b\": 2}", 1, 9, "expected \",\" or \"}\" after the value of \"a\""),
    ("[1, 2\n 3]", 2, 2, "expected \",\" or \"]\""),
    ("[1,,2]", 1, 4, "expected a value or \"]\""),
    ("{,}", 1, 2, "expected a key"),
    ("{\"a\": }", 1, 7, "expected a value"),
    ("[1] x", 1, 5, "expected the end of the text"),
    ("{\"a\": NaN}", 1, 7, "must be finite"),
    ("[-Infinity]", 1, 2, "must be finite"),
    ("[0x1F]", 1, 2, "hexadecimal"),
    ("[01]", 1, 2, "leading zeros"),
    ("[+1]", 1, 2, "leading \"+\""),
    ("[.5]", 1, 2, "before the decimal point"),
    ("[5.]", 1, 2, "after the decimal point"),
    ("[1e]", 1, 2, "exponent"),
    ("[1e999]", 1, 2, "magnitude"),
    ("[1e-999]", 1, 2, "magnitude"),
    ("[9223372036854775808]", 1, 2, "9223372036854775807"),
    ("[--1]", 1, 2, "expected a value"),
    ("[1-2]", 1, 2, "expected a value"),
    ("{\"kind\": gaussian}", 1, 10, "double quotes"),
    ("{'a': 1}", 1, 2, "double quotes"),
    ("['a']", 1, 2, "double quotes"),
    ("[\"abc\n\"]", 1, 2, "not closed"),
    ("[\"abc", 1, 2, "not closed"),
    ("[\"a\u{1}\"]", 1, 4, "\\u0001"),
    ("[\"\\q\"]", 1, 3, "unknown escape"),
    ("[\"\\u12\"]", 1, 3, "four hexadecimal digits"),
    ("[\"\\ud800\"]", 1, 3, "surrogate"),
    ("[\"\\ud800\\u0041\"]", 1, 3, "surrogate"),
    ("[\"\\udc00\"]", 1, 3, "surrogate"),
    ("\n /* never", 2, 2, "never closed"),
    ("[1 / 2]", 1, 4, "comment"),
    ("[\u{0}]", 1, 2, "U+0000"),
  ])
  func refuses(text: String, line: Int, column: Int, fragment: String) {
    let error = refusal(of: text)
    #expect(error?.line == line && error?.column == column, "\(String(describing: error))")
    #expect(error?.message.contains(fragment) == true, "\(String(describing: error))")
  }

  @Test func duplicateKeysNameBothLinesAndThePath() {
    let error = refusal(of: "{\"a\": {\n  \"b\": 1,\n  \"c\": 2,\n  b: 3\n}}")
    #expect(error?.line == 4)
    #expect(error?.path.description == "a.b")
    #expect(error?.message == "the key \"b\" is given twice, on line 2 and on line 4")
  }

  @Test func errorsKnowThePathBeingRead() {
    #expect(refusal(of: "{\"task\": {\"target\": [[1, 0], [0, nope]]}}")?.path.description == "task.target[1][1]")
  }

  @Test func nestingHasALimit() throws {
    let deep = JSONReader.maximumDepth
    _ = try JSONReader.read(String(repeating: "[", count: deep) + String(repeating: "]", count: deep))
    for opening in ["[", "{\"a\":", "[{a:"] {
      #expect(refusal(of: String(repeating: opening, count: 100_000))?.message.contains("nested deeper") == true)
    }
  }

  @Test func bytesThatAreNotUTF8AreRefusedWhereTheyStand() {
    #expect(refusal(of: [0x5B, 0x0A, 0x22, 0xC3, 0x28, 0x22, 0x5D])?.line == 2)
    #expect(refusal(of: [0x5B, 0x0A, 0x22, 0xC3, 0x28, 0x22, 0x5D])?.message.contains("0xC3") == true)
    #expect(refusal(of: [0x22, 0xED, 0xA0, 0x80, 0x22])?.message.contains("UTF-8") == true)  // an encoded surrogate
    #expect(refusal(of: [0xFF, 0xFE, 0x7B, 0x00])?.message.contains("UTF-16") == true)
  }

  @Test func everyPrefixOfAValidTextIsReadOrRefused() throws {
    let text = Array(#"{"a": [1, 2.5e-3, "x\u00e9\n"], /* c */ b: {"c": true, "d": null,},} // end"#.utf8)
    _ = try JSONReader.read(text)
    for count in 0..<text.count - 8 {
      #expect(refusal(of: Array(text[..<count])) != nil, "a prefix of \(count) bytes was accepted")
    }
  }

  @Test func aLongLineIsReadInLinearTime() throws {
    let text = "[" + Array(repeating: "[1.5, 2]", count: 200_000).joined(separator: ", ") + "]"
    guard case .array(let rows) = try JSONReader.read(text).content else { return }
    #expect(rows.count == 200_000)
    #expect(rows.last?.origin == .text(line: 1, column: 2 + 199_999 * 10))
  }
}
