// What is read is a regular file, what is written goes through no link, and what is removed is the program's own.

import Foundation
import Storage
import Testing

@Suite struct PosixTests {
  private let files = FileManager.default

  private func text(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no error"
    } catch { return "\(error)" }
  }

  @Test(.timeLimit(.minutes(1)))
  func whatIsNoRegularFileIsRefusedAndNotWaitedFor() throws {
    let scratch = try Scratch()
    #expect(mkfifo(scratch("pipe"), 0o600) == 0)
    try files.createSymbolicLink(atPath: scratch("to-pipe"), withDestinationPath: scratch("pipe"))
    try files.createSymbolicLink(atPath: scratch("to-zero"), withDestinationPath: "/dev/zero")
    #expect(text { _ = try Posix.text(of: scratch("pipe")) }.hasSuffix("is not a regular file, but a named pipe"))
    #expect(text { _ = try Posix.text(of: scratch("to-pipe")) }.hasSuffix("is not a regular file, but a named pipe"))
    #expect(text { _ = try Posix.text(of: scratch("to-zero")) }.hasSuffix("is not a regular file, but a device"))
    #expect(text { _ = try Posix.text(of: "/dev/random") }.hasSuffix("is not a regular file, but a device"))
    #expect(text { _ = try Posix.text(of: scratch.path) }.hasSuffix("is not a regular file, but a folder"))
    #expect(text { _ = try Posix.text(of: scratch("none")) }.hasSuffix("No such file or directory"))
  }

  @Test func linksAreReadThroughAndNeverWrittenThrough() throws {
    let scratch = try Scratch()
    #expect(files.createFile(atPath: scratch("precious"), contents: Data("gold".utf8)))
    for name in ["a", "a.tmp"] {
      try files.createSymbolicLink(atPath: scratch(name), withDestinationPath: scratch("precious"))
    }
    #expect(try Posix.text(of: scratch("a")) == "gold")
    try Posix.writeAtomically("lead", to: scratch("a"))
    #expect(try Posix.text(of: scratch("a")) == "lead")
    #expect(try Posix.kind(of: scratch("a"), following: false) == .file)
    try files.createDirectory(atPath: scratch("folder"), withIntermediateDirectories: false)
    try files.createSymbolicLink(atPath: scratch("to-folder"), withDestinationPath: scratch("folder"))
    #expect(text { try Posix.makeDirectory(scratch("to-folder")) }.contains("to-folder is a symbolic link"))
    try Posix.makeDirectories(scratch("to-folder/below"))
    #expect(try Posix.names(in: scratch("folder")) == ["below"])
    #expect(try Posix.text(of: scratch("precious")) == "gold")
  }

  @Test func onlyTheProgramsOwnIsRemoved() throws {
    let scratch = try Scratch()
    let patterns = ["study.json", "parts/*.json", "runs/*/run.json"]
    func fill(_ folder: String) throws {
      for name in ["study.json", "parts/N4.json", "runs/N4/run.json"] {
        try files.createDirectory(
          atPath: Posix.parent(of: "\(folder)/\(name)"), withIntermediateDirectories: true)
        #expect(files.createFile(atPath: "\(folder)/\(name)", contents: Data()))
      }
    }
    for foreign in ["thesis.tex", "parts/thesis.tex", "parts/a/N4.json", "runs/run.json", "runs/N4/.hidden", "empty/"] {
      let folder = scratch("with-\(UUID().uuidString)")
      try fill(folder)
      let before = try files.subpathsOfDirectory(atPath: folder)
      let isFolder = foreign.hasSuffix("/")
      try files.createDirectory(
        atPath: isFolder ? "\(folder)/\(foreign)" : Posix.parent(of: "\(folder)/\(foreign)"),
        withIntermediateDirectories: true)
      if !isFolder { #expect(files.createFile(atPath: "\(folder)/\(foreign)", contents: Data("x".utf8))) }
      let refused = text { try Posix.removeOwn(folder, patterns) }
      #expect(
        refused.hasPrefix("\(folder)/") && refused.contains("is not a file that this program writes"), "\(refused)")
      #expect(Set(before).isSubset(of: try files.subpathsOfDirectory(atPath: folder)))
    }
    let linked = scratch("linked")
    try fill(linked)
    try files.createDirectory(atPath: scratch("elsewhere"), withIntermediateDirectories: false)
    #expect(files.createFile(atPath: scratch("elsewhere/N4.json"), contents: Data("x".utf8)))
    try files.removeItem(atPath: "\(linked)/parts")
    try files.createSymbolicLink(atPath: "\(linked)/parts", withDestinationPath: scratch("elsewhere"))
    #expect(text { try Posix.removeOwn(linked, patterns) }.contains("\(linked)/parts is not a file"))
    try files.removeItem(atPath: "\(linked)/parts")
    try Posix.removeOwn(linked, patterns)
    #expect(try !Posix.exists(linked))
    // A link to a folder goes; the folder stays.
    try files.createSymbolicLink(atPath: scratch("link"), withDestinationPath: scratch("elsewhere"))
    try Posix.removeOwn(scratch("link"), patterns)
    #expect(try Posix.names(in: scratch("elsewhere")) == ["N4.json"])
  }
}
