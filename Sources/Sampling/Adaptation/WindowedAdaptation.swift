// Warm-up of one tunable kernel: folds over the schedule, tuning step size and metric.

/// Tunes step size and metric of a kernel as Stan does, over the stages of a ``WarmupSchedule``.
///
/// Before the first transition and after every change of metric a workable step size is searched for; within stages it
/// follows ``DualAveraging``. After the last transition it is frozen at the dual average.
public struct WindowedAdaptation<Kernel: TunableKernel>: Adaptation {
  /// The stages.
  public let schedule: WarmupSchedule
  /// What slow stages estimate, regularised in the target's units; with `.identity` nothing: the kernel keeps its metric. `.lowRank`
  /// needs a kernel that evaluates gradients.
  public let metric: InverseMetric.Kind
  /// The wanted acceptance rate; nil for the kernel's own goal.
  public let targetAcceptanceRate: Double?
  private var averaging: DualAveraging?
  private var estimator: MetricEstimator?

  /// - Precondition: a wanted acceptance rate between 0 and 1.
  public init(
    _ schedule: WarmupSchedule, metric: InverseMetric.Kind = .diagonal, targetAcceptanceRate: Double? = nil
  ) {
    precondition(targetAcceptanceRate.map { $0 > 0 && $0 < 1 } ?? true, "an acceptance rate is between 0 and 1")
    self.schedule = schedule
    self.metric = metric
    self.targetAcceptanceRate = targetAcceptanceRate
  }

  public var transitions: Int { schedule.transitions }

  public mutating func begin(_ kernel: inout Kernel, state: inout Kernel.State, using stream: inout RandomStream) {
    let goal = kernel.tuningGoal
    kernel.tuning.isBeingTuned = transitions > 0
    if goal.usesMetric { estimator = MetricEstimator(metric, dimension: kernel.target.layout.realCount) }
    kernel.searchStepSize(&state, using: &stream)
    averaging = DualAveraging(
      stepSize: kernel.tuning.stepSize, targetAcceptanceRate: targetAcceptanceRate ?? goal.acceptanceRate)
  }

  public mutating func update(
    _ kernel: inout Kernel, state: inout Kernel.State, after transition: Transition, number: Int,
    using stream: inout RandomStream
  ) {
    let maximum = kernel.tuningGoal.maximumStepSize
    kernel.tuning.isBeingTuned = number < transitions - 1
    if !transition.tunedAcceptanceRate.isNaN,
      let next = averaging?.update(acceptanceRate: transition.tunedAcceptanceRate)
    {
      kernel.tuning.stepSize = StepSizeSearch.limited(next, to: maximum)
    }
    guard let (stage, isLast) = schedule.stage(ofTransition: number) else { return }
    switch (stage, schedule.stage(ofTransition: number + 1)?.stage) {
    case (.slow, _):
      estimator?.add(state.point.current)
      if isLast { takeMetric(&kernel, state: &state, using: &stream) }
    case (.fast, .fast) where isLast: tuneAnew(&kernel, state: &state, using: &stream)
    case (.fast, _): break
    }
    if number == transitions - 1, let averaged = averaging?.averagedStepSize {
      kernel.tuning.stepSize = StepSizeSearch.limited(averaged, to: maximum)
    }
  }

  /// Sets the metric, if one is estimated, and then tunes the step size anew.
  private mutating func takeMetric(
    _ kernel: inout Kernel, state: inout Kernel.State, using stream: inout RandomStream
  ) {
    guard let estimate = estimator?.inverseMetric(units: kernel.target.units) else { return }
    kernel.tuning.inverseMetric = estimate
    estimator?.reset()
    tuneAnew(&kernel, state: &state, using: &stream)
  }

  /// Begins to tune the step size again, from one that works here.
  private mutating func tuneAnew(
    _ kernel: inout Kernel, state: inout Kernel.State, using stream: inout RandomStream
  ) {
    kernel.searchStepSize(&state, using: &stream)
    averaging?.restart(stepSize: kernel.tuning.stepSize)
  }

  public func save(to archive: inout [Double]) {
    archive.append(averaging == nil ? 0 : 1)
    averaging?.save(to: &archive)
    if let estimator { estimator.save(to: &archive) } else { archive.append(0) }
  }

  public mutating func restore(from archive: inout ArraySlice<Double>) throws {
    averaging = try archive.next() == 1 ? DualAveraging(from: &archive) : nil
    estimator = try MetricEstimator.restored(from: &archive)
    guard estimator?.serves(metric) ?? true else {
      throw ArchiveError("the saved warm-up estimates another kind of metric than \(metric)")
    }
  }
}
