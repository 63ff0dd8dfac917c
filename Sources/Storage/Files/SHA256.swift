// The SHA-256 hash (FIPS 180-4), fed piece by piece.

/// A running SHA-256 hash.
///
/// Written out here because neither Foundation nor GSL nor NetCDF has one, and a cryptographic library would be one more
/// dependency for sixty lines. Complexity: O(bytes), no allocation per ``update(_:)``.
package struct SHA256: Sendable {
  private static let constants: [UInt32] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
    0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
    0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
  ]

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

  @inline(__always) private static func rotate(_ x: UInt32, _ n: UInt32) -> UInt32 { x &>> n | x &<< (32 &- n) }

  /// The compression function, over a whole number of 64-byte blocks (FIPS 180-4, section 6.2.2).
  private static func compress(_ blocks: UnsafeRawBufferPointer, into state: inout SIMD8<UInt32>) {
    guard let start = blocks.baseAddress, blocks.count >= 64 else { return }
    constants.withUnsafeBufferPointer { constants in
      withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { schedule in
        let k = constants.baseAddress!
        let w = schedule.baseAddress!
        for offset in stride(from: 0, to: blocks.count, by: 64) { compress(start + offset, k, w, into: &state) }
      }
    }
  }

  private static func compress(
    _ block: UnsafeRawPointer, _ k: UnsafePointer<UInt32>, _ w: UnsafeMutablePointer<UInt32>,
    into state: inout SIMD8<UInt32>
  ) {
    for t in 0..<16 { w[t] = UInt32(bigEndian: block.loadUnaligned(fromByteOffset: 4 &* t, as: UInt32.self)) }
    for t in 16..<64 {
      let x = w[t &- 15]
      let y = w[t &- 2]
      let sigma0 = rotate(x, 7) ^ rotate(x, 18) ^ x &>> 3
      let sigma1 = rotate(y, 17) ^ rotate(y, 19) ^ y &>> 10
      w[t] = w[t &- 16] &+ sigma0 &+ w[t &- 7] &+ sigma1
    }
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    // Eight rounds at a time, so that the eight variables change their roles instead of being moved about.
    for t in stride(from: 0, to: 64, by: 8) {
      round(a, b, c, &d, e, f, g, &h, k[t] &+ w[t])
      round(h, a, b, &c, d, e, f, &g, k[t &+ 1] &+ w[t &+ 1])
      round(g, h, a, &b, c, d, e, &f, k[t &+ 2] &+ w[t &+ 2])
      round(f, g, h, &a, b, c, d, &e, k[t &+ 3] &+ w[t &+ 3])
      round(e, f, g, &h, a, b, c, &d, k[t &+ 4] &+ w[t &+ 4])
      round(d, e, f, &g, h, a, b, &c, k[t &+ 5] &+ w[t &+ 5])
      round(c, d, e, &f, g, h, a, &b, k[t &+ 6] &+ w[t &+ 6])
      round(b, c, d, &e, f, g, h, &a, k[t &+ 7] &+ w[t &+ 7])
    }
    state = state &+ SIMD8(a, b, c, d, e, f, g, h)
  }

  @inline(__always)
  private static func round(
    _ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: inout UInt32, _ e: UInt32, _ f: UInt32, _ g: UInt32, _ h: inout UInt32,
    _ word: UInt32
  ) {
    let sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
    let first = h &+ sum1 &+ (g ^ (e & (f ^ g))) &+ word
    let sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
    d = d &+ first
    h = first &+ sum0 &+ ((a & b) | (c & (a | b)))
  }
}
