// Archives of arrays: what is written is read back to the bit, and is what NumPy reads.

import Sampling
import Testing

@testable import Storage

@Suite struct NPZFileTests {
  private static let arrays: [NPZFile.Entry] = [
    ("numbers", [2, 3], [1.5, -0.0, .leastNonzeroMagnitude, .infinity, 1e308, -2], .real),
    ("counts", [3], [-1, 0, 9_007_199_254_740_992], .integer),
    ("truths", [1, 2, 1], [1, 0], .boolean), ("none", [0, 4], [], .real),
  ]

  @Test func whatIsWrittenIsReadBackToTheBit() throws {
    let bytes = try NPZFile.bytes(Self.arrays, by: "example")
    let read = try ArrayFile.read(bytes, stem: "alone", ending: "npz")
    #expect(read.map(\.name) == Self.arrays.map(\.name))
    for (array, original) in zip(read, Self.arrays) {
      #expect(array.array.shape == original.shape)
      #expect(ArrayView(array.array).elements.map(\.bitPattern) == original.values.map(\.bitPattern))
    }
    // The same bytes whenever they are written.
    #expect(try NPZFile.bytes(Self.arrays, by: "example") == bytes)
    #expect(ZipWriter.isMade(bytes, by: "example"))
    #expect(!ZipWriter.isMade(bytes, by: "exampl") && !ZipWriter.isMade(bytes, by: "another"))
    #expect(!ZipWriter.isMade(ArrayFixtures.npz, by: "example") && !ZipWriter.isMade([], by: "example"))
    for count in 0..<60 { #expect(!ZipWriter.isMade(Array(bytes.prefix(count)), by: "example") || count >= 52) }
  }

  /// What CPython's zipfile makes of the same members, byte by byte, but for the field that says what made it.
  @Test func headersAreThoseOfTheFormat() throws {
    let bytes = try NPZFile.bytes([("a", [1], [1], .boolean)], by: "x")
    let member: [UInt8] =
      NPYReader.magic + [1, 0, 118, 0] + Array("{'descr': '|b1', 'fortran_order': False, 'shape': (1, ), }".utf8)
    #expect(bytes[..<14] == [0x50, 0x4B, 3, 4, 20, 0, 0, 8, 0, 0, 0, 0, 0x21, 0])
    #expect(Array(bytes[18..<30]) == [129, 0, 0, 0, 129, 0, 0, 0, 5, 0, 5, 0])
    #expect(Array(bytes[30..<40]) == Array("a.npy".utf8) + [0x63, 0x6D, 1, 0, UInt8(ascii: "x")])
    #expect(Array(bytes[40..<40 + member.count]) == member)
    #expect(bytes[40 + 128] == 1)
    #expect(bytes.count == 40 + 129 + 46 + 5 + 22)
  }

  @Test func noArraysAndWrongNumbers() throws {
    #expect(try ArrayFile.read(try NPZFile.bytes([], by: "x"), stem: "", ending: "npz").isEmpty)
    #expect(throws: StorageError.self) { try NPZFile.bytes([("a", [1], [0.5], .integer)], by: "x") }
  }

  /// One changed byte anywhere is either noticed or changes no array (what stands before a member is told by the directory too).
  @Test func changedBytesAreNoticed() throws {
    let bytes = try NPZFile.bytes(Self.arrays, by: "example")
    let original = try ArrayFile.read(bytes, stem: "", ending: "npz")
    var noticed = 0
    for place in bytes.indices {
      var changed = bytes
      changed[place] ^= 0x10
      guard let read = try? ArrayFile.read(changed, stem: "", ending: "npz") else {
        noticed += 1
        continue
      }
      for (one, other) in zip(read, original) {
        try #require(
          ArrayView(one.array).elements.map(\.bitPattern) == ArrayView(other.array).elements.map(\.bitPattern)
            && one.array.shape == other.array.shape, "byte \(place)")
      }
    }
    #expect(noticed > bytes.count * 2 / 3, "\(noticed) of \(bytes.count)")
  }
}
