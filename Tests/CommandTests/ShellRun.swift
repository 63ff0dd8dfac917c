// The built program inside a shell script: limits, closed streams, mounts, several processes at once.

import Foundation
import Testing

extension ProgramRunner {
  /// How a script ended.
  struct ScriptResult {
    let status: Int32
    /// Standard output and standard error together.
    let text: String
    /// Its lines.
    var lines: [String] { text.split(separator: "\n").map(String.init) }
  }

  /// Runs a script of /bin/sh in the runner's folder, the program's path being `$program`.
  ///
  /// - Parameter wrapper: a command that runs the shell, such as `unshare --mount`.
  func shell(_ script: String, wrapper: [String] = []) throws -> ScriptResult {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = wrapper + ["/bin/sh", "-c", script]
    process.currentDirectoryURL = URL(fileURLWithPath: folder, isDirectory: true)
    process.environment = ProcessInfo.processInfo.environment.merging([
      "program": try #require(Self.executable, "the program mcmc-run is not beside the tests"), "COLUMNS": "1000000",
    ]) { $1 }
    process.standardInput = FileHandle.nullDevice
    let output = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    defer { unlink(output) }
    try Data().write(to: URL(fileURLWithPath: output))
    // A file and no pipe: a process left running by mistake would keep a pipe open for ever.
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
    process.standardOutput = handle
    process.standardError = handle
    try process.run()
    process.waitUntilExit()
    let ended: Int32 = process.terminationReason == .uncaughtSignal ? 128 : 0
    return ScriptResult(
      status: ended + process.terminationStatus, text: try String(contentsOfFile: output, encoding: .utf8))
  }
}
