// What the process says when something from outside ends it: a signal that nobody watches, or memory that it cannot have.

import COutOfMemory
import Experiments
import JSON
import Sampling

/// Messages that are written before they are needed: nothing may be allocated where they are said.
enum LastWords {
  /// A text in memory of its own, for handlers of signals.
  private struct Line: @unchecked Sendable {
    let bytes: UnsafeBufferPointer<UInt8>

    init(_ text: String) {
      let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.utf8.count)
      _ = copy.initialize(from: text.utf8)
      bytes = UnsafeBufferPointer(copy)
    }

    func write(to descriptor: Int32) { _ = Numerics.write(descriptor, bytes.baseAddress, bytes.count) }
  }

  /// What machines are told, by the number of the signal.
  private nonisolated(unsafe) static let objects = UnsafeMutablePointer<Line?>.allocate(capacity: 65)
  /// What people are told where there is no memory.
  private nonisolated(unsafe) static var memory = Line("")

  /// Signals that ask the process to end.
  private static let requests = [SIGINT, SIGTERM, SIGHUP, SIGUSR1]
  /// How a process ends whose libraries do not look at whether they got the thread that they asked for.
  private static let crashes = [SIGABRT, SIGILL, SIGTRAP, SIGSEGV, SIGBUS]

  /// Installs the handlers: once, by the process's main program, before any work.
  ///
  /// - Parameters:
  ///   - wantsJSON: whether a failure is also told on standard output.
  ///   - style: of standard error.
  static func install(wantsJSON: Bool, _ style: TextStyle) {
    objects.initialize(repeating: nil, count: 65)
    let limit = Memory.available.map { " beyond the \(Memory.words($0.bytes)) that it may have (\($0.limit))" } ?? ""
    let sentence =
      "the program needs memory\(limit): say fewer chains, neurons, stimuli or threads; what was written before is kept"
    memory = Line(style.fitted("mcmc-run: error: \(sentence)\n"))
    prepare(wantsJSON ? Line(CommandStatus.inputOutput.failure(sentence).text() + "\n") : nil)
    if wantsJSON {
      for number in requests {
        objects[Int(number)] = Line(
          CommandStatus.signal(number).failure("ended by \(name(number)) before there was anything to report").text()
            + "\n")
      }
      for number in requests where !isIgnored(number) {
        signal(number) { number in
          LastWords.say(of: number)
          signal(number, SIG_DFL)
          raise(number)
        }
      }
    }
    // Elsewhere a crash is a fault of the program, and looks like one.
    guard Memory.addressSpaceLeft != nil else { return }
    for number in crashes {
      signal(number) { number in
        if errno == ENOMEM || errno == EAGAIN { out_of_memory_end() }
        signal(number, SIG_DFL)
        raise(number)
      }
    }
  }

  /// Nothing on standard output: another process of the same command speaks.
  static func silence() {
    for index in 0..<65 { objects[index] = nil }
    prepare(nil)
  }

  private static func prepare(_ object: Line?) {
    out_of_memory_ends_with(
      memory.bytes.baseAddress, memory.bytes.count, object?.bytes.baseAddress, object?.bytes.count ?? 0,
      CommandStatus.inputOutput.code)
  }

  /// Writes what machines are told of a signal, where they are told anything.
  static func say(of number: Int32) { objects[Int(number)]?.write(to: 1) }

  /// Whether whoever started the process wants it to ignore a signal (nohup).
  static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    sigaction(number, nil, &action)
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  private static func name(_ number: Int32) -> String {
    switch number {
    case SIGINT: "SIGINT"
    case SIGTERM: "SIGTERM"
    case SIGHUP: "SIGHUP"
    default: "SIGUSR1"
    }
  }
}
