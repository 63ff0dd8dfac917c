// Composition of kernels on one target: one after the other, as a palindrome, or one at random.

/// The memory of two composed kernels.
public struct PairScratch<First: KernelScratch, Second: KernelScratch>: KernelScratch {
  public var first: First
  public var second: Second

  @inlinable
  public init(first: First, second: Second) {
    self.first = first
    self.second = second
  }

  public func save(to archive: inout [Double]) {
    first.save(to: &archive)
    second.save(to: &archive)
  }

  public mutating func restore(from archive: inout ArraySlice<Double>) throws {
    try first.restore(from: &archive)
    try second.restore(from: &archive)
  }
}

/// Two kernels, each on the same target, applied together.
///
/// `first` is the one whose figures are reported and whose step size and metric are tuned; `second` moves what `first`
/// does not, flips of binary coordinates say.
public protocol ComposedKernel: PointKernel where Scratch == PairScratch<First.Scratch, Second.Scratch> {
  associatedtype First: PointKernel where First.Target == Target
  associatedtype Second: PointKernel where Second.Target == Target
  var first: First { get set }
  var second: Second { get set }
}

extension ComposedKernel {
  @inlinable
  public var target: Target {
    get { first.target }
    set {
      first.target = newValue
      second.target = newValue
    }
  }

  public var isBiased: Bool { first.isBiased || second.isBiased }

  public func makeScratch() -> Scratch { PairScratch(first: first.makeScratch(), second: second.makeScratch()) }

  public func prepare(_ point: inout PointState<Target>) throws {
    try first.prepare(&point)
    try second.prepare(&point)
  }

  @inlinable
  public func evaluateStart(_ point: inout PointState<Target>) -> Int { first.evaluateStart(&point) }

  public func saveTuning(to archive: inout [Double]) {
    first.saveTuning(to: &archive)
    second.saveTuning(to: &archive)
  }

  public mutating func restoreTuning(from archive: inout ArraySlice<Double>) throws {
    try first.restoreTuning(from: &archive)
    try second.restoreTuning(from: &archive)
  }
}

extension ComposedKernel where First: TunableKernel {
  @inlinable
  public var tuning: Tuning {
    get { first.tuning }
    _modify { yield &first.tuning }
  }
  public var tuningGoal: TuningGoal { first.tuningGoal }

  @inlinable
  public func trialAcceptance(
    _ point: inout PointState<Target>, scratch: inout Scratch, using stream: inout RandomStream
  ) -> Double {
    first.trialAcceptance(&point, scratch: &scratch.first, using: &stream)
  }
}

extension Transition {
  /// The joint report of this transition of the leading kernel of a composition and one of the other kernel.
  @inlinable
  func joined(with other: Transition) -> Transition {
    var both = other.followed(by: self)
    both.tunedAcceptanceRate = tunedAcceptanceRate
    return both
  }
}

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

extension Cycle: TunableKernel where First: TunableKernel {}
extension Palindrome: TunableKernel where First: TunableKernel {}
extension RandomMixture: TunableKernel where First: TunableKernel {}
