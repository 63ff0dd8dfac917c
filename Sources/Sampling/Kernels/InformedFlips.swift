// Flips of binary coordinates that a gradient chooses.

/// Metropolis flips of single binary coordinates, each chosen by what the gradient says that its flip would change (Zanella 2020; Gibbs with
/// gradients, Grathwohl et al. 2021); the real ones stay where they are.
///
/// A proposal flips coordinate j with probability ∝ exp(½ d_j), d_j the change of ln p to first order, and is accepted with probability
/// q min(1, e^Δ w(x')_j/w(x)_j), w_j = exp(½ d_j)/Σ_k exp(½ d_k) at either end: reversible, whatever d is. The factor q < 1 matters where the density is
/// flat: with q = 1 every flip would be accepted there, so that the number of flips, and with it its parity, would be certain.
///
/// A proposal costs a gradient, about as much as a sweep of ``BinaryFlips``; it pays where nearly all of those are refused. Changes of ln p are
/// differences of its values.
public struct InformedFlips<Target: SlopedFlipLogDensity>: PointKernel {
  public var target: Target
  /// Proposals of a transition.
  public let proposals: Int
  /// q, in (0, 1].
  public let proposalProbability: Double

  /// - Precondition: at least one proposal, `0 < proposalProbability <= 1`, and at least one binary coordinate.
  public init(_ target: Target, proposals: Int = 8, proposalProbability: Double = 0.9) {
    precondition(proposals >= 1, "a transition has at least one proposal")
    precondition(proposalProbability > 0 && proposalProbability <= 1, "a proposal probability is in (0, 1]")
    precondition(!target.layout.binaryRange.isEmpty, "there are no binary coordinates to flip")
    self.target = target
    self.proposals = proposals
    self.proposalProbability = proposalProbability
  }

  public var isReversible: Bool { true }

  /// Half slopes at a point and at the proposed one. They hold nothing from step to step.
  public struct Scratch: KernelScratch {
    @usableFromInline var here, there: [Double]

    @usableFromInline
    init(count: Int) {
      here = [Double](repeating: 0, count: count)
      there = here
    }
  }

  public func makeScratch() -> Scratch { Scratch(count: target.layout.binaryRange.count) }

  @inlinable
  public func step(
    _ point: inout PointState<Target>, scratch: inout Scratch, using stream: inout RandomStream
  ) -> Transition {
    var transition = Transition()
    let accepted = flips(
      &point.current.position, &point.workspace, &scratch.here, &scratch.there, &transition, using: &stream)
    transition.flipAcceptanceRate = Double(accepted) / Double(proposals)
    transition.steps = proposals
    transition.moved = accepted > 0
    if transition.moved { point.current.invalidate() }
    return transition
  }

  /// Takes the parts of point and scratch apart, which exclusivity checking would not let all be reached through them.
  @inlinable
  func flips(
    _ position: inout [Double], _ workspace: inout Target.Workspace, _ here: inout [Double], _ there: inout [Double],
    _ transition: inout Transition, using stream: inout RandomStream
  ) -> Int {
    let first = target.layout.binaryRange.lowerBound
    var value = look(position, &here, &workspace)
    transition.evaluations = 1 + proposals
    var norm = Self.logSum(here)
    var accepted = 0
    for _ in 0..<proposals {
      let chosen = Self.choose(here, norm, stream.uniformPositive())
      let before = position[first + chosen]
      position[first + chosen] = target.flipped(first + chosen, at: position.span)
      let proposed = look(position, &there, &workspace)
      let proposedNorm = Self.logSum(there)
      let change = proposed - value + (there[chosen] - proposedNorm) - (here[chosen] - norm)
      if !change.isFinite { transition.nonFinite += 1 }
      let probability = change.isFinite ? proposalProbability * MetropolisRule.probability(change) : 0
      if MetropolisRule.accepts(probability, using: &stream) {
        swap(&here, &there)
        (value, norm) = (proposed, proposedNorm)
        accepted += 1
      } else {
        position[first + chosen] = before
      }
    }
    return accepted
  }

  /// ln p, and half of the slopes.
  @inlinable
  func look(_ position: [Double], _ halves: inout [Double], _ workspace: inout Target.Workspace) -> Double {
    var slopes = halves.mutableSpan
    let value = target.logDensity(at: position.span, flipSlopes: &slopes, using: &workspace)
    for j in halves.indices { halves[j] *= 0.5 }
    return value
  }

  /// ln Σ_j exp(h_j).
  @usableFromInline
  static func logSum(_ halves: [Double]) -> Double {
    var largest = -Double.infinity
    for h in halves { largest = max(largest, h) }
    var sum = 0.0
    for h in halves { sum += exp(h - largest) }
    return largest + log(sum)
  }

  /// The first coordinate at which the probabilities add up to more than `level`.
  @usableFromInline
  static func choose(_ halves: [Double], _ norm: Double, _ level: Double) -> Int {
    var sum = 0.0
    for j in halves.indices {
      sum += exp(halves[j] - norm)
      if level < sum { return j }
    }
    return halves.count - 1
  }
}
