// One kernel after another.

/// `first`, then `second`: invariant if both are, but not reversible even if both are.
public struct Cycle<First: PointKernel, Second: PointKernel>: ComposedKernel where First.Target == Second.Target {
  public typealias Target = First.Target
  public typealias Scratch = PairScratch<First.Scratch, Second.Scratch>
  public var first: First
  public var second: Second

  /// `first` is the kernel that is tuned and whose figures are reported.
  public init(_ first: First, _ second: Second) {
    self.first = first
    self.second = second
  }

  @inlinable
  public func step(
    _ point: inout PointState<Target>, scratch: inout Scratch, using stream: inout RandomStream
  ) -> Transition {
    let transition = first.step(&point, scratch: &scratch.first, using: &stream)
    return transition.joined(with: second.step(&point, scratch: &scratch.second, using: &stream))
  }
}

extension Cycle: TunableKernel where First: TunableKernel {}
