// What warm-up may change in a kernel, and what a kernel offers for that.

/// Step size and inverse metric of a kernel.
public struct Tuning: Sendable, Equatable {
  /// ε, in units of the inverse metric's standard deviations.
  public var stepSize: Double
  /// Σ, an estimate of the covariance of the real coordinates.
  public var inverseMetric: InverseMetric
  /// Whether warm-up is at work. A kernel that is biased by its step size is made exact while that is looked for: it would run away with
  /// one that is too large.
  public var isBeingTuned = false

  /// - Precondition: a finite, positive step size.
  public init(stepSize: Double, inverseMetric: InverseMetric = .identity) {
    precondition(stepSize.isFinite && stepSize > 0, "a step size must be finite and positive")
    self.stepSize = stepSize
    self.inverseMetric = inverseMetric
  }

  /// A step size in units of a target: the inverse metric has the squares of its units.
  ///
  /// - Precondition: a finite, positive step size and units.
  public init(stepSize: Double, inUnitsOf target: some LogDensity) {
    self.init(stepSize: stepSize, inverseMetric: target.units.map { .diagonal(scales: $0) } ?? .identity)
  }

  /// Appends all, as numbers that restore bit for bit: a step size that is being looked for as a negative number.
  package func save(to archive: inout [Double]) {
    archive.append(isBeingTuned ? -stepSize : stepSize)
    inverseMetric.save(to: &archive)
  }

  /// Reads what ``save(to:)`` wrote.
  ///
  /// - Throws: ``ArchiveError`` if the archive does not hold a tuning.
  package init(from archive: inout ArraySlice<Double>) throws {
    let saved = try archive.next()
    guard saved.isFinite, saved != 0 else { throw ArchiveError("the saved step size is \(saved)") }
    stepSize = saved.magnitude
    isBeingTuned = saved < 0
    inverseMetric = try InverseMetric(from: &archive)
  }
}

/// A tuning that no kernel can use.
public struct TuningError: Error, Sendable, Equatable, CustomStringConvertible {
  public let description: String
  /// An error with this description.
  public init(_ description: String) { self.description = description }
}

/// What warm-up aims at with a kernel.
public struct TuningGoal: Sendable, Equatable {
  /// The acceptance rate at which the kernel is most efficient.
  public var acceptanceRate: Double
  /// The largest step size that has a meaning.
  public var maximumStepSize: Double
  /// Whether the kernel uses the inverse metric, so that it is worth estimating.
  public var usesMetric: Bool

  /// A goal: an acceptance rate in (0, 1), a step size in units of the metric.
  public init(acceptanceRate: Double, maximumStepSize: Double = .infinity, usesMetric: Bool = true) {
    self.acceptanceRate = acceptanceRate
    self.maximumStepSize = maximumStepSize
    self.usesMetric = usesMetric
  }
}

/// A kernel with a step size and a metric that warm-up can set.
///
/// It reports ``Transition/tunedAcceptanceRate``, which falls as the step size grows.
public protocol TunableKernel: PointKernel {
  /// Step size and inverse metric.
  var tuning: Tuning { get set }
  /// What warm-up aims at.
  var tuningGoal: TuningGoal { get }

  /// The acceptance probability of one proposal with the present step size, which is not made.
  ///
  /// Leaves the current position where it is; may evaluate it and write the proposed point.
  func trialAcceptance(
    _ point: inout PointState<Target>, scratch: inout Scratch, using stream: inout RandomStream
  ) -> Double
}

extension TunableKernel {
  public func saveTuning(to archive: inout [Double]) { tuning.save(to: &archive) }

  public mutating func restoreTuning(from archive: inout ArraySlice<Double>) throws {
    let saved = try Tuning(from: &archive)
    guard saved.inverseMetric.dimension ?? target.layout.realCount == target.layout.realCount else {
      throw ArchiveError("the saved metric is for another number of real coordinates than the target's")
    }
    tuning = saved
  }
}
