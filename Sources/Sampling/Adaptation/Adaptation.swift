// What warm-up is: it watches transitions, tunes the kernel, and is then frozen.

/// Tunes a kernel during the first transitions of a chain; the kernel is frozen afterwards.
///
/// The adaptation is a value whose whole future follows from its archive and the chain's state, so that a run stopped
/// during warm-up resumes exactly.
public protocol Adaptation: Sendable {
  /// The kernel that is tuned.
  associatedtype Kernel: MarkovKernel

  /// The number of warm-up transitions; the kernel is frozen after them.
  var transitions: Int { get }

  /// Called once before the first transition (to look for a workable step size, say).
  mutating func begin(_ kernel: inout Kernel, state: inout Kernel.State, using stream: inout RandomStream)

  /// Called after warm-up transition `number` (0 ..< ``transitions``). May look for a new step size around the state,
  /// and then uses its workspace and the stream, but leaves the position where it is.
  mutating func update(
    _ kernel: inout Kernel, state: inout Kernel.State, after transition: Transition, number: Int,
    using stream: inout RandomStream)

  /// Brings here what other processes hold, before it is saved. Default: nothing.
  mutating func collect(_ kernel: Kernel)

  /// Appends its own state, as numbers that restore bit for bit.
  func save(to archive: inout [Double])
  /// Takes back what ``save(to:)`` wrote.
  ///
  /// - Throws: ``ArchiveError`` if the archive does not fit.
  mutating func restore(from archive: inout ArraySlice<Double>) throws
}

extension Adaptation {
  public mutating func collect(_ kernel: Kernel) {}
}

/// A warm-up that only lets the chain forget its start.
public struct NoAdaptation<Kernel: MarkovKernel>: Adaptation {
  public let transitions: Int
  /// - Precondition: `transitions >= 0`.
  public init(transitions: Int = 0) { self.transitions = transitions }
  public mutating func begin(_ kernel: inout Kernel, state: inout Kernel.State, using stream: inout RandomStream) {}
  public mutating func update(
    _ kernel: inout Kernel, state: inout Kernel.State, after transition: Transition, number: Int,
    using stream: inout RandomStream
  ) {}
  public func save(to archive: inout [Double]) {}
  public mutating func restore(from archive: inout ArraySlice<Double>) throws {}
}
