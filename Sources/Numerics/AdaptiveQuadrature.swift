// Integrals and roots of Swift closures by GSL, with the error that GSL reports.

import CGSL

/// A number found by quadrature and the error that the quadrature estimates for it.
public struct QuadratureValue: Sendable, Equatable {
  /// The value.
  public let value: Double
  /// The estimated absolute error of ``value``.
  public let error: Double

  /// A value with its error.
  public init(value: Double, error: Double) {
    self.value = value
    self.error = error
  }
}

/// GSL's adaptive Gauss-Kronrod rules and bracketing root finder for closures.
package enum AdaptiveQuadrature {
  private static let intervals = 2000

  /// ∫ f over a finite range, by 61-point Gauss-Kronrod rules.
  ///
  /// Rounding that keeps the tolerance out of reach is no failure: the error that comes back says so.
  ///
  /// - Throws: ``GSLError`` for a singular or non-finite integrand.
  package static func integrate(
    _ range: ClosedRange<Double>, absoluteError: Double, relativeError: Double, _ body: (Double) -> Double
  ) throws -> QuadratureValue {
    try withFunction(body) { function in
      var value = 0.0
      var error = 0.0
      do {
        try GSL.checked {
          let workspace = gsl_integration_workspace_alloc(intervals)
          defer { gsl_integration_workspace_free(workspace) }
          _ = gsl_integration_qag(
            &function, range.lowerBound, range.upperBound, absoluteError, relativeError, intervals,
            Int32(GSL_INTEG_GAUSS61), workspace, &value, &error)
        }
      } catch let failure as GSLError where failure.code == Int32(GSL_EROUND) && value.isFinite {}
      return QuadratureValue(value: value, error: error)
    }
  }

  /// The root of a function that changes sign over `bracket`, by Brent's method, to the last few bits.
  ///
  /// - Throws: ``GSLError`` if the ends do not have opposite signs.
  package static func root(in bracket: ClosedRange<Double>, _ body: (Double) -> Double) throws -> Double {
    try withFunction(body) { function in
      try GSL.checked {
        let solver = gsl_root_fsolver_alloc(cgsl_brent_root_finder())
        defer { gsl_root_fsolver_free(solver) }
        guard
          gsl_root_fsolver_set(solver, &function, bracket.lowerBound, bracket.upperBound) == Int32(GSL_SUCCESS)
        else { return .nan }
        for _ in 0..<200 {
          guard gsl_root_fsolver_iterate(solver) == Int32(GSL_SUCCESS) else { break }
          let lower = gsl_root_fsolver_x_lower(solver)
          let upper = gsl_root_fsolver_x_upper(solver)
          if abs(upper - lower) <= 1e-15 * max(abs(lower), abs(upper)) { break }
        }
        return gsl_root_fsolver_root(solver)
      }
    }
  }

  private static func withFunction<Value>(
    _ body: (Double) -> Double, _ use: (inout gsl_function) throws -> Value
  ) rethrows -> Value {
    try withoutActuallyEscaping(body) { escapable in
      try withUnsafePointer(to: escapable) { pointer in
        var function = gsl_function()
        function.function = { x, parameters in
          parameters!.assumingMemoryBound(to: ((Double) -> Double).self).pointee(x)
        }
        function.params = UnsafeMutableRawPointer(mutating: pointer)
        return try use(&function)
      }
    }
  }
}
