// An array for NumPy, written from start to end.

import Sampling

/// One .npy file, version 1.0, written from start to end (NumPy Enhancement Proposal 1).
package final class NPYFile {
  private let path: String
  private let type: TransitionFigure.Kind
  private let writer: OutputFile

  package init(_ path: String, shape: [Int], type: TransitionFigure.Kind) throws {
    self.path = path
    self.type = type
    writer = try OutputFile(path)
    try writer.append(Self.header(shape: shape, type: type))
  }

  /// What stands before the numbers.
  static func header(shape: [Int], type: TransitionFigure.Kind) -> [UInt8] {
    let code =
      switch type {
      case .real: "<f8"
      case .integer: "<i8"
      case .boolean: "|b1"
      }
    let sizes = shape.map { "\($0), " }.joined()
    var header = "{'descr': '\(code)', 'fortran_order': False, 'shape': (\(sizes)), }"
    // Magic, version and length take ten bytes; padded so that the numbers start at a multiple of 64.
    header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
    let length = UInt16(header.utf8.count)
    return NPYReader.magic + [1, 0, UInt8(length & 0xff), UInt8(length >> 8)] + Array(header.utf8)
  }

  /// Writes the next values, last axis fastest.
  package func append(_ values: [Double]) throws { try writer.append(try Self.encoded(values, type, name: path)) }

  /// The bytes of numbers.
  ///
  /// - Throws: ``StorageError/export(_:)`` for one that should be whole and is not.
  static func encoded(_ values: [Double], _ type: TransitionFigure.Kind, name: String) throws -> [UInt8] {
    switch type {
    case .real: littleEndian(values.map(\.bitPattern))
    case .integer: littleEndian(try wholeNumbers(values, name: name))
    case .boolean: values.map { $0 == 0 ? 0 : 1 }
    }
  }

  private static func littleEndian(_ values: [some FixedWidthInteger]) -> [UInt8] {
    values.map(\.littleEndian).withUnsafeBytes { Array($0) }
  }

  package func close() throws { try writer.close() }
}
