// JSON out: layout, exact round trips, escapes.

import JSON
import Sampling
import Testing

@testable import Experiments
@testable import mcmc_run

@Suite struct JSONWriterTests {
  @Test func prettyKeepsTheOrderAndNumbersOnOneLine() {
    let value: JSONValue = ["z": 1, "a": [1.5, 2.0], "m": [[1, 0], [0, 1]], "e": [], "o": [:], "n": .number(.nan)]
    #expect(
      value.text() == """
        {
          "z": 1,
          "a": [1.5, 2.0],
          "m": [
            [1, 0],
            [0, 1]
          ],
          "e": [],
          "o": {},
          "n": null
        }
        """)
    #expect(value.text(.compact) == #"{"z":1,"a":[1.5,2.0],"m":[[1,0],[0,1]],"e":[],"o":{},"n":null}"#)
  }

  @Test func doublesReadBackBitForBit() throws {
    var stream = try RandomStream(StreamKey(seed: 1, chain: 0, purpose: .testing))
    var values: [Double] = [0, -0.0, 0.1, 1e300, 1e16, 123_456_789, .leastNormalMagnitude, .greatestFiniteMagnitude]
    values.append(.leastNonzeroMagnitude)
    while values.count < 10_000 {
      let bits = UInt64(stream.integer(below: 1 << 31)) << 33 ^ UInt64(stream.integer(below: 1 << 31)) << 2
      let value = Double(bitPattern: bits)
      if value.isFinite { values.append(value) }
    }
    let text = JSONValue.numbers(values).text()
    guard case .array(let elements) = try JSONReader.read(text).content else { return }
    #expect(elements.map { $0.realNumber?.bitPattern } == values.map(\.bitPattern))
    #expect(elements.allSatisfy { if case .number = $0.content { true } else { false } })
  }

  @Test func nonFiniteNumbersAreNull() {
    #expect(JSONValue.numbers([.nan, .infinity, -.infinity, 1]).text(.compact) == "[null,null,null,1.0]")
  }

  @Test func everyTextReadsBack() throws {
    let texts = ["", "plain", "\"\\/", "\u{0}\u{1F}\u{7F}\u{9B}", "é😀\u{2028}\u{202E}", "\r\n\t"]
    let value = JSONValue.object(texts.map { ($0, .string($0)) })
    for style in [JSONWriter.Style.pretty, .compact] {
      let text = value.text(style)
      #expect(try JSONReader.read(text) == value)
      #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
    }
  }
}
