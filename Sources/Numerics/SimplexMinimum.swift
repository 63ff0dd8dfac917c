// The least value of a function of a few numbers, without derivatives, by GSL.

import CGSL

/// The minimum of a function of several numbers by Nelder & Mead's simplex.
package struct SimplexMinimum: Sendable {
  /// Where it is.
  package let point: [Double]
  /// The function's value there.
  package let value: Double

  /// Minimises from a starting point, with first steps of the given sizes; values that are not finite count as the largest.
  ///
  /// Stops when the simplex is smaller than `tolerance` of the first steps, or after 2000 iterations.
  ///
  /// - Precondition: as many steps as numbers, at least one.
  /// - Throws: ``GSLError``.
  package init(
    from start: [Double], steps: [Double], tolerance: Double = 1e-5, _ function: @escaping ([Double]) -> Double
  ) throws {
    precondition(!start.isEmpty && start.count == steps.count, "a step for each number")
    let count = start.count
    // In units of the steps, so that one size measures all.
    let objective = Objective { scaled in
      let value = function((0..<count).map { start[$0] + steps[$0] * scaled[$0] })
      return value.isFinite ? value : .greatestFiniteMagnitude
    }
    var place = [Double](repeating: 0, count: count)
    var least = objective.value(place)
    try GSL.checked {
      guard let minimizer = gsl_multimin_fminimizer_alloc(cgsl_multimin_simplex(), count),
        let origin = gsl_vector_calloc(count), let unit = gsl_vector_alloc(count)
      else { return }
      defer {
        gsl_multimin_fminimizer_free(minimizer)
        gsl_vector_free(origin)
        gsl_vector_free(unit)
      }
      gsl_vector_set_all(unit, 1)
      var target = gsl_multimin_function(
        f: { vector, parameters in
          let objective = Unmanaged<Objective>.fromOpaque(parameters!).takeUnretainedValue()
          return objective.value((0..<vector!.pointee.size).map { gsl_vector_get(vector, $0) })
        }, n: count, params: Unmanaged.passUnretained(objective).toOpaque())
      withExtendedLifetime(objective) {
        guard gsl_multimin_fminimizer_set(minimizer, &target, origin, unit) == GSL_SUCCESS else { return }
        for _ in 0..<2000 {
          guard gsl_multimin_fminimizer_iterate(minimizer) == GSL_SUCCESS,
            gsl_multimin_fminimizer_size(minimizer) > tolerance
          else { break }
        }
        let found = gsl_multimin_fminimizer_x(minimizer)
        place = (0..<count).map { gsl_vector_get(found, $0) }
        least = gsl_multimin_fminimizer_minimum(minimizer)
      }
    }
    point = (0..<count).map { start[$0] + steps[$0] * place[$0] }
    value = least
  }

  private final class Objective {
    let value: ([Double]) -> Double
    init(_ value: @escaping ([Double]) -> Double) { self.value = value }
  }
}
