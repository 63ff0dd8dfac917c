// Everything that the program prints for people fits 80 and 60 columns, and what matters is in it.

import Foundation
import Testing

@testable import Experiments
@testable import mcmc_run

@Suite struct EveryOutputFitsTests {
  private static let widths = [80, 60]

  /// Six contexts; a deep network of a long name; ten features; huge and small scales.
  private static let specs: [(name: String, text: String)] = [
    (
      "six",
      SpecText.with {
        $0.name = "six"
        $0.task = #"{ "kind": "inputSelection", "contexts": 6 }"#
        $0.sampler = #"{ "chains": 2, "draws": 60, "seed": 7 }"#
      }
    ),
    (
      "deep-tanh-network-of-two-hidden-layers-with-a-long-name",
      """
      { "name": "deep-tanh-network-of-two-hidden-layers-with-a-long-name",
        "task": { "kind": "inputSelection", "contexts": 2 },
        "network": { "kind": "deep", "widths": [4, 3], "activation": "tanh" },
        "ensemble": { "kind": "gibbs", "tightness": 2 },
        "stimuli": { "kind": "sampled", "count": 8, "seed": 1 },
        "sampler": { "chains": 2, "warmup": 60, "draws": 40, "seed": 7 }, "record": { "weights": 10 } }
      """
    ),
    (
      "ten",
      SpecText.with {
        $0.name = "ten"
        let row = (0..<10).map { "\(Double($0) / 8 - 0.5)" }.joined(separator: ", ")
        $0.task = #"{ "kind": "linearReadout", "target": [[\#(row)], [\#(row)]] }"#
        $0.ensemble = SpecText.gibbs
      }
    ),
    (
      "scales",
      SpecText.with {
        $0.name = "scales"
        $0.weights = #"{ "convention": "prior", "output": 1e9, "input": 1e-8 }"#
      }
    ),
  ]

  /// Runs a command at a width and expects that every line fits it.
  @discardableResult private func output(
    _ runner: ProgramRunner, _ width: Int, _ arguments: [String], statuses: Set<Int32> = [0, 1]
  ) throws -> String {
    let result = try runner.run(arguments, environment: ["COLUMNS": "\(width)"])
    #expect(statuses.contains(result.status), "\(arguments): \(result.status) \(result.errors)")
    for line in (result.output + result.errors).split(separator: "\n") where TextWidth.of(String(line)) > width {
      Issue.record("\(arguments.joined(separator: " ")): wider than \(width):\n\(line)")
    }
    return result.output
  }

  /// Whether a folded table has a name: its pieces, where it may be broken.
  private func expect(_ text: String, has name: String, _ command: String) {
    for piece in name.split(whereSeparator: { "_[".contains($0) }) {
      #expect(text.contains(piece), "\(command) has lost \(name)")
    }
  }

  @Test(arguments: specs.indices, widths) func reportsOfRunsFit(index: Int, width: Int) throws {
    let runner = try ProgramRunner()
    let (name, text) = Self.specs[index]
    try runner.write(text, to: "spec.json")
    let all = try output(runner, width, ["run", "spec.json"])
    let run = "chains/\(name)"
    let check = try output(runner, width, ["check", run])
    for result in try runner.run("check", run, "--json").json()["checks"].array.prefix(8) {
      // Of a family the table shows the worst.
      let family = (result["name"].string ?? "?").prefix { $0 != "[" }
      expect(check, has: String(family), "check")
      for value in [
        NumberText.plusMinus(result["estimate"].number, result["standardError"].number),
        NumberText.significant(result["z"].number, digits: 2),
      ] where result["name"].string?.contains("[") == false {
        #expect(check.contains(value), "check has lost \(value)")
      }
    }
    #expect(["exact", "inconclusive"].contains { check.contains($0) })
    let diagnosis = try output(runner, width, ["diagnose", run])
    let observables = try runner.run("diagnose", run, "--json").json()["observables"]
    for observable in observables.keys {
      let summary = observables[observable]
      expect(diagnosis, has: observable, "diagnose")
      for value in [
        NumberText.plusMinus(summary["mean"].number, summary["mcse"].number),
        NumberText.significant(summary["essBulk"].number, digits: 4),
        NumberText.significant(
          summary["rHat"].number == .greatestFiniteMagnitude ? .infinity : summary["rHat"].number, digits: 5),
      ] { #expect(diagnosis.contains(value), "diagnose has lost \(value) of \(observable)") }
    }
    for part in [check, diagnosis] where width == 80 {
      #expect(all.contains(part), "run shows what the commands show")
    }
    // As wide as it likes.
    let wide = try runner.run(["diagnose", run, "--wide"], environment: ["COLUMNS": "\(width)"]).output
    #expect(wide.split(separator: "\n").contains { $0.hasPrefix("observable ") && $0.hasSuffix("R-hat") })
    for command in [
      ["evaluate", run], ["predict", run], ["test-gradient", run], ["digest", run], ["export", run], ["resume", run],
    ] {
      try output(runner, width, command)
    }
    if index != 1 { try output(runner, width, ["solve", "spec.json"]) }
  }

  @Test(arguments: widths) func studiesAndTestsFit(width: Int) throws {
    let runner = try ProgramRunner()
    try runner.write(Self.specs[0].text.replacing("\"contexts\": 6", with: "\"contexts\": 2"), to: "product.json")
    try runner.write(
      SpecText.with {
        $0.ensemble = SpecText.gibbs
        $0.sampler = #"{ "chains": 2, "warmup": 100, "draws": 50, "seed": 7 }"#
      }, to: "gibbs.json")
    let size = try output(runner, width, ["finite-size", "product.json", "--neurons", "5,10,20"])
    for name in ["population_", "loss", "c1", "p of", "accuracy"] { #expect(size.contains(name)) }
    try output(
      runner, width,
      ["phase-diagram", "product.json", "--contexts", "2,3", "--weight-scales", "0.1:4:3", "--sampled", "2"])
    try output(runner, width, ["train", "product.json", "--networks", "4", "--steps", "50"])
    let compared = try output(
      runner, width,
      ["compare", "product.json", "--weight-scales", "1,3", "--networks", "4", "--steps", "50"])
    for name in ["loss", "accuracy", "energy", "Wasserstein"] { #expect(compared.contains(name)) }
    try output(runner, width, ["entropy", "gibbs.json", "--runs", "20", "--draws", "40", "--rungs", "4"])
    try output(runner, width, ["test-kernel", "gibbs.json"])
    for (chains, out) in [("0..1", "a"), ("2..3", "b")] {
      try output(runner, width, ["sample", "product.json", "--chains", chains, "--out", out])
    }
    try output(runner, width, ["merge", "a", "b", "--out", "c"])
  }

  @Test(arguments: [80, 60, 40]) func helpAndErrorsFit(width: Int) throws {
    let style = TextStyle(width: width, cutsWords: true)
    let program = Program.mcmcRun
    var texts = [HelpText.of(program, style: style), SpecHelp.text(style)]
    texts += program.commands.map { HelpText.of($0.description, program: program.name, style: style) }
    for text in texts.map(style.fitted) {
      #expect(text.split(separator: "\n").allSatisfy { TextWidth.of(String($0)) <= width }, "\(width): \(text)")
    }
    let runner = try ProgramRunner()
    try runner.write(SpecText.with { $0.neurons = "-1" }, to: "bad.json")
    try output(runner, width, ["sample", "bad.json"], statuses: [65])
    try output(runner, width, ["smaple"], statuses: [64])
    try output(runner, width, ["sample", "a-file-that-is-not-there-and-has-a-long-name/spec.json"], statuses: [65])
  }
}
