// Whether bytes can be a generator's memory: places in a table lie within it, and what is fixed has its fixed value.

import CKernels

/// What must hold of the memory of each generator, so that it reads and writes within itself and comes to an end.
///
/// Offsets are those of the structures in GSL's sources (2.x, `rng/`); `RandomStateTests` holds them against running generators.
/// Generators that are not named compute with their whole memory and have no places in it.
enum GeneratorState {
  /// A number in the memory, and the values that it can have.
  private enum Field {
    /// An `int` or `unsigned int`.
    case word(at: Int, in: ClosedRange<Int>)
    /// Several `unsigned long` or `long`.
    case longs(at: Int, count: Int, in: ClosedRange<Int>)
    /// Several `double`: finite.
    case doubles(at: Int, count: Int)
  }

  static func isPossible(_ snapshot: RandomStreamSnapshot) -> Bool {
    snapshot.state.withUnsafeBytes { bytes in fields(of: snapshot.generator).allSatisfy { holds($0, in: bytes) } }
  }

  private static func holds(_ field: Field, in bytes: UnsafeRawBufferPointer) -> Bool {
    switch field {
    case .word(let offset, let range):
      return range.contains(Int(bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self)))
    case .longs(let offset, let count, let range):
      return (0..<count).allSatisfy {
        range.contains(bytes.loadUnaligned(fromByteOffset: offset + 8 * $0, as: Int.self))
      }
    case .doubles(let offset, let count):
      return (0..<count).allSatisfy { bytes.loadUnaligned(fromByteOffset: offset + 8 * $0, as: Double.self).isFinite }
    }
  }

  private static func fields(of generator: String) -> [Field] {
    switch generator {
    case "mt19937", "mt19937_1999", "mt19937_1998": return [.word(at: 4992, in: 0...624)]
    case "tt800": return [.word(at: 0, in: 0...25)]
    case "gfsr4": return [.word(at: 0, in: 0...16383)]
    case "knuthran": return [.word(at: 0, in: 0...2008)]
    case "knuthran2002": return [.word(at: 0, in: 0...1008)]
    // A number of the table is the next place in it.
    case "ran1": return [.longs(at: 0, count: 34, in: 0...2_147_483_646)]
    case "ran2": return [.longs(at: 0, count: 35, in: 0...2_147_483_562)]
    case "ranlux", "ranlux389":
      let skip = generator == "ranlux" ? 199 : 365
      return [
        .word(at: 0, in: 0...23), .word(at: 4, in: 0...23), .word(at: 8, in: 0...24), .word(at: 12, in: skip...skip),
        .word(at: 16, in: 0...1),
      ]
    case "ranlxs0", "ranlxs1", "ranlxs2":
      let skip = ["ranlxs0": 109, "ranlxs1": 202, "ranlxs2": 397][generator]!
      return [
        .doubles(at: 0, count: 25), .word(at: 296, in: 0...11), .word(at: 300, in: 0...11), .word(at: 304, in: 0...23),
        .word(at: 308, in: 0...23), .word(at: 312, in: skip...skip),
      ]
    case "ranlxd1", "ranlxd2":
      let skip = generator == "ranlxd1" ? 202 : 397
      return [
        .doubles(at: 0, count: 13), .word(at: 104, in: 0...11), .word(at: 108, in: 0...11), .word(at: 112, in: 0...11),
        .word(at: 116, in: skip...skip),
      ]
    case RandomStream.vectorGenerator: return [.doubles(at: 328, count: 64)]
    default: return places[generator].map { [.word(at: 0, in: 0...$0), .word(at: 4, in: 0...$0)] } ?? []
    }
  }

  /// The two places of BSD's `random`, by the size of its table.
  private static let places: [String: Int] = {
    let sizes = ["32": 6, "64": 14, "128": 30, "256": 62, "": 30]
    return Dictionary(
      uniqueKeysWithValues: sizes.flatMap { size, last in
        ["bsd", "glibc2", "libc5"].map { ("random\(size)-\($0)", last) }
      })
  }()
}
