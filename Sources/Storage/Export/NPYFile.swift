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
    try writer.append([0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xff), UInt8(length >> 8)])
    try writer.append(Array(header.utf8))
  }

  /// Writes the next values, last axis fastest.
  package func append(_ values: [Double]) throws {
    switch type {
    case .real: try writer.append(littleEndian: values.map(\.bitPattern))
    case .integer: try writer.append(littleEndian: try wholeNumbers(values, name: path))
    case .boolean: try writer.append(values.map { $0 == 0 ? UInt8(0) : 1 })
    }
  }

  package func close() throws { try writer.close() }
}
