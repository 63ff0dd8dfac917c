// A random stream inside a copyable value, such as one of several in a chain's state.

/// A ``RandomStream`` with value semantics: a copy has its own stream, which starts where the original's is.
@usableFromInline
struct StoredStream: Sendable {
  /// Unchecked, because `use` draws from a box only while a single value holds it.
  @usableFromInline
  final class Box: @unchecked Sendable {
    @usableFromInline var stream: RandomStream
    init(_ stream: consuming RandomStream) { self.stream = stream }
  }

  @usableFromInline var box: Box

  init(_ stream: consuming RandomStream) { box = Box(stream) }

  /// Draws from the stream. Allocates only if the value was copied since the last draw.
  @inlinable
  mutating func use<Result>(_ body: (inout RandomStream) -> Result) -> Result {
    if !isKnownUniquelyReferenced(&box) { box = separated() }
    return body(&box.stream)
  }

  @usableFromInline
  func separated() -> Box { Box(box.stream.copy()) }

  /// Appends the generator's memory, as 32-bit words in doubles.
  func save(to archive: inout [Double]) {
    let bytes = box.stream.snapshot.state
    archive.append(Double(bytes.count))
    for start in stride(from: 0, to: bytes.count, by: 4) {
      let word = bytes[start..<min(start + 4, bytes.count)].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      archive.append(Double(word))
    }
  }

  /// Takes back what ``save(to:)`` wrote; generator and GSL version are the present ones.
  ///
  /// - Throws: ``ArchiveError`` if the archive does not fit; ``RandomStreamError`` for a state of the wrong size.
  mutating func restore(from archive: inout ArraySlice<Double>) throws {
    let present = box.stream.snapshot
    let count = try archive.nextCount(below: 1 << 30)
    var bytes: [UInt8] = []
    while bytes.count < count {
      let word = UInt32(try archive.nextCount(below: 1 << 32))
      for shift in 0..<min(4, count - bytes.count) { bytes.append(UInt8(truncatingIfNeeded: word >> (8 * shift))) }
    }
    let saved = RandomStreamSnapshot(generator: present.generator, gslVersion: present.gslVersion, state: bytes)
    box = Box(try RandomStream(restoring: saved))
  }
}
