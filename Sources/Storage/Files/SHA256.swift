// The SHA-256 hash (FIPS 180-4), fed piece by piece.

import CKernels

/// A running SHA-256 hash. Complexity: O(bytes), no allocation per ``update(_:)``.
package struct SHA256: Sendable {
  private var state: SIMD8<UInt32> = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
  ]
  private var pending: [UInt8] = []
  private var length: UInt64 = 0

  package init() { pending.reserveCapacity(64) }

  /// Takes in the next bytes.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    length += UInt64(bytes.count)
    var rest = bytes[...]
    if !pending.isEmpty {
      let missing = 64 - pending.count
      pending.append(contentsOf: rest.prefix(missing))
      rest = rest.dropFirst(missing)
      guard pending.count == 64 else { return }
      pending.withUnsafeBytes { Self.compress($0, into: &state) }
      pending.removeAll(keepingCapacity: true)
    }
    let whole = rest.count / 64 * 64
    Self.compress(UnsafeRawBufferPointer(rebasing: rest.prefix(whole)), into: &state)
    pending.append(contentsOf: rest.dropFirst(whole))
  }

  /// Takes in the next bytes.
  package mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

  /// Takes in numbers, each as the eight bytes of its IEEE 754 form, least significant first.
  package mutating func update(_ values: some Collection<Double>) {
    let done: Void? = values.withContiguousStorageIfAvailable { update(littleEndian: $0) }
    if done == nil { Array(values).withUnsafeBufferPointer { update(littleEndian: $0) } }
  }

  /// Takes in an integer as eight bytes, least significant first.
  package mutating func update(_ value: Int) { withUnsafeBytes(of: Int64(value).littleEndian) { update($0) } }

  /// Takes in a text: its length in UTF-8 bytes, then the bytes, so that two texts in a row cannot be cut differently.
  package mutating func update(_ text: String) {
    update(text.utf8.count)
    update(Array(text.utf8))
  }

  private mutating func update(littleEndian values: UnsafeBufferPointer<Double>) {
    #if _endian(little)
      update(UnsafeRawBufferPointer(values))
    #else
      for value in values { withUnsafeBytes(of: value.bitPattern.littleEndian) { update($0) } }
    #endif
  }

  /// The 32 bytes of the hash of everything taken in so far.
  package var digest: [UInt8] {
    var last = pending
    last.append(0x80)
    while last.count % 64 != 56 { last.append(0) }
    withUnsafeBytes(of: (length &* 8).bigEndian) { last.append(contentsOf: $0) }
    var final = state
    last.withUnsafeBytes { Self.compress($0, into: &final) }
    return (0..<8).flatMap { word in withUnsafeBytes(of: final[word].bigEndian) { Array($0) } }
  }

  /// The hash in 64 hexadecimal digits.
  package var hexDigest: String { digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }

  /// The hash of one text's UTF-8 bytes, as `sha256sum` gives it, in 64 hexadecimal digits.
  package static func hexDigest(of text: String) -> String {
    var hash = SHA256()
    hash.update(Array(text.utf8))
    return hash.hexDigest
  }

  /// Takes a whole number of 64-byte blocks into the state.
  private static func compress(_ blocks: UnsafeRawBufferPointer, into state: inout SIMD8<UInt32>) {
    guard let start = blocks.baseAddress, blocks.count >= 64 else { return }
    withUnsafeMutableBytes(of: &state) { state in
      ck_sha256(
        state.assumingMemoryBound(to: UInt32.self).baseAddress!, start.assumingMemoryBound(to: UInt8.self),
        blocks.count / 64)
    }
  }
}
