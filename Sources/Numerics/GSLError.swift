// GSL's status codes and error messages, as Swift errors; never an abort.

import CGSL
import CGSLErrors

/// An error that GSL reported.
///
/// Carries GSL's own code, reason and source position, so that a message can be traced.
public struct GSLError: Error, Sendable, CustomStringConvertible {
  /// GSL's error number (`GSL_EDOM` and so on).
  public let code: Int32
  /// What GSL said.
  public let reason: String
  /// Where in GSL it was said, as `file:line`; empty if unknown.
  public let place: String

  public var description: String {
    let name = String(cString: gsl_strerror(code))
    return "GSL error \(code) (\(name)): \(reason)\(place.isEmpty ? "" : " at \(place)")"
  }
}

/// The process-wide set-up that GSL needs before its first use.
public enum GSL {
  /// The version of the GSL library in use, e.g. `2.7.1`.
  public static let version = String(cString: cgsl_version())

  private static let handlerInstalled: Bool = {
    cgsl_errors_install()
    _ = cgsl_rng_type_at(0)  // fills GSL's static table of generators before any thread reads it
    return true
  }()

  /// Replaces GSL's aborting error handler and fills its generator table; cheap after the first call.
  @inline(__always)
  package static func prepare() { precondition(handlerInstalled) }

  /// Runs `body` and throws the first error GSL reported on this thread meanwhile.
  ///
  /// - Throws: ``GSLError``.
  package static func checked<Value>(_ body: () throws -> Value) throws -> Value {
    prepare()
    clear()
    let value = try body()
    if let error = take() { throw error }
    return value
  }

  private static func clear() { _ = take() }

  private static func take() -> GSLError? {
    var reason: UnsafePointer<CChar>?
    var file: UnsafePointer<CChar>?
    var line: Int32 = 0
    let code = cgsl_errors_take(&reason, &file, &line)
    guard code != 0 else { return nil }
    return GSLError(
      code: code, reason: reason.map { String(cString: $0) } ?? "no reason given",
      place: file.map { "\(String(cString: $0)):\(line)" } ?? "")
  }
}
