// End to end: what cannot be used is refused in one line that says where and what is allowed, and nothing is left behind.

import Foundation
import Testing

@Suite struct EndToEndRefusalTests {
  /// A spec, and fragments that the message must contain.
  struct Refusal: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let spec: String
    let fragments: [String]

    init(_ what: String, _ spec: String, _ fragments: String...) {
      testDescription = what
      self.spec = spec
      self.fragments = fragments
    }

    init(_ what: String, _ change: (inout SpecText) -> Void, _ fragments: [String]) {
      testDescription = what
      spec = SpecText.with(change)
      self.fragments = fragments
    }
  }

  static let specs: [Refusal] = [
    Refusal("malformed", "{\n  \"name\": \"x\",\n  \"task\": }\n", "spec.json:3:11"),
    Refusal("empty", "", "spec.json:1:1"),
    Refusal(
      "unknown key", { $0.sampler = #"{ "drawz": 3 }"# }, ["spec.json:8:16: sampler.drawz", "did you mean", "draws"]),
    Refusal("duplicate key", { $0.sampler = #"{ "draws": 3, "draws": 4 }"# }, ["spec.json:8:", "draws", "twice"]),
    Refusal(
      "wrong type", { $0.neurons = "\"many\"" }, ["network.neurons", "found \"many\"", "allowed: a whole number"]),
    Refusal("NaN", { $0.weights = #"{ "output": NaN }"# }, ["weights.output", "NaN", "finite"]),
    Refusal("negative scale", { $0.weights = #"{ "output": -1 }"# }, ["weights.output", "found -1", "allowed: "]),
    Refusal("zero neurons", { $0.neurons = "0" }, ["network.neurons", "found 0", "from 1"]),
    Refusal(
      "ragged target", { $0.task = #"{ "kind": "linearReadout", "target": [[1, 0], [0]] }"# },
      ["task.target[1]", "found a row of 1", "allowed: 2"]),
    Refusal(
      "covariance of another shape", { $0.stimuli = #"{ "kind": "gaussian", "covariance": [[1]] }"# },
      ["stimuli.covariance", "found 1 x 1", "allowed: 2 x 2"]),
    Refusal(
      "too many symmetric contexts", { $0.task = #"{ "kind": "inputSelection", "contexts": 1025 }"# },
      ["task.contexts", "1025", "1 to 1024"]),
    Refusal(
      "too many contexts",
      {
        let rows = [String](repeating: "[1, 0]", count: 21).joined(separator: ", ")
        $0.task = "{ \"kind\": \"linearReadout\", \"target\": [\(rows)] }"
      }, ["task.target", "found 21", "1 to 20"]),
    Refusal(
      "no file of stimuli", { $0.stimuli = #"{ "kind": "file", "path": "none.csv" }"# }, ["stimuli.path", "none.csv"]),
    Refusal(
      "infeasible scales", { $0.weights = #"{ "convention": "moment", "output": 1, "input": 1 }"# },
      ["must exceed 1.366", "moment"]),
    Refusal(
      "all gains one, rows unequal", { $0.activeProbability = "1" },
      ["active probability 1", "rows 0 and 1 of the target differ"]),
    Refusal(
      "moment with gibbs",
      {
        $0.weights = #"{ "convention": "moment" }"#
        $0.ensemble = SpecText.gibbs
      }, ["weights.convention", "gibbs"]),
    Refusal(
      "exact draws of a gibbs ensemble",
      {
        $0.ensemble = SpecText.gibbs
        $0.sampler = #"{ "kind": "exact" }"#
      }, ["sampler.kind", "product"]),
    Refusal(
      "no hidden layer", deep(#""widths": [], "activation": "tanh""#), "network.widths", "1 to 100 whole numbers"),
    Refusal(
      "a hidden layer of no neurons", deep(#""widths": [4, 0], "activation": "tanh""#), "network.widths[1]", "found 0"),
    Refusal(
      "an unknown activation", deep(#""widths": [4], "activation": "sigmoid""#), "network.activation", "sigmoid", "tanh"
    ),
    Refusal(
      "layers that outgrow the prior",
      deep(#""widths": [4, 4], "activation": "relu""#, ensemble: #"{ "kind": "product" }"#),
      "ensemble.kind", "cannot be normalised", "gibbs"),
    Refusal(
      "moments of a deep network",
      deep(
        #""widths": [4], "activation": "tanh""#, ensemble: #"{ "kind": "product" }"#,
        more: #", "weights": { "convention": "moment" }"#),
      "weights.convention", "deep", "prior"),
    Refusal(
      "Gaussian stimuli of a deep nonlinear network",
      deep(#""widths": [4], "activation": "tanh""#, stimuli: #"{ "kind": "gaussian" }"#), "stimuli.kind", "sampled"),
  ]

  private static func deep(
    _ network: String, ensemble: String = SpecText.gibbs, stimuli: String = #"{ "kind": "sampled", "count": 8 }"#,
    more: String = ""
  ) -> String {
    """
    { "task": { "kind": "inputSelection", "contexts": 2 }, "network": { "kind": "deep", \(network) },
      "ensemble": \(ensemble), "stimuli": \(stimuli)\(more) }
    """
  }

  /// Contents of a file of stimuli for two features, and fragments of the message.
  @Test(
    arguments: [
      ("1, 2\n3\n", ["stimuli.csv:2", "2 columns"]), ("1, 2, 3\n", ["stimuli.csv:1:1", "2 columns (one a feature)"]),
      ("1, nan\n", ["stimuli.csv:1:4", "nan"]), ("1, two\n", ["stimuli.csv:1:4", "two"]),
      ("", ["stimuli.csv", "empty"]),
    ]) func aBadFileOfStimuliIsRefused(text: String, fragments: [String]) throws
  {
    let runner = try ProgramRunner()
    try runner.write(
      Self.deep(#""widths": [4], "activation": "tanh""#, stimuli: #"{ "kind": "file", "path": "stimuli.csv" }"#),
      to: "spec.json")
    try runner.write(text, to: "stimuli.csv")
    let result = try runner.run("sample", "spec.json")
    #expect(result.status == 65)
    let message = try result.refusal()
    for fragment in fragments { #expect(message.contains(fragment), "\(message)") }
  }

  @Test func whatOnlySamplingCanTellIsRefusedWithItsNumbers() throws {
    let runner = try ProgramRunner()
    try runner.write(SpecText.with { $0.ensemble = #"{ "kind": "gibbs", "expectedLoss": 50 }"# }, to: "loss.json")
    let loss = try runner.run("sample", "loss.json", "--quiet")
    #expect(loss.status == 65)
    #expect(try loss.refusal().contains("is not below the prior's mean loss"))
    try runner.write(
      Self.deep(#""widths": [6, 6], "activation": "tanh""#, ensemble: #"{ "kind": "gibbs", "tightness": 5 }"#),
      to: "gibbs.json")
    let solve = try runner.run("solve", "gibbs.json")
    #expect(solve.status == 65)
    #expect(try solve.refusal().contains("there is nothing to solve"))
    #expect(runner.listing().sorted() == ["gibbs.json", "loss.json"], "nothing is left behind")
  }

  @Test(arguments: specs) func aBadSpecIsRefusedByEveryCommandThatTakesOne(refusal: Refusal) throws {
    let runner = try ProgramRunner()
    try runner.write(refusal.spec, to: "spec.json")
    for command in ["sample", "run"] {
      let result = try runner.run(command, "spec.json")
      #expect(result.status == 65)
      #expect(result.output == "")
      let message = try result.refusal()
      for fragment in refusal.fragments { #expect(message.contains(fragment), "\(message)") }
    }
    #expect(runner.listing() == ["spec.json"], "nothing is left behind")
  }

  /// Arguments, the status, and fragments of the message.
  static let commandLines: [(arguments: [String], status: Int32, fragments: [String])] = [
    ([], 64, ["no command", "solve, sample"]),
    (["sampel", "spec.json"], 64, ["sampel", "did you mean \"sample\""]),
    (["sample"], 64, ["<experiment.json>"]),
    (["solve", "spec.json", "more"], 64, ["more"]),
    (["sample", "spec.json", "--drws", "3"], 64, ["--drws", "did you mean --draws"]),
    (["sample", "spec.json", "--draws"], 64, ["--draws needs a value"]),
    (["sample", "spec.json", "--draws", "0"], 64, ["--draws", "from 1"]),
    (["sample", "spec.json", "--chains", "3..2"], 64, ["--chains", "a..b"]),
    (["sample", "spec.json", "--threads", "0"], 64, ["--threads", "from 1"]),
    (["sample", "spec.json", "--seed", "-1"], 64, ["--seed", "from 0"]),
    (["sample", "spec.json", "--draws", "9", "--set", "sampler.draws=8"], 64, ["--set sampler.draws", "--draws has"]),
    (["run", "spec.json", "--neurons", "9", "--set", "network={}"], 64, ["--set network", "--neurons has said"]),
    (["run", "spec.json", "--set", "sampler.thin=2", "--set", "sampler.thin=2"], 64, ["--set sampler.thin has said"]),
    (["sample", "spec.json", "--set", #"network={kind: "twoLayer"}"#], 64, ["--set network: network.neurons"]),
    (["solve", "spec.json", "--json=1"], 64, ["--json takes no value"]),
    (["help", "nothing"], 64, ["nothing"]),
    (["help", "sample", "more"], 64, ["more"]),
    (["--version", "more"], 64, ["more"]),
    (["solve", "none.json"], 65, ["none.json", "no such file"]),
    (["check", "."], 65, ["not a run", "experiment.json"]),
    (["check", "none"], 65, ["none", "no such file or folder"]),
    (["check", "spec.json"], 65, ["chains/small"]),
    (["sample", "spec.json", "--out", "spec.json"], 65, ["spec.json is there already", "not a run"]),
    (["sample", "spec.json", "--out", "folder", "--force"], 65, ["folder is there already", "not a run"]),
    (["sample", "spec.json", "--out", "spec.json/run"], 74, ["spec.json"]),
  ]

  @Test(arguments: commandLines.indices) func aBadCommandLineIsRefused(index: Int) throws {
    let line = Self.commandLines[index]
    let runner = try ProgramRunner()
    try runner.write(SpecText().text, to: "spec.json")
    try FileManager.default.createDirectory(atPath: runner.path("folder"), withIntermediateDirectories: true)
    try runner.write("mine", to: "folder/notes.txt")
    let result = try runner.run(line.arguments)
    #expect(result.status == line.status, "\(line.arguments)")
    let message = try result.refusal()
    if line.arguments.contains(where: { $0.hasPrefix("--json") }) {
      #expect(try result.json()["error"]["exitStatus"].number == Double(line.status))
    } else {
      #expect(result.output == "")
    }
    for fragment in line.fragments { #expect(message.contains(fragment), "\(message)") }
    #expect(runner.listing() == ["folder", "folder/notes.txt", "spec.json"], "nothing is left behind")
  }

  @Test func anUnreadableOrUnwritablePlaceIsNamed() throws {
    let runner = try ProgramRunner()
    try runner.write(SpecText().text, to: "spec.json")
    // Permissions do not bind the superuser, a folder in place of a file binds everyone.
    try FileManager.default.createDirectory(atPath: runner.path("folder.csv"), withIntermediateDirectories: true)
    try runner.write(
      SpecText.with { $0.stimuli = #"{ "kind": "file", "path": "folder.csv" }"# }, to: "folder.json")
    let folder = try runner.run("sample", "folder.json")
    #expect(folder.status == 65)
    #expect(try folder.refusal().contains("this is a folder, not a file"))
    guard getuid() != 0 else { return }
    chmod(runner.path("spec.json"), 0)
    let unreadable = try runner.run("sample", "spec.json")
    #expect(unreadable.status == 65)
    #expect(try unreadable.refusal().contains("cannot be opened: permission denied"))
    chmod(runner.path("spec.json"), 0o600)
    chmod(runner.folder, 0o500)
    defer { chmod(runner.folder, 0o700) }
    let unwritable = try runner.run("sample", "spec.json")
    #expect(unwritable.status == 74)
    #expect(try unwritable.refusal().contains("chains"))
  }

  /// Damage in warm-up counts too, although no report looks at its draws.
  @Test(arguments: ["draws-", "warmup-"]) func aDamagedRunIsRefused(phase: String) throws {
    let runner = try ProgramRunner()
    try runner.write(SpecText.with { $0.ensemble = SpecText.gibbs }, to: "spec.json")
    #expect(try runner.run("sample", "spec.json", "--sampler", "hmc", "--quiet").status == 0)
    let segment = try #require(runner.listing().first { $0.hasSuffix(".nc") && $0.contains(phase) })
    var bytes = try Data(contentsOf: URL(fileURLWithPath: runner.path(segment)))
    bytes[bytes.count / 2] ^= 0x10
    try bytes.write(to: URL(fileURLWithPath: runner.path(segment)))
    for command in ["check", "diagnose", "evaluate"] {
      let result = try runner.run(command, "chains/small")
      #expect(result.status == 65)
      #expect(try result.refusal().contains("is damaged"))
    }
    try Data("{".utf8).write(to: URL(fileURLWithPath: runner.path("chains/small/run.json")))
    let again = try runner.run("sample", "spec.json", "--force", "--quiet")
    #expect(again.status == 65)
    #expect(try again.refusal().contains("holds a run that is damaged"))
    #expect(runner.exists("chains/small/experiment.json"))
  }

  /// A page and an export replace what this program made, with --force too.
  @Test func whatOthersMadeIsNotReplaced() throws {
    let runner = try ProgramRunner()
    try runner.write(SpecText().text, to: "spec.json")
    #expect(try runner.run("sample", "spec.json", "--quiet").status == 0)
    for (name, text) in [("mine.nc", "notes"), ("mine.html", "<html></html>")] { try runner.write(text, to: name) }
    let export = try runner.run("export", "chains/small", "--out", "mine.nc", "--force")
    #expect(export.status == 65)
    #expect(try export.refusal().contains("mine.nc is there already and is no export of this program"))
    for _ in 0..<2 {
      #expect(try runner.run("export", "chains/small", "--out", "own.nc", "--force").status == 0)
    }
    for content in ["index.html", "figures"] {
      let folder = runner.path("site-\(content)")
      try FileManager.default.createDirectory(atPath: "\(folder)/figures", withIntermediateDirectories: true)
      if content == "index.html" { try runner.write("<html>mine</html>", to: "site-\(content)/index.html") }
      let page = try runner.run("report", "chains/small", "--out", folder)
      #expect(page.status == 65)
      #expect(try page.refusal().contains("not of this program's making"))
    }
    #expect(try String(contentsOfFile: runner.path("mine.nc"), encoding: .utf8) == "notes")
  }

  @Test func helpAndVersion() throws {
    let runner = try ProgramRunner()
    let help = try runner.run("help")
    #expect(help.status == 0 && help.errors == "")
    for command in ["solve", "sample", "diagnose", "check", "evaluate", "run"] {
      #expect(help.output.contains("\n  \(command) "))
      let page = try runner.run("help", command)
      #expect(page.status == 0)
      #expect(page.output == (try runner.run(command, "--help")).output)
      let examples = try #require(page.output.range(of: "Examples"))
      let usage = try #require(page.output.range(of: "Usage"))
      #expect(examples.lowerBound < usage.lowerBound, "examples first")
    }
    let version = try runner.run("--version")
    #expect(version.status == 0)
    #expect(version.output.wholeMatch(of: /mcmc-run \d+\.\d+\.\d+\n/) != nil)
  }
}
