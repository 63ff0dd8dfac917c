// A transition's figures: the names and their order in files, what is written comes back, and two transitions together.

import Testing

@testable import Sampling

@Suite struct TransitionTests {
  private static let first: Transition = {
    var transition = Transition()
    transition.acceptanceRate = 0.25
    transition.tunedAcceptanceRate = 0.5
    transition.stepSize = 0.1
    transition.steps = 3
    transition.treeDepth = 5
    transition.diverging = true
    transition.energy = -2
    transition.energyError = 0.75
    transition.nonFinite = 1
    transition.moved = false
    transition.evaluations = 7
    return transition
  }()

  /// Files have them by name and in this order: a new one goes to the end.
  @Test func namesAndKindsAreThoseOfTheFiles() {
    #expect(
      Transition.figures.map(\.name) == [
        "acceptance_rate", "step_size", "n_steps", "tree_depth", "diverging", "energy", "energy_error",
        "flip_acceptance_rate", "non_finite", "moved", "n_evaluations",
      ])
    let whole = Transition.figures.filter { $0.kind == .integer }.map(\.name)
    #expect(whole == ["n_steps", "tree_depth", "non_finite", "n_evaluations"])
    #expect(Transition.figures.filter { $0.kind == .boolean }.map(\.name) == ["diverging", "moved"])
  }

  @Test func whatIsWrittenComesBack() {
    var numbers = [Double](repeating: -1, count: Transition.figures.count)
    Self.first.write(to: &numbers)
    #expect(numbers[..<7] == [0.25, 0.1, 3, 5, 1, -2, 0.75] && numbers[7].isNaN && numbers[8...] == [1, 0, 7])
    let recorded = RecordedTransitions(names: Transition.figures.map(\.name), columns: numbers.map { [$0] })
    let back = recorded[0]
    #expect(recorded.isComplete && recorded.count == 1)
    // What is not recorded is unknown.
    #expect(back.tunedAcceptanceRate.isNaN && back.flipAcceptanceRate.isNaN)
    #expect(back.acceptanceRate == 0.25 && back.steps == 3 && back.treeDepth == 5 && back.diverging && !back.moved)
    #expect(back.energy == -2 && back.energyError == 0.75 && back.nonFinite == 1 && back.evaluations == 7)
  }

  /// A run of another version has other figures; counts that are none, of a damaged one say, end no process.
  @Test func whatIsMissingOrWrongIsTaken() {
    let recorded = RecordedTransitions(
      names: ["n_steps", "colour", "moved"], columns: [[.nan, -1], [4, 4], [1, 0]])
    #expect(!recorded.isComplete && recorded.count == 2)
    #expect(recorded[0].steps == .max && recorded[1].steps == 0)
    #expect(recorded[0].moved && !recorded[1].moved && recorded[0].acceptanceRate.isNaN)
  }

  @Test func twoTogetherKeepTheLaterFigureAndAddCounts() {
    var second = Transition()
    second.acceptanceRate = 0.5
    second.flipAcceptanceRate = 0.125
    second.steps = 4
    second.treeDepth = 2
    second.moved = true
    second.evaluations = 1
    let both = Self.first.followed(by: second)
    #expect(both.acceptanceRate == 0.5 && both.tunedAcceptanceRate == 0.5 && both.stepSize == 0.1)
    #expect(both.steps == 7 && both.treeDepth == 5 && both.evaluations == 8 && both.nonFinite == 1)
    #expect(both.diverging && both.moved && both.energy == -2 && both.flipAcceptanceRate == 0.125)
  }
}
