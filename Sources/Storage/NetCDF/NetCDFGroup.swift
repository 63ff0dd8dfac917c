// A group of a NetCDF-4 file: its dimensions, variables and attributes.

import CNetCDF

/// A number type of NetCDF and the Swift type that stands for it.
package protocol NetCDFNumber: Sendable {
  static var netCDFType: Int32 { get }
}

extension Double: NetCDFNumber { package static var netCDFType: Int32 { NC_DOUBLE } }
extension Int64: NetCDFNumber { package static var netCDFType: Int32 { NC_INT64 } }
extension Int8: NetCDFNumber { package static var netCDFType: Int32 { NC_BYTE } }
extension UInt8: NetCDFNumber { package static var netCDFType: Int32 { NC_UBYTE } }

/// A dimension, by the library's number for it.
package struct NetCDFDimension: Sendable { let id: Int32 }

/// A variable, by the library's number for it.
package struct NetCDFVariable: Sendable { let id: Int32 }

/// A group of an open file. Valid as long as the file is open.
package struct NetCDFGroup: Sendable {
  let id: Int32
  let path: String
  /// The length of the file that is read: nothing in it is longer, whatever it claims.
  var limit = Int.max

  private func call(_ action: String, _ body: (cnetcdf_functions) -> Int32) throws {
    try NetCDFFile.call(action, path, body)
  }

  // MARK: - Defining

  /// Makes a group within this one.
  package func defineGroup(_ name: String) throws -> NetCDFGroup {
    var group: Int32 = -1
    try call("write") { $0.def_grp(id, name, &group) }
    return NetCDFGroup(id: group, path: path)
  }

  /// - Precondition: `length > 0` (NetCDF takes 0 for "unlimited").
  package func defineDimension(_ name: String, _ length: Int) throws -> NetCDFDimension {
    precondition(length > 0, "NetCDF has no dimension of length 0")
    var dimension: Int32 = -1
    try call("write") { $0.def_dim(id, name, length, &dimension) }
    return NetCDFDimension(id: dimension)
  }

  package func defineVariable<Number: NetCDFNumber>(
    _ name: String, of type: Number.Type, _ dimensions: [NetCDFDimension]
  ) throws -> NetCDFVariable {
    try defineVariable(name, type: Number.netCDFType, dimensions)
  }

  /// Makes a variable of texts and writes it.
  package func write(texts: [String], _ name: String, _ dimension: NetCDFDimension) throws {
    let variable = try defineVariable(name, type: NC_STRING, [dimension])
    let copies = (texts as [String]).map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    var pointers = copies.map { UnsafePointer<CChar>($0) }
    try call("write") { $0.put_vara_string(id, variable.id, [0], [texts.count], &pointers) }
  }

  private func defineVariable(
    _ name: String, type: Int32, _ dimensions: [NetCDFDimension]
  ) throws -> NetCDFVariable {
    var variable: Int32 = -1
    try call("write") { $0.def_var(id, name, type, Int32(dimensions.count), dimensions.map(\.id), &variable) }
    return NetCDFVariable(id: variable)
  }

  // MARK: - Writing

  /// Writes a box of a variable.
  package func write<Number: NetCDFNumber>(
    _ values: UnsafeBufferPointer<Number>, to variable: NetCDFVariable, start: [Int], count: [Int]
  ) throws {
    precondition(count.reduce(1, *) == values.count, "the box and the values differ in size")
    guard !values.isEmpty || count.isEmpty else { return }
    try call("write") { $0.put_vara(id, variable.id, start, count, values.baseAddress) }
  }

  /// Writes a whole variable.
  package func write<Number: NetCDFNumber>(_ values: [Number], to variable: NetCDFVariable, shape: [Int]) throws {
    try values.withUnsafeBufferPointer {
      try write($0, to: variable, start: shape.map { _ in 0 }, count: shape)
    }
  }

  /// Sets a text attribute of the group, or of one of its variables.
  package func setAttribute(_ name: String, _ text: String, of variable: NetCDFVariable? = nil) throws {
    try call("write") { $0.put_att_text(id, variable?.id ?? NC_GLOBAL, name, text.utf8.count, text) }
  }

  /// Sets an integer attribute of the group.
  package func setAttribute(_ name: String, _ value: Int) throws {
    var value = Int64(value)
    try call("write") { $0.put_att(id, NC_GLOBAL, name, NC_INT64, 1, &value) }
  }

  // MARK: - Reading

  /// The group of this name.
  package func group(_ name: String) throws -> NetCDFGroup {
    var group: Int32 = -1
    try call("read \(name) of") { $0.inq_grp_ncid(id, name, &group) }
    return NetCDFGroup(id: group, path: path, limit: limit)
  }

  package func variable(_ name: String) throws -> NetCDFVariable {
    var variable: Int32 = -1
    try call("read \(name) of") { $0.inq_varid(id, name, &variable) }
    return NetCDFVariable(id: variable)
  }

  /// The variable of this name, found to be of this number type and shape, and no longer than its file.
  ///
  /// - Throws: ``StorageError`` if it is missing or another. (The library would convert nothing, and write past the end of what
  ///   is too small for it.)
  package func variable<Number: NetCDFNumber>(
    _ name: String, of type: Number.Type, shape: [Int]
  ) throws -> NetCDFVariable {
    let variable = try variable(name)
    var netCDFType: Int32 = 0
    try call("read") { $0.inq_vartype(id, variable.id, &netCDFType) }
    let found = try self.shape(of: variable)
    guard found == shape, netCDFType == Number.netCDFType else {
      throw StorageError.damaged(path: path, reason: "\(name) has shape \(found), not \(shape), or another number type")
    }
    try requirePossible(name, shape, bytesEach: MemoryLayout<Number>.stride)
    return variable
  }

  /// Refuses an array that is longer than the file it is said to be in: nothing is stored compressed here.
  func requirePossible(_ name: String, _ shape: [Int], bytesEach: Int) throws {
    var bytes = bytesEach
    for length in shape {
      let (product, isTooLarge) = bytes.multipliedReportingOverflow(by: length)
      guard length >= 0, !isTooLarge else {
        bytes = .max
        break
      }
      bytes = product
    }
    guard bytes <= limit else {
      throw StorageError.damaged(path: path, reason: "\(name) claims to be larger than the file that it is in")
    }
  }

  /// The lengths of a variable's dimensions.
  package func shape(of variable: NetCDFVariable) throws -> [Int] {
    var rank: Int32 = 0
    try call("read") { $0.inq_varndims(id, variable.id, &rank) }
    guard 0...NC_MAX_VAR_DIMS ~= rank else {
      throw StorageError.damaged(path: path, reason: "it has an array of \(rank) axes")
    }
    var dimensions = [Int32](repeating: 0, count: Int(rank))
    try call("read") { $0.inq_vardimid(id, variable.id, &dimensions) }
    return try dimensions.map { dimension in
      var length = 0
      try call("read") { $0.inq_dimlen(id, dimension, &length) }
      return length
    }
  }

  /// Reads a box of a variable into memory of the caller's.
  package func read<Number: NetCDFNumber>(
    _ variable: NetCDFVariable, start: [Int], count: [Int], into values: UnsafeMutableBufferPointer<Number>
  ) throws {
    precondition(count.reduce(1, *) == values.count, "the box and the values differ in size")
    try call("read") { $0.get_vara(id, variable.id, start, count, values.baseAddress) }
  }

  /// Reads a whole variable.
  ///
  /// - Throws: ``StorageError`` if it is missing or not of `shape`.
  package func read<Number: NetCDFNumber>(_ name: String, of type: Number.Type, shape: [Int]) throws -> [Number] {
    let variable = try variable(name, of: type, shape: shape)
    let total = shape.reduce(1, *)
    return try [Number](unsafeUninitializedCapacity: total) { buffer, filled in
      let whole = UnsafeMutableBufferPointer(rebasing: buffer[..<total])
      try read(variable, start: shape.map { _ in 0 }, count: shape, into: whole)
      filled = total
    }
  }

  package func textAttribute(_ name: String) throws -> String {
    let length = try attributeLength(name, type: NC_CHAR)
    var bytes = [CChar](repeating: 0, count: length)
    if length > 0 { try call("read \(name) of") { $0.get_att_text(id, NC_GLOBAL, name, &bytes) } }
    guard let text = String(validating: bytes.map { UInt8(bitPattern: $0) }, as: UTF8.self) else {
      throw StorageError.damaged(path: path, reason: "its attribute \(name) is not UTF-8 text")
    }
    return text
  }

  /// The number of values of an attribute that must be of a type.
  private func attributeLength(_ name: String, type: Int32) throws -> Int {
    var found: Int32 = 0
    var length = 0
    try call("read \(name) of") { $0.inq_att(id, NC_GLOBAL, name, &found, &length) }
    guard found == type, 0...limit ~= length else {
      throw StorageError.damaged(path: path, reason: "its attribute \(name) is of another type or length")
    }
    return length
  }

  package func integerAttribute(_ name: String) throws -> Int {
    guard try attributeLength(name, type: NC_INT64) == 1 else {
      throw StorageError.damaged(path: path, reason: "its attribute \(name) is not one number")
    }
    var value: Int64 = 0
    try call("read \(name) of") { $0.get_att_longlong(id, NC_GLOBAL, name, &value) }
    return Int(value)
  }
}
