// One neuron taken out of the collapsed Gibbs or hard density and put back otherwise, by updates of rank one.

import Sampling

/// The collapsed Gibbs density (``CollapsedReadout``) as a function of one neuron, all others as they are.
///
/// With neuron i taken out of C, M_k = (I + κ_k C)⁻¹ and h_k = M_k A_k, a neuron of s = σ_m² w²/N² and gains g multiplies the density of
/// output weights and gains by P0(g) exp(−α_w w²/2 + f),
///
///     f = ½ Σ_k [κ_k² s b_k²/(1 + κ_k s p_k) − ln(1 + κ_k s p_k)],  p_k = gᵀ M_k g,  b_k = g·h_k
///
/// (determinant lemma, Sherman & Morrison). Taking out, considering other gains and putting in cost O(K²) each, another w O(1),
/// another single gain O(K): all times D unless eigenvalues of S agree, whose eigenvectors share a matrix.
///
/// In the hard ensemble M = (κ C)⁻¹, which is not there if the others' gains span fewer than all contexts: of such a neuron f is
/// ln N(A; 0, C) of the whole network, at O(K³ + K² D) each (``State/standsAlone``).
struct NeuronExchange: Sendable {
  /// Eigenvectors of one κ.
  struct Group: Sendable {
    /// κ > 0.
    let precision: Double
    /// Their numbers.
    let features: Range<Int>
    /// How many times ln(1 + κ s p) counts: as often as there are features.
    var determinants: Double
  }

  let readout: CollapsedReadout
  /// Directions with κ = 0, in which the task sees nothing, are left out.
  var groups: [Group]
  /// σ_m²/N².
  let scale: Double

  init(_ density: GainModulatedLinearDensity, _ readout: CollapsedReadout) {
    self.readout = readout
    let n = Double(density.neurons)
    scale = 1 / (density.inputPrecision * n * n)
    var groups: [Group] = []
    var first = 0
    while first < readout.features {
      let precision = readout.precisions[first]
      var end = first + 1
      while end < readout.features, readout.precisions[end] - precision <= 1e-14 * precision { end += 1 }
      if precision > 0 {
        groups.append(Group(precision: precision, features: first..<end, determinants: Double(end - first)))
      }
      first = end
    }
    self.groups = groups
  }

  /// C; M of every group; h of every eigenvector; two candidates.
  struct Workspace: Sendable {
    /// C, [context, context].
    var covariance: [Double]
    fileprivate var inverses: [Double]
    fileprivate var pulls: [Double]
    fileprivate var candidates: [Double]
    /// The factor of C with a candidate in it, and a vector.
    fileprivate var factor: [Double]
  }

  func makeWorkspace() -> Workspace {
    func zeros(_ count: Int) -> [Double] { [Double](repeating: 0, count: max(1, count)) }
    let (contexts, features) = (readout.contexts, readout.features)
    return Workspace(
      covariance: zeros(contexts * contexts), inverses: zeros(groups.count * contexts * contexts),
      pulls: zeros(features * contexts),
      candidates: zeros(2 * Candidate.size(contexts: contexts, features: features, groups: groups.count)),
      factor: zeros((contexts + 1) * contexts))
  }

  /// Calls `body` with a workspace in place.
  @inline(__always)
  func withState<Result>(_ workspace: inout Workspace, _ body: (inout State) -> Result) -> Result {
    groups.withUnsafeBufferPointer { groups in
      readout.target.withUnsafeBufferPointer { target in
        workspace.covariance.withUnsafeMutableBufferPointer { covariance in
          workspace.inverses.withUnsafeMutableBufferPointer { inverses in
            workspace.pulls.withUnsafeMutableBufferPointer { pulls in
              workspace.candidates.withUnsafeMutableBufferPointer { candidates in
                workspace.factor.withUnsafeMutableBufferPointer { factor in
                  let memory = candidates.baseAddress!
                  var state = State(
                    groups: groups, target: target.baseAddress!, covariance: covariance.baseAddress!,
                    inverses: inverses.baseAddress!, pulls: pulls.baseAddress!, factor: factor.baseAddress!,
                    current: Candidate(memory: memory), other: Candidate(memory: memory + candidates.count / 2))
                  return body(&state)
                }
              }
            }
          }
        }
      }
    }
  }
}

extension NeuronExchange {
  /// Gains and what f needs to know of them: g; of every group u = M g, p and Σ_k b_k²; of every eigenvector b.
  struct Candidate {
    let memory: UnsafeMutablePointer<Double>

    static func size(contexts: Int, features: Int, groups: Int) -> Int {
      contexts + groups * (contexts + 2) + features
    }

    @inline(__always) func vector(_ contexts: Int, _ group: Int) -> UnsafeMutablePointer<Double> {
      memory + (contexts &+ group &* (contexts &+ 2))
    }
    @inline(__always) func overlaps(_ contexts: Int, _ groups: Int) -> UnsafeMutablePointer<Double> {
      memory + (contexts &+ groups &* (contexts &+ 2))
    }
    @inline(__always) func setGains(_ pattern: Int, _ contexts: Int) {
      for c in 0..<contexts { memory[c] = Double(Int32(truncatingIfNeeded: pattern &>> (contexts &- 1 &- c) & 1)) }
    }
  }

  /// A workspace in place. The number of contexts is an argument everywhere, so that loops over few contexts are unrolled where it is
  /// a constant. Context c is bit K − 1 − c of a pattern.
  struct State {
    let groups: UnsafeBufferPointer<Group>
    /// A, [eigenvector, context].
    let target: UnsafePointer<Double>
    /// C, [context, context].
    let covariance: UnsafeMutablePointer<Double>
    /// M, [group, context, context].
    let inverses: UnsafeMutablePointer<Double>
    /// h, [eigenvector, context].
    let pulls: UnsafeMutablePointer<Double>
    let factor: UnsafeMutablePointer<Double>
    /// Of the neuron's gains, and of those it might have.
    var current: Candidate
    var other: Candidate
    /// Whether the neuron that is out leaves others that may not span all contexts, in the hard ensemble: only C and gains mean something.
    var standsAlone = false

    /// Below this 1 − κ s gᵀ M g has lost too many digits.
    private static var smallestRemainder: Double { 1e-6 }

    /// Takes a neuron out; its gains become the current ones. False if it carries a direction so nearly alone that rounding leaves too
    /// little of the others: then C, M and h have to be made anew without it, and its gains considered.
    @inline(__always)
    func remove(contexts n: Int, square: Double, pattern: Int) -> Bool {
      current.setGains(pattern, n)
      let g = current.memory
      let overlaps = current.overlaps(n, groups.count)
      for j in 0..<groups.count {
        let group = groups[j]
        let m = inverses + j &* n &* n
        let u = current.vector(n, j)
        let own = multiply(m, g, n, into: u)
        let remainder = 1 - group.precision * square * own
        guard remainder > Self.smallestRemainder else { return false }
        let inverse = 1 / remainder
        let factor = group.precision * square * inverse
        for c in 0..<n {
          let x = factor * u[c]
          for e in 0..<n { m[c &* n &+ e] += x * u[e] }
        }
        var sum = 0.0
        for k in group.features {
          let h = pulls + k &* n
          var overlap = 0.0
          for c in 0..<n { overlap += g[c] * h[c] }
          let x = factor * overlap
          for c in 0..<n { h[c] += x * u[c] }
          overlap *= inverse
          overlaps[k] = overlap
          sum += overlap * overlap
        }
        for c in 0..<n { u[c] *= inverse }
        u[n] = own * inverse
        u[n + 1] = sum
      }
      addToCovariance(-square, n)
      return true
    }

    /// Considers gains: they become the other ones.
    @inline(__always)
    func consider(contexts n: Int, pattern: Int) {
      other.setGains(pattern, n)
      if standsAlone { return }
      let g = other.memory
      let overlaps = other.overlaps(n, groups.count)
      for j in 0..<groups.count {
        let u = other.vector(n, j)
        let own = multiply(inverses + j &* n &* n, g, n, into: u)
        var sum = 0.0
        for k in groups[j].features {
          let h = pulls + k &* n
          var overlap = 0.0
          for c in 0..<n { overlap += g[c] * h[c] }
          overlaps[k] = overlap
          sum += overlap * overlap
        }
        u[n] = own
        u[n + 1] = sum
      }
    }

    /// The gains last considered become the current ones, and these the others.
    @inline(__always)
    mutating func exchange() { (current, other) = (other, current) }

    /// f of a neuron with the current, or the other gains.
    @inline(__always)
    func value(contexts n: Int, of candidate: Candidate, square: Double) -> Double {
      if standsAlone { return wholeValue(candidate.memory, n, square: square) }
      var sum = 0.0
      for j in 0..<groups.count {
        let u = candidate.vector(n, j)
        sum += term(groups[j], square: square, own: u[n], overlapSquares: u[n + 1])
      }
      return 0.5 * sum
    }

    @inline(__always)
    private func term(_ group: Group, square: Double, own: Double, overlapSquares: Double) -> Double {
      let weight = group.precision * square
      let growth = 1 + weight * max(0, own)
      return group.precision * weight * overlapSquares / growth - group.determinants * log(growth)
    }

    /// f with one of the current gains switched, by `sign` = +1 on or −1 off. O(J + D).
    @inline(__always)
    func value(contexts n: Int, switching c: Int, sign: Double, square: Double) -> Double {
      if standsAlone {
        current.memory[c] += sign
        let value = wholeValue(current.memory, n, square: square)
        current.memory[c] -= sign
        return value
      }
      let overlaps = current.overlaps(n, groups.count)
      var sum = 0.0
      for j in 0..<groups.count {
        let u = current.vector(n, j)
        let own = u[n] + 2 * sign * u[c] + inverses[j &* n &* n &+ c &* n &+ c]
        var squares = 0.0
        for k in groups[j].features {
          let overlap = overlaps[k] + sign * pulls[k &* n &+ c]
          squares += overlap * overlap
        }
        sum += term(groups[j], square: square, own: own, overlapSquares: squares)
      }
      return 0.5 * sum
    }

    /// Switches one of the current gains.
    @inline(__always)
    func switchGain(contexts n: Int, _ c: Int, sign: Double) {
      let overlaps = current.overlaps(n, groups.count)
      current.memory[c] += sign
      if standsAlone { return }
      for j in 0..<groups.count {
        let u = current.vector(n, j)
        let m = inverses + (j &* n &* n &+ c &* n)
        u[n] += 2 * sign * u[c] + m[c]
        for e in 0..<n { u[e] += sign * m[e] }
        var squares = 0.0
        for k in groups[j].features {
          overlaps[k] += sign * pulls[k &* n &+ c]
          squares += overlaps[k] * overlaps[k]
        }
        u[n + 1] = squares
      }
    }

    /// Puts a neuron of the current gains in.
    @inline(__always)
    func insert(contexts n: Int, square: Double) {
      let overlaps = current.overlaps(n, groups.count)
      for j in 0..<(standsAlone ? 0 : groups.count) {
        let group = groups[j]
        let m = inverses + j &* n &* n
        let u = current.vector(n, j)
        let weight = group.precision * square
        let factor = weight / (1 + weight * max(0, u[n]))
        for c in 0..<n {
          let x = factor * u[c]
          for e in 0..<n { m[c &* n &+ e] -= x * u[e] }
        }
        for k in group.features {
          let h = pulls + k &* n
          let x = factor * overlaps[k]
          for c in 0..<n { h[c] -= x * u[c] }
        }
      }
      addToCovariance(square, n)
    }

    /// The smallest part of its diagonal entry that a pivot of C may be: below it C counts as singular.
    private static var smallestPivot: Double { 1e-13 }

    /// −½ [D ln det B + κ Σ_k A_kᵀ B⁻¹ A_k], B = κ (C + s g gᵀ); −∞ where B is singular. O(K³ + K² D).
    func wholeValue(_ g: UnsafePointer<Double>, _ n: Int, square: Double) -> Double {
      let group = groups[0]
      let vector = factor + n &* n
      var logDeterminant = 0.0
      for c in 0..<n {
        for e in 0...c {
          let entry = group.precision * (covariance[c &* n &+ e] + square * g[c] * g[e])
          var value = entry
          for f in 0..<e { value -= factor[c &* n &+ f] * factor[e &* n &+ f] }
          if e < c {
            factor[c &* n &+ e] = value * factor[e &* n &+ e]
          } else {
            guard value > Self.smallestPivot * entry else { return -.infinity }
            logDeterminant += log(value)
            factor[c &* n &+ c] = 1 / value.squareRoot()
          }
        }
      }
      var sum = group.determinants * logDeterminant
      for k in group.features {
        for c in 0..<n {
          var value = target[k &* n &+ c]
          for e in 0..<c { value -= factor[c &* n &+ e] * vector[e] }
          value *= factor[c &* n &+ c]
          vector[c] = value
          sum += group.precision * value * value
        }
      }
      return -0.5 * sum
    }

    /// C of all neurons but one; of all where that is none. O(N K²).
    func setCovariance(
      contexts n: Int, scale: Double, _ weights: UnsafePointer<Double>, _ patterns: UnsafePointer<Int32>, count: Int,
      without skipped: Int
    ) {
      for k in 0..<n * n { covariance[k] = 0 }
      for i in 0..<count where i != skipped {
        current.setGains(Int(patterns[i]), n)
        addToCovariance(scale * weights[i] * weights[i], n)
      }
    }

    /// C ← C + change g gᵀ with the current gains.
    @inline(__always)
    private func addToCovariance(_ change: Double, _ n: Int) {
      let g = current.memory
      for c in 0..<n {
        let x = change * g[c]
        for e in 0..<n { covariance[c &* n &+ e] += x * g[e] }
      }
    }

    /// Whether C of all neurons is regular; asked in the hard ensemble only.
    func isRegular(contexts n: Int) -> Bool { wholeValue(current.memory, n, square: 0) > -.infinity }

    /// Writes M g; returns gᵀ M g.
    @inline(__always)
    private func multiply(
      _ m: UnsafePointer<Double>, _ g: UnsafePointer<Double>, _ n: Int, into result: UnsafeMutablePointer<Double>
    ) -> Double {
      for c in 0..<n { result[c] = 0 }
      for e in 0..<n {
        let x = g[e]
        for c in 0..<n { result[c] += x * m[e &* n &+ c] }
      }
      var sum = 0.0
      for c in 0..<n { sum += g[c] * result[c] }
      return sum
    }
  }

  /// Takes neuron i out by all others anew: where ``State/remove(contexts:square:pattern:)`` loses too many digits.
  @inline(never)
  func takeOutAnew(
    _ i: Int, pattern: Int, contexts: Int, _ weights: UnsafePointer<Double>, _ patterns: UnsafePointer<Int32>,
    count: Int, _ state: inout State, using workspace: inout CollapsedReadout.Workspace
  ) {
    state.setCovariance(contexts: contexts, scale: scale, weights, patterns, count: count, without: i)
    state.standsAlone = readout.isHard
    if !readout.isHard { refresh(state, using: &workspace) }
    state.consider(contexts: contexts, pattern: pattern)
    state.exchange()
  }

  /// After a neuron that stood alone is in again: M and h, which were not there.
  @inline(never)
  func rejoin(_ state: inout State, using workspace: inout CollapsedReadout.Workspace) {
    state.standsAlone = false
    refresh(state, using: &workspace)
  }

  /// M and h from C, so that rounding does not add up. O(K³ + K² D).
  func refresh(_ state: State, using workspace: inout CollapsedReadout.Workspace) {
    let n = readout.contexts
    workspace.factor.withUnsafeMutableBufferPointer { factor in
      let factor = factor.baseAddress!
      for (j, group) in groups.enumerated() {
        _ = readout.factorise(state.covariance, precision: group.precision, into: factor)
        let m = state.inverses + j * n * n
        for column in 0..<n {
          // L Lᵀ m = e: both triangles are solved in place.
          let x = m + column * n
          for c in 0..<n {
            var value = c == column ? 1.0 : 0
            for e in 0..<c { value -= factor[c * n + e] * x[e] }
            x[c] = value * factor[c * n + c]
          }
          for c in stride(from: n - 1, through: 0, by: -1) {
            var value = x[c]
            for e in (c + 1)..<max(n, c + 1) { value -= factor[e * n + c] * x[e] }
            x[c] = value * factor[c * n + c]
          }
        }
        for k in group.features {
          for c in 0..<n {
            var value = 0.0
            for e in 0..<n { value += m[c * n + e] * state.target[k * n + e] }
            state.pulls[k * n + c] = value
          }
        }
      }
    }
  }
}
