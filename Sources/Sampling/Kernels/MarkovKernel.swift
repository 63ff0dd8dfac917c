// What a Markov kernel is, and what the state of a chain must be able to do.

/// The state of a chain under some kernel.
public protocol ChainState: Sendable {
  /// The coordinates of the draw: of the current point, or of the coldest rung.
  var position: [Double] { get }
  /// ln p at ``position``, up to a constant.
  var logDensity: Double { get }
  /// What the state has accumulated since warm-up, to be kept with the draws. Default: nothing.
  var streamingStatistics: [StreamingStatistic] { get }

  /// Appends everything that the chain's future depends on, as numbers that restore bit for bit.
  func save(to archive: inout [Double])
  /// Takes back what ``save(to:)`` wrote.
  ///
  /// - Throws: ``ArchiveError`` if the archive does not fit.
  mutating func restore(from archive: inout ArraySlice<Double>) throws
}

extension ChainState {
  public var streamingStatistics: [StreamingStatistic] { [] }
}

/// A rule that leaves a target distribution invariant: a value that holds target and tuning.
public protocol MarkovKernel: Sendable {
  /// What a chain holds between two steps.
  associatedtype State: ChainState

  /// Whether the kernel leaves something else than its target invariant. Default: false.
  var isBiased: Bool { get }
  /// Whether the kernel is known to satisfy detailed balance, which rank tests need. Default: false.
  var isReversible: Bool { get }

  /// Evaluates the target at a starting position.
  ///
  /// - Throws: ``StartError``.
  func initialState(at position: [Double]) throws -> State

  /// Applies the kernel once. Allocates nothing. On return the state's log density is known.
  func step(_ state: inout State, using stream: inout RandomStream) -> Transition

  /// Brings here what other processes hold of kernel and state, before they are saved. Default: nothing.
  mutating func collect(_ state: inout State)

  /// Appends the tuning that warm-up may have changed, as numbers that restore bit for bit. Default: nothing.
  func saveTuning(to archive: inout [Double])
  /// Takes back what ``saveTuning(to:)`` wrote.
  ///
  /// - Throws: ``ArchiveError`` if the archive does not fit.
  mutating func restoreTuning(from archive: inout ArraySlice<Double>) throws
}

extension MarkovKernel {
  public var isBiased: Bool { false }
  public var isReversible: Bool { false }
  public mutating func collect(_ state: inout State) {}
  public func saveTuning(to archive: inout [Double]) {}
  public mutating func restoreTuning(from archive: inout ArraySlice<Double>) throws {}
}

/// A kernel whose state is one point, so that it can be composed with others on the same target.
public protocol PointKernel: MarkovKernel where State == KernelState<Target, Scratch> {
  /// The log density that the kernel leaves invariant.
  associatedtype Target: LogDensity
  /// What the kernel remembers from step to step, and its scratch memory.
  associatedtype Scratch: KernelScratch

  /// What is sampled. Tempering replaces it by the same target at another temperature.
  var target: Target { get set }

  /// The kernel's memory before its first step.
  func makeScratch() -> Scratch

  /// Prepares a point for this kernel's first step (a gradient kernel checks that the gradient is finite).
  ///
  /// - Throws: ``StartError``.
  func prepare(_ point: inout PointState<Target>) throws

  /// Evaluates what this kernel's next step starts from, if it is not known: the log density (the default), or its
  /// gradient too. Returns the number of evaluations.
  func evaluateStart(_ point: inout PointState<Target>) -> Int

  /// Applies the kernel once to a point. A kernel that does not need the log density where it ends may leave it
  /// unknown: whoever needs it next evaluates it.
  func step(_ point: inout PointState<Target>, scratch: inout Scratch, using stream: inout RandomStream) -> Transition
}

extension PointKernel {
  public func prepare(_ point: inout PointState<Target>) throws {}

  @inlinable
  public func evaluateStart(_ point: inout PointState<Target>) -> Int {
    point.current.evaluate(target, using: &point.workspace)
  }

  /// A chain's state at a position. Throws ``StartError`` where the density is zero there or no number.
  public func initialState(at position: [Double]) throws -> KernelState<Target, Scratch> {
    var point = try PointState(target: target, at: position)
    try prepare(&point)
    return KernelState(point: point, scratch: makeScratch())
  }

  /// One transition of a chain.
  @inlinable
  public func step(_ state: inout KernelState<Target, Scratch>, using stream: inout RandomStream) -> Transition {
    var transition = step(&state.point, scratch: &state.scratch, using: &stream)
    transition.evaluations += evaluateStart(&state.point)
    return transition
  }
}

/// The memory of a kernel: what a step writes, and what it carries to the next.
///
/// Most kernels carry nothing, so that there is nothing to save: the defaults.
public protocol KernelScratch: Sendable {
  /// Appends what the next step depends on, as numbers that restore bit for bit. Default: nothing.
  func save(to archive: inout [Double])
  /// Takes back what ``save(to:)`` wrote. Default: nothing.
  ///
  /// - Throws: ``ArchiveError`` if the archive does not fit.
  mutating func restore(from archive: inout ArraySlice<Double>) throws
}

extension KernelScratch {
  public func save(to archive: inout [Double]) {}
  public mutating func restore(from archive: inout ArraySlice<Double>) throws {}
}

/// Numbers that a step writes before it reads them.
extension [Double]: KernelScratch {}

/// No memory at all.
public struct NoScratch: KernelScratch {
  /// Nothing is remembered.
  @inlinable
  public init() {}
}

/// The state of a chain under a ``PointKernel``: a point, and the kernel's memory.
public struct KernelState<Target: LogDensity, Scratch: KernelScratch>: ChainState {
  /// Where the chain is.
  public var point: PointState<Target>
  /// The kernel's memory.
  public var scratch: Scratch

  @inlinable public var position: [Double] { point.current.position }
  @inlinable public var logDensity: Double { point.current.logDensity }

  public func save(to archive: inout [Double]) {
    point.current.save(to: &archive)
    scratch.save(to: &archive)
  }

  public mutating func restore(from archive: inout ArraySlice<Double>) throws {
    try point.current.restore(from: &archive)
    try scratch.restore(from: &archive)
  }
}
