// The numbers that cross between the members of a team in a transition, in memory of their own.

/// What members tell each other of their rungs: memory for the numbers that cross in a transition.
struct LadderBoard: Sendable {
  /// A slope, the recorded figures, and the one that is not.
  private static let width = 2 + Transition.figures.count
  private let rungs: Int
  private var own: [Double]
  private var all: [Double]

  init(rungs: Int, members: Int) {
    self.rungs = rungs
    own = [Double](repeating: 0, count: members == 0 ? 0 : rungs * Self.width)
    all = [Double](repeating: 0, count: members * rungs * Self.width)
  }

  mutating func exchange(_ team: any LadderTeam) { team.gather(own, into: &all) }

  mutating func write(_ slope: Double, _ transition: Transition, ofRung rung: Int) {
    let start = rung * Self.width
    own[start] = slope
    own.withUnsafeMutableBufferPointer { own in
      let numbers = UnsafeMutableBufferPointer(rebasing: own[(start + 1)..<(start + Self.width)])
      var writer = TransitionWriter(numbers: numbers, isComplete: true)
      var transition = transition
      transition.visit(beside: transition, &writer)
    }
  }

  func exploration(ofRung rung: Int, by member: Int) -> (slope: Double, Transition) {
    let start = (member * rungs + rung) * Self.width
    var transition = Transition()
    all.withUnsafeBufferPointer { all in
      var reader = TransitionReader(numbers: UnsafeBufferPointer(rebasing: all[(start + 1)..<(start + Self.width)]))
      transition.visit(beside: transition, &reader)
    }
    return (all[start], transition)
  }

  mutating func write(_ logDensity: Double, _ evaluations: Double, ofRung rung: Int) {
    own[rung * Self.width] = logDensity
    own[rung * Self.width + 1] = evaluations
  }

  func evaluation(ofRung rung: Int, by member: Int) -> (logDensity: Double, evaluations: Int) {
    let start = (member * rungs + rung) * Self.width
    return (all[start], Int(all[start + 1]))
  }
}
