// The documents that repeat what the program says must say what it says now.

import Foundation
import Testing

@testable import Experiments
@testable import mcmc_run

@Suite struct DocumentationTests {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
  }

  /// `make docs` writes docs/commands.md from the help.
  @Test func commandReferenceIsTheHelp() throws {
    let document = try Self.text("docs/commands.md")
    let program = Program.mcmcRun
    #expect(document.contains(HelpText.of(program)))
    for command in program.commands {
      let help = HelpText.of(command.description, program: program.name)
      #expect(document.contains(help), "run make docs: \(command.description.name) has changed")
    }
    #expect(document.contains(SpecHelp.text()))
  }

  /// docs/swift.md shows example programs as they are.
  @Test(arguments: ["anharmonic-oscillator", "experiment-file", "own-observable"])
  func examplesAreShownAsTheyAre(_ name: String) throws {
    let program = try Self.text("Examples/Sources/\(name)/main.swift")
    #expect(try Self.text("docs/swift.md").contains(program.trimmingCharacters(in: .whitespacesAndNewlines)))
  }

  /// What a newcomer reads first stays short.
  @Test func readmeIsShort() throws {
    #expect(try Self.text("README.md").split(separator: "\n", omittingEmptySubsequences: false).count <= 131)
  }

  /// The README's experiment can be read.
  @Test func readmeShowsAValidExperiment() throws {
    let parts = try Self.text("README.md").components(separatedBy: "```json\n")
    try #require(parts.count == 2)
    let text = try #require(parts[1].components(separatedBy: "```").first)
    _ = try Experiment(Array(text.utf8), file: "README.json", folder: ".")
  }

  /// Every shipped experiment can be read.
  @Test func shippedExperimentsAreValid() throws {
    let folder = Self.root.appendingPathComponent("experiments")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".json") }
    #expect(files.count >= 2)
    for file in files { _ = try Experiment.read(path: folder.appendingPathComponent(file).path) }
  }
}
