// Trials from the .npy files of a folder: what they are, and what is refused.

import Foundation
import Networks
import Storage
import Testing

@testable import Experiments

@Suite struct TrialFolderTests {
  /// An array as `numpy.save` writes it: of a type such as `>f4`, the first or the last axis contiguous.
  static func npy(_ array: NPZFile.Entry, as type: String, isFortran: Bool = false) -> [UInt8] {
    let shape = array.shape
    let header =
      "{'descr': '\(type)', 'fortran_order': \(isFortran ? "True" : "False"), "
      + "'shape': (\(shape.map { "\($0), " }.joined())), }\n"
    let length = header.utf8.count
    var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8)
    bytes += [1, 0, UInt8(length % 256), UInt8(length / 256)]
    bytes += Array(header.utf8)
    for place in array.values.indices {
      let value = array.values[isFortran ? Self.place(place, in: shape) : place]
      let bits: (number: UInt64, count: Int) =
        switch type.suffix(2) {
        case "f8": (value.bitPattern, 8)
        case "f4": (UInt64(Float(value).bitPattern), 4)
        case "i2": (UInt64(UInt16(bitPattern: Int16(value))), 2)
        default: (value == 0 ? 0 : 1, 1)
        }
      let little = (0..<bits.count).map { UInt8(truncatingIfNeeded: bits.number >> UInt64(8 * $0)) }
      bytes += type.hasPrefix(">") ? little.reversed() : little
    }
    return bytes
  }

  /// Where the number at a place in Fortran's order is in that of C.
  private static func place(_ place: Int, in shape: [Int]) -> Int {
    var rest = place
    var result = 0
    for axis in shape.indices {
      result += rest % shape[axis] * shape[(axis + 1)...].reduce(1, *)
      rest /= shape[axis]
    }
    return result
  }

  // Every axis has a length of its own; the numbers are those of 32 bits.
  private static let inputs: NPZFile.Entry = ("inputs", [2, 3, 4], (0..<24).map { Double($0) / 8 - 1 }, .real)
  private static let targets: NPZFile.Entry = ("targets", [2, 3, 1], [1, -2, 3, -4, 5, -6], .real)
  private static let mask: NPZFile.Entry = ("mask", [2, 3, 1], [1, 0, 1, 0, 0, 1], .boolean)
  private static let context: NPZFile.Entry = ("context", [2], [1, 0], .integer)

  private static let plain = [
    "inputs.npy": npy(inputs, as: "<f8"), "targets.npy": npy(targets, as: "<f8"), "mask.npy": npy(mask, as: "|b1"),
    "context.npy": npy(context, as: "<i2"),
  ]

  /// Reads an experiment whose trials are at a path; files have paths, and every path before a slash is a folder.
  private static func read(
    _ path: String, _ files: [String: [UInt8]], keys: String = ""
  ) throws(SpecError) -> Experiment {
    let text = """
      { "task": { "kind": "trials", "path": "\(path)"\(keys) },
        "network": { "kind": "recurrent", "neurons": 3, "activation": "tanh" }, "ensemble": { "kind": "gibbs", "tightness": 2 } }
      """
    return try Experiment(
      Array(text.utf8), file: "spec.json", folder: "/specs",
      readFile: { (location: DataFile.Location) throws(SpecError) -> [UInt8] in
        guard location.absolutePath == "/specs/\(location.path)",
          let bytes = files[location.path]
        else { throw SpecError(location.path, "there is no such file") }
        return bytes
      },
      folderFiles: { (location: DataFile.Location) throws(SpecError) -> [String]? in
        let start = location.path.hasSuffix("/") ? location.path : location.path + "/"
        let names = files.keys.filter { $0.hasPrefix(start) }.map { String($0.dropFirst(start.count)) }.sorted()
        return names.isEmpty ? nil : names
      })
  }

  /// The same files in a folder.
  private static func folder(_ name: String, _ files: [String: [UInt8]]) -> [String: [UInt8]] {
    Dictionary(uniqueKeysWithValues: files.map { ("\(name)/\($0.key)", $0.value) })
  }

  /// Arrays of other names are not read, of whatever type they are.
  @Test func otherArraysOfAnArchiveAreNotRead() throws {
    let names: NPZFile.Entry = ("names", [2], [0, 0], .real)
    var archive = try NPZFile.bytes([Self.inputs, Self.targets, names], by: "test")
    // The last array gets a type of text, of the same length in bytes.
    let known = Array("'<f8'".utf8)
    let place = try #require((0..<archive.count - 5).last { Array(archive[$0..<$0 + 5]) == known })
    archive.replaceSubrange(place..<place + 5, with: Array("'<U2'".utf8))
    let wanted = try NPZFile.bytes([Self.inputs, Self.targets], by: "test")
    #expect(
      try Self.read("task.npz", ["task.npz": archive]).trialTask()
        == Self.read("task.npz", ["task.npz": wanted]).trialTask())
  }

  /// The trials of a folder are those of the .npz file of the same arrays, whatever their types and order, and so is what a run keeps.
  @Test func aFolderIsTheFileOfItsArrays() throws {
    let archive = try NPZFile.bytes([Self.inputs, Self.targets, Self.mask, Self.context], by: "test")
    let file = try Self.read("task.npz", ["task.npz": archive])
    let wanted = try #require(try file.trialTask()).training
    let others: [[String: [UInt8]]] = [
      Self.plain,
      [
        "inputs.npy": Self.npy(Self.inputs, as: ">f8"), "targets.npy": Self.npy(Self.targets, as: ">f4"),
        "mask.npy": Self.npy(Self.mask, as: ">i2"), "context.npy": Self.npy(Self.context, as: ">f8"),
      ],
      [
        "inputs.npy": Self.npy(Self.inputs, as: "<f4", isFortran: true),
        "targets.npy": Self.npy(Self.targets, as: "<i2", isFortran: true),
        "mask.npy": Self.npy(Self.mask, as: "|b1", isFortran: true),
        "context.npy": Self.npy(Self.context, as: "<i2", isFortran: true), "notes.npy": [7], "read me.txt": [1, 2],
      ],
    ]
    for arrays in others {
      for path in ["task", "task/"] {
        let folder = try Self.read(path, Self.folder("task", arrays))
        let found = try #require(try folder.trialTask()).training
        #expect(found == wanted)
        #expect(found.inputs.map(\.bitPattern) == wanted.inputs.map(\.bitPattern))
        #expect(try found.npz() == wanted.npz())
        #expect(RunInputs(folder).facts == RunInputs(file).facts && RunInputs(folder).facts.count == 1)
        #expect(RunInputs(folder).relocated["task"]?["path"] == "inputs/trials.npz")
        #expect(folder.resolvedJSON["task"]?["path"] == .string(path))
        // A study goes on with what was read.
        #expect(RunInputs(folder).bytes(ofFileAt: path) == (try wanted.npz()))
      }
    }
    // Fortran's order misread as that of C would be other trials.
    var misread = Self.inputs
    misread.values = (0..<24).map { Self.inputs.values[Self.place($0, in: Self.inputs.shape)] }
    #expect(misread.values != Self.inputs.values)
  }

  @Test func whatMayBeLeftOutMay() throws {
    let arrays = Self.plain.filter { ["inputs.npy", "targets.npy"].contains($0.key) }
    let files = Self.folder("few", arrays).merging(Self.folder("all", Self.plain)) { $1 }
    let experiment = try Self.read("all", files, keys: #", "heldOut": "few""#)
    let task = try #require(try experiment.trialTask())
    #expect(task.training.mask == Self.mask.values && task.training.contextOfTrial == [1, 0])
    #expect(task.heldOut?.mask == [Double](repeating: 1, count: 6) && task.heldOut?.contextOfTrial == [0, 0])
    #expect(RunInputs(experiment).relocated["task"]?["heldOut"] == "inputs/heldOut-trials.npz")
  }

  private static func changed(_ name: String, _ bytes: [UInt8]?) -> [String: [UInt8]] {
    var files = plain
    files[name] = bytes
    return files
  }

  private static let refusals: [(files: [String: [UInt8]], words: String)] = [
    (
      changed("inputs.npy", nil),
      "task: it has no file \"inputs.npy\" (it has \"context.npy\", \"mask.npy\", \"targets.npy\"); allowed: inputs.npy and targets.npy "
        + "[trial, time, channel], mask.npy (default: ones), context.npy [trial] (default: 0)"
    ),
    (["notes.txt": [1]], "task: it has no file \"inputs.npy\" (it has none)"),
    (
      changed("mask.npy", nil).merging(["masks.npy": plain["mask.npy"]!]) { $1 },
      "task: it has a file \"masks.npy\"; did you mean \"mask.npy\"?"
    ),
    (changed("inputs.npy", []), "task/inputs.npy: it is not a .npy array"),
    (changed("mask.npy", Array("1, 2".utf8)), "task/mask.npy: it is not a .npy array"),
    (changed("targets.npy", Array(plain["targets.npy"]!.dropLast())), "task/targets.npy: "),
    (
      changed("inputs.npy", npy(("", [6, 4], inputs.values, .real), as: "<f8")),
      "task/inputs.npy: inputs has the shape [6, 4]"
    ),
    (
      changed("targets.npy", npy(("", [3, 2, 1], targets.values, .real), as: "<f8")),
      "task/targets.npy: targets has the shape"
    ),
    (changed("mask.npy", npy(("", [6], mask.values, .real), as: "<f8")), "task/mask.npy: mask has the shape [6]"),
    (
      changed("mask.npy", npy(("", [2, 3, 1], [1, 0, 2, 0, 0, 1], .real), as: "<f8")),
      "task/mask.npy: mask[0, 2, 0] is 2.0"
    ),
    (
      changed("mask.npy", npy(("", [2, 3, 1], [1, 0, 1, 0, 0, 0], .real), as: "<f8")),
      "task/mask.npy: mask[1] is 0 everywhere"
    ),
    (
      changed("targets.npy", npy(("", [2, 3, 1], [1, 2, 3, 4, .nan, 6], .real), as: ">f8")),
      "task/targets.npy: targets[1, 1, 0] is nan"
    ),
    (
      changed("targets.npy", npy(("", [2, 3, 1], [1, 2, 3, 4, -1e60, 6], .real), as: "<f8")),
      "task/targets.npy: targets[1, 1, 0] is -1e+60"
    ),
    (changed("context.npy", npy(("", [2], [0, 0.5], .real), as: "<f8")), "task/context.npy: context[1] is 0.5"),
    (changed("context.npy", npy(("", [1], [0], .real), as: "<f8")), "task/context.npy: context has the shape [1]"),
  ]

  @Test(arguments: refusals) func whatDoesNotFitIsRefusedWithItsFile(files: [String: [UInt8]], words: String) throws {
    let error = #expect(throws: SpecError.self) { _ = try Self.read("task", Self.folder("task", files)) }
    #expect(error?.keyPath == "task.path")
    #expect(error?.message.hasPrefix(words) == true, "\(String(describing: error))")
  }

  @Test func theDecisionIsThatOfAllFiles() throws {
    let error = #expect(throws: SpecError.self) {
      _ = try Self.read("task", Self.folder("task", Self.plain), keys: #", "decision": [1, 3]"#)
    }
    #expect(
      error?.message.hasPrefix("task: its trials have the steps 0 to 2, and the decision (steps 1 to 3) has others")
        == true)
  }
}
