// Zip archives with stored members, as numpy.savez writes them.

import CZlib

/// Writes a zip archive from start to end (PKWARE's application note 6.3): members stored, each with its checksum, none and nothing above
/// 4 GiB.
struct ZipWriter {
  /// The bytes of a member as they come: the piece, and what takes it.
  typealias Contents = (_ take: (UnsafeRawBufferPointer) throws -> Void) throws -> Void

  /// 1 January 1980, the first day that the format knows: the same archive whenever it is written.
  private static let day: UInt16 = 1 << 5 | 1
  static let mostBytes = Int(UInt32.max) - 1

  /// Marks the field that says what made an archive, among those that the format leaves to programs.
  private static let makerMark: UInt16 = 0x6D63

  private let append: ([UInt8]) throws -> Void
  private let maker: [UInt8]
  private var directory: [UInt8] = []
  private var members = 0
  private var place = 0

  /// - Parameters:
  ///   - program: what makes the archive; it stands before each member.
  ///   - append: where the archive's bytes go.
  init(by program: String, _ append: @escaping ([UInt8]) throws -> Void) {
    self.append = append
    maker = Self.bytes(Self.makerMark) + Self.bytes(UInt16(program.utf8.count)) + Array(program.utf8)
  }

  /// Whether an archive that begins so was made by a program.
  static func isMade(_ head: [UInt8], by program: String) -> Bool {
    guard head.starts(with: bytes(firstWord)), head.count > 30 else { return false }
    let mark = bytes(makerMark) + bytes(UInt16(program.utf8.count)) + Array(program.utf8)
    return head.dropFirst(30 + Int(head[26]) + Int(head[27]) << 8).starts(with: mark)
  }

  private static let firstWord: UInt32 = 0x0403_4B50

  /// Writes a member. `contents` is asked for twice: the checksum stands before the bytes.
  ///
  /// - Throws: ``StorageError/export(_:)`` beyond 4 GiB or 65534 members; what `contents` throws.
  mutating func add(_ name: String, _ contents: Contents) throws {
    var sum = crc32(0, nil, 0)
    var count = 0
    try contents { piece in
      count += piece.count
      // The checksum's function takes 32-bit lengths.
      var rest = piece[...]
      while !rest.isEmpty {
        let part = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
        sum = crc32(sum, part.bindMemory(to: UInt8.self).baseAddress, UInt32(part.count))
        rest = rest.dropFirst(part.count)
      }
    }
    let label = Array(name.utf8)
    guard place + count + directory.count + 512 + 3 * label.count < Self.mostBytes, members < 65534 else {
      throw StorageError.export("an .npz archive holds at most 4 GiB and 65534 arrays here; allowed: the format npy")
    }
    // Version, flags (names are UTF-8), method, time, day, checksum, sizes, length of the name.
    let facts =
      Self.bytes(UInt16(20)) + Self.bytes(UInt16(1 << 11)) + Self.bytes(UInt16(0)) + Self.bytes(UInt16(0))
      + Self.bytes(Self.day) + Self.bytes(UInt32(truncatingIfNeeded: sum)) + Self.bytes(UInt32(count))
      + Self.bytes(UInt32(count)) + Self.bytes(UInt16(label.count))
    try append(Self.bytes(Self.firstWord) + facts + Self.bytes(UInt16(maker.count)) + label + maker)
    try contents { piece in try append(Array(piece)) }
    directory +=
      Self.bytes(UInt32(0x0201_4B50)) + Self.bytes(UInt16(20)) + facts
      + [UInt8](repeating: 0, count: 2 + 2 + 2 + 2 + 4) + Self.bytes(UInt32(place)) + label
    place += 30 + label.count + maker.count + count
    members += 1
  }

  /// Writes the directory.
  mutating func finish() throws {
    try append(
      directory + Self.bytes(UInt32(0x0605_4B50)) + [0, 0, 0, 0] + Self.bytes(UInt16(members))
        + Self.bytes(UInt16(members)) + Self.bytes(UInt32(directory.count)) + Self.bytes(UInt32(place)) + [0, 0])
  }

  private static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}
