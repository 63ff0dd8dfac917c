// Whether networks of given or drawn gains can be conditioned on R = A.

import CGSL
import Sampling

/// Whether the conditional law p0(θ) δ(R(θ) − A) exists (THEORY section 11).
///
/// *Given gains.* A has to lie in their column space. Where C = (σ_m²/N²) Σ_i w_i² g_i g_iᵀ loses rank, because all neurons outside a
/// subspace F that gains span have weights of order ε, the density p(w) N(A; 0, C)^D is of order ε^(n − 1 − D codim F) if F contains the
/// columns of A, n the number of those neurons, and vanishes otherwise. So n > D codim F is asked of every such F. (K = 1, A = 0: N > D.)
///
/// *Drawn gains.* Gains of networks within a proper F have a positive probability, and R has no density there: no proper F may contain the
/// columns of A, and there must be at least as many neurons as contexts. Ties of readouts by other factors than 1 and −1, which targets of few
/// digits obey by chance, count only where networks with them are not too rare to be drawn.
struct HardExistence {
  /// A, [context, feature].
  let target: Matrix
  let gains: BinaryGains
  let neurons: Int
  /// Networks of less probability never come up.
  private static let smallestProbability = 1e-15

  /// - Throws: ``HardEnsembleError``; ``GSLError``.
  func require() throws {
    switch gains {
    case .drawn: try requireDrawn()
    case .fixed(let matrix): try requireGiven(GivenGains(matrix.transposed))
    }
  }

  // MARK: Given gains

  private func requireGiven(_ given: GivenGains) throws {
    let span = try GainSpan(given)
    do { try span.require(target) } catch MaxEntropyError.dependentGains(let identity, let feature, let violation) {
      throw HardEnsembleError.unreachable(
        identity: identity, feature: feature, violation: violation,
        nearest: (target - span.unreachable(target)).rowArrays)
    }
    var task = LinearSpan()
    for d in 0..<target.columns { task.add(target.transposed.row(d)) }
    guard task.rank < span.rank else { return }
    let counts = given.fractions.map { Int(($0 * Double(given.neurons)).rounded()) }
    try SpannedSubspaces(given.patterns.rowArrays).forEachSubspace { members, subspace in
      let codimension = span.rank - subspace.rank
      guard codimension > 0, task.vectors.allSatisfy(subspace.contains) else { return }
      let carriers = members.indices.reduce(0) { $0 + (members[$1] ? 0 : counts[$1]) }
      guard carriers > target.columns * codimension else {
        throw HardEnsembleError.infiniteDensity(
          carriers: carriers, directions: codimension, needed: target.columns * codimension)
      }
    }
  }

  // MARK: Drawn gains

  private func requireDrawn() throws {
    let contexts = target.rows
    guard neurons >= contexts else {
      throw HardEnsembleError.tooFewNeurons(neurons: neurons, contexts: contexts)
    }
    var task = LinearSpan()
    for d in 0..<target.columns { task.add(target.transposed.row(d)) }
    guard task.rank < contexts, contexts <= PatternGibbs.maximumContexts else { return }
    var combination = [Int](repeating: 0, count: contexts)
    try search(&combination, from: 0, leading: true, task)
  }

  /// The largest coefficient of a normal of a hyperplane that vectors of zeros and ones span: all up to six contexts, the smaller ones
  /// beyond, where there would be too many.
  private var largestCoefficient: Int {
    switch target.rows {
    case ...3: 1
    case 4: 2
    case 5: 3
    case 6: 5
    case 7: 3
    case 8: 2
    default: 1
    }
  }

  /// Goes through all normals up to their sign. O((2h + 1)^K).
  private func search(_ normal: inout [Int], from context: Int, leading: Bool, _ task: LinearSpan) throws {
    guard context < normal.count else {
      guard !leading, task.vectors.allSatisfy({ isOrthogonal(normal, to: $0) }), isSpanned(normal),
        normal.allSatisfy({ abs($0) <= 1 }) || tieProbability(normal) > Self.smallestProbability
      else { return }
      throw HardEnsembleError.tiedReadouts(combination: normal)
    }
    let largest = largestCoefficient
    // The first that is not zero is positive.
    for value in (leading ? 0 : -largest)...largest {
      normal[context] = value
      try search(&normal, from: context + 1, leading: leading && value == 0, task)
    }
    normal[context] = 0
  }

  private func isOrthogonal(_ normal: [Int], to unit: [Double]) -> Bool {
    var (sum, size) = (0.0, 0.0)
    for (u, x) in zip(normal, unit) {
      sum += Double(u) * x
      size += abs(Double(u) * x)
    }
    return abs(sum) <= LinearSpan.tolerance * size
  }

  /// Gains of the patterns in the hyperplane, the silent one first.
  private func patterns(orthogonalTo normal: [Int]) -> [[Double]] {
    (0..<1 << normal.count).compactMap { pattern in
      var (gains, sum) = ([Double](), 0)
      for (context, factor) in normal.enumerated() {
        gains.append(Double(pattern >> context & 1))
        sum += factor * (pattern >> context & 1)
      }
      return sum == 0 ? gains : nil
    }
  }

  /// Whether patterns span the hyperplane.
  private func isSpanned(_ normal: [Int]) -> Bool {
    var span = LinearSpan()
    for gains in patterns(orthogonalTo: normal) where span.rank < normal.count - 1 { span.add(gains) }
    return span.rank == normal.count - 1
  }

  /// The prior probability that so few neurons have gains outside the hyperplane that the density is infinite: at most D.
  private func tieProbability(_ normal: [Int]) -> Double {
    guard case .drawn(let active) = gains else { return 0 }
    let inside = patterns(orthogonalTo: normal).reduce(0) { sum, gains in
      sum + gains.reduce(1) { $0 * ($1 == 1 ? active : 1 - active) }
    }
    return gsl_cdf_binomial_P(UInt32(min(target.columns, neurons)), max(0, 1 - inside), UInt32(neurons))
  }
}
