// Gaussian averages of gains by GSL's adaptive quadrature: slow, with an error estimate, for any activation.

import CGSL
import Sampling

extension Activation {
  /// The exact gain by adaptive quadrature (GSL's QAG with 61 points), and an estimate of its absolute error.
  ///
  /// What ``gaussianGain(drive:variance:)`` is held against. The integrals are E[φ'], E[z φ']/q and E[(z² − 1) φ']/(2q²),
  /// which need no derivative of the gain.
  ///
  /// - Parameter relativeError: asked of each integral, relative to that of its absolute value.
  /// - Precondition: a positive spread.
  /// - Throws: ``GSLError`` if 1000 intervals are not enough.
  public func gaussianGainByQuadrature(
    drive: Double, spread: Double, relativeError: Double = 1e-12
  ) throws -> (value: GaussianGain, error: GaussianGain) {
    let integrals = try (0..<3).map { order in
      try GaussianGainIntegral(activation: self, drive: drive, spread: spread, order: order).value(relativeError)
    }
    let scales = [1, 1 / spread, 0.5 / (spread * spread)]
    func scaled(_ pick: ((value: Double, error: Double)) -> Double) -> GaussianGain {
      GaussianGain(
        gain: scales[0] * pick(integrals[0]), driveSlope: scales[1] * pick(integrals[1]),
        varianceSlope: scales[2] * pick(integrals[2]))
    }
    return (scaled(\.value), scaled(\.error))
  }
}

/// E[H_order(z) φ'(q z + b)] with the Hermite polynomials 1, z, z² − 1.
private struct GaussianGainIntegral {
  let activation: Activation
  let drive: Double
  let spread: Double
  let order: Int

  func integrand(_ z: Double) -> Double {
    let polynomial = order == 0 ? 1 : order == 1 ? z : z * z - 1
    return polynomial * activation.gain(drive + spread * z) * StandardNormal.density(z)
  }

  /// Sums over intervals around where the input is zero and where the Gaussian sits, which an adaptive rule on the whole
  /// line could miss.
  func value(_ relativeError: Double) throws -> (value: Double, error: Double) {
    let zero = -drive / spread
    let width = 1 / spread
    var cuts: [Double] = [-40, 40, 0, zero]
    for distance in [1.0, 4, 16] {
      cuts += [-distance, distance, zero - distance * width, zero + distance * width]
    }
    cuts = cuts.filter { abs($0) <= 40 }.sorted()
    var total = 0.0
    var size = 0.0
    var error = 0.0
    for (lower, upper) in zip(cuts, cuts.dropFirst()) where upper > lower {
      let part = try integral(lower, upper, relativeError)
      total += part.value
      size += abs(part.value)
      error += part.error
    }
    return (total, max(error, size * 1e-15))
  }

  private func integral(_ lower: Double, _ upper: Double, _ relativeError: Double) throws -> (
    value: Double, error: Double
  ) {
    try withUnsafePointer(to: self) { pointer in
      var function = gsl_function()
      function.function = { z, parameters in
        parameters!.assumingMemoryBound(to: GaussianGainIntegral.self).pointee.integrand(z)
      }
      function.params = UnsafeMutableRawPointer(mutating: pointer)
      var value = 0.0
      var error = 0.0
      try GSL.checked {
        guard let workspace = gsl_integration_workspace_alloc(1000) else { return }
        defer { gsl_integration_workspace_free(workspace) }
        _ = gsl_integration_qag(
          &function, lower, upper, 1e-300, relativeError, 1000, Int32(GSL_INTEG_GAUSS61), workspace, &value, &error)
      }
      return (value, error)
    }
  }
}
