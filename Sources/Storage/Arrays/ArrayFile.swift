// Files of arrays that other programs write: NumPy's .npy and .npz, and .safetensors, told apart by their first bytes.

import JSON

/// Reader of files of named arrays.
package enum ArrayFile {
  /// The names that such files end with.
  package static let endings = ["npy", "npz", "safetensors"]

  static let pickleAdvice =
    "reading a pickle runs whatever program is in it; save the arrays with numpy.savez(\"arrays.npz\", **arrays) or "
    + "safetensors.torch.save_file(model.state_dict(), \"network.safetensors\")"

  /// The arrays in a file's bytes, by name. Time and memory are linear in the file (deflated members: in what comes of them).
  ///
  /// - Parameters:
  ///   - stem: the file's name without its ending: the name of an array that is alone in its file.
  ///   - ending: what the file's name ends with, in lower case; decides only where the bytes do not.
  ///   - isWanted: of the arrays of an archive, which are read. Others may be of types that are not known here.
  /// - Throws: ``ArrayFileError``.
  package static func read(
    _ bytes: [UInt8], stem: String, ending: String, where isWanted: (String) -> Bool = { _ in true }
  ) throws(ArrayFileError) -> [(name: String, array: StoredArray)] {
    if bytes.isEmpty { throw ArrayFileError("it is empty") }
    if bytes.starts(with: NPYReader.magic) { return [(stem, try NPYReader.read(bytes[...]))] }
    if bytes.starts(with: ZipArchive.magic) { return try readArchive(bytes, where: isWanted) }
    // A pickle of protocol 2 or later begins with 0x80 and its number.
    if bytes.count > 1, bytes[0] == 0x80, (2...5).contains(bytes[1]) || ["pt", "pth", "pkl", "pickle"].contains(ending)
    {
      throw ArrayFileError("it is a pickle: \(pickleAdvice)")
    }
    if ending == "safetensors" { return try SafetensorsFile.read(bytes) }
    guard !endings.contains(ending) else {
      throw ArrayFileError("it is no .\(ending) file: its first bytes are of something else")
    }
    throw ArrayFileError(
      "it is no file of arrays that is known here; allowed: .npz, .npy, .safetensors, .csv")
  }

  private static func readArchive(
    _ bytes: [UInt8], where isWanted: (String) -> Bool
  ) throws(ArrayFileError) -> [(name: String, array: StoredArray)] {
    let archive = try ZipArchive(bytes[...])
    if archive.members.contains(where: { $0.name.hasSuffix(".pkl") }) {
      throw ArrayFileError("it is a pickle in a zip archive, as torch.save writes it: \(pickleAdvice)")
    }
    var arrays: [(name: String, array: StoredArray)] = []
    var names = Set<String>()
    for member in archive.members where !member.name.hasSuffix("/") {
      guard member.name.hasSuffix(".npy") else {
        throw ArrayFileError(
          "it is a zip archive with \(JSONWriter.excerpt(member.name)) in it; allowed: .npz archives, which hold .npy arrays alone"
        )
      }
      let name = String(member.name.dropLast(4))
      guard names.insert(name).inserted else {
        throw ArrayFileError("it has two arrays called \(JSONWriter.excerpt(name))")
      }
      guard isWanted(name) else { continue }
      do {
        arrays.append((name, try NPYReader.read(try archive.contents(of: member))))
      } catch {
        throw ArrayFileError("its array \(JSONWriter.excerpt(name)): \(error.description)")
      }
    }
    return arrays
  }
}
