// What a word of a command line can become. scripts/shell-test.py asks real shells.

import Foundation
import Testing

@testable import Experiments
@testable import mcmc_run

@Suite struct CompletionTests {
  private func complete(_ words: String...) -> Completion { Completion(words, of: .mcmcRun) }
  private func words(_ completion: Completion) -> [String] { completion.candidates.map(\.word) }

  @Test func commandsComplete() {
    #expect(words(complete("sam")) == ["sample"])
    #expect(words(complete("")).count == Program.mcmcRun.commands.count + 3)
    #expect(words(complete("help", "exp")) == ["export", "experiment"])
    #expect(words(complete("no-such-command", "")).isEmpty)
    #expect(complete().candidates.count == complete("").candidates.count)
  }

  /// Every option of every command, and none twice unless it may be.
  @Test func optionsComplete() {
    for command in Program.mcmcRun.commands {
      let description = command.description
      #expect(words(complete(description.name, "--")) == description.options.map { "--\($0.name)" })
    }
    #expect(!words(complete("run", "--json", "--")).contains("--json"))
    #expect(!words(complete("run", "--draws=5", "--")).contains("--draws"))
    #expect(words(complete("run", "--set", "sampler.seed=2", "--se")).contains("--set"))
    #expect(words(complete("run", "--", "--js")).isEmpty)
  }

  @Test func valuesComplete() {
    #expect(words(complete("run", "spec.json", "--sampler", "")) == SamplerName.allCases.map(\.rawValue))
    #expect(words(complete("run", "--sampler=nu")) == ["--sampler=nuts"])
    #expect(words(complete("check", "--format", "la")) == ["latex"])
    #expect(words(complete("run", "--draws", "")).isEmpty && complete("run", "--draws", "").names == nil)
    #expect(complete("run", "--out", "").names == .folders)
    #expect(complete("import", "networks.npz", "").names == .files)
    #expect(complete("solve", "spec.json", "").names == nil, "solve takes one experiment")
    #expect(words(complete("completion", "")) == ["bash", "zsh", "fish"])
  }

  /// Every key that a spec can have by a plain path, and every word of a choice.
  @Test func settingsComplete() {
    let keys = words(complete("run", "spec.json", "--set", ""))
    #expect(Set(keys).count == keys.count)
    for key in keys {
      #expect(SpecSetting(key + "1")?.fault(in: SpecSchema.sections) == nil, "\(key) is no key")
    }
    for key in [
      "sampler.seed=", "network.gains.activeProbability=", "name=", "weights.loading=", "task.heldOut.targets=",
    ] {
      #expect(keys.contains(key))
    }
    #expect(!keys.contains { $0.hasPrefix("task.constraints.") }, "lists have numbers in their paths")
    #expect(words(complete("run", "--set", "sampler.k")) == ["sampler.kind="])
    #expect(words(complete("run", "--set", "sampler.kind=neuro")) == ["sampler.kind=neuronGibbs"])
    #expect(words(complete("run", "--set=ensemble.kind=h")) == ["--set=ensemble.kind=hard"])
    for section in SpecSchema.sections where !SpecSchema.isListed(section) {
      for key in section.allKeys {
        guard case .choice(let choices) = key.form else { continue }
        let path = section.path.isEmpty ? key.name : "\(section.path).\(key.name)"
        let found = words(complete("run", "--set", "\(path)="))
        #expect(choices.allSatisfy { found.contains("\(path)=\($0)") }, "\(path)")
      }
    }
  }

  /// Runs and studies; of names that a shell reads otherwise none.
  @Test func runsComplete() throws {
    let runner = try ProgramRunner()
    for (name, file) in [
      ("one", "experiment.json"), ("two", "study.json"), ("a b", "experiment.json"), ("$(x)", "study.json"),
    ] {
      try FileManager.default.createDirectory(
        atPath: runner.path("chains/\(name)"), withIntermediateDirectories: true)
      try runner.write("{}", to: "chains/\(name)/\(file)")
    }
    try FileManager.default.createDirectory(atPath: runner.path("chains/empty"), withIntermediateDirectories: true)
    let result = try runner.run("completion", "words", "--", "check", "")
    #expect(result.status == 0 && result.errors.isEmpty)
    #expect(result.output == "chains/one a run\nchains/two a study\n:files\n")
    #expect(try runner.run("completion", "words", "--", "report", "chains/t").output == "chains/two a study\n")
    #expect(try runner.run("completion", "tcsh").status == 64)
    #expect(try runner.run("completion", "bash", "more").status == 64)
  }

  /// A line per candidate, whatever a description has in it.
  @Test func textHasALinePerCandidate() {
    for command in Program.mcmcRun.commands {
      for last in ["", "--"] {
        let completion = complete(command.description.name, last)
        let lines = completion.text.split(separator: "\n")
        #expect(lines.count == completion.candidates.count + (completion.names == nil ? 0 : 1))
        for (line, candidate) in zip(lines, completion.candidates) {
          #expect(line.split(separator: " ").first.map(String.init) == candidate.word)
        }
      }
    }
  }
}
