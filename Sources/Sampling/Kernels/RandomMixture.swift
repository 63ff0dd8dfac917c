// One of two kernels, chosen at random.

/// `first` with a fixed probability, otherwise `second`: reversible if both are.
public struct RandomMixture<First: PointKernel, Second: PointKernel>: ComposedKernel
where First.Target == Second.Target {
  public typealias Target = First.Target
  public typealias Scratch = PairScratch<First.Scratch, Second.Scratch>
  public var first: First
  public var second: Second
  /// The probability of `first`.
  public let firstProbability: Double

  /// - Precondition: a probability.
  public init(_ first: First, _ second: Second, firstProbability: Double) {
    precondition(firstProbability >= 0 && firstProbability <= 1, "a probability is in 0 ... 1")
    self.first = first
    self.second = second
    self.firstProbability = firstProbability
  }

  public var isReversible: Bool { first.isReversible && second.isReversible }

  @inlinable
  public func step(
    _ point: inout PointState<Target>, scratch: inout Scratch, using stream: inout RandomStream
  ) -> Transition {
    if stream.bernoulli(firstProbability) {
      return first.step(&point, scratch: &scratch.first, using: &stream)
    }
    var transition = second.step(&point, scratch: &scratch.second, using: &stream)
    transition.tunedAcceptanceRate = .nan
    return transition
  }
}

extension RandomMixture: TunableKernel where First: TunableKernel {}
