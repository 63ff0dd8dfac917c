// How often something can be done in a second.

import Dispatch
import Foundation
import Synchronization

/// Calls `work` for about `seconds` and returns the calls per second; a first call warms up.
func rate(seconds: Double = 0.5, _ work: () throws -> Void) rethrows -> Double {
  try work()
  var calls = 0
  var batch = 1
  let start = ContinuousClock.now
  while true {
    for _ in 0..<batch { try work() }
    calls += batch
    let components = start.duration(to: .now).components
    let elapsed = Double(components.seconds) + Double(components.attoseconds) * 1e-18
    if elapsed > seconds { return Double(calls) / elapsed }
    if elapsed < seconds / 10 { batch *= 2 }
  }
}

/// The same in several threads at once, each with work of its own; the sum of their rates.
func rate(threads: Int, seconds: Double = 0.5, _ makeWork: @Sendable () -> () -> Void) -> Double {
  let total = Mutex(0.0)
  DispatchQueue.concurrentPerform(iterations: threads) { _ in
    let work = makeWork()
    let one = rate(seconds: seconds, work)
    total.withLock { $0 += one }
  }
  return total.withLock { $0 }
}

/// A JSON line.
func line(_ measure: String, target: String? = nil, threads: Int? = nil, perSecond: Double, peakFraction: Double? = nil) -> String {
  var parts = ["\"measure\": \"\(measure)\""]
  if let target { parts.append("\"target\": \"\(target)\"") }
  if let threads { parts.append("\"threads\": \(threads)") }
  parts.append("\"per_second\": \(perSecond)")
  if let peakFraction { parts.append("\"peak_fraction\": \(peakFraction)") }
  return "{" + parts.joined(separator: ", ") + "}"
}
