// The single place that turns any thrown error into one message and an exit status.

import Foundation
import Sampling

/// An error that knows how the process should end; its description is the whole message.
protocol ReportableError: Error, CustomStringConvertible {
  var exitStatus: CommandStatus { get }
}

extension SpecError: ReportableError {
  /// Bad input; wrong usage where an option is at fault.
  var exitStatus: CommandStatus {
    if case .option = place { return .usage }
    return .badInput
  }
}

extension UsageError: ReportableError {
  var exitStatus: CommandStatus { .usage }
}

extension RandomStreamError: ReportableError {
  var exitStatus: CommandStatus { .badInput }
}

extension TuningError: ReportableError {
  var exitStatus: CommandStatus { .badInput }
}

extension DiagnosticsError: ReportableError {
  /// Draws that cannot be judged.
  var exitStatus: CommandStatus { .checkFailed }
}

/// What is said about an error, and how the process ends.
struct ErrorReport: Sendable, Equatable {
  let message: String
  let status: CommandStatus

  init(_ error: any Error) {
    switch error {
    case let error as any ReportableError:
      message = error.description
      status = error.exitStatus
    case let error as GSLError:
      // The library is right: it is the numbers of the experiment that are too large, too small or too nearly dependent.
      message =
        "the numbers of this experiment cannot be computed with in double precision: \(error.reason); bring scales, target and "
        + "tightness nearer to 1, and leave out what depends on the rest"
      status = .badInput
    case is CancellationError:
      message = "stopped before the end"
      status = .stopped
    case let error as POSIXError:
      message = String(cString: strerror(error.code.rawValue))
      status = .inputOutput
    case let error as CocoaError:
      message = [error.localizedDescription, error.filePath].compactMap { $0 }.joined(separator: ": ")
      status = .inputOutput
    default:
      message = "internal error: \(error)"
      status = .internalError
    }
  }
}
