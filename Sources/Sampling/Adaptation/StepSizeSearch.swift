// The search for a step size from which adaptation can start.

/// The range of step sizes that a search or an adaptation may end at.
@usableFromInline
enum StepSizeSearch {
  static let smallest = 1e-12
  static let largest = 1e7

  @usableFromInline
  static func limited(_ stepSize: Double, to maximum: Double) -> Double {
    min(max(stepSize, smallest), largest, maximum)
  }
}

extension TunableKernel {
  /// Doubles or halves the step size until the acceptance probability of a trial crosses 0.8, as Stan does.
  ///
  /// Stops at the kernel's largest meaningful step size, or between 10⁻¹² and 10⁷. The position stays where it is.
  @inlinable
  package mutating func searchStepSize(_ state: inout State, using stream: inout RandomStream) {
    var grows: Bool?
    while true {
      let isEasy = trialAcceptance(&state.point, scratch: &state.scratch, using: &stream) > 0.8
      let direction = grows ?? isEasy
      grows = direction
      let current = tuning.stepSize
      guard direction == isEasy else { return }
      let next = StepSizeSearch.limited(direction ? 2 * current : current / 2, to: tuningGoal.maximumStepSize)
      guard next != current else { return }
      tuning.stepSize = next
    }
  }
}
