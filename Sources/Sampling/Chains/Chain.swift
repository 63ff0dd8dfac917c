// A chain: kernel, state, warm-up, random stream and transition count; all that a checkpoint must hold.

/// A sequence of states under one kernel, tuned for its first transitions and frozen afterwards.
public struct Chain<Kernel: MarkovKernel, Warmup: Adaptation>: ~Copyable where Warmup.Kernel == Kernel {
  /// The chain's number in its run.
  public let number: Int
  /// The kernel as tuned so far.
  public private(set) var kernel: Kernel
  /// Where the chain is.
  public private(set) var state: Kernel.State
  /// The warm-up.
  public private(set) var warmup: Warmup
  /// Transitions made, warm-up included.
  public private(set) var transitions = 0
  private var stream: RandomStream

  /// A chain at its starting point.
  ///
  /// - Throws: ``StartError`` naming the chain.
  public init(
    number: Int, kernel: Kernel, warmup: Warmup, start position: [Double], stream: consuming RandomStream
  ) throws {
    self.number = number
    self.kernel = kernel
    self.warmup = warmup
    self.stream = stream
    do {
      state = try kernel.initialState(at: position)
    } catch let error as StartError {
      throw error.inChain(number)
    }
  }

  /// Whether the next transition still tunes the kernel.
  public var isWarmingUp: Bool { transitions < warmup.transitions }

  /// Makes one transition.
  public mutating func advance() -> Transition {
    if transitions == 0, warmup.transitions > 0 { warmup.begin(&kernel, state: &state, using: &stream) }
    let transition = kernel.step(&state, using: &stream)
    if isWarmingUp { warmup.update(&kernel, state: state, after: transition, number: transitions) }
    transitions += 1
    return transition
  }

  /// The random stream's exact state.
  public var streamSnapshot: RandomStreamSnapshot { stream.snapshot }

  /// Appends everything but the random stream, as numbers that restore bit for bit.
  public func save(to archive: inout [Double]) {
    archive.append(Double(transitions))
    kernel.saveTuning(to: &archive)
    state.save(to: &archive)
    warmup.save(to: &archive)
  }

  /// Takes back what ``save(to:)`` wrote, and the random stream.
  ///
  /// - Throws: ``ArchiveError`` or ``RandomStreamError`` if they are not of such a chain.
  public mutating func restore(from archive: inout ArraySlice<Double>, stream saved: RandomStreamSnapshot) throws {
    transitions = Int(try archive.next())
    try kernel.restoreTuning(from: &archive)
    try state.restore(from: &archive)
    try warmup.restore(from: &archive)
    stream = try RandomStream(restoring: saved)
  }
}

/// Everything that a chain's future depends on.
public struct ChainSnapshot: Sendable, Equatable {
  /// Position, tuning, adaptation and counters, as numbers that restore bit for bit.
  public var archive: [Double]
  /// The random stream.
  public var stream: RandomStreamSnapshot

  public init(archive: [Double], stream: RandomStreamSnapshot) {
    self.archive = archive
    self.stream = stream
  }
}
