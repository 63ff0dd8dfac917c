// How the process ends, for scripts.

import Experiments
import JSON

/// The exit status of a command.
enum CommandStatus: Sendable, Equatable {
  case done
  /// A check or a diagnostic failed.
  case checkFailed
  /// Wrong usage of the command line.
  case usage
  /// A spec or data that cannot be used.
  case badInput
  /// A fault of the program.
  case internalError
  /// A full disk, a failing device.
  case inputOutput
  /// Stopped early; `mcmc-run resume` continues.
  case stopped
  /// Ended by this signal.
  case signal(Int32)

  /// The status of a number that the shell sees; a fault of the program for numbers that have no meaning.
  init(code: Int32) {
    let known: [CommandStatus] = [.done, .checkFailed, .usage, .badInput, .inputOutput, .stopped]
    self = known.first { $0.code == code } ?? (code > 128 ? .signal(code - 128) : .internalError)
  }

  /// The number that the shell sees.
  var code: Int32 {
    switch self {
    case .done: 0
    case .checkFailed: 1
    case .usage: 64
    case .badInput: 65
    case .internalError: 70
    case .inputOutput: 74
    case .stopped: 75
    case .signal(let number): 128 + number
    }
  }
}

extension CommandStatus {
  /// The one place where what an error means becomes how the process ends.
  init(_ error: any Error) {
    if let peer = error as? Ranks.PeerEnded {
      self.init(code: peer.code)
      return
    }
    self.init(Failure(error).kind)
  }

  /// How the process ends after a failure of this kind.
  init(_ kind: FailureKind) {
    switch kind {
    case .usage: self = .usage
    case .input: self = .badInput
    case .system: self = .inputOutput
    case .stopped: self = .stopped
    case .check: self = .checkFailed
    case .fault: self = .internalError
    }
  }
}

extension CommandStatus {
  /// A failure with this status, for machines that read standard output.
  func failure(_ message: String) -> JSONValue { ["error": error(message)] }

  /// What ``failure(_:)`` says, for an object that says more.
  func error(_ message: String) -> JSONValue {
    ["message": .string(message), "exitStatus": .integer(Int(code))]
  }
}
