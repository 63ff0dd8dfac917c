// End to end: trials in time are written, read back, drawn on, judged, exported and shown.

import Foundation
import Storage
import Testing

@Suite struct EndToEndTrialsTests {
  private static let bits = """
    { "task": { "kind": "flipFlop", "bits": 2, "steps": 4, "trials": 3 },
      "network": { "kind": "recurrent", "neurons": 4, "activation": "tanh" }, "ensemble": { "kind": "gibbs", "tightness": 5 },
      "sampler": { "draws": 40, "warmup": 40, "chains": 2 }, "record": { "weights": 5 }, "evaluation": { "count": 6 } }
    """

  private func runner(_ spec: String) throws -> ProgramRunner {
    let runner = try ProgramRunner()
    try runner.write(spec, to: "bits.json")
    return runner
  }

  /// The same trials from the law and from the program's file: the same draws.
  @Test func trialsAreWrittenAndReadBack() throws {
    let runner = try runner(Self.bits)
    let written = try runner.run("trials", "bits.json", "--json").json()
    #expect(
      written.keys == [
        "path", "trials", "times", "inputChannels", "outputChannels", "contexts", "maskedEntries", "decision",
      ])
    #expect(written["path"].string == "bits.npz" && written["maskedEntries"].number == 24)
    let again = try runner.run("trials", "bits.json")
    #expect(again.status == 74 || again.status == 65)
    #expect(again.errors.contains("--force"))
    #expect(try runner.run("trials", "bits.json", "--force").status == 0)
    #expect(try runner.run("trials", "bits.json", "--held-out", "--out", "held.npz").status == 0)
    try runner.write(
      Self.bits.replacingOccurrences(
        of: #"{ "kind": "flipFlop", "bits": 2, "steps": 4, "trials": 3 }"#,
        with: #"{ "kind": "trials", "path": "bits.npz", "heldOut": "held.npz" }"#), to: "file.json")
    for name in ["bits", "file"] {
      #expect(try runner.run("sample", "\(name).json", "--out", name, "--quiet").status == 0)
    }
    let digests = try ["bits", "file"].map { try runner.run("digest", $0).output }
    #expect(digests[0] == digests[1] && !digests[0].isEmpty)
    // The run has its own copy, is continued with it, and is judged by the same held-out trials.
    for name in ["bits.npz", "held.npz"] { try FileManager.default.removeItem(atPath: "\(runner.folder)/\(name)") }
    #expect(try runner.run("resume", "file", "--draws", "50", "--quiet").status == 0)
    #expect(try runner.run("resume", "bits", "--draws", "50", "--quiet").status == 0)
    let evaluations = try ["bits", "file"].map { try runner.run("evaluate", $0, "--json").json()["trials"] }
    #expect(evaluations[0]["accuracy"]["mean"].number == evaluations[1]["accuracy"]["mean"].number)
    #expect(evaluations[0]["trials"].number == 6 && evaluations[0]["errorInTime"].array.count == 4)
    // A run with trials is removed and made anew like any other.
    #expect(try runner.run("sample", "file/experiment.json", "--out", "copy", "--quiet").status == 0)
    #expect(try runner.run("sample", "file/experiment.json", "--out", "copy", "--quiet", "--force").status == 0)
    #expect(try runner.run("export", "file", "--format", "npz", "--networks").status == 0)
    #expect(FileManager.default.fileExists(atPath: "\(runner.folder)/file.npz"))
  }

  /// A folder on disk is the file of its arrays; runs and studies have their own copy of it.
  @Test func aFolderIsTheFileOfItsArrays() throws {
    let inputs: NPZFile.Entry = ("inputs", [2, 3, 1], [1, 0, -1, -1, 1, 0], .real)
    let targets: NPZFile.Entry = ("targets", [2, 3, 1], [1, 1, -1, -1, 1, 1], .real)
    let runner = try runner(Self.bits)
    try Data(try NPZFile.bytes([inputs, targets], by: "test")).write(to: runner.url.appendingPathComponent("task.npz"))
    let folder = runner.url.appendingPathComponent("task")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    for (name, array) in [("inputs", inputs), ("targets", targets)] {
      let bytes = TrialFolderTests.npy(array, as: ">f8", isFortran: true)
      try Data(bytes).write(to: folder.appendingPathComponent("\(name).npy"))
    }
    for (name, path) in [("file", "task.npz"), ("folder", "task")] {
      try runner.write(
        Self.bits.replacingOccurrences(
          of: #"{ "kind": "flipFlop", "bits": 2, "steps": 4, "trials": 3 }"#,
          with: #"{ "kind": "trials", "path": "\#(path)" }"#), to: "\(name).json")
      #expect(try runner.run("sample", "\(name).json", "--out", name, "--quiet").status == 0)
      #expect(
        try runner.run(
          "train", "\(name).json", "--networks", "2", "--steps", "3", "--out", "\(name)-trained", "--quiet"
        )
        .status <= 1)
    }
    #expect(try runner.run("digest", "file").output == runner.run("digest", "folder").output)
    let copies = try ["file", "folder", "file-trained", "folder-trained"].map {
      try Data(contentsOf: runner.url.appendingPathComponent("\($0)/inputs/trials.npz"))
    }
    #expect(Set(copies).count == 1)
    try FileManager.default.removeItem(at: folder.appendingPathComponent("inputs.npy"))
    #expect(try runner.run("resume", "folder", "--draws", "50", "--quiet").status == 0)
    let refused = try runner.run("sample", "folder.json", "--out", "again", "--quiet")
    #expect(refused.status == 65)
    #expect(try refused.refusal().contains(#"task: it has no file "inputs.npy" (it has "targets.npy")"#))
    // A table is no folder.
    let table = try runner.run(
      "sample", "bits.json", "--set", #"network={kind: "twoLayer", neurons: 3, activation: "tanh"}"#, "--set",
      #"task={kind: "targets", path: "task"}"#, "--out", "again", "--quiet")
    #expect(table.status == 64 && table.errors.contains("task: this is a folder, not a file"), "\(table.errors)")
    #expect(!runner.exists("again"))
  }

  @Test func changedTrialsOfARunAreNoticed() throws {
    let runner = try runner(Self.bits)
    _ = try runner.run("trials", "bits.json", "--quiet")
    try runner.write(
      Self.bits.replacingOccurrences(
        of: #"{ "kind": "flipFlop", "bits": 2, "steps": 4, "trials": 3 }"#,
        with: #"{ "kind": "trials", "path": "bits.npz" }"#), to: "file.json")
    #expect(try runner.run("sample", "file.json", "--out", "run", "--quiet").status == 0)
    _ = try runner.run("trials", "bits.json", "--set", "task.seed=9", "--out", "run/inputs/trials.npz", "--force")
    let changed = try runner.run("evaluate", "run")
    #expect(changed.status != 0 && changed.errors.contains("trials.npz"), "\(changed.errors)")
  }

  @Test func whatHasNoTrialsIsRefused() throws {
    let runner = try runner(Self.bits)
    try runner.write(
      #"{"task": {"kind": "inputSelection", "contexts": 2}, "network": {"kind": "gainModulatedLinear", "neurons": 4}}"#,
      to: "plain.json")
    let plain = try runner.run("trials", "plain.json")
    #expect(plain.status == 65 && plain.errors.contains("is about single stimuli"))
    for command in [["predict", "run"], ["solve", "bits.json"]] {
      if command[0] == "predict" { _ = try runner.run("sample", "bits.json", "--out", "run", "--quiet") }
      let refused = try runner.run(command)
      #expect(refused.status == 65, "\(command): \(refused.errors)")
    }
  }
}
