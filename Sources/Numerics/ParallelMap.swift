// The one parallel map: independent pieces of work on a stated number of threads.

import Synchronization

/// How many threads work is given where nobody says a number.
public enum Threads {
  /// One per processor that this process may use.
  public static var perProcessor: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}

/// The values of `body` for 0 ..< count, in order, computed on at most `threads` threads, the calling one among them.
///
/// One thread is the calling one alone: none is made. Where the system gives no more threads the work goes on with those that
/// there are. Which thread computes a value is not determined, so that `body` must depend on its number alone; then the values
/// do not depend on the number of threads. Blocks until all threads have ended.
///
/// - Throws: the error of the smallest number that failed.
public func parallelMap<Value: Sendable, Failure: Error>(
  _ count: Int, threads: Int, _ body: @Sendable (Int) throws(Failure) -> Value
) throws(Failure) -> [Value] {
  let workers = min(threads, count)
  guard workers > 1 else {
    var values: [Value] = []
    values.reserveCapacity(count)
    for index in 0..<max(0, count) { values.append(try body(index)) }
    return values
  }
  return try withoutActuallyEscaping(body) { (body) throws(Failure) -> [Value] in
    let work = ParallelWork(count, body)
    let others = (1..<workers).compactMap { _ in WorkerThread(work.run) }
    work.run()
    for thread in others { thread.join() }
    return try work.values()
  }
}

/// The pieces of one map, and what became of them.
private final class ParallelWork<Value: Sendable, Failure: Error>: @unchecked Sendable {
  private let count: Int
  private let body: @Sendable (Int) throws(Failure) -> Value
  private let next = Atomic<Int>(0)
  /// Each written by the one thread that took its number, and read after all threads have ended.
  private let outcomes: UnsafeMutablePointer<Result<Value, Failure>?>

  init(_ count: Int, _ body: @escaping @Sendable (Int) throws(Failure) -> Value) {
    self.count = count
    self.body = body
    outcomes = .allocate(capacity: count)
    outcomes.initialize(repeating: nil, count: count)
  }

  deinit {
    outcomes.deinitialize(count: count)
    outcomes.deallocate()
  }

  /// Takes pieces until none is left.
  @Sendable func run() {
    while true {
      let index = next.add(1, ordering: .relaxed).oldValue
      guard index < count else { return }
      do throws(Failure) { outcomes[index] = .success(try body(index)) } catch { outcomes[index] = .failure(error) }
    }
  }

  func values() throws(Failure) -> [Value] {
    var values: [Value] = []
    values.reserveCapacity(count)
    for index in 0..<count { values.append(try outcomes[index]!.get()) }
    return values
  }
}
