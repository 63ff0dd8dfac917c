// Trials that are drawn are those of their definitions.

import Foundation
import Networks
import Sampling
import Testing

@Suite struct TrialLawTests {
  private static func stream(_ seed: UInt64 = 1) throws -> RandomStream {
    try RandomStream(StreamKey(seed: seed, chain: 0, purpose: .trials))
  }

  private static let decision = DecisionTrials(
    periods: TrialPeriods(step: 100, durations: [100, 400, 200, 200]), modalities: 2, choices: 2,
    coherences: [0, 50], noise: 1, wantsFixation: false)

  private static func laws() -> [any TrialLaw] {
    [
      FlipFlopTrials(bits: 8, steps: 12, probability: 0.25), decision,
      DecisionTrials(
        periods: TrialPeriods(step: 20, durations: [0, 20, 0, 20]), modalities: 1, choices: 5, coherences: [0],
        noise: 0, wantsFixation: true),
      ComparisonTrials(
        periods: TrialPeriods(step: 100, durations: [0, 100, 300, 100, 100]), pairs: [(18, 10), (26, 34)], noise: 0.5,
        wantsFixation: true), SineTrials(periods: TrialPeriods(step: 10, durations: [10]), frequencies: [1, 2, 3]),
    ]
  }

  /// The same seed, the same bits; more trials leave the first ones as they are; another seed, other trials.
  @Test func trialsFollowFromTheirSeed() throws {
    func expectReproducible(_ law: some TrialLaw) throws {
      var one = try Self.stream()
      var two = try Self.stream()
      var three = try Self.stream(2)
      let few = try law.draw(3, using: &one)
      let many = try law.draw(7, using: &two)
      #expect(few.shape == law.shape(3) && many.shape == law.shape(7))
      #expect(Array(many.inputs.prefix(few.inputs.count)) == few.inputs)
      #expect(Array(many.targets.prefix(few.targets.count)) == few.targets)
      #expect(Array(many.mask.prefix(few.mask.count)) == few.mask)
      #expect(many.decision == law.decision && few.contextOfTrial == Array(many.contextOfTrial.prefix(3)))
      let other = try law.draw(7, using: &three)
      #expect(law is SineTrials || other.targets != many.targets)
      do {
        _ = try law.draw(0, using: &one)
        Issue.record("no trials are no batch")
      } catch {
        guard case .empty = error else { throw error }
      }
    }
    for law in Self.laws() { try expectReproducible(law) }
  }

  @Test func flipFlopsRememberTheLastPulse() throws {
    var stream = try Self.stream()
    let batch = try FlipFlopTrials(bits: 3, steps: 200, probability: 0.1).draw(50, using: &stream)
    var (pulses, up) = (0, 0)
    for trial in 0..<50 {
      for bit in 0..<3 {
        var state = 0.0
        for t in 0..<200 {
          let place = (trial * 200 + t) * 3 + bit
          let input = batch.inputs[place]
          #expect([-1, 0, 1].contains(input))
          if input != 0 { state = input }
          #expect(t > 0 || input != 0)
          #expect(batch.targets[place] == state && batch.mask[place] == 1)
          if t > 0, input != 0 { pulses += 1 }
          if t > 0, input > 0 { up += 1 }
        }
      }
    }
    // 29 850 chances of 0.1 and, of the pulses, of one half: 5 standard deviations, a false alarm in 1e6.
    #expect(abs(Double(pulses) - 2985) < 5 * (29850 * 0.09).squareRoot())
    #expect(abs(Double(up) - Double(pulses) / 2) < 5 * (Double(pulses) / 4).squareRoot())
  }

  @Test func pulsesInEveryStepAndInNone() throws {
    var stream = try Self.stream()
    let always = try FlipFlopTrials(bits: 1, steps: 30, probability: 1).draw(2, using: &stream)
    #expect(always.inputs == always.targets && always.inputs.allSatisfy { abs($0) == 1 })
    let never = try FlipFlopTrials(bits: 1, steps: 30, probability: 0).draw(2, using: &stream)
    #expect(never.inputs.filter { $0 != 0 }.count == 2 && Set(never.targets[..<30]).count == 1)
    let short = try FlipFlopTrials(bits: 1, steps: 1, probability: 0).draw(1, using: &stream)
    #expect(short.maskedEntries == 1 && short.inputs == short.targets)
  }

  /// The stimulus without noise says modality, choice and coherence: half the difference of its two channels times 200 is ± the coherence.
  @Test func decisionsFollowTheContextsModality() throws {
    var quiet = Self.decision
    quiet = DecisionTrials(
      periods: quiet.periods, modalities: 2, choices: 2, coherences: [10, 50], noise: 0, wantsFixation: true)
    var stream = try Self.stream()
    let batch = try quiet.draw(400, using: &stream)
    #expect(batch.decision == 7..<9 && batch.times == 9 && batch.inputChannels == 5 && batch.outputChannels == 1)
    var choices = 0
    var strong = 0
    for trial in 0..<400 {
      #expect(batch.contextOfTrial[trial] == trial % 2)
      func input(_ t: Int, _ channel: Int) -> Double { batch.inputs[(trial * 9 + t) * 5 + channel] }
      for t in 0..<9 {
        #expect(input(t, 0) == (t < 7 ? 1 : 0))
        if !(1..<5).contains(t) { #expect((1..<5).allSatisfy { input(t, $0) == 0 }) }
        let place = trial * 9 + t
        #expect(batch.mask[place] == 1 && (t >= 7 || batch.targets[place] == 0))
      }
      let first = 1 + 2 * (trial % 2)
      let evidence = 100 * (input(2, first) - input(2, first + 1))
      #expect([10.0, 50].contains { abs(abs(evidence) - $0) < 1e-9 })
      #expect(abs(input(2, first) + input(2, first + 1) - 1) < 1e-12)
      #expect(batch.targets[trial * 9 + 7] == (evidence > 0 ? 1 : -1))
      #expect(batch.targets[trial * 9 + 8] == batch.targets[trial * 9 + 7])
      choices += evidence > 0 ? 1 : 0
      strong += abs(evidence) > 30 ? 1 : 0
    }
    // 400 fair choices: 5 standard deviations.
    #expect(abs(choices - 200) < 50 && abs(strong - 200) < 50)
  }

  /// σ/√dt per step: 32 000 numbers about ½ at coherence 0, mean and variance within 5 standard errors.
  @Test func noiseHasTheSizeOfItsDefinition() throws {
    let law = DecisionTrials(
      periods: TrialPeriods(step: 25, durations: [0, 1000, 0, 25]), modalities: 1, choices: 2, coherences: [0],
      noise: 2, wantsFixation: false)
    var stream = try Self.stream()
    let batch = try law.draw(400, using: &stream)
    #expect(batch.mask.reduce(0, +) == 400)
    var values: [Double] = []
    for trial in 0..<400 {
      for t in 0..<40 { for channel in 1...2 { values.append(batch.inputs[(trial * 41 + t) * 3 + channel] - 0.5) } }
    }
    let count = Double(values.count)
    let variance = values.reduce(0) { $0 + $1 * $1 } / count
    #expect(abs(values.reduce(0, +) / count) < 5 * 0.4 / count.squareRoot())
    #expect(abs(variance - 0.16) < 5 * 0.16 * (2 / count).squareRoot())
  }

  @Test func severalChoicesHaveAnOutputEach() throws {
    let law = DecisionTrials(
      periods: TrialPeriods(step: 100, durations: [0, 100, 0, 100]), modalities: 1, choices: 4, coherences: [100],
      noise: 0, wantsFixation: false)
    var stream = try Self.stream()
    let batch = try law.draw(40, using: &stream)
    #expect(batch.outputChannels == 4 && batch.inputChannels == 5)
    for trial in 0..<40 {
      let wanted = Array(batch.targets[(trial * 2 + 1) * 4..<(trial * 2 + 2) * 4])
      let stimulus = Array(batch.inputs[trial * 2 * 5 + 1..<trial * 2 * 5 + 5])
      let choice = try #require(wanted.firstIndex(of: 1))
      #expect(wanted.reduce(0, +) == 1)
      for i in 0..<4 { #expect(abs(stimulus[i] - (0.5 + 0.5 * cos(Double.pi / 2 * Double(i - choice)))) < 1e-12) }
    }
    #expect(TrialPerformance(outputs: batch.targets, of: batch).all.accuracy == 1)
  }

  @Test func comparisonsWantTheSignOfTheDifference() throws {
    let law = ComparisonTrials(
      periods: TrialPeriods(step: 100, durations: [100, 100, 100, 100, 100]), pairs: [(18, 10), (10, 34)], noise: 0,
      wantsFixation: false)
    var stream = try Self.stream()
    let batch = try law.draw(200, using: &stream)
    var seen = Set<[Double]>()
    for trial in 0..<200 {
      let (first, second) = (batch.inputs[(trial * 5 + 1) * 2 + 1], batch.inputs[(trial * 5 + 3) * 2 + 1])
      seen.insert([first, second])
      #expect(batch.targets[trial * 5 + 4] == (first > second ? 1 : -1))
      #expect(batch.inputs[(trial * 5 + 2) * 2 + 1] == 0 && batch.inputs[(trial * 5 + 4) * 2] == 0)
    }
    #expect(seen == [[0.5 + 4.0 / 24, 0.5], [0.5, 0.5 + 4.0 / 24], [0.5, 1], [1, 0.5]])
  }

  @Test func sinesHaveTheirFrequencies() throws {
    let law = SineTrials(periods: TrialPeriods(step: 50, durations: [1000]), frequencies: [1, 2])
    var stream = try Self.stream()
    let batch = try law.draw(3, using: &stream)
    for (trial, frequency) in [1.0, 2, 1].enumerated() {
      for t in 0..<20 {
        #expect(batch.inputs[trial * 20 + t] == frequency / 2)
        #expect(abs(batch.targets[trial * 20 + t] - sin(2 * .pi * frequency * 0.05 * Double(t + 1))) < 1e-12)
      }
    }
  }

  /// ⌊d/dt⌋, with 0.3/0.1 = 3 though its quotient of doubles is below.
  @Test func periodsHaveWholeSteps() {
    let periods = TrialPeriods(step: 0.1, durations: [0.3, 0, 0.79, 1])
    #expect(periods.times == 3 + 0 + 7 + 10)
    #expect(periods[0] == 0..<3 && periods[1] == 3..<3 && periods[2] == 3..<10 && periods[3] == 10..<20)
    #expect(abs(TrialPeriods.steps(1e50, of: 1e-50) / 1e100 - 1) < 1e-11)
  }
}
