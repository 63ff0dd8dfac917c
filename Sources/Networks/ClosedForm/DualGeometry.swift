// What Newton's method needs to know about log Z, in units in which the weight scales are one.
//
// With V = Λ/√(α_w α_m) the structure of a pattern is ρ_g = |Vᵀg|², and log Z = log Σ_g P0(g) t_g^(-1/2) up to terms in the
// precisions alone, t_g = 1 - ρ_g being the margin. Either all patterns are enumerated or, for input selection, one number
// active stands for all patterns with as many active contexts. Given gains have the average of -(1/2) log t_g instead: see
// GivenPatterns.swift.

import Sampling

/// First and second derivatives of the pattern sum log Σ_g P0(g) t_g^(-1/2) - (μ/2) Σ_g log t_g.
///
/// μ = 0 but for continuation. With it 1/t stands for (P + μ)/t and 1/t² for (P + 2μ/3)/t² in every sum.
struct DualDerivatives: Sendable {
  /// The gradient in the coordinates: E[M_g x / t].
  var gradient: [Double]
  /// The Hessian in the coordinates: E[M_g/t + 3 (M_g x)(M_g x)ᵀ/t²] minus the square of the logarithm's gradient.
  var hessian: Matrix
  /// E[1/t].
  var inverseMargin: Double
  /// E[1/t²].
  var inverseMarginSquared: Double
  /// E[M_g x / t²], which couples multipliers to precisions.
  var coupling: [Double]
  /// E[M_g x / t] of the logarithm alone, without the μ term.
  var plainGradient: [Double]
  /// E[1/t] of the logarithm alone.
  var plainInverseMargin: Double
}

/// A block-diagonal matrix of equal blocks.
func isotropicForm(_ block: Matrix, copies: Int) -> Matrix {
  let size = block.rows
  var form = Matrix(rows: copies * size, columns: copies * size)
  for c in 0..<copies {
    for d in 0..<size { for e in 0..<size { form[c * size + d, c * size + e] = block[d, e] } }
  }
  return form
}

/// A parametrisation V(x) of the scaled multipliers, linear in its coordinates x, in which ρ_g = xᵀM_g x.
protocol DualGeometry {
  /// Number of coordinates.
  var dimension: Int { get }
  /// Dimension of the stimulus, D.
  var features: Int { get }
  /// The linear functional V(x)·B as a vector.
  var targetCoordinates: [Double] { get }
  /// The quadratic form Σ_c V_cᵀ S⁻¹ V_c as a matrix.
  var covarianceForm: Matrix { get }
  /// By what a component of the gradient exceeds the readout entry that it stands for.
  var multiplicity: [Double] { get }
  /// μ, the weight of an added barrier -(μ/2) Σ_g log t_g over all patterns of nonzero probability.
  var barrier: Double { get set }
  /// Σ_g log t_g at the point of the last `logSum`, if μ > 0, and the number of patterns summed.
  var logMargins: (sum: Double, count: Double) { get }
  /// Moves to x and returns the pattern sum's logarithm, or nil outside the domain max ρ < 1.
  mutating func logSum(at x: [Double]) -> Double?
  /// Derivatives at the point of the last successful `logSum`, with which it must agree.
  mutating func derivatives(at x: [Double]) -> DualDerivatives
  /// The least margin 1 - max ρ at the point of the last `logSum`.
  var smallestMargin: Double { get }
  /// E[√ρ/t] at that point: the total mass when the readout is written as a sum of atoms g m̂ᵀ.
  var atomMass: Double { get }
  /// An upper bound on the atomic norm of a readout given by its gradient-like coordinates: the sum of its rows' norms.
  func rowNormSum(_ gradient: [Double]) -> Double
}

/// A geometry that knows how its Hessian changes, as corrections in 1/N need it.
protocol CorrectableGeometry: DualGeometry {
  /// The derivative of the Hessian along `direction`, at the point of the last `logSum`.
  mutating func hessianDerivative(at x: [Double], along direction: [Double]) -> Matrix
}
