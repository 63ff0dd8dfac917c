// The C library, handed on: what most files want of Foundation is `exp` and `sqrt`, and these are not Foundation's.

#if canImport(Darwin)
  @_exported import Darwin
#elseif canImport(Glibc)
  @_exported import Glibc
#elseif canImport(Musl)
  @_exported import Musl
#endif

extension String {
  /// Numbers as C's `printf` writes them, always with a decimal point.
  ///
  /// Foundation's function of this name gives the same text, and brings some 40 MB of the world's languages into the program.
  package init(format: String, _ numbers: Double...) {
    // The thread's own choice of a language, if any, stands aside for the moment.
    let chosen = uselocale(Self.plain)
    defer { uselocale(chosen) }
    self = withVaList(numbers) { numbers in
      withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer in
        let length = Int(vsnprintf(buffer.baseAddress!, buffer.count, format, numbers))
        precondition(0..<buffer.count ~= length, "a number's text is not that long")
        return String(cString: buffer.baseAddress!)
      }
    }
  }

  private nonisolated(unsafe) static let plain = newlocale(Int32(LC_NUMERIC_MASK), "C", nil)
}
