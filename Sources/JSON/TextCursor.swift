// Lines and columns of byte offsets in a UTF-8 text, for offsets that mostly grow.

/// Turns byte offsets into line and column; linear in the text over all calls with growing offsets.
package struct TextCursor: Sendable {
  private var offset = 0
  private var line = 1
  private var column = 1

  package init() {}

  /// Line and column of `target` (both from 1; columns count Unicode scalars; lines end with LF, CR LF or CR).
  package mutating func place(of target: Int, in bytes: [UInt8]) -> (line: Int, column: Int) {
    if target < offset { self = TextCursor() }
    let end = min(target, bytes.count)
    while offset < end {
      let byte = bytes[offset]
      offset += 1
      let endsLine = byte == 0x0A || (byte == 0x0D && !(offset < bytes.count && bytes[offset] == 0x0A))
      if endsLine {
        line += 1
        column = 1
      } else if byte & 0xC0 != 0x80 {
        column += 1
      }
    }
    return (line, column)
  }

  /// The offset of the first byte that is not part of valid UTF-8; nil if all are.
  package static func firstInvalidUTF8(in bytes: [UInt8]) -> Int? {
    // Most texts are ASCII up to some comment.
    guard let first = bytes.firstIndex(where: { $0 >= 0x80 }) else { return nil }
    var parser = Unicode.UTF8.ForwardParser()
    var iterator = bytes[first...].makeIterator()
    var offset = first
    while true {
      switch parser.parseScalar(from: &iterator) {
      case .valid(let scalar): offset += scalar.count
      case .error: return offset
      case .emptyInput: return nil
      }
    }
  }
}
