// How far the chains are: numbers that chains write and a reporter reads, without waiting for each other.

import Sampling
import Synchronization

/// How far one chain is. Each number is current by itself; together they may be of slightly different moments.
package final class ChainProgress: Sendable {
  /// What a chain is doing.
  package enum Activity: Int, Sendable {
    case waiting
    case running
    case complete
    case stopped
    case failed
  }

  /// The chain's number.
  package let chain: Int
  private let activityValue = Atomic<Int>(0)
  private let drawsValue = Atomic<Int>(0)
  private let earlierValue = Atomic<Int>(0)
  private let warmupValue = Atomic<Int>(0)
  private let divergencesValue = Atomic<Int>(0)
  private let acceptanceBits = Atomic<UInt64>(Double.nan.bitPattern)
  private let stepSizeBits = Atomic<UInt64>(Double.nan.bitPattern)
  /// The draws so far, where they are to be diagnosed; nil otherwise.
  package let history: DrawHistory?

  package init(chain: Int, history: DrawHistory? = nil) {
    self.chain = chain
    self.history = history
  }

  package var activity: Activity {
    get { Activity(rawValue: activityValue.load(ordering: .relaxed))! }
    set { activityValue.store(newValue.rawValue, ordering: .relaxed) }
  }
  /// Draws made, warm-up and earlier sessions included.
  package var draws: Int {
    get { drawsValue.load(ordering: .relaxed) }
    set { drawsValue.store(newValue, ordering: .relaxed) }
  }
  /// Draws that earlier sessions made.
  package var earlierDraws: Int {
    get { earlierValue.load(ordering: .relaxed) }
    set { earlierValue.store(newValue, ordering: .relaxed) }
  }
  /// Draws that warm-up takes.
  package var warmupDraws: Int {
    get { warmupValue.load(ordering: .relaxed) }
    set { warmupValue.store(newValue, ordering: .relaxed) }
  }
  /// Divergent draws after warm-up in this session.
  package var divergences: Int {
    get { divergencesValue.load(ordering: .relaxed) }
    set { divergencesValue.store(newValue, ordering: .relaxed) }
  }
  /// Mean acceptance rate since the current segment began; NaN without one.
  package var acceptanceRate: Double {
    get { Double(bitPattern: acceptanceBits.load(ordering: .relaxed)) }
    set { acceptanceBits.store(newValue.bitPattern, ordering: .relaxed) }
  }
  /// Step size of the last draw; NaN without one.
  package var stepSize: Double {
    get { Double(bitPattern: stepSizeBits.load(ordering: .relaxed)) }
    set { stepSizeBits.store(newValue.bitPattern, ordering: .relaxed) }
  }
}

/// How far all chains of a run are.
package struct ProgressTable: Sendable {
  /// A row a chain.
  package let chains: [ChainProgress]
  /// Draws wanted of each chain after warm-up.
  package let draws: Int

  /// Chains of the whole run; other processes may have some of them.
  package let chainsInAll: Int

  /// Values that the histories of all chains keep together, and chains up to which they do.
  private static let historyValues = 1 << 20
  private static let mostWatchedChains = 1024

  /// - Parameter isWatched: whether draws are kept for diagnosing them while they are made.
  package init(chains: [Int], of chainsInAll: Int? = nil, draws: Int, isWatched: Bool = false) {
    let capacity = Self.historyValues / max(1, chains.count)
    let isWatched = isWatched && chains.count <= Self.mostWatchedChains
    self.chains = chains.map { ChainProgress(chain: $0, history: isWatched ? DrawHistory(capacity: capacity) : nil) }
    self.chainsInAll = chainsInAll ?? chains.count
    self.draws = draws
  }

  /// The row of a chain.
  package subscript(chain chain: Int) -> ChainProgress? { chains.first { $0.chain == chain } }
}
