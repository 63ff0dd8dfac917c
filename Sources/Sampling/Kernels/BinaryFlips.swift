// Flips of binary coordinates, one Metropolis proposal each.

/// A sweep of Metropolis flips over the binary coordinates; the real ones stay where they are.
///
/// Makes as many proposals as there are binary coordinates. A proposal flips one of them and is accepted with probability
/// q min(1, e^Δ), Δ the change of ln p. The factor q < 1 matters where the density is flat: with q = 1 every flip would
/// be accepted there, a sweep would only exchange all zeros and ones, and the chain would not be ergodic.
///
/// Leaves the log density unknown if a flip was accepted. Changes of ln p come from the target's incremental
/// ``FlippableLogDensity/logDensityChange(flipping:at:using:)`` and are not counted as evaluations.
public struct BinaryFlips<Target: FlippableLogDensity>: PointKernel {
  /// The order of the proposals.
  public enum Scan: Sendable {
    /// Each coordinate once, in order. Not reversible.
    case fixedOrder
    /// Each coordinate once, in order or in reverse order with probability 1/2 each. Reversible.
    case eitherOrder
    /// Coordinates drawn independently and uniformly. Reversible.
    case randomCoordinates
  }

  public var target: Target
  /// The order of the proposals.
  public let scan: Scan
  /// q, in (0, 1].
  public let proposalProbability: Double

  /// - Precondition: `0 < proposalProbability <= 1`.
  public init(_ target: Target, scan: Scan = .fixedOrder, proposalProbability: Double = 0.9) {
    precondition(proposalProbability > 0 && proposalProbability <= 1, "a proposal probability is in (0, 1]")
    self.target = target
    self.scan = scan
    self.proposalProbability = proposalProbability
  }

  public var isReversible: Bool { scan != .fixedOrder }

  public func makeScratch() -> NoScratch { NoScratch() }

  @inlinable
  public func step(
    _ point: inout PointState<Target>, scratch: inout NoScratch, using stream: inout RandomStream
  ) -> Transition {
    var transition = Transition()
    let binary = target.layout.binaryRange
    guard !binary.isEmpty else { return transition }
    let accepted = sweep(
      &point.current.position, range: binary, workspace: &point.workspace, nonFinite: &transition.nonFinite,
      using: &stream)
    transition.flipAcceptanceRate = Double(accepted) / Double(binary.count)
    transition.moved = accepted > 0
    if transition.moved { point.current.invalidate() }
    return transition
  }

  /// Takes position and workspace apart, which exclusivity checking would not let both be reached through the point.
  @inlinable
  func sweep(
    _ position: inout [Double], range: Range<Int>, workspace: inout Target.Workspace, nonFinite: inout Int,
    using stream: inout RandomStream
  ) -> Int {
    target.beginFlips(at: position.span, using: &workspace)
    let backwards = scan == .eitherOrder && stream.bernoulli(0.5)
    var accepted = 0
    for number in 0..<range.count {
      let coordinate =
        switch scan {
        case .randomCoordinates: range.lowerBound + stream.integer(below: range.count)
        case .fixedOrder, .eitherOrder: backwards ? range.upperBound - 1 - number : range.lowerBound + number
        }
      let change = target.logDensityChange(flipping: coordinate, at: position.span, using: &workspace)
      let probability = change.isFinite ? proposalProbability * MetropolisRule.probability(change) : 0
      if !change.isFinite { nonFinite += 1 }
      if MetropolisRule.accepts(probability, using: &stream) {
        position[coordinate] = target.flipped(coordinate, at: position.span)
        target.didFlip(coordinate, at: position.span, using: &workspace)
        accepted += 1
      }
    }
    return accepted
  }
}
