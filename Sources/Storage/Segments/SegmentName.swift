// What a segment's file is called: phase, number, and the checksum of its bytes.

/// The name of a segment: `draws-000003.9f86d081884c7d65.nc`.
///
/// The hexadecimal digits are the first 16 of the SHA-256 of the file's bytes, so that one rename publishes contents and
/// checksum together, and `sha256sum` checks a segment without this program.
package struct SegmentName: Sendable, Equatable {
  package let phase: Phase
  /// From 0 within chain and phase.
  package let number: Int
  /// The first 16 hexadecimal digits of the file's SHA-256.
  package let checksum: String

  /// The file's name.
  package var fileName: String { "\(Self.head(phase, number)).\(checksum).nc" }

  /// The name without the checksum: `draws-000003`.
  static func head(_ phase: Phase, _ number: Int) -> String {
    "\(phase.rawValue)-\(RunDirectory.padded(number, 6))"
  }

  init(phase: Phase, number: Int, checksum: String) {
    self.phase = phase
    self.number = number
    self.checksum = checksum
  }

  /// Reads a file's name; nil if it is no segment's.
  init?(fileName: String) {
    let parts = fileName.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[2] == "nc", parts[1].count == 16,
      parts[1].allSatisfy({ "0123456789abcdef".contains($0) })
    else { return nil }
    let head = parts[0].split(separator: "-", omittingEmptySubsequences: false)
    guard head.count == 2, let phase = Phase(rawValue: String(head[0])), let number = Int(head[1]), number >= 0
    else { return nil }
    self.init(phase: phase, number: number, checksum: String(parts[1]))
    guard self.fileName == fileName else { return nil }
  }

  /// The part of a SHA-256 that stands in the name.
  static func checksum(of hash: SHA256) -> String { String(hash.hexDigest.prefix(16)) }
}
