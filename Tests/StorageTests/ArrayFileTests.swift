// Arrays of other programs: read to the bit, refused in words, and never a trap.

import Sampling
import Testing

@testable import Storage

@Suite struct ArrayFileTests {
  private func read(_ bytes: [UInt8], _ ending: String = "npy") throws -> [(name: String, array: StoredArray)] {
    try ArrayFile.read(bytes, stem: "alone", ending: ending)
  }

  private func elements(_ bytes: [UInt8]) throws -> [Double] { ArrayView(try read(bytes)[0].array).elements }

  private static let six = [1.5, -2, 3, 4, 5, 6.25]

  @Test func numPysArraysOfAllTypes() throws {
    #expect(try elements(ArrayFixtures.float64) == Self.six)
    #expect(try elements(ArrayFixtures.fortran32) == Self.six)
    #expect(try elements(ArrayFixtures.bigEndian) == Self.six)
    #expect(try read(ArrayFixtures.fortran32)[0].array.shape == [2, 3])
    #expect(try read(ArrayFixtures.float64)[0].name == "alone")
    let half = try elements(ArrayFixtures.half)
    #expect(half == [0, 0, 1, 0.00006097555160522461, 5.960464477539063e-08, -65504, .infinity])
    #expect(half[1].sign == .minus)
    #expect(try elements(ArrayFixtures.int16) == [-32768, 0, 32767])
    #expect(try elements(ArrayFixtures.uint64) == [0, 9_007_199_254_740_992])
    #expect(try elements(ArrayFixtures.booleans) == [1, 0])
    #expect(try elements(ArrayFixtures.scalar) == [7])
    #expect(try read(ArrayFixtures.scalar)[0].array.shape == [])
  }

  @Test func archivesStoredAndDeflated() throws {
    let stored = try read(ArrayFixtures.npz, "npz")
    #expect(stored.map(\.name) == ["w", "m"])
    #expect(ArrayView(stored[0].array).elements == Self.six)
    let deflated = try read(ArrayFixtures.deflated, "npz")
    #expect(deflated.map(\.name) == ["w", "m"])
    #expect(deflated[0].array.shape == [40, 3])
    #expect(ArrayView(deflated[0].array).elements == (0..<20).flatMap { _ in Self.six })
    #expect(ArrayView(deflated[1].array).elements == [0, 1, 2, 3])
  }

  @Test func safetensors() throws {
    let arrays = try read(ArrayFixtures.safetensors, "safetensors")
    #expect(arrays.map(\.name) == ["fc1.weight", "fc2.weight"])
    #expect(ArrayView(arrays[0].array).elements == Self.six)
    #expect(ArrayView(arrays[1].array).elements == [1.5, -2])
    #expect(arrays[1].array.shape == [1, 2])
  }

  @Test func slicesAreNumPys() throws {
    for bytes in [ArrayFixtures.float64, ArrayFixtures.fortran32] {
      let view = ArrayView(try read(bytes)[0].array)
      #expect(view.transposed.elements == [1.5, 4, -2, 5, 3, 6.25])
      #expect(try view.sliced([.place(-1)]).elements == [4, 5, 6.25])
      let columns = try view.sliced([.range(from: nil, to: nil, step: 1), .range(from: 0, to: nil, step: 2)])
      #expect(columns.shape == [2, 2] && columns.elements == [1.5, 3, 4, 6.25])
      #expect(try view.transposed.sliced([.range(from: -2, to: 99, step: 1), .place(0)]).elements == [-2, 3])
      #expect(try view.sliced([.range(from: 2, to: 1, step: 1)]).elements == [])
      #expect(view.part(1).elements == [4, 5, 6.25])
      #expect(throws: ArrayFileError.self) { try view.sliced([.place(2)]) }
      #expect(throws: ArrayFileError.self) { try view.sliced([.place(0), .place(0), .place(0)]) }
      #expect(throws: ArrayFileError.self) { try view.sliced([.range(from: 0, to: 1, step: 0)]) }
      #expect(throws: ArrayFileError.self) { try view.sliced([.place(.min)]) }
      #expect(try view.sliced([.range(from: .min, to: .max, step: .max)]).elements == [1.5, -2, 3])
    }
  }

  @Test func whatIsRefused() throws {
    func message(_ bytes: [UInt8], _ ending: String = "npy") -> String {
      do {
        _ = try read(bytes, ending)
        return ""
      } catch { return "\(error)" }
    }
    #expect(message(ArrayFixtures.objects).contains("pickl"))
    #expect(message([0x80, 2, 0x8A], "pt").contains("safetensors"))
    #expect(message([], "npz") == "it is empty")
    #expect(message(Array("hello".utf8), "npz").contains("no .npz file"))
    #expect(message(Array(ArrayFixtures.float64.dropLast())).contains("48 bytes"))
    #expect(message(Array(ArrayFixtures.npz.dropLast(30)), "npz").contains("directory"))
    var flipped = ArrayFixtures.npz
    flipped[170] ^= 1
    #expect(message(flipped, "npz").contains("checksum"))
    // A shape that no memory holds is refused by the file's own size.
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000, 1000000), }\n"
    let huge = NPYReader.magic + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
    #expect(message(huge).contains("shape"))
  }

  /// 100,000 files with changed bytes, numbers and lengths, seed fixed: each is read or refused, and none claims more than it has.
  @Test(.timeLimit(.minutes(3))) func mutatedFilesAreReadOrRefused() throws {
    let files: [(bytes: [UInt8], ending: String)] = [
      (ArrayFixtures.float64, "npy"), (ArrayFixtures.fortran32, "npy"), (ArrayFixtures.half, "npy"),
      (ArrayFixtures.npz, "npz"), (ArrayFixtures.deflated, "npz"), (ArrayFixtures.safetensors, "safetensors"),
    ]
    var stream = try RandomStream(
      StreamKey(seed: 20_261_129, chain: 0, purpose: .start), generator: "xoshiro256pp8")
    func below(_ count: Int) -> Int { min(count - 1, Int(stream.uniform() * Double(count))) }
    var (accepted, refused) = (0, 0)
    for round in 0..<100_000 {
      let (original, ending) = files[round % files.count]
      var bytes = original
      for _ in 0...below(4) {
        guard !bytes.isEmpty else { break }
        let place = below(bytes.count)
        switch below(6) {
        case 0: bytes[place] = UInt8(below(256))
        case 1: bytes[place] ^= 1 << UInt8(below(8))
        case 2: for k in place..<min(bytes.count, place + 4) { bytes[k] = [0, 0xFF, 0x7F, 0x39][below(4)] }
        case 3: bytes.removeLast(below(bytes.count))
        case 4: bytes.removeSubrange(place..<min(bytes.count, place + 1 + below(8)))
        default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 1 + below(16))], at: place)
        }
      }
      do {
        let arrays = try ArrayFile.read(bytes, stem: "alone", ending: ending)
        accepted += 1
        for (_, array) in arrays {
          let count = array.shape.reduce(1, *)
          try #require(count <= 1032 * bytes.count)
          try #require(ArrayView(array).elements.count == count)
          try #require(ArrayView(array).transposed.elements.count == count)
        }
      } catch {
        _ = try #require(error as? ArrayFileError)
        refused += 1
      }
    }
    // Not vacuous.
    #expect(accepted > 5_000 && refused > 40_000, "\(accepted) accepted, \(refused) refused")
  }
}
