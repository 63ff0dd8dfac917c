// Folders of studies: every file of every kind mutated, parts exchanged and removed, old folders read, foreign files kept.

import Foundation
import JSON
import Storage
import Testing

@testable import Experiments
@testable import mcmc_run

/// A sequence of numbers that is the same in every run (splitmix64, Steele, Lea & Flood 2014).
private struct Numbers: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

@Suite struct StudyFolderTests {
  /// A study of every kind, small: a spec, a command line, and the folder that it leaves.
  private struct Made {
    let runner: ProgramRunner
    let folder: String
    let command: [String]
  }

  private static let kinds: [(name: String, arguments: [String])] = [
    ("finite-size", ["--neurons", "4,6,8"]),
    ("phase-diagram", ["--contexts", "2", "--weight-scales", "1,2", "--sampled", "2"]),
    ("train", ["--networks", "2", "--loss", "0.01"]),
    ("compare", ["--networks", "4", "--weight-scales", "1", "--loss", "0.01"]),
  ]

  private static func make(_ kind: Int, given: Bool = false) throws -> Made {
    let runner = try ProgramRunner()
    let gains = given ? #", "gains": { "kind": "fixed", "path": "gains.csv" }"# : ""
    try runner.write("1,0\n0,1\n1,1\n1,0\n0,1\n1,1\n", to: "gains.csv")
    try runner.write(
      """
      { "task": { "kind": "inputSelection", "contexts": 2 },
        "network": { "kind": "gainModulatedLinear", "neurons": 6\(gains) }, "ensemble": { "kind": "product" },
        "sampler": { "chains": 2, "draws": 60, "seed": 7 }, "record": { "weights": 20 } }
      """, to: "spec.json")
    let (name, arguments) = kinds[kind]
    let command = [name, "spec.json", "--out", "study", "--json", "--quiet"] + arguments
    let result = try runner.run(command)
    try #require([0, 1].contains(result.status), "\(name): \(result.errors)")
    return Made(runner: runner, folder: runner.path("study"), command: command)
  }

  private static func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "\(folder)/parts").filter { $0.hasSuffix(".json") }.sorted()
      .map { String($0.dropLast(5)) }
  }

  /// Every part of a study, by name.
  private static func contents(_ folder: String) throws -> [String: JSONValue] {
    let study = try StudyFolder(opening: folder)
    return Dictionary(
      uniqueKeysWithValues: try names(folder).map { name in (name, try #require(try study.part(name)).json) })
  }

  /// One change of some bytes: a bit, a digit, a byte out or in, an end cut off, a piece twice, two pieces exchanged.
  private static func mutated(_ bytes: [UInt8], _ stream: inout Numbers) -> [UInt8] {
    var bytes = bytes
    let count = bytes.count
    func place() -> Int { Int.random(in: 0..<count, using: &stream) }
    switch Int.random(in: 0..<7, using: &stream) {
    case 0: bytes[place()] ^= 1 << UInt8.random(in: 0..<8, using: &stream)
    case 1:
      let digits = bytes.indices.filter { (48...57).contains(bytes[$0]) }
      guard !digits.isEmpty else { break }
      let digit = digits[Int.random(in: 0..<digits.count, using: &stream)]
      bytes[digit] = 48 + (bytes[digit] - 48 + UInt8.random(in: 1..<10, using: &stream)) % 10
    case 2: bytes.remove(at: place())
    case 3: bytes.insert(UInt8.random(in: 0...255, using: &stream), at: place())
    case 4: bytes.removeLast(1 + place() / 2)
    case 5:
      let (a, b) = (place(), place())
      bytes.insert(contentsOf: bytes[min(a, b)...max(a, b)], at: place())
    default:
      // A line out: what a careless edit does.
      var lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
      lines.remove(at: Int.random(in: 0..<lines.count, using: &stream))
      bytes = Array(lines.joined(separator: [10]))
    }
    return bytes
  }

  /// No mutation of the question, an input or a part passes unseen; what is refused is refused by name. Mutants: a seal that is not
  /// compared, or a number that is not under it, is found at once.
  @Test(arguments: kinds.indices)
  func noMutationPasses(kind: Int) throws {
    let made = try Self.make(kind, given: kind == 2)
    let original = try Self.contents(made.folder)
    var stream = Numbers(state: 11 + UInt64(kind))
    var files = ["study.json"] + original.keys.sorted().map { "parts/\($0).json" }
    if kind == 2 { files.append("inputs/gains.csv") }
    var refused = 0
    for round in 0..<250 {
      let file = files[round % files.count]
      let path = "\(made.folder)/\(file)"
      let data = try Data(contentsOf: URL(fileURLWithPath: path))
      let changed = Self.mutated(Array(data), &stream)
      guard changed != Array(data) else { continue }
      try Data(changed).write(to: URL(fileURLWithPath: path))
      do {
        let found = try Self.contents(made.folder)
        #expect(found == original, "\(file), round \(round): accepted with another content")
        // Blanks and decimals of an input may change without changing a number.
        #expect(file.hasPrefix("inputs/"), "\(file), round \(round): accepted")
      } catch {
        refused += 1
        let report = Failure(error)
        #expect(report.kind == .input && !report.message.contains("internal"), "\(file): \(report.message)")
        let name = file.hasPrefix("inputs") ? "inputs" : file
        #expect(report.message.contains(name), "\(file) is named: \(report.message)")
      }
      try data.write(to: URL(fileURLWithPath: path))
    }
    #expect(refused > 200)
    #expect(try Self.contents(made.folder) == original)
  }

  /// A part under another name, from another study, or gone.
  @Test func partsBelongToTheirPlaces() throws {
    let made = try Self.make(0)
    func path(_ name: String) -> String { "\(made.folder)/parts/\(name).json" }
    func refusal() throws -> String {
      let result = try made.runner.run(["report", "study", "--quiet"])
      #expect(result.status == 65, "\(result.errors)")
      return try result.refusal()
    }
    let whole = try made.runner.run(made.command)
    let (four, six) = (
      try String(contentsOfFile: path("N4"), encoding: .utf8), try String(contentsOfFile: path("N6"), encoding: .utf8)
    )
    try four.write(toFile: path("N6"), atomically: true, encoding: .utf8)
    try six.write(toFile: path("N4"), atomically: true, encoding: .utf8)
    #expect(try refusal().contains("parts/N4.json is damaged: it is the part N6, under another name; delete it"))

    let other = try made.runner.run(made.command.map { $0 == "study" ? "other" : $0 } + ["--seed", "8"])
    #expect([0, 1].contains(other.status))
    try FileManager.default.removeItem(atPath: path("N4"))
    try FileManager.default.copyItem(atPath: made.runner.path("other/parts/N4.json"), toPath: path("N4"))
    #expect(try refusal().contains("it is of another study"))

    // The way out that the message names: delete the parts, and the same command computes them again.
    try FileManager.default.removeItem(atPath: path("N4"))
    try FileManager.default.removeItem(atPath: path("N6"))
    #expect(try made.runner.run(made.command).output == whole.output)

    // A run in another's place is refused when a part is made from it.
    try FileManager.default.removeItem(atPath: path("N4"))
    try FileManager.default.removeItem(atPath: made.runner.path("study/runs/N4"))
    try FileManager.default.copyItem(
      atPath: made.runner.path("study/runs/N6"), toPath: made.runner.path("study/runs/N4"))
    let foreign = try made.runner.run(made.command)
    #expect(foreign.status == 65)
    #expect(try foreign.refusal().contains("study/runs/N4 is of something else"))
  }

  // MARK: - Earlier versions

  /// The folder as the version before wrote it: no checksums, parts without names and judgements.
  private static func age(_ folder: String) throws {
    for file in ["study.json"] + (try names(folder).map { "parts/\($0).json" }) {
      let json = try JSONValue(parsing: Posix.text(of: "\(folder)/\(file)"), path: file)
      guard case .object(let members) = json.content else { continue }
      let isPart = file.hasPrefix("parts")
      var old: JSONValue =
        isPart ? json["content"]! : .object(members.filter { !["sha256", "format_version"].contains($0.key) })
      if isPart, let observables = old["observables"], old["position"] == nil { old = observables }
      try Posix.writeAtomically(old.text() + "\n", to: "\(folder)/\(file)")
    }
  }

  @Test func studiesOfEarlierVersionsAreReadAndSaidToBeUnverified() throws {
    let made = try Self.make(0)
    let before = try made.runner.run(made.command).json()
    try Self.age(made.folder)
    let result = try made.runner.run(made.command.filter { $0 != "--quiet" })
    #expect(result.errors.contains("3 of 3 parts of study are unverified"), "\(result.errors)")
    let json = try result.json()
    #expect(
      json["observables"]["loss"]["fit"].keys.isEmpty == before["observables"]["loss"]["fit"].keys.isEmpty
        || json["observables"]["loss"]["points"][0]["value"].number
          == before["observables"]["loss"]["points"][0]["value"].number
    )
    #expect(json["points"][0]["converged"].isNull, "it was never judged")
  }

  /// Unverified parts with members that are missing, of another type, too long or too short: refused, never a trap.
  @Test(arguments: [0, 1, 2])
  func malformedPartsOfEarlierVersionsAreRefused(kind: Int) throws {
    let made = try Self.make(kind)
    try Self.age(made.folder)
    var stream = Numbers(state: 21)
    let names = try Self.names(made.folder)
    for round in 0..<40 {
      let path = "\(made.folder)/parts/\(names[round % names.count]).json"
      let text = try Posix.text(of: path)
      try Posix.writeAtomically(Self.restructured(try JSONValue(parsing: text, path: path), &stream).text(), to: path)
      do { _ = try Studies.open(made.folder).answer(Execution()).judgedJSON.text() } catch {
        let report = Failure(error)
        #expect(report.kind == .input && !report.message.contains("internal"), "round \(round): \(report.message)")
      }
      try Posix.writeAtomically(text, to: path)
    }
  }

  /// The tree with one node replaced, removed, emptied or doubled.
  private static func restructured(_ tree: JSONValue, _ stream: inout Numbers) -> JSONValue {
    let others: [JSONValue] = [.null, .string("x"), 1e308, -1, [], .object([(String, JSONValue)]()), true, [[1]]]
    func other() -> JSONValue { others[Int.random(in: 0..<others.count, using: &stream)] }
    switch tree.content {
    case .object(var members) where !members.isEmpty:
      let index = Int.random(in: 0..<members.count, using: &stream)
      switch Int.random(in: 0..<4, using: &stream) {
      case 0: members.remove(at: index)
      case 1: members[index].value = other()
      default: members[index].value = restructured(members[index].value, &stream)
      }
      return .object(members)
    case .array(var elements) where !elements.isEmpty:
      let index = Int.random(in: 0..<elements.count, using: &stream)
      switch Int.random(in: 0..<3, using: &stream) {
      case 0: elements.remove(at: index)
      case 1: elements.append(elements[index])
      default: elements[index] = other()
      }
      return .array(elements)
    default: return other()
    }
  }

  // MARK: - Replacing

  @Test func forceRemovesWhatTheProgramWroteAndNothingElse() throws {
    let made = try Self.make(0)
    let other = Array(made.command.dropLast()) + ["4,6,9", "--force"]
    try made.runner.write("mine", to: "study/runs/N4/notes.txt")
    let before = made.runner.listing()
    let refused = try made.runner.run(other)
    #expect(refused.status == 65)
    #expect(try refused.refusal().contains("runs/N4/notes.txt"), "the foreign file is named")
    #expect(made.runner.listing() == before, "nothing was removed")
    try FileManager.default.removeItem(atPath: made.runner.path("study/runs/N4/notes.txt"))
    let replaced = try made.runner.run(other)
    #expect([0, 1].contains(replaced.status), "\(replaced.errors)")
    #expect(made.runner.exists("study/parts/N9.json") && !made.runner.exists("study/parts/N8.json"))

    // Whoever has a file called study.json has not got a study.
    try FileManager.default.createDirectory(atPath: made.runner.path("mine"), withIntermediateDirectories: true)
    try made.runner.write(#"{ "study": "my own" }"#, to: "mine/study.json")
    try made.runner.write("thesis", to: "mine/thesis.txt")
    let mine = try made.runner.run([
      "finite-size", "spec.json", "--neurons", "4,6,8", "--out", "mine", "--force", "--quiet",
    ])
    #expect(mine.status == 65)
    #expect(made.runner.exists("mine/thesis.txt") && made.runner.exists("mine/study.json"))
    // A link to elsewhere is not followed, and not the program's.
    symlink(made.runner.path("mine"), made.runner.path("study/runs/elsewhere"))
    #expect(try made.runner.run(other).status == 65)
    #expect(made.runner.exists("mine/thesis.txt"))
  }
}
