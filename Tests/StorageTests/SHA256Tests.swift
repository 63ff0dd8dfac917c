import Storage
import Testing

@Suite struct SHA256Tests {
  /// FIPS 180-4's own examples, and the empty message (NIST CAVP).
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func knownAnswers(message: String, hash: String) {
    #expect(SHA256.hexDigest(of: message) == hash)
  }

  /// FIPS 180-4's long example.
  @Test func aMillionLetters() {
    #expect(
      SHA256.hexDigest(of: String(repeating: "a", count: 1_000_000))
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test func piecesOfAnyLengthGiveTheSameHash() {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    var whole = SHA256()
    whole.update(bytes)
    for piece in [1, 3, 55, 56, 63, 64, 65, 127, 999] {
      var pieces = SHA256()
      for start in stride(from: 0, to: bytes.count, by: piece) {
        pieces.update(Array(bytes[start..<min(start + piece, bytes.count)]))
      }
      #expect(pieces.hexDigest == whole.hexDigest)
    }
  }

  @Test func numbersAreTakenInAsLittleEndianBytes() {
    var numbers = SHA256()
    numbers.update([1.0, -0.0])
    var bytes = SHA256()
    bytes.update([0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0x80] as [UInt8])
    #expect(numbers.hexDigest == bytes.hexDigest)
  }
}
