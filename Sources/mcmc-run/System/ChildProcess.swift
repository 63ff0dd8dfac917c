// Another program, run to its end.

import Storage

/// A program that this one starts and waits for.
enum ChildProcess {
  /// Runs a program without input and output.
  ///
  /// - Returns: its exit status, 128 and more where a signal ended it, and what it said on standard error.
  /// - Throws: `POSIXError` where it cannot be started.
  static func run(_ program: String, _ arguments: [String], in folder: String) throws -> (status: Int32, said: String) {
    var ends: [Int32] = [-1, -1]
    try require(pipe(&ends) == 0 ? 0 : errno)
    // Of another child, started at the same moment, the pipe would wait for the end as well.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[0]) }
    let child: pid_t
    do {
      defer { close(ends[1]) }
      child = try start(program, arguments, in: folder, saying: ends[1])
    }
    var said: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(ends[0], &piece, piece.count)
      if count > 0 { said += piece[..<count] } else if count == 0 || errno != EINTR { break }
    }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    // What the macros WIFEXITED and WEXITSTATUS say, which Swift does not see.
    let signal = status & 0x7f
    return (signal == 0 ? (status >> 8) & 0xff : 128 + signal, String(decoding: said, as: UTF8.self))
  }

  private static func start(
    _ program: String, _ arguments: [String], in folder: String, saying end: Int32
  ) throws -> pid_t {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
    #else
      var actions = posix_spawn_file_actions_t()
    #endif
    try require(posix_spawn_file_actions_init(&actions))
    defer { posix_spawn_file_actions_destroy(&actions) }
    try require(posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0))
    try require(posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0))
    try require(posix_spawn_file_actions_adddup2(&actions, end, 2))
    // The shell goes into the folder, which not every system's `posix_spawn` can; from there a relative path would be another.
    let paths = [folder, program].map { URL(fileURLWithPath: $0).path }
    let words = (["sh", "-c", "cd \"$0\" && exec \"$@\""] + paths + arguments).map { strdup($0) } + [nil]
    let variables = ProcessInfo.processInfo.environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for copy in words + variables { free(copy) } }
    var child: pid_t = 0
    try require(posix_spawn(&child, "/bin/sh", &actions, nil, words, variables))
    return child
  }

  private static func require(_ code: Int32) throws {
    guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO) }
  }
}
