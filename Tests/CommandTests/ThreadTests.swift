// --threads: one thread is one thread, in every command that computes, and results do not depend on the number.

import Foundation
import Testing

@Suite struct ThreadTests {
  private static let continuous = """
    { "task": { "kind": "inputSelection", "contexts": 2 },
      "network": { "kind": "gainModulatedLinear", "neurons": 20, "gains": { "kind": "continuous", "activation": "tanh" } },
      "weights": { "output": 3, "input": 3, "context": 3 }, "ensemble": { "kind": "product" }, "sampler": { "chains": 4, "warmup": 50, "draws": 50, "seed": 1 } }
    """
  private static let small = SpecText.with {
    $0.neurons = "8"
    $0.sampler = #"{ "chains": 4, "warmup": 100, "draws": 200, "seed": 7 }"#
    $0.record = #"{ "weights": 20 }"#
  }
  private static let gibbs = SpecText.with {
    $0.neurons = "8"
    $0.ensemble = SpecText.gibbs
    $0.sampler = #"{ "kind": "hmc", "chains": 4, "warmup": 200, "draws": 4000, "seed": 7 }"#
  }
  private static let atLoss = SpecText.with {
    $0.neurons = "8"
    $0.ensemble = #"{ "kind": "gibbs", "expectedLoss": 0.1 }"#
  }

  struct Case: CustomTestStringConvertible, Sendable {
    let spec: String
    let arguments: [String]
    var testDescription: String { arguments.joined(separator: " ") }
  }

  static let cases: [Case] = [
    Case(spec: gibbs, arguments: ["sample", "spec.json", "--out", "new"]),
    Case(spec: small, arguments: ["evaluate", "run"]), Case(spec: small, arguments: ["check", "run"]),
    Case(spec: continuous, arguments: ["solve", "spec.json"]), Case(spec: atLoss, arguments: ["solve", "spec.json"]),
    Case(spec: gibbs, arguments: ["entropy", "spec.json", "--runs", "40", "--rungs", "4"]),
    Case(spec: small, arguments: ["train", "spec.json", "--networks", "20", "--loss", "1e-3"]),
    Case(
      spec: small, arguments: ["compare", "spec.json", "--networks", "6", "--loss", "1e-3", "--weight-scales", "1"]),
    Case(spec: small, arguments: ["phase-diagram", "spec.json", "--contexts", "2,3,4,5"]),
    Case(spec: small, arguments: ["finite-size", "spec.json", "--neurons", "4,8,16"]),
    Case(spec: gibbs, arguments: ["test-kernel", "spec.json"]),
  ]

  /// Most processor time is one thread's, and the answer is that of three threads. (What is solved before is another thread's
  /// than what is drawn; two that work would share the time evenly.)
  @Test(arguments: cases) func oneThreadIsOneThread(_ given: Case) throws {
    var answers: [String] = []
    for threads in [1, 3] {
      let runner = try ProgramRunner()
      try runner.write(given.spec, to: "spec.json")
      if given.arguments[1] == "run" {
        #expect(try runner.run(["sample", "spec.json", "--out", "run", "--quiet"]).status == 0)
      }
      let result = try runner.run(
        given.arguments + ["--json", "--quiet", "--threads", "\(threads)"], watchingThreads: threads == 1)
      #expect(result.status <= 1, "\(result.errors)")
      if threads == 1 {
        let largest = result.threadSeconds.max() ?? 0
        let others = result.threadSeconds.reduce(0, +) - largest
        #expect(others < 0.05 + 0.4 * largest, "seconds by thread: \(result.threadSeconds)")
      }
      let json = try result.json()
      // What the clock says differs.
      answers.append(given.arguments[0] == "sample" ? "\(json["draws"].number)" : try json.canonicalText())
    }
    #expect(answers[0] == answers[1])
  }

  /// Work is handed to threads in one place: whatever else makes one has another purpose, and is listed here.
  @Test func threadsAreMadeInOnePlace() throws {
    let sources = ProgramRunner.package.appendingPathComponent("Sources")
    let others: Set = [
      "WorkerThread.swift", "ParallelMap.swift", "ProgressReporter.swift", "Communicator.swift",
      "RunExecutor.swift",
    ]
    var seen: Set<String> = []
    let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
    for case let file as URL in files where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      let makers = [
        "concurrentPerform", "withTaskGroup", "withThrowingTaskGroup", "pthread_create", " Thread {",
        ".detachNewThread", " WorkerThread(", " WorkerThread {",
      ]
      if makers.contains(where: text.contains) { seen.insert(file.lastPathComponent) }
    }
    #expect(seen == others)
  }
}
