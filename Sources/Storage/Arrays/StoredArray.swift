// A named array of a file: its shape, and its numbers as they lie there.

/// What is wrong with a file of arrays; the description is the whole message, but for the file's name.
package struct ArrayFileError: Error, Sendable, Equatable, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}

/// How a number lies in a file, least significant byte first unless the array says otherwise.
package enum ElementType: Sendable, Equatable {
  case float16, bfloat16, float32, float64
  case signed(bytes: Int)
  case unsigned(bytes: Int)
  /// A byte that is 0 or 1.
  case boolean

  /// Bytes a number.
  package var size: Int {
    switch self {
    case .float16, .bfloat16: 2
    case .float32: 4
    case .float64: 8
    case .signed(let bytes), .unsigned(let bytes): bytes
    case .boolean: 1
    }
  }

  /// The number whose bytes are `bits`, put together with the most significant first.
  func number(_ bits: UInt64) -> Double {
    switch self {
    case .float16: Self.half(UInt16(truncatingIfNeeded: bits))
    case .bfloat16: Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits) << 16))
    case .float32: Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
    case .float64: Double(bitPattern: bits)
    case .signed(let bytes):
      Double(Int64(bitPattern: bits << UInt64(64 - 8 * bytes)) >> Int64(64 - 8 * bytes))
    case .unsigned: Double(bits)
    case .boolean: bits == 0 ? 0 : 1
    }
  }

  /// A half-precision number: one sign bit, five of exponent, ten of fraction (IEEE 754). Swift's own type is not there on every processor.
  private static func half(_ bits: UInt16) -> Double {
    let exponent = Int(bits >> 10 & 31)
    let fraction = Double(bits & 1023)
    let size =
      switch exponent {
      case 0: scalbn(fraction, -24)
      case 31: fraction == 0 ? Double.infinity : .nan
      default: scalbn(1024 + fraction, exponent - 25)
      }
    return bits >> 15 == 0 ? size : -size
  }
}

/// An array of a file. Numbers are made of its bytes only when they are asked for.
package struct StoredArray: Sendable {
  private enum Contents: Sendable {
    case bytes(ArraySlice<UInt8>, ElementType, isBigEndian: Bool)
    case numbers([Double])
  }

  /// Lengths of the axes; none for a single number.
  package let shape: [Int]
  /// Whether the first axis lies contiguously, as in Fortran, and not the last.
  package let isColumnMajor: Bool
  private let contents: Contents

  /// An array whose numbers are these bytes.
  ///
  /// - Throws: ``ArrayFileError`` if they are not as many as the shape says.
  package init(
    shape: [Int], _ type: ElementType, _ bytes: ArraySlice<UInt8>, isColumnMajor: Bool = false,
    isBigEndian: Bool = false
  ) throws(ArrayFileError) {
    guard let count = Self.count(shape) else {
      throw ArrayFileError("its shape \(Self.words(shape)) is none that an array can have")
    }
    let (size, overflows) = count.multipliedReportingOverflow(by: type.size)
    guard !overflows, size == bytes.count else {
      throw ArrayFileError(
        "its shape \(Self.words(shape)) takes \(overflows ? "more bytes than there can be" : "\(size) bytes"), and there are \(bytes.count)"
      )
    }
    self.shape = shape
    self.isColumnMajor = isColumnMajor
    contents = .bytes(bytes, type, isBigEndian: isBigEndian)
  }

  /// An array of numbers, the last axis contiguous.
  ///
  /// - Precondition: there are as many as the shape says.
  package init(shape: [Int], _ numbers: [Double]) {
    precondition(Self.count(shape) == numbers.count, "an array has as many numbers as its shape says")
    self.shape = shape
    isColumnMajor = false
    contents = .numbers(numbers)
  }

  /// The number at a place in the file.
  package subscript(place: Int) -> Double {
    switch contents {
    case .numbers(let numbers): return numbers[place]
    case .bytes(let bytes, let type, let isBigEndian):
      let size = type.size
      let start = bytes.startIndex + place * size
      var bits: UInt64 = 0
      for k in 0..<size { bits = bits << 8 | UInt64(bytes[isBigEndian ? start + k : start + size - 1 - k]) }
      return type.number(bits)
    }
  }

  /// The product of some lengths; nil if one is negative, or no number holds it.
  static func count(_ shape: [Int]) -> Int? {
    var count = 1
    for length in shape {
      let (product, overflows) = count.multipliedReportingOverflow(by: length)
      guard length >= 0, !overflows else { return nil }
      count = product
    }
    return count
  }

  /// `[20, 50]`, as messages show shapes.
  package static func words(_ shape: [Int]) -> String {
    let lengths = shape.prefix(8).map(String.init).joined(separator: ", ")
    return "[\(lengths)\(shape.count > 8 ? ", ..." : "")]"
  }
}
