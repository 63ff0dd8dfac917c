// One kernel between two applications of another.

/// `second`, `first`, `second`: reversible if both are.
public struct Palindrome<First: PointKernel, Second: PointKernel>: ComposedKernel where First.Target == Second.Target {
  public typealias Target = First.Target
  public typealias Scratch = PairScratch<First.Scratch, Second.Scratch>
  public var first: First
  public var second: Second

  /// `first` is the kernel that is tuned and whose figures are reported.
  public init(_ first: First, within second: Second) {
    self.first = first
    self.second = second
  }

  public var isReversible: Bool { first.isReversible && second.isReversible }

  @inlinable
  public func evaluateStart(_ point: inout PointState<Target>) -> Int { second.evaluateStart(&point) }

  @inlinable
  public func step(
    _ point: inout PointState<Target>, scratch: inout Scratch, using stream: inout RandomStream
  ) -> Transition {
    let before = second.step(&point, scratch: &scratch.second, using: &stream)
    let transition = first.step(&point, scratch: &scratch.first, using: &stream)
    let after = second.step(&point, scratch: &scratch.second, using: &stream)
    return transition.joined(with: before.followed(by: after))
  }
}

extension Palindrome: TunableKernel where First: TunableKernel {}
