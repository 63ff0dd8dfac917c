// How many times a piece of code allocates memory.

import CAllocationCounter

/// Whether ``allocations(during:)`` counts here: on Linux with glibc, without sanitizers.
public let countsAllocations = allocation_counter_works() == 1

/// The number of allocations that `body` makes on this thread.
public func allocations(during body: () throws -> Void) rethrows -> Int {
  let before = allocation_counter_count()
  try body()
  return Int(allocation_counter_count() - before)
}
