// Exact draws of networks whose neurons are independent but have no law in closed form, by rejection under a proven bound.

import Sampling

/// The law p(w, m, b) ∝ p_0(w) p_0(m) p_0(b) exp(w a(m, b)) of a neuron, a = t Σ_c ḡ_c T_c·m, with the bound that makes exact
/// rejection possible (T = Λ S, or Λ for small stimuli).
///
/// *Gaussian stimuli, a bounded φ such as tanh or erf.* With w integrated out the prior is weighted by exp(½ σ_w² a²). For a standard deviation
/// q = |m|_S of the input, q ḡ_c = q E[φ'(q z + b_c)] = ∫ φ'(u) ν((u − b_c)/q) du ≤ (φ(∞) − φ(−∞))/√(2π), here √(2/π), ν the
/// standard normal density, so that with B = √S and n = B m, |n| = q,
///
///     |a| = |Σ_c ḡ_c (Λ_c B)·n| ≤ √(2/π) max_{s ∈ [0,1]^K} |Σ_c s_c Λ_c B|,
///
/// the norm being convex in s and therefore largest at a corner of the cube. (m, b) of the prior are accepted with probability
/// exp(½ σ_w² (a² − bound²)), w ~ N(σ_w² a, σ_w²) follows.
///
/// *Small stimuli, φ' = gain.* With w and m integrated out the prior of b is weighted by (1 − ρ)^(−½), ρ = σ_w² σ_m² |Λᵀg|²,
/// again convex in the gains, inf φ' ≤ g_c ≤ sup φ'. Drives are accepted with probability √((1 − ρ_max)/(1 − ρ)), and
/// (w, m) given b is Gaussian (THEORY section 2).
struct NeuronRejectionLaw: Sendable {
  /// Where a neuron's gains come from.
  enum Stimuli: Sendable { case small, gaussian }

  let stimuli: Stimuli
  let activation: Activation
  /// t T, [context, feature].
  let pull: Matrix
  /// S, [feature, feature]; not used for small stimuli.
  let covariance: Matrix
  let outputScale, inputScale, contextScale: Double
  /// The largest ½ σ_w² a², or ρ_max.
  var bound: Double

  /// The least acceptable guaranteed acceptance rate.
  private static var smallestAcceptanceRate: Double { 1e-4 }
  /// The most contexts whose corners are visited one by one.
  private static var mostContexts: Int { 16 }

  /// Nil if no bound is known or the acceptance rate might be too small.
  ///
  /// - Parameter prior: of output weights, input weights and context drives.
  init?(
    _ stimuli: Stimuli, activation: Activation, multipliers: Matrix, covariance: Matrix, prior: WeightPrior
  ) {
    guard multipliers.rows <= Self.mostContexts else { return nil }
    self.stimuli = stimuli
    self.activation = activation
    self.covariance = covariance
    outputScale = prior.blocks[0].scale
    inputScale = prior.blocks[1].scale
    contextScale = prior.blocks[2].scale
    switch stimuli {
    case .small:
      pull = multipliers
      let largest =
        activation.largestGain * activation.largestGain
        * Self.largestCorner(
          multipliers, lowest: activation.smallestGain / activation.largestGain)
      bound = outputScale * outputScale * inputScale * inputScale * largest
      guard bound < 1, (1 - bound).squareRoot() >= Self.smallestAcceptanceRate else { return nil }
    case .gaussian:
      guard let span = activation.span, let eigen = try? SymmetricEigen(covariance) else { return nil }
      pull = multipliers * covariance
      var root = eigen.vectors
      for k in 0..<root.columns {
        for d in 0..<root.rows { root[d, k] *= max(0, eigen.values[k]).squareRoot() }
      }
      bound = outputScale * outputScale * (span * span / 4) / .pi * Self.largestCorner(multipliers * root)
      guard exp(-bound) >= Self.smallestAcceptanceRate else { return nil }
    }
  }

  /// max |Σ_c s_c rows_c|² over s ∈ {lowest, 1}^K. O(2^K K D).
  private static func largestCorner(_ rows: Matrix, lowest: Double = 0) -> Double {
    (0..<(1 << rows.rows)).reduce(0.0) { largest, corner in
      var square = 0.0
      for d in 0..<rows.columns {
        var sum = 0.0
        for c in 0..<rows.rows { sum += (corner >> c & 1 == 1 ? 1 : lowest) * rows[c, d] }
        square += sum * sum
      }
      return max(largest, square)
    }
  }

  /// Draws neuron i of n: writes w_i, m_i and b_i to a position with blocks w, m, b, and adds w a − ½ (w²/σ_w² + |m|²/σ_m² +
  /// |b|²/σ_b²) to the log density. Returns the number of proposals.
  @inline(__always)
  func draw(
    _ i: Int, of n: Int, into x: UnsafeMutablePointer<Double>, addingTo logDensity: inout Double,
    using stream: inout RandomStream
  ) -> Int {
    let features = pull.columns
    let contexts = pull.rows
    let (m, b) = (x + n + i, x + n * (1 + features) + i)
    var proposals = 0
    while true {
      proposals += 1
      for c in 0..<contexts { b[c * n] = contextScale * stream.standardNormal() }
      switch stimuli {
      case .gaussian:
        for d in 0..<features { m[d * n] = inputScale * stream.standardNormal() }
        let pulled = pulled(m, b, n)
        let excess = outputScale * outputScale * pulled * pulled / 2 - bound
        guard stream.uniformPositive() < exp(excess) else { continue }
        x[i] = outputScale * (outputScale * pulled + stream.standardNormal())
        logDensity += x[i] * pulled
      case .small:
        // Λᵀg stands where m will be.
        var square = 0.0
        for d in 0..<features { m[d * n] = 0 }
        for c in 0..<contexts {
          let gain = activation.gain(b[c * n])
          for d in 0..<features { m[d * n] += gain * pull.elements[c * features + d] }
        }
        for d in 0..<features { square += m[d * n] * m[d * n] }
        let rho = outputScale * outputScale * inputScale * inputScale * square
        let uniform = stream.uniformPositive()
        guard uniform * uniform * (1 - rho) < 1 - bound else { continue }
        let weight = outputScale / (1 - rho).squareRoot() * stream.standardNormal()
        x[i] = weight
        for d in 0..<features {
          let slope = m[d * n]
          m[d * n] = inputScale * (inputScale * weight * slope + stream.standardNormal())
          logDensity += weight * slope * m[d * n]
        }
      }
      var squares = x[i] * x[i] / (outputScale * outputScale)
      for d in 0..<features { squares += m[d * n] * m[d * n] / (inputScale * inputScale) }
      for c in 0..<contexts { squares += b[c * n] * b[c * n] / (contextScale * contextScale) }
      logDensity -= squares / 2
      return proposals
    }
  }

  /// a(m, b).
  @inline(__always)
  func pulled(_ m: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ stride: Int) -> Double {
    let features = pull.columns
    var variance = 0.0
    covariance.elements.withUnsafeBufferPointer { covariance in
      for d in 0..<features {
        for e in 0..<features { variance += m[d * stride] * covariance[d * features + e] * m[e * stride] }
      }
    }
    variance = max(0, variance)
    return pull.elements.withUnsafeBufferPointer { pull in
      var total = 0.0
      for c in 0..<self.pull.rows {
        var sum = 0.0
        for d in 0..<features { sum += pull[c * features + d] * m[d * stride] }
        total += activation.gaussianGain(drive: b[c * stride], variance: variance).gain * sum
      }
      return total
    }
  }
}

/// Draws of a product ensemble, each independent of the one before: every neuron anew by rejection.
///
/// Reversible; nothing to tune, no warm-up. `acceptance_rate` is that of the rejection. O(N K D) over the acceptance rate, which is at
/// least exp(−½ σ_w² max a²), or √(1 − ρ_max).
public struct NeuronRejection<Target: NetworkDensity>: PointKernel {
  public var target: Target {
    didSet { preconditionFailure("exact draws of one target are not those of another") }
  }
  private let law: NeuronRejectionLaw
  private let neurons: Int

  /// Nil if there is no law.
  init?(_ target: Target, law: NeuronRejectionLaw?) {
    guard let law else { return nil }
    self.target = target
    self.law = law
    neurons = target.layout.blocks[0].count
  }

  public var isReversible: Bool { true }

  public func makeScratch() -> NoScratch { NoScratch() }

  public func step(_ point: inout PointState<Target>, scratch: inout NoScratch, using stream: inout RandomStream)
    -> Transition
  {
    var transition = Transition()
    let n = neurons
    var logDensity = 0.0
    let proposals = point.current.position.withUnsafeMutableBufferPointer { x in
      var proposals = 0
      for i in 0..<n { proposals += law.draw(i, of: n, into: x.baseAddress!, addingTo: &logDensity, using: &stream) }
      return proposals
    }
    point.current.invalidate()
    point.current.setLogDensity(logDensity)
    transition.energy = -logDensity
    transition.acceptanceRate = Double(n) / Double(proposals)
    transition.steps = 1
    transition.moved = true
    return transition
  }
}
