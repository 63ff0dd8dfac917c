// One text in place of another within a third.

extension String {
  /// This text with `new` wherever `old` stands, byte by byte: also before a combining character.
  func replacingOccurrences(of old: String, with new: String) -> String {
    let (old, new, bytes) = (Array(old.utf8), Array(new.utf8), Array(utf8))
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var next = 0
    while next < bytes.count {
      if !old.isEmpty, bytes[next] == old[0], bytes[next...].starts(with: old) {
        result += new
        next += old.count
      } else {
        result.append(bytes[next])
        next += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
