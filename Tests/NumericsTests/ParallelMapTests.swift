// The parallel map: every value once and in order, no more threads than were asked for, the first error by number.

import Foundation
import Synchronization
import Testing

@testable import Numerics

@Suite struct ParallelMapTests {
  private struct Failure: Error, Equatable { let number: Int }

  @Test(arguments: [1, 2, 3, 8, 1000]) func valuesStandInOrder(threads: Int) {
    for count in [0, 1, 2, 7, 500] {
      #expect(parallelMap(count, threads: threads) { $0 * $0 } == (0..<count).map { $0 * $0 })
    }
  }

  /// The body runs on so many threads at most, and on the calling one alone if one is asked for.
  @Test(arguments: [1, 2, 3]) func threadsAreKept(threads: Int) {
    let seen = Mutex(Set<UInt>())
    let most = Mutex((now: 0, most: 0))
    _ = parallelMap(60, threads: threads) { _ in
      most.withLock {
        $0.now += 1
        $0.most = max($0.most, $0.now)
      }
      seen.withLock { _ = $0.insert(UInt(bitPattern: Int(pthread_self()))) }
      usleep(500)
      most.withLock { $0.now -= 1 }
    }
    let found = (threads: seen.withLock { $0.count }, most: most.withLock { $0.most })
    #expect(found.threads <= threads && found.most <= threads)
    if threads == 1 { #expect(seen.withLock { $0 } == [UInt(bitPattern: Int(pthread_self()))]) }
    // Pieces that wait do overlap: this is no loop.
    if threads > 1 { #expect(found.most > 1) }
  }

  @Test(arguments: [1, 2, 4]) func theFirstErrorByNumberIsThrown(threads: Int) {
    #expect(throws: Failure(number: 3)) {
      try parallelMap(40, threads: threads) { (index) throws(Failure) -> Int in
        // The later failure comes first in time.
        if index == 3 { usleep(2000) }
        guard index != 3 && index < 5 else { throw Failure(number: index) }
        return index
      }
    }
  }

  @Test func mapsNestAndKeepNoMemory() {
    final class Value: Sendable {
      static let alive = Mutex(0)
      init() { Self.alive.withLock { $0 += 1 } }
      deinit { Self.alive.withLock { $0 -= 1 } }
    }
    let sums = parallelMap(5, threads: 2) { outer in
      parallelMap(9, threads: 2) { _ in Value() }.count * outer
    }
    #expect(sums == [0, 9, 18, 27, 36])
    #expect(Value.alive.withLock { $0 } == 0)
  }
}
