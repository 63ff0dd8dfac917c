// Experiment files to begin with: each is read, says the truth about defaults, and is sampled.

import Foundation
import JSON
import Testing

@testable import Experiments
@testable import mcmc_run

@Suite struct InitTests {
  private static let tasks = TaskSection.schema.kinds.map(\.name)
  private static let networks = NetworkSection.schema.kinds.map(\.name)
  private static let pairs = tasks.flatMap { task in networks.map { (task, $0) } }

  /// Kinds whose data only their owner can make: init names the file, and nothing is sampled.
  static let ownData: Set<String> = ["trials"]

  private func template(_ kinds: [String: String]) throws -> SpecTemplate? {
    do { return try SpecTemplate(kinds: kinds) } catch {
      #expect(error.description.hasPrefix("these do not go together: ") || error.description.contains("has no section"))
      return nil
    }
  }

  private func read(_ text: String, _ template: SpecTemplate) throws -> Experiment {
    try ExperimentSamples.read(
      Array(text.utf8), files: Dictionary(uniqueKeysWithValues: template.tables.map { ($0.name, $0.text) }))
  }

  /// Every task has a network and every network a task for which there is a file, and every kind of every other section stands in one.
  @Test func everyKindHasAFile() throws {
    var seen: Set<String> = []
    for (task, network) in Self.pairs {
      guard let template = try template(["task": task, "network": network]) else { continue }
      if template.missing.isEmpty {
        seen.formUnion(["task.\(task)", "network.\(network)"])
      } else {
        #expect(
          Self.ownData.contains(task) || Self.ownData.contains(network),
          "init cannot make \(template.missing) of task \(task), network \(network): give its key an example in the table of keys (.example(\"name.csv\", ExampleTable(...))), or list the kind in ownData here"
        )
        continue
      }
      for (_, section) in SpecTemplate.choices where !["task", "network"].contains(section.path) {
        for kind in section.kinds {
          let asked = ["task": task, "network": network, section.path: kind.name]
          if let other = try self.template(asked) {
            seen.insert("\(section.path).\(kind.name)")
            _ = try read(other.text(file: "spec.json"), other)
          }
        }
      }
    }
    for (_, section) in SpecTemplate.choices {
      for kind in section.kinds where !Self.ownData.contains(kind.name) {
        #expect(
          seen.contains("\(section.path).\(kind.name)"),
          "no example with \(section.path).kind \"\(kind.name)\" is accepted: see SpecTemplate, and give the keys of that kind examples"
        )
      }
    }
  }

  /// The program writes the file, its tables beside it, and samples it.
  @Test(arguments: pairs.indices) func theFileIsSampled(_ index: Int) throws {
    let (task, network) = Self.pairs[index]
    guard let template = try template(["task": task, "network": network]), template.missing.isEmpty else { return }
    let runner = try ProgramRunner()
    try FileManager.default.createDirectory(atPath: runner.path("new"), withIntermediateDirectories: true)
    let made = try runner.run("init", "new/spec.json", "--task", task, "--network", network, "--json")
    try #require(made.status == 0, "\(task), \(network): \(made.errors)")
    #expect(runner.files("new").count == 1 + template.tables.count)
    for line in try String(contentsOfFile: runner.path("new/spec.json"), encoding: .utf8).split(separator: "\n") {
      #expect(line.count <= 80 || !line.contains("// ") || line.contains("\": "), "\(line)")
    }
    let sampled = try runner.run(
      "sample", "new/spec.json", "--draws", "3", "--warmup", "4", "--chains", "1", "--quiet")
    #expect(sampled.status == 0, "\(task), \(network): \(sampled.errors)")
    let again = try runner.run("init", "new/spec.json", "--task", task, "--network", network)
    #expect(try again.status == 64 && again.refusal().contains("is there already"))
    #expect(try runner.run("init", "new/spec.json", "--task", task, "--network", network, "--force").status == 0)
  }

  /// A key in a comment has the value that it has without being there.
  @Test(arguments: pairs.indices) func commentsTellTheDefaults(_ index: Int) throws {
    let (task, network) = Self.pairs[index]
    guard let template = try template(["task": task, "network": network]), template.missing.isEmpty else { return }
    let text = template.text(file: "spec.json")
    let keyInAComment = #/\/\/ "[A-Za-z]+": /#
    let all = text.replacing(/(?m)^( *)\/\/ ("[A-Za-z]+": .*,)$/) { "\($0.1)\($0.2)" }
    #expect(all.matches(of: keyInAComment).isEmpty && text.matches(of: keyInAComment).count > 20)
    #expect(try read(all, template) == read(text, template))
    // Every key of the sections stands in it, as a key or in a comment.
    for key in SamplerSection.schema.allKeys + WeightsSection.schema.allKeys {
      #expect(text.contains("\"\(key.name)\": "), "\(key.name)")
    }
  }

  /// What does not go together is refused with the reader's reason.
  @Test func theReasonIsTold() throws {
    let runner = try ProgramRunner()
    let refused = try runner.run("init", "--task", "moments", "--network", "deep")
    #expect(try refused.status == 64 && refused.refusal().contains("\"moments\" is about neurons"))
    let section = try runner.run("init", "--task", "inputSelection", "--network", "deep", "--gains", "fixed")
    #expect(try section.status == 64 && section.refusal().contains("no section network.gains"))
    let silent = try runner.run("init")
    #expect(try silent.status == 64 && silent.refusal().contains("--task is missing"))
    #expect(try runner.run("init", "no/such/folder.json", "--task", "inputSelection", "--network", "deep").status == 74)
    #expect(runner.listing().isEmpty)
    let printed = try runner.run("init", "-", "--task", "inputSelection", "--network", "deep")
    #expect(printed.status == 0 && runner.listing().isEmpty)
    _ = try ExperimentSamples.read(printed.output)
  }
}
