// Zip archives, as NumPy keeps several arrays in one file: their directory, and members stored or deflated.

import CZlib
import JSON

/// A zip archive in memory (PKWARE's application note 6.3), without encryption and the extension to sizes above 4 GiB.
struct ZipArchive {
  /// A file in the archive.
  struct Member {
    let name: String
    fileprivate let method: Int
    fileprivate let checksum: UInt32
    fileprivate let storedBytes: Int
    fileprivate let bytes: Int
    fileprivate let place: Int
  }

  static let magic: [UInt8] = [0x50, 0x4B]
  /// A byte of deflated data stands for at most so many.
  private static let mostExpansion = 1032

  let members: [Member]
  private let bytes: ArraySlice<UInt8>

  /// Reads the directory at the end.
  ///
  /// - Throws: ``ArrayFileError`` if there is none, or it says what cannot be.
  init(_ bytes: ArraySlice<UInt8>) throws(ArrayFileError) {
    self.bytes = bytes
    let damaged = ArrayFileError("it is no complete zip archive: its directory is damaged or missing")
    guard bytes.count >= 22 else { throw damaged }
    // The directory's end is 22 bytes, and a comment of at most 65535.
    var end = bytes.count - 22
    let first = max(0, end - 65535)
    while end >= first, Self.number(bytes, end, 4) != 0x0605_4B50 { end -= 1 }
    guard end >= first else { throw damaged }
    let count = Self.number(bytes, end + 10, 2)
    var place = Self.number(bytes, end + 16, 4)
    guard count != 0xFFFF, place != 0xFFFF_FFFF else {
      throw ArrayFileError("it is a zip archive of more than 65535 members or 4 GiB, which is more than is read")
    }
    var members: [Member] = []
    for _ in 0..<count {
      guard place + 46 <= end, Self.number(bytes, place, 4) == 0x0201_4B50 else { throw damaged }
      let nameBytes = Self.number(bytes, place + 28, 2)
      let next = place + 46 + nameBytes + Self.number(bytes, place + 30, 2) + Self.number(bytes, place + 32, 2)
      guard next <= end else { throw damaged }
      let nameStart = bytes.startIndex + place + 46
      let name = String(decoding: bytes[nameStart..<nameStart + nameBytes], as: UTF8.self)
      guard Self.number(bytes, place + 8, 2) & 1 == 0 else {
        throw ArrayFileError(
          "its member \(JSONWriter.excerpt(name)) is encrypted; allowed: archives without a password")
      }
      members.append(
        Member(
          name: name, method: Self.number(bytes, place + 10, 2),
          checksum: UInt32(Self.number(bytes, place + 16, 4)), storedBytes: Self.number(bytes, place + 20, 4),
          bytes: Self.number(bytes, place + 24, 4), place: Self.number(bytes, place + 42, 4)))
      place = next
    }
    self.members = members
  }

  /// A whole number of some bytes, least significant first.
  ///
  /// - Precondition: they are there.
  private static func number(_ bytes: ArraySlice<UInt8>, _ place: Int, _ count: Int) -> Int {
    var number = 0
    for k in (0..<count).reversed() { number = number << 8 | Int(bytes[bytes.startIndex + place + k]) }
    return number
  }

  /// What a member holds, checked against its checksum. Memory is what was stored, or what comes of it, whichever is more.
  ///
  /// - Throws: ``ArrayFileError`` for members that are cut short, damaged or compressed in another way.
  func contents(of member: Member) throws(ArrayFileError) -> ArraySlice<UInt8> {
    func failure(_ reason: String) -> ArrayFileError {
      ArrayFileError("its member \(JSONWriter.excerpt(member.name)) \(reason)")
    }
    guard member.place + 30 <= bytes.count, Self.number(bytes, member.place, 4) == 0x0403_4B50 else {
      throw failure("is not where the directory says")
    }
    let start =
      member.place + 30 + Self.number(bytes, member.place + 26, 2) + Self.number(bytes, member.place + 28, 2)
    guard start <= bytes.count, member.storedBytes <= bytes.count - start else { throw failure("is cut short") }
    let stored = bytes[bytes.startIndex + start..<bytes.startIndex + start + member.storedBytes]
    let contents: ArraySlice<UInt8>
    switch member.method {
    case 0:
      guard member.bytes == member.storedBytes else { throw failure("has another size than the directory says") }
      contents = stored
    case 8:
      guard member.bytes / Self.mostExpansion <= member.storedBytes else {
        throw failure("has another size than the directory says")
      }
      guard let inflated = Self.inflated(stored, bytes: member.bytes) else { throw failure("is damaged") }
      contents = inflated[...]
    default:
      throw failure("is compressed by method \(member.method); allowed: stored or deflated, as NumPy writes them")
    }
    let checksum = contents.withUnsafeBufferPointer { buffer in
      // The checksum's function takes 32-bit lengths.
      var sum = crc32(0, nil, 0)
      var place = 0
      while place < buffer.count {
        let part = min(buffer.count - place, 1 << 30)
        sum = crc32(sum, buffer.baseAddress! + place, UInt32(part))
        place += part
      }
      return sum
    }
    guard UInt32(truncatingIfNeeded: checksum) == member.checksum else {
      throw failure("is damaged: its checksum is another")
    }
    return contents
  }

  /// Deflated data, inflated; nil if they are not exactly so many bytes.
  private static func inflated(_ stored: ArraySlice<UInt8>, bytes: Int) -> [UInt8]? {
    var stream = z_stream()
    // Without the header of zlib's own format.
    guard inflateInit2_(&stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      return nil
    }
    defer { inflateEnd(&stream) }
    return stored.withUnsafeBufferPointer { source -> [UInt8]? in
      // One byte more than there should be, so that longer data are noticed.
      var isComplete = false
      let inflated = [UInt8](unsafeUninitializedCapacity: bytes + 1) { target, count in
        stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
        stream.avail_in = UInt32(source.count)
        stream.next_out = target.baseAddress
        stream.avail_out = UInt32(bytes + 1)
        isComplete = inflate(&stream, Z_FINISH) == Z_STREAM_END
        count = min(bytes + 1, Int(bitPattern: UInt(stream.total_out)))
      }
      return isComplete && inflated.count == bytes ? inflated : nil
    }
  }
}
