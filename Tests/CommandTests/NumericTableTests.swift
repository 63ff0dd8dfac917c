// Tables of numbers: what the quick way of reading a number gives, and sizes at which other ways would not end.

import JSON
import Sampling
import Testing

@testable import Experiments
@testable import mcmc_run

@Suite struct NumericTableTests {
  /// The nearest double, as the library's own reader finds it.
  @Test func numbersAreTheNearestDoubles() throws {
    var stream = try RandomStream(StreamKey(seed: 7, chain: 0, purpose: .testing))
    for _ in 0..<20_000 {
      var text = stream.integer(below: 2) == 0 ? "" : "-"
      for _ in 0..<stream.integer(below: 11) { text += String(stream.integer(below: 10)) }
      text += stream.integer(below: 3) == 0 ? "0" : "."
      for _ in 0..<stream.integer(below: 11) { text += String(stream.integer(below: 10)) }
      if stream.integer(below: 6) == 0 { text += "e\(stream.integer(below: 40) - 20)" }
      guard text.contains(where: \.isNumber), let value = Double(text) else { continue }
      let read = try NumericTable.parse(Array(text.utf8), file: "t")[0, 0]
      try #require(read == value && read.sign == value.sign, "\(text)")
    }
  }

  @Test func separatorsAndBlanks() throws {
    func read(_ text: String) throws -> Matrix { try NumericTable.parse(Array(text.utf8), file: "t") }
    #expect(try read(" 1 ,\t2,3 # a, b\r\n\r\n  \n4 , 5,6") == Matrix([[1, 2, 3], [4, 5, 6]]))
    #expect(try read("1\t 2\n3 4\n") == Matrix([[1, 2], [3, 4]]))
    for text in ["1,,2", ",1", "1,", "1, ", " , ", "1 2,3", "1;2", "#\n"] {
      #expect(throws: SpecError.self, "\(text)") { try read(text) }
    }
  }

  /// One long line, and one long entry: linear in time, which a fraction of the suite's limit shows.
  @Test(.timeLimit(.minutes(1))) func longLinesAndEntries() throws {
    let count = 200_000
    let line = Array(String(repeating: "1,", count: count - 1).utf8) + [0x31]
    #expect(try NumericTable.parse(line, file: "t").columns == count)
    let columns = NumericTable.Columns(count: 2, meaning: "one a feature")
    let refusal = #expect(throws: SpecError.self) { try NumericTable.parse(line, file: "t", columns: columns) }
    #expect(refusal?.message.hasPrefix("found a row of \(count); allowed: 2 columns") == true)
    let digits = [UInt8](repeating: 0x31, count: 4 * count)
    let damage = #expect(throws: SpecError.self) { try NumericTable.parse(digits, file: "t") }
    #expect((damage?.message.utf8.count ?? .max) < 300)
  }

  @Test func moreNumbersThanAllowedAreRefusedWhereTheyBegin() throws {
    let refusal = #expect(throws: SpecError.self) {
      try NumericTable.parse(Array("1,2\n3,4\n5,6\n".utf8), file: "t", mostNumbers: 4)
    }
    #expect(refusal?.description == "t:3:1: the table goes on; allowed: 4 numbers in a table")
    #expect(try NumericTable.parse(Array("1,2\n3,4\n".utf8), file: "t", mostNumbers: 4).rows == 2)
  }
}
