// What errors mean, whoever made them: a few kinds, by which a program chooses how it ends.

import Networks
import Sampling
import Storage

/// What an error means to whoever asked for the work.
public enum FailureKind: String, Sendable {
  /// The request itself makes no sense.
  case usage
  /// A spec or data that cannot be used.
  case input
  /// A full disk, a failing device, a limit of the operating system.
  case system
  /// Stopped early; what was done is kept.
  case stopped
  /// A check or a diagnostic failed, or a search did not come to its end.
  case check
  /// A fault of the program.
  case fault
}

/// An error that says what it means; its description is the whole message.
public protocol ExperimentError: Error, CustomStringConvertible {
  /// What an exit status would tell of it.
  var kind: FailureKind { get }
}

/// What is said about an error, and what it means: the single place where errors of all libraries are put into words.
public struct Failure: Sendable, Equatable {
  /// What happened and where, as the program prints it.
  public let message: String
  /// What an exit status would tell of it.
  public let kind: FailureKind

  /// Any error, in words and by its kind; one that is no ``ExperimentError`` is a fault.
  public init(_ error: any Error) {
    switch error {
    case let error as any ExperimentError:
      message = error.description
      kind = error.kind
    case let error as GSLError:
      // The library is right: it is the numbers of the experiment that are too large, too small or too nearly dependent.
      message =
        "the numbers of this experiment cannot be computed with in double precision: \(error.reason); bring scales, target and "
        + "tightness nearer to 1, and leave out what depends on the rest"
      kind = .input
    case is CancellationError:
      message = "stopped before the end"
      kind = .stopped
    case let error as POSIXError:
      message = String(cString: strerror(error.code.rawValue))
      kind = .system
    default:
      message = "internal error: \(error)"
      kind = .fault
    }
  }
}

/// A request that makes no sense: what is wrong with it.
public struct UsageError: ExperimentError, Equatable {
  public let description: String
  public var kind: FailureKind { .usage }

  /// An error of usage with this description.
  public init(_ description: String) { self.description = description }
}

/// An experiment that is well formed but asks for what this version cannot do.
package struct UnsupportedExperiment: ExperimentError {
  package let description: String
  package var kind: FailureKind { .input }

  package init(_ key: String, _ reason: String) { description = "\(key): \(reason)" }
}

// What the libraries below say of themselves.

extension StorageError: ExperimentError {
  public var kind: FailureKind { isInputOutput ? .system : .input }
}

extension ChainError: ExperimentError {
  public var kind: FailureKind { Failure(reason).kind }
}

extension DiagnosticsError: ExperimentError {
  /// Draws that cannot be judged.
  public var kind: FailureKind { .check }
}

extension MaxEntropyError: ExperimentError {
  /// Bad input, or a solver that did not come to its end.
  public var kind: FailureKind { if case .notConverged = self { .check } else { .input } }
}

extension LoadingError: ExperimentError {
  /// Bad input, or a solver that did not come to its end.
  public var kind: FailureKind { if case .notConverged = self { .check } else { .input } }
}

extension HardEnsembleError: ExperimentError { public var kind: FailureKind { .input } }

extension ConstraintError: ExperimentError {
  public var kind: FailureKind { if case .notConverged = self { .check } else { .input } }
}

extension TightnessError: ExperimentError {
  /// Bad input, or a search that noise ended.
  public var kind: FailureKind { if case .notBracketed = self { .check } else { .input } }
}

extension StartError: ExperimentError {
  /// Numbers of the experiment at which the density is not finite.
  public var kind: FailureKind { .input }
}

extension RandomStreamError: ExperimentError { public var kind: FailureKind { .input } }
extension TuningError: ExperimentError { public var kind: FailureKind { .input } }
extension FeedforwardEnsembleError: ExperimentError { public var kind: FailureKind { .input } }
extension RecurrentEnsembleError: ExperimentError { public var kind: FailureKind { .input } }
extension GaussianTwoLayerError: ExperimentError { public var kind: FailureKind { .input } }
extension LearningTaskError: ExperimentError { public var kind: FailureKind { .input } }
extension StatisticsError: ExperimentError { public var kind: FailureKind { .input } }
extension TrainingError: ExperimentError { public var kind: FailureKind { .input } }
