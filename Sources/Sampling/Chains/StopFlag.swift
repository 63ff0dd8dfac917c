// How running chains are asked to stop: one reason that anyone may give and every chain looks at between draws.

import Synchronization

/// Why work was stopped.
public enum StopReason: Sendable, Equatable {
  /// A signal of this number.
  case signal(Int32)
  /// The time that the work may take is used up.
  case timeBudget
  /// The program that asked for the work wants no more of it.
  case request

  /// The reason as a number, as sessions note it: a signal's own, or one that no signal has.
  package var code: Int32 {
    switch self {
    case .signal(let number): number
    case .timeBudget: 1000
    case .request: 1001
    }
  }

  package init?(code: Int32) {
    switch code {
    case 0: return nil
    case 1000: self = .timeBudget
    case 1001: self = .request
    default: self = .signal(code)
    }
  }
}

/// A request to stop, safe to make from a signal's queue, a timer, or another thread.
public final class StopFlag: Sendable {
  /// ``StopReason/code``; 0 if nobody asked.
  private let code = Atomic<Int32>(0)

  /// A flag that nobody has raised.
  public init() {}

  /// Asks all chains to stop after their current draw. The first reason stays.
  public func raise(_ reason: StopReason) {
    _ = code.compareExchange(expected: 0, desired: reason.code, ordering: .relaxed)
  }

  /// The first reason given; nil if nobody asked.
  public var raised: StopReason? { StopReason(code: code.load(ordering: .relaxed)) }

  /// Whether anybody asked: what chains look at after every draw.
  package var isRaised: Bool { code.load(ordering: .relaxed) != 0 }

  /// How many chains are writing; -1 once nothing may be written any more.
  private let writers = Mutex(0)

  /// Does `work`, which writes, unless the chains were left; whether it was done.
  package func writing(_ work: () throws -> Void) rethrows -> Bool {
    let isOpen = writers.withLock { writers in
      guard writers >= 0 else { return false }
      writers += 1
      return true
    }
    guard isOpen else { return false }
    defer { writers.withLock { $0 -= 1 } }
    try work()
    return true
  }

  /// Leaves chains that are in the middle of a draw: what they do from now on is not written.
  ///
  /// - Returns: false, and nothing has changed, while a chain is writing.
  package func leave() -> Bool {
    writers.withLock { writers in
      guard writers <= 0 else { return false }
      writers = -1
      return true
    }
  }
}
