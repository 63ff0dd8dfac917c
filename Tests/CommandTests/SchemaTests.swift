// The JSON Schema and the reader agree, as a validator of others judges (scripts/schema-test.py).

import Foundation
import JSON
import Testing

@testable import Experiments
@testable import mcmc_run

@Suite struct SchemaTests {
  private static let mutants = 5000

  /// A Python that has jsonschema; nil, and a loud notice, without one.
  private static let python: String? = {
    let root = ProgramRunner.package.path
    for path in [".venv/arviz1/bin/python", ".venv/arviz0/bin/python"].map({ "\(root)/\($0)" }) + ["/usr/bin/python3"]
    where FileManager.default.isExecutableFile(atPath: path) {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: path)
      process.arguments = ["-c", "import jsonschema"]
      process.standardError = FileHandle.nullDevice
      do { try process.run() } catch { continue }
      process.waitUntilExit()
      if process.terminationStatus == 0 { return path }
    }
    FileHandle.standardError.write(
      Data("*** NO PYTHON WITH jsonschema: the schema is NOT TESTED; run scripts/arviz-venv.sh ***\n".utf8))
    return nil
  }()

  /// An experiment as JSON without comments, and how it is read where its data files are.
  private struct Sample {
    let text: String
    let read: (String) throws -> Experiment

    init(_ text: String, _ read: @escaping (String) throws -> Experiment) throws {
      self.text = try JSONReader.read(text).text(.compact)
      self.read = read
    }
  }

  /// The experiments of the tests, of `experiments/`, and every file to begin with.
  private static func samples() throws -> [Sample] {
    var samples = try ExperimentSamples.all.map { try Sample($0) { try ExperimentSamples.read($0) } }
    let root = DocumentationTests.root.appendingPathComponent("experiments")
    for path in FileManager.default.enumerator(atPath: root.path)?.compactMap({ $0 as? String }).sorted() ?? []
    where path.hasSuffix(".json") {
      let file = root.appendingPathComponent(path)
      let folder = file.deletingLastPathComponent().path
      samples.append(
        try Sample(try String(contentsOf: file, encoding: .utf8)) { text in
          try Experiment(Array(text.utf8), file: "spec.json", folder: folder)
        })
    }
    for task in TaskSection.schema.kinds {
      for network in NetworkSection.schema.kinds {
        guard let template = try? SpecTemplate(kinds: ["task": task.name, "network": network.name]),
          template.missing.isEmpty
        else { continue }
        let files = Dictionary(uniqueKeysWithValues: template.tables.map { ($0.name, $0.text) })
        samples.append(
          try Sample(template.text(file: "spec.json")) { try ExperimentSamples.read(Array($0.utf8), files: files) })
      }
    }
    return samples
  }

  /// What the reader says of a text, as a line for the validator.
  private static func judged(_ text: String, as sample: Sample, origin: String) throws -> String {
    var members: [(String, JSONValue)] = [("origin", .string(origin))]
    do {
      _ = try sample.read(text)
      members += [("accepted", true), ("key", ""), ("message", "")]
    } catch {
      let error = try #require(error as? SpecError)
      members += [("accepted", false), ("key", .string(error.keyPath)), ("message", .string(error.message))]
    }
    return JSONValue.object(members).text(.compact).dropLast() + ",\"spec\":" + text + "}\n"
  }

  @Test(.enabled(if: python != nil, "there is no Python with jsonschema: run scripts/arviz-venv.sh"))
  func schemaAndReaderAgree() throws {
    let samples = try Self.samples()
    var lines = try samples.map { try Self.judged($0.text, as: $0, origin: "spec") }
    var mutator = try SpecMutator(seed: 20_261_129)
    var count = 0
    for round in 0..<(40 * Self.mutants) where count < Self.mutants {
      let sample = samples[round % samples.count]
      guard let tree = try? JSONReader.read(mutator.mutant(of: sample.text)) else { continue }
      lines.append(try Self.judged(tree.text(.compact), as: sample, origin: "mutant"))
      count += 1
    }
    try #require(count == Self.mutants)
    let runner = try ProgramRunner()
    try runner.write(SchemaCommand.schema.text(), to: "schema.json")
    try runner.write(lines.joined(), to: "cases.jsonl")
    let script = ProgramRunner.package.appendingPathComponent("scripts/schema-test.py").path
    let result = try runner.shell("\"\(try #require(Self.python))\" \"\(script)\" schema.json cases.jsonl")
    print(result.text)
    #expect(result.status == 0, "\(result.text)")
  }

  /// A kind that has been added is in a sample, without which mutants of it are missing.
  @Test func everyTaskAndNetworkHasASample() throws {
    let trees = try ExperimentSamples.all.map { try JSONReader.read($0) }
    for section in [TaskSection.schema, NetworkSection.schema] {
      let seen = Set(trees.compactMap { $0[section.path]?["kind"]?.text(.compact) })
      // Files of samples are texts, which archives of arrays are not.
      for kind in section.kinds where !InitTests.ownData.contains(kind.name) {
        #expect(
          seen.contains("\"\(kind.name)\""),
          "add an experiment of \(section.path).kind \"\(kind.name)\" to ExperimentSamples.all")
      }
    }
  }

  /// What the command prints is the schema, and files are judged as every command does.
  @Test func theCommandPrintsAndJudges() throws {
    let runner = try ProgramRunner()
    let printed = try runner.run("schema")
    #expect(printed.status == 0 && printed.output == SchemaCommand.schema.text() + "\n")
    #expect(try printed.json()["$schema"].string == "https://json-schema.org/draft/2020-12/schema")
    try runner.write(SpecText().text, to: "good.json")
    try runner.write(SpecText.with { $0.neurons = "0" }, to: "bad.json")
    let judged = try runner.run("schema", "good.json", "bad.json", "none.json", "--json")
    #expect(judged.status == 65)
    let list = try judged.json().array
    #expect(list.map { $0["accepted"].bool } == [true, false, false])
    #expect(list[1]["message"].string?.contains("network.neurons") == true)
    #expect(try runner.run("schema", "good.json").output == "good.json: is an experiment\n")
  }
}
