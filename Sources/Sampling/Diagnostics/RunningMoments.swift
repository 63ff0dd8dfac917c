// Mean and variance of a stream of numbers, in constant memory, mergeable.

/// Count, mean and sum of squared deviations of the numbers seen so far.
///
/// Adding is Welford's recurrence (1962); merging is the pairwise formula of Chan, Golub & LeVeque 1983. Both are
/// deterministic: the same numbers in the same order, merged in the same order, give the same bits on every machine.
public struct RunningMoments: Sendable, Equatable, Codable {
  /// How many numbers were added.
  public private(set) var count = 0
  /// Their mean; 0 for none.
  public private(set) var mean = 0.0
  /// The sum of squared deviations from the mean.
  public private(set) var squaredDeviations = 0.0

  /// Moments of no numbers yet.
  public init() {}

  /// The moments of stored numbers.
  @inlinable
  public init(_ values: some Sequence<Double>) {
    self.init()
    for value in values { add(value) }
  }

  /// Adds one number. O(1), no allocation.
  @inline(__always)
  public mutating func add(_ value: Double) {
    count += 1
    let distance = value - mean
    mean += distance / Double(count)
    squaredDeviations += distance * (value - mean)
  }

  /// Adds all numbers that `other` has seen. O(1).
  public mutating func merge(_ other: RunningMoments) {
    guard other.count > 0 else { return }
    guard count > 0 else {
      self = other
      return
    }
    let total = Double(count + other.count)
    let distance = other.mean - mean
    squaredDeviations += other.squaredDeviations + distance * distance * (Double(count) / total * Double(other.count))
    mean += distance * (Double(other.count) / total)
    count += other.count
  }

  /// The variance with divisor n - 1; NaN for fewer than two numbers.
  public var variance: Double { count > 1 ? squaredDeviations / Double(count - 1) : .nan }

  /// The square root of ``variance``.
  public var standardDeviation: Double { variance.squareRoot() }
}
