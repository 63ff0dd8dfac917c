// A chain: kernel, state, warm-up, random stream and transition count; all that a checkpoint must hold.

/// A sequence of states under one kernel, tuned for its first transitions and frozen afterwards.
public struct Chain<Kernel: MarkovKernel, Warmup: Adaptation>: ~Copyable where Warmup.Kernel == Kernel {
  /// The chain's number in its run.
  public let number: Int
  // Stored apart from their public names so that `advance` can be specialised in the modules that call it.
  @usableFromInline var tunedKernel: Kernel
  @usableFromInline var currentState: Kernel.State
  @usableFromInline var adaptation: Warmup
  @usableFromInline var transitionsMade = 0
  @usableFromInline var stream: RandomStream

  /// The kernel as tuned so far.
  @inlinable public var kernel: Kernel { tunedKernel }
  /// Where the chain is.
  @inlinable public var state: Kernel.State { currentState }
  /// The warm-up.
  @inlinable public var warmup: Warmup { adaptation }
  /// Transitions made, warm-up included.
  @inlinable public var transitions: Int { transitionsMade }

  /// A chain at its starting point.
  ///
  /// - Throws: ``StartError`` naming the chain.
  public init(
    number: Int, kernel: Kernel, warmup: Warmup, start position: [Double], stream: consuming RandomStream
  ) throws {
    self.number = number
    tunedKernel = kernel
    adaptation = warmup
    self.stream = stream
    do {
      currentState = try kernel.initialState(at: position)
    } catch let error as StartError {
      throw error.inChain(number)
    }
  }

  /// Whether the next transition still tunes the kernel.
  @inlinable public var isWarmingUp: Bool { transitionsMade < adaptation.transitions }

  /// Makes one transition.
  @inlinable
  public mutating func advance() -> Transition {
    let tunes = isWarmingUp
    if transitionsMade == 0, tunes { adaptation.begin(&tunedKernel, state: &currentState, using: &stream) }
    let transition = tunedKernel.step(&currentState, using: &stream)
    if tunes {
      adaptation.update(
        &tunedKernel, state: &currentState, after: transition, number: transitionsMade, using: &stream)
    }
    transitionsMade += 1
    return transition
  }

  /// The random stream's exact state.
  public var streamSnapshot: RandomStreamSnapshot { stream.snapshot }

  /// Brings here what other processes hold of the chain, before it is saved.
  public mutating func collect() {
    tunedKernel.collect(&currentState)
    adaptation.collect(tunedKernel)
  }

  /// Appends everything but the random stream, as numbers that restore bit for bit.
  public func save(to archive: inout [Double]) {
    archive.append(Double(transitionsMade))
    tunedKernel.saveTuning(to: &archive)
    currentState.save(to: &archive)
    adaptation.save(to: &archive)
  }

  /// Takes back what ``save(to:)`` wrote, and the random stream.
  ///
  /// - Throws: ``ArchiveError`` or ``RandomStreamError`` if they are not of such a chain.
  public mutating func restore(from archive: inout ArraySlice<Double>, stream saved: RandomStreamSnapshot) throws {
    transitionsMade = try archive.nextCount(below: 1 << 53)
    try tunedKernel.restoreTuning(from: &archive)
    try currentState.restore(from: &archive)
    try adaptation.restore(from: &archive)
    stream = try RandomStream(restoring: saved)
  }
}

/// Everything that a chain's future depends on.
public struct ChainSnapshot: Sendable, Equatable {
  /// Position, tuning, adaptation and counters, as numbers that restore bit for bit.
  public var archive: [Double]
  /// The random stream.
  public var stream: RandomStreamSnapshot

  /// A snapshot of its two parts.
  public init(archive: [Double], stream: RandomStreamSnapshot) {
    self.archive = archive
    self.stream = stream
  }
}
