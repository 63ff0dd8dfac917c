// The saddle point of deep linear networks whose widths grow with the number of stimuli.

import Sampling

/// The kernel renormalisation of a deep linear network that fits its targets exactly (Li & Sompolinsky 2021).
///
/// As the widths and the number of stimuli P grow together, τ = Π_l u_l with n_l (1 - u_l) = P (1 - r/Π_l u_l), r = b/P,
/// b = yᵀ𝒦⁻¹y; for equal widths n, α = P/n: 1 - u = α (1 - r u^(-L)). At finite n the posterior mean of τ deviates by O(1/n).
public struct KernelRenormalization: Sendable {
  /// u_l, `[layer]`.
  public let factors: [Double]
  /// Π_l u_l, the limit of <τ>.
  public var scale: Double { factors.reduce(1, *) }

  /// The saddle point; it is unique.
  ///
  /// - Parameter quadraticForm: b.
  /// - Throws: ``MaxEntropyError`` unless 0 < b is finite, ``GSLError``.
  /// - Precondition: at least one layer, every width at least 1, `stimuli` at least 1.
  public init(widths: [Int], stimuli: Int, quadraticForm: Double) throws {
    precondition(!widths.isEmpty && widths.allSatisfy { $0 >= 1 } && stimuli >= 1)
    guard quadraticForm > 0, quadraticForm.isFinite else {
      throw MaxEntropyError.invalidParameter(
        name: "the quadratic form of the targets", value: quadraticForm, allowed: "a positive finite number")
    }
    let shapes = widths.map { Double($0) / 2 }
    // With ℓ = Σ ln u_l the tilt λ(ℓ), u_l = 1 + λ/a_l, rises with ℓ and the force falls: one root.
    func imbalance(_ l: Double) -> Double {
      let force = 0.5 * (quadraticForm * exp(-l) - Double(stimuli))
      return ((try? ScaleTilt(sum: l, shapes: shapes))?.value ?? .nan) - force
    }
    var reach = 1.0
    while imbalance(-reach) > 0 || imbalance(reach) < 0 { reach *= 2 }
    let l = try AdaptiveQuadrature.root(in: -reach...reach, imbalance)
    let tilt = try ScaleTilt(sum: l, shapes: shapes)
    factors = shapes.map { exp(tilt.logMode(of: $0)) }
  }
}
