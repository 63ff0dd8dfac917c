// Runs the built program as a user does: a child process in a folder of its own, with a time limit.

import Foundation
import Testing

/// How a child process ended, and what it left on its streams.
struct ProgramResult {
  /// The exit status, as a shell shows it: 128 + n for a signal n.
  let status: Int32
  let output: String
  let errors: String
  /// The largest resident memory, in bytes, that was seen while it ran.
  let peakMemory: Int
  /// Seconds of processor time of each of its threads, as last seen; empty unless they were watched.
  var threadSeconds: [Double] = []

  /// Standard output read by another JSON reader than the program's own.
  func json() throws -> JSONTree {
    JSONTree(try JSONSerialization.jsonObject(with: Data(output.utf8)))
  }

  /// What a study found: its output without the folder that it is in.
  var answer: String { output.replacing(/,\n {2}"folder": "[^"\n]*"/, with: "") }

  /// The one message of a refusal.
  ///
  /// - Throws: if standard error holds anything but one line that begins with the program's name.
  func refusal() throws -> String {
    let lines = errors.split(separator: "\n", omittingEmptySubsequences: false)
    try #require(lines.count == 2 && lines[1].isEmpty, "one line is expected on standard error, found: \(errors)")
    let message = try #require(lines.first)
    try #require(message.hasPrefix("mcmc-run: error: "))
    return String(message.dropFirst("mcmc-run: error: ".count))
  }
}

/// A value read by Foundation.
struct JSONTree {
  let value: Any

  init(_ value: Any) { self.value = value }

  subscript(key: String) -> JSONTree { JSONTree((value as? [String: Any])?[key] ?? Missing()) }
  subscript(index: Int) -> JSONTree {
    let elements = array
    return JSONTree(elements.indices.contains(index) ? elements[index].value : Missing())
  }
  /// What stands for a key or element that is not there.
  private struct Missing {}

  var array: [JSONTree] { (value as? [Any] ?? []).map(JSONTree.init) }
  var keys: Set<String> { Set((value as? [String: Any] ?? [:]).keys) }
  var number: Double { (value as? NSNumber)?.doubleValue ?? .nan }
  var string: String? { value as? String }
  var bool: Bool? { (value as? NSNumber)?.boolValue }
  var isNull: Bool { value is NSNull }
  /// A text that is the same for equal values.
  func canonicalText() throws -> String {
    String(decoding: try JSONSerialization.data(withJSONObject: value, options: .sortedKeys), as: UTF8.self)
  }
  /// All numbers in it, depth first.
  var numbers: [Double] { value is [Any] ? array.flatMap(\.numbers) : [number] }
}

/// A fresh folder in which the program runs, removed at the end.
final class ProgramRunner {
  let folder: String

  init() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("mcmc-run-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    // The program shows paths without symbolic links in them.
    folder = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// The root of the package, found from this file.
  static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The program, which is built beside the tests.
  static let executable: String? = {
    let bundles = Bundle.allBundles.map(\.bundleURL).filter { $0.pathExtension == "xctest" }
    let places = [URL(fileURLWithPath: CommandLine.arguments[0])] + bundles
    return places.map {
      $0.resolvingSymlinksInPath().deletingLastPathComponent().appendingPathComponent("mcmc-run").path
    }
    .first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  // MARK: - Files

  var url: URL { URL(fileURLWithPath: folder, isDirectory: true) }
  func path(_ name: String) -> String { "\(folder)/\(name)" }
  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }
  func write(_ text: String, to name: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: path(name))) }

  /// The names in one folder; none where there is no such folder.
  func files(_ name: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: path(name))) ?? []
  }

  /// Every file and folder here, in order.
  func listing() -> [String] {
    (FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []).sorted()
  }

  // MARK: - Running

  /// Runs the program to its end.
  ///
  /// - Parameters:
  ///   - environment: besides this process's own.
  ///   - closedOutput: whether the reader of standard output is gone from the start.
  ///   - signal: sent by `interruptOnce`.
  ///   - interruptOnce: asked again and again while the program runs; the signal is sent once it says true.
  func run(
    _ arguments: [String], environment: [String: String] = [:], closedOutput: Bool = false,
    timeLimit: Double = 90, watchingThreads: Bool = false, signal: Int32 = SIGINT, interruptOnce: (() -> Bool)? = nil
  ) throws -> ProgramResult {
    let program = try #require(Self.executable, "the program mcmc-run is not beside the tests")
    let scratch = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    let outputPath = scratch + ".out"
    let errorPath = scratch + ".err"
    defer {
      unlink(outputPath)
      unlink(errorPath)
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder, isDirectory: true)
    // Lines of any width, so that a message is one line.
    process.environment = ProcessInfo.processInfo.environment.merging(["COLUMNS": "1000000"]) { $1 }
      .merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    for path in [outputPath, errorPath] { try Data().write(to: URL(fileURLWithPath: path)) }
    if closedOutput {
      let pipe = Pipe()
      try pipe.fileHandleForReading.close()
      process.standardOutput = pipe.fileHandleForWriting
    } else {
      process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: outputPath))
    }
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errorPath))
    try process.run()

    let deadline = ContinuousClock.now + .seconds(timeLimit)
    var peakMemory = 0
    var isInterrupted = false
    var threads: [String: Double] = [:]
    while process.isRunning {
      peakMemory = max(peakMemory, Self.highWaterMark(process.processIdentifier))
      if watchingThreads { threads.merge(Self.threadSeconds(process.processIdentifier)) { $1 } }
      if ContinuousClock.now > deadline {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        Issue.record("mcmc-run \(arguments.joined(separator: " ")) did not end within \(timeLimit) s")
        break
      }
      if !isInterrupted, let interruptOnce, interruptOnce() {
        isInterrupted = true
        kill(process.processIdentifier, signal)
      }
      usleep(2000)
    }
    process.waitUntilExit()
    let ended: Int32 = process.terminationReason == .uncaughtSignal ? 128 : 0
    return ProgramResult(
      status: ended + process.terminationStatus, output: try String(contentsOfFile: outputPath, encoding: .utf8),
      errors: try String(contentsOfFile: errorPath, encoding: .utf8), peakMemory: peakMemory,
      threadSeconds: Array(threads.values))
  }

  /// The same, with the arguments one by one.
  func run(
    _ arguments: String..., environment: [String: String] = [:], signal: Int32 = SIGINT,
    interruptOnce: (() -> Bool)? = nil
  ) throws -> ProgramResult {
    try run(arguments, environment: environment, signal: signal, interruptOnce: interruptOnce)
  }

  /// Processor seconds of each thread of a process, by its number; empty where there is no /proc.
  private static func threadSeconds(_ process: Int32) -> [String: Double] {
    let folder = "/proc/\(process)/task"
    var seconds: [String: Double] = [:]
    for thread in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
      guard let text = try? String(contentsOfFile: "\(folder)/\(thread)/schedstat", encoding: .utf8),
        let nanoseconds = text.split(separator: " ").first.flatMap({ Double($0) })
      else { continue }
      seconds[thread] = 1e-9 * nanoseconds
    }
    return seconds
  }

  /// The high-water mark of a process's resident memory in bytes; 0 where there is no /proc.
  ///
  /// The usage that wait4 reports will not do: on Linux it begins with that of the process which started the child.
  private static func highWaterMark(_ process: Int32) -> Int {
    guard let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") })
    else { return 0 }
    return (Int(line.split(whereSeparator: { $0 == " " || $0 == "\t" })[1]) ?? 0) << 10
  }
}

/// A small experiment, to be changed key by key.
struct SpecText {
  var name = "small"
  var task = #"{ "kind": "inputSelection", "contexts": 2 }"#
  var neurons = "20"
  var activeProbability = "0.5"
  var weights = #"{ "convention": "prior", "output": 1.0, "input": 1.0 }"#
  var ensemble = #"{ "kind": "product" }"#
  var stimuli = #"{ "kind": "gaussian" }"#
  var sampler = #"{ "chains": 2, "warmup": 20, "draws": 20, "seed": 7 }"#
  var record = #"{ "weights": 2 }"#

  var text: String {
    """
    {
      "name": "\(name)",
      "task": \(task),
      "network": { "kind": "gainModulatedLinear", "neurons": \(neurons), "gains": { "kind": "binary", "activeProbability": \(activeProbability) } },
      "weights": \(weights),
      "ensemble": \(ensemble),
      "stimuli": \(stimuli),
      "sampler": \(sampler),
      "record": \(record)
    }

    """
  }

  static func with(_ change: (inout SpecText) -> Void) -> String {
    var spec = SpecText()
    change(&spec)
    return spec.text
  }

  static let gibbs = #"{ "kind": "gibbs", "tightness": 10 }"#
}
