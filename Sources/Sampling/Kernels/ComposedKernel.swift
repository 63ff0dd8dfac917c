// What compositions of two kernels on one target share: memory, tuning, the report.

/// The memory of two composed kernels.
public struct PairScratch<First: KernelScratch, Second: KernelScratch>: KernelScratch {
  /// Scratch memory of the first kernel.
  public var first: First
  /// Scratch memory of the second kernel.
  public var second: Second

  /// Scratch memory of two kernels.
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
  /// The kernel that steps first.
  associatedtype First: PointKernel where First.Target == Target
  /// The other kernel, on the same target.
  associatedtype Second: PointKernel where Second.Target == Target
  /// The kernel that steps first; it is the one that is tuned.
  var first: First { get set }
  /// The other kernel.
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
  /// The first kernel's.
  @inlinable
  public var tuning: Tuning {
    get { first.tuning }
    _modify { yield &first.tuning }
  }
  /// The first kernel's.
  public var tuningGoal: TuningGoal { first.tuningGoal }

  /// The first kernel's.
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
