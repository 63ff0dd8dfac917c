// The search for a step size from which adaptation can start.

/// The range of step sizes that a search or an adaptation may end at.
@usableFromInline
enum StepSizeSearch {
  /// No step size that means anything lies outside: the bounds only end a search that finds nothing.
  static let smallest = 0x1p-1000
  static let largest = 0x1p1000

  @usableFromInline
  static func limited(_ stepSize: Double, to maximum: Double) -> Double {
    min(max(stepSize, smallest), largest, maximum)
  }
}

extension TunableKernel {
  /// Doubles or halves the step size until the acceptance probability of a trial crosses 0.8, as Stan does.
  ///
  /// Stops at the kernel's largest meaningful step size, or at a power of two far from any size. The position stays where it is.
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
