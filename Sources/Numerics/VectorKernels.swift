// Array kernels in C, as Swift calls them: elementary functions, small matrix products and sums over flat vectors.

import CKernels

/// Kernels over arrays of doubles, on the best instruction set that the processor has (SSE2, AVX2 or AVX-512 on x86-64,
/// NEON on arm64); nothing allocates.
///
/// Every result has the same bits on every instruction set: the fused multiply-adds are written down, and sums have a fixed order.
/// Errors are in units in the last place, measured over 10⁷ arguments per function against 64-bit mantissas.
@usableFromInline
package enum VectorKernels {
  // MARK: Elementary functions

  /// y_i = exp(x_i), within 1.1 ulp; y may be x. Exact limits at ±∞, results below the normal range rounded once.
  @inlinable @inline(__always)
  package static func exp(_ x: UnsafePointer<Double>, into y: UnsafeMutablePointer<Double>, count: Int) {
    ck_kernels().pointee.exp(x, y, count)
  }

  /// tanh(x_i) within 3.2 ulp, and its derivative 1 − tanh² within 2.8 ulp of itself (0 beyond |x| = 354, where it is
  /// below 1.4·10⁻³⁰⁷); `values` may be x.
  @inlinable @inline(__always)
  package static func tanh(
    _ x: UnsafePointer<Double>, values: UnsafeMutablePointer<Double>, gains: UnsafeMutablePointer<Double>, count: Int
  ) { ck_kernels().pointee.tanh(x, values, gains, count) }

  /// erf(x_i) within 2.6 ulp, and its derivative 2/√π exp(−x²) within 1.9 ulp; `values` may be x.
  @inlinable @inline(__always)
  package static func erf(
    _ x: UnsafePointer<Double>, values: UnsafeMutablePointer<Double>, gains: UnsafeMutablePointer<Double>, count: Int
  ) { ck_kernels().pointee.erf(x, values, gains, count) }

  /// ln(1 + exp(x_i)) within 2 ulp, and its derivative 1/(1 + exp(−x)) within 2.5 ulp; `values` may be x.
  @inlinable @inline(__always)
  package static func softplus(
    _ x: UnsafePointer<Double>, values: UnsafeMutablePointer<Double>, gains: UnsafeMutablePointer<Double>, count: Int
  ) { ck_kernels().pointee.softplus(x, values, gains, count) }

  /// max(x_i, 0), and its derivative, at 0 taken as 0; `values` may be x.
  @inlinable @inline(__always)
  package static func relu(
    _ x: UnsafePointer<Double>, values: UnsafeMutablePointer<Double>, gains: UnsafeMutablePointer<Double>, count: Int
  ) { ck_kernels().pointee.relu(x, values, gains, count) }

  // MARK: Products of row-major contiguous matrices; the result overlaps no factor

  /// C = s A B, or C += s A B, with A [rows, inner], B [inner, columns] and C [rows, columns].
  @inlinable
  package static func product(
    _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, into c: UnsafeMutablePointer<Double>, rows: Int, inner: Int,
    columns: Int, scale: Double = 1, accumulate: Bool = false
  ) {
    if columns == 1 {
      productOfFew(a, b, c, rows, inner, columns, scale, accumulate)
    } else {
      ck_kernels().pointee.product(
        a, inner, 1, b, columns, 1, c, rows, inner, columns, scale, accumulate ? 1 : 0)
    }
  }

  /// C = s Aᵀ B, or C += s Aᵀ B, with A [inner, rows], B [inner, columns] and C [rows, columns].
  @inlinable
  package static func product(
    transposed a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, into c: UnsafeMutablePointer<Double>, rows: Int,
    inner: Int, columns: Int, scale: Double = 1, accumulate: Bool = false
  ) {
    if columns == 1 {
      ck_kernels().pointee.product(b, inner, 1, a, rows, 1, c, 1, inner, rows, scale, accumulate ? 1 : 0)
    } else {
      ck_kernels().pointee.product(
        a, 1, rows, b, columns, 1, c, rows, inner, columns, scale, accumulate ? 1 : 0)
    }
  }

  /// C = s A Bᵀ, or C += s A Bᵀ, with A [rows, inner], B [columns, inner] and C [rows, columns].
  @inlinable
  package static func product(
    _ a: UnsafePointer<Double>, transposed b: UnsafePointer<Double>, into c: UnsafeMutablePointer<Double>, rows: Int,
    inner: Int, columns: Int, scale: Double = 1, accumulate: Bool = false
  ) {
    // Scalar products where a tile would be mostly empty (measured); a choice by shape alone keeps the bits fixed.
    if inner >= 32, min(rows, columns) <= 4 {
      productOfFew(a, b, c, rows, inner, columns, scale, accumulate)
    } else {
      ck_kernels().pointee.product(
        a, inner, 1, b, 1, inner, c, rows, inner, columns, scale, accumulate ? 1 : 0)
    }
  }

  @inlinable @inline(__always)
  static func productOfFew(
    _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ c: UnsafeMutablePointer<Double>, _ rows: Int,
    _ inner: Int, _ columns: Int, _ scale: Double, _ accumulate: Bool
  ) { ck_kernels().pointee.product_of_few(a, b, c, rows, inner, columns, scale, accumulate ? 1 : 0) }

  /// C = s A Aᵀ, with A [rows, inner].
  @inlinable @inline(__always)
  package static func gram(
    _ a: UnsafePointer<Double>, into c: UnsafeMutablePointer<Double>, rows: Int, inner: Int, scale: Double
  ) { ck_kernels().pointee.gram(a, inner, 1, c, rows, inner, scale) }

  /// C = s Aᵀ A, with A [inner, rows].
  @inlinable @inline(__always)
  package static func gram(
    transposed a: UnsafePointer<Double>, into c: UnsafeMutablePointer<Double>, rows: Int, inner: Int, scale: Double
  ) { ck_kernels().pointee.gram(a, 1, rows, c, rows, inner, scale) }

  // MARK: One neuron of many that meet in a sum

  /// z_gp = Σ_d m_d x_dp + b_g, [group, stimulus], for stimuli [feature, stimulus] and weights and drives that are `stride` apart;
  /// without drives all groups are alike.
  @inlinable @inline(__always)
  package static func hiddenInputs(
    _ weights: UnsafePointer<Double>, drives: UnsafePointer<Double>?, stride: Int, stimuli: UnsafePointer<Double>,
    into z: UnsafeMutablePointer<Double>, features: Int, groups: Int, count: Int
  ) { ck_kernels().pointee.hidden_inputs(weights, drives, stride, stimuli, z, features, groups, count) }

  /// tanh of these inputs, with an exponential for every stimulus and one for every drive instead of one for every pair; absolute
  /// errors of a few 2⁻⁵³. False, without a result, where an exponential might overflow (inputs or drives beyond 175) or
  /// there are more than 32 groups.
  @inlinable @inline(__always)
  package static func hiddenTanh(
    _ weights: UnsafePointer<Double>, drives: UnsafePointer<Double>, stride: Int, stimuli: UnsafePointer<Double>,
    into h: UnsafeMutablePointer<Double>, features: Int, groups: Int, count: Int
  ) -> Bool { ck_kernels().pointee.hidden_tanh(weights, drives, stride, stimuli, h, features, groups, count) != 0 }

  /// The derivatives of a function of the outputs by one neuron's parameters, given its slopes s [group, stimulus] by the
  /// neuron's responses h: with δ_gp = w s_gp φ'_gp, adds s·h to `byWeight`, Σ_p x_dp Σ_g δ_gp to `byInputs` and Σ_p δ_gp to
  /// `byDrives`, whose entries are `stride` apart. Without gains φ' = 1 − h², that of tanh.
  @inlinable @inline(__always)
  package static func hiddenGradient(
    _ h: UnsafePointer<Double>, gains: UnsafePointer<Double>?, slopes: UnsafePointer<Double>, weight: Double,
    stimuli: UnsafePointer<Double>, scratch: UnsafeMutablePointer<Double>, byWeight: UnsafeMutablePointer<Double>,
    byInputs: UnsafeMutablePointer<Double>, byDrives: UnsafeMutablePointer<Double>?, stride: Int, features: Int,
    groups: Int, count: Int
  ) {
    ck_kernels().pointee.hidden_gradient(
      h, gains, slopes, weight, stimuli, scratch, byWeight, byInputs, byDrives, stride, features, groups, count)
  }

  /// |h|², h·r, |c|², c·r and c·h in one pass.
  @inlinable @inline(__always)
  package static func responseProducts(
    _ h: UnsafePointer<Double>, _ candidate: UnsafePointer<Double>, _ residual: UnsafePointer<Double>, count: Int
  ) -> (hh: Double, hr: Double, cc: Double, cr: Double, ch: Double) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 5) { products in
      ck_kernels().pointee.response_products(h, candidate, residual, count, products.baseAddress!)
      return (products[0], products[1], products[2], products[3], products[4])
    }
  }

  // MARK: Sums

  /// Σ_i x_i.
  @inlinable @inline(__always)
  package static func sum(_ x: UnsafePointer<Double>, count: Int) -> Double { ck_kernels().pointee.sum(x, count) }

  /// Σ_i x_i².
  @inlinable @inline(__always)
  package static func sumOfSquares(_ x: UnsafePointer<Double>, count: Int) -> Double {
    ck_kernels().pointee.dot(x, x, count)
  }

  /// Σ_i a_i b_i.
  @inlinable @inline(__always)
  package static func dot(_ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, count: Int) -> Double {
    ck_kernels().pointee.dot(a, b, count)
  }

  /// Σ_i a_i b_i c_i.
  @inlinable @inline(__always)
  package static func sumOfProducts(
    _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ c: UnsafePointer<Double>, count: Int
  ) -> Double { ck_kernels().pointee.triple_dot(a, b, c, count) }

  /// y_i += factor · x_i.
  @inlinable @inline(__always)
  package static func add(
    _ factor: Double, times x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>, count: Int
  ) { ck_kernels().pointee.add(factor, x, y, count) }

  /// y_i += a x_i + b z_i.
  @inlinable @inline(__always)
  package static func add(
    _ a: Double, times x: UnsafePointer<Double>, _ b: Double, times z: UnsafePointer<Double>,
    to y: UnsafeMutablePointer<Double>, count: Int
  ) { ck_kernels().pointee.add_two(a, x, b, z, y, count) }

  // MARK: Gain-modulated linear neurons, the last axis of w [neuron], m [feature, neuron] and g [context, neuron]

  /// R_cd = Σ_i g_ci w_i m_di, into [context, feature].
  @inlinable @inline(__always)
  package static func gatedReadout(
    outputWeights w: UnsafePointer<Double>, inputWeights m: UnsafePointer<Double>, gains g: UnsafePointer<Double>,
    into readout: UnsafeMutablePointer<Double>, contexts: Int, features: Int, neurons: Int
  ) { ck_kernels().pointee.gated_readout(w, m, g, readout, contexts, features, neurons) }

  /// ∂/∂w_i = −α_w w_i − Σ_d v_di m_di and ∂/∂m_di = −α_m m_di − w_i v_di with v_di = Σ_c `slope`_cd g_ci, for precisions
  /// α_w of output and α_m of input weights.
  @inlinable @inline(__always)
  package static func gatedGradient(
    outputWeights w: UnsafePointer<Double>, inputWeights m: UnsafePointer<Double>, gains g: UnsafePointer<Double>,
    slope: UnsafePointer<Double>, outputPrecision: Double, inputPrecision: Double,
    byOutputWeights dw: UnsafeMutablePointer<Double>, byInputWeights dm: UnsafeMutablePointer<Double>, contexts: Int,
    features: Int, neurons: Int
  ) {
    ck_kernels().pointee.gated_gradient(
      w, m, g, slope, outputPrecision, inputPrecision, dw, dm, contexts, features, neurons)
  }

  // MARK: What analyses of draws spend their time on

  /// products_k += Σ_i x_i x_{i + lag + k} for k = 0 ... 3, over all i with both in the array.
  @inlinable @inline(__always)
  package static func lagProducts(
    _ x: UnsafePointer<Double>, count: Int, lag: Int, addingTo products: UnsafeMutablePointer<Double>
  ) { ck_kernels().pointee.lag_products(x, count, lag, products) }

  /// Outputs y_p = Σ_d r_d x_dp, x [feature, stimulus], against wanted signs (1, −1 or 0): twice the number of right ones, and
  /// once that of those where one of the two is 0.
  @inlinable @inline(__always)
  package static func twiceRightSigns(
    _ readout: UnsafePointer<Double>, _ stimuli: UnsafePointer<Double>, wanted: UnsafePointer<Double>, features: Int,
    count: Int
  ) -> Int { ck_kernels().pointee.right_signs(readout, stimuli, wanted, features, count) }

  // MARK: Neurons drawn independently, the last axis of w and row [neuron], g and chances [context, neuron]

  /// g_ci = 1 for a uniform subset of `active`_i contexts, from uniform numbers `chances`.
  @inlinable @inline(__always)
  package static func subsets(
    ofSizes active: UnsafePointer<Double>, chances: UnsafePointer<Double>, into g: UnsafeMutablePointer<Double>,
    contexts: Int, neurons: Int
  ) { ck_kernels().pointee.subsets(active, chances, g, contexts, neurons) }

  /// row_i ← spread row_i + w_i Σ_c pull_c g_ci, pull c at `pulls`[c · stride].
  @inlinable @inline(__always)
  package static func tilt(
    _ row: UnsafeMutablePointer<Double>, spread: Double, outputWeights w: UnsafePointer<Double>,
    gains g: UnsafePointer<Double>, pulls: UnsafePointer<Double>, stride: Int, contexts: Int, neurons: Int
  ) { ck_kernels().pointee.tilt(w, g, pulls, stride, spread, row, contexts, neurons) }
}
