// One NetCDF-4 file, on disk or in memory; libnetcdf is not thread-safe, so every call holds one process-wide lock.

import CNetCDF
import COutOfMemory
import Synchronization

/// An open NetCDF-4 file.
///
/// Used by one thread at a time; different files by different threads, whose calls into the library take turns.
package final class NetCDFFile: @unchecked Sendable {
  private static let library = Mutex<Int>(0)

  /// The library's functions, or why there are none.
  private enum Loaded: @unchecked Sendable {
    case functions(cnetcdf_functions)
    case missing(reason: String)
  }

  /// Loads the library.
  private static let loaded: Loaded = {
    var reason: UnsafePointer<CChar>?
    // Where there is no memory for it, that is the reason why it cannot be loaded.
    out_of_memory_tolerate()
    defer { out_of_memory_tolerate_no_more() }
    guard let functions = cnetcdf_load(&reason)?.pointee else {
      return .missing(reason: reason.map { String(cString: $0) } ?? "")
    }
    // Keeps HDF5 from closing at the process's end what a full disk kept it from closing before, which crashes it: every file that
    // is whole has been closed by then. Takes effect only before HDF5's first use.
    _ = functions.hdf5_dont_atexit?()
    return .functions(functions)
  }()

  /// What error messages call the file.
  let path: String
  /// The file as a group.
  package let root: NetCDFGroup
  private let id: Int32
  private var isOpen = true
  private let isWritten: Bool
  private let image: UnsafeMutableRawBufferPointer?

  private init(
    path: String, id: Int32, image: UnsafeMutableRawBufferPointer? = nil, limit: Int = .max, isWritten: Bool = false
  ) {
    self.isWritten = isWritten
    self.path = path
    self.id = id
    self.image = image
    root = NetCDFGroup(id: id, path: path, limit: limit)
  }

  deinit {
    // A file whose writing failed is not closed: HDF5 would try to write what is left, and crash.
    if isOpen, !isWritten { try? Self.call("close", path) { $0.close(id) } }
    image?.deallocate()
  }

  /// Calls the library alone.
  ///
  /// - Throws: ``StorageError/netCDF(action:path:reason:)``, or the system's reason where it had one; `noNetCDF` without the library.
  static func call(_ action: String, _ path: String, _ body: (cnetcdf_functions) -> Int32) throws {
    try library.withLock { _ in
      guard case .functions(let netCDF) = loaded else {
        guard case .missing(let reason) = loaded else { preconditionFailure("it is there or not") }
        throw StorageError.noNetCDF(action: action, path: path, reason: reason)
      }
      // The library switches off HDF5's own printing only for the thread that used it first; on all others, every attribute that it
      // merely asks after would print a stack of "errors".
      _ = netCDF.hdf5_set_auto?(0, nil, nil)
      errno = 0
      // What a file claims may be more than there is, which the library finds out by asking.
      out_of_memory_tolerate()
      let status = body(netCDF)
      out_of_memory_tolerate_no_more()
      let systemStatus = errno
      guard status != NC_NOERR else { return }
      // The library hides a full disk behind "HDF error"; the system's own reason is better.
      if [ENOSPC, EDQUOT, EFBIG, EIO, EROFS, EACCES].contains(systemStatus) {
        throw StorageError.system(action: action, path: path, code: systemStatus)
      }
      throw StorageError.netCDF(action: action, path: path, reason: String(cString: netCDF.strerror(status)!))
    }
  }

  /// Finds out whether there is the library, before anything is computed that only it can store.
  ///
  /// - Throws: ``StorageError/noNetCDF(action:path:reason:)``.
  static func requireLibrary(toWrite path: String) throws { try call("write", path) { _ in NC_NOERR } }

  /// Starts a file on disk, replacing one of this name.
  package static func create(at path: String) throws -> NetCDFFile {
    var id: Int32 = -1
    // The library would write through a link.
    try Posix.remove(path)
    try call("write", path) {
      var status = $0.create(path, NC_NETCDF4 | NC_CLOBBER, &id)
      // Everything is written exactly once, so filling it first would only cost time.
      if status == NC_NOERR { status = $0.set_fill(id, NC_NOFILL, nil) }
      return status
    }
    return NetCDFFile(path: path, id: id, isWritten: true)
  }

  /// Starts a file in memory, to be taken by ``closeImage(_:)``.
  ///
  /// - Parameter path: where it will go, for error messages.
  static func createImage(for path: String, bytes: Int) throws -> NetCDFFile {
    var id: Int32 = -1
    try call("compose", path) {
      var status = $0.create_mem(path, NC_NETCDF4 | NC_CLOBBER, bytes, &id)
      if status == NC_NOERR { status = $0.set_fill(id, NC_NOFILL, nil) }
      return status
    }
    return NetCDFFile(path: path, id: id, isWritten: true)
  }

  /// Opens a file on disk for reading.
  package static func open(_ path: String) throws -> NetCDFFile {
    var id: Int32 = -1
    let bytes = try Posix.size(of: path)
    try call("open", path) { $0.open(path, NC_NOWRITE, &id) }
    return NetCDFFile(path: path, id: id, limit: bytes)
  }

  /// Opens a file that lies in memory for reading, and frees the memory when done.
  static func open(image: UnsafeMutableRawBufferPointer, path: String) throws -> NetCDFFile {
    var id: Int32 = -1
    do {
      try call("open", path) { $0.open_mem(path, NC_NOWRITE, image.count, image.baseAddress, &id) }
    } catch {
      image.deallocate()
      throw error
    }
    return NetCDFFile(path: path, id: id, image: image, limit: image.count)
  }

  /// Writes out what the library still holds, and closes.
  package func close() throws {
    isOpen = false
    try Self.call("write", path) { $0.close(id) }
  }

  /// Closes a file made by ``createImage(for:bytes:)`` and gives its bytes to `body`.
  func closeImage<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
    isOpen = false
    var memory = NC_memio()
    try Self.call("compose", path) { $0.close_memio(id, &memory) }
    defer { free(memory.memory) }
    return try body(UnsafeRawBufferPointer(start: memory.memory, count: memory.size))
  }
}
