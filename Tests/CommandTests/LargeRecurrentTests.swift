// Recurrent networks too large to be matched: all else is said of them.

import Foundation
import Networks
import Sampling
import Testing

@testable import Experiments
@testable import mcmc_run

@Suite struct LargeRecurrentTests {
  private static let spec = """
    { "task": { "kind": "flipFlop", "steps": 3, "trials": 2 }, "network": { "kind": "recurrent", "neurons": 3, "activation": "tanh" },
      "ensemble": { "kind": "gibbs", "tightness": 2 }, "evaluation": { "count": 4 } }
    """

  /// Networks of 3 neurons where 2 are the most, beside the same where 3 are.
  @Test func matchingIsLeftOutInWords() throws {
    let experiment = try Experiment(Array(Self.spec.utf8), file: "spec.json", folder: "/specs")
    let ensemble = try #require(try experiment.networkEnsemble() as? RecurrentEnsemble)
    let dimension = ensemble.density().layout.dimension
    var stream = try RandomStream(StreamKey(seed: 5, chain: 0, purpose: .testing))
    let positions = (0..<2).map { _ in (0..<2).map { _ in (0..<dimension).map { _ in stream.standardNormal() } } }
    func report(most: Int) throws -> TrialReport {
      try TrialReport(positions, ensemble, experiment, threads: 1, mostMatched: most)
    }
    let (small, large) = (try report(most: 3), try report(most: 2))
    #expect(small.overlap?.pairs == 2 && small.overlapLeftOut == nil)
    #expect(large.overlap == nil)
    let reason = "neurons of two networks are matched where there are at most 2, and these networks have 3"
    #expect(large.overlapLeftOut == reason)
    #expect(large.json["overlap"] == .null && large.json["overlapLeftOut"] == .string(reason))
    #expect(small.json["overlapLeftOut"] == .null && small.json["overlap"]?["pairs"] == 2)
    for key in ["networks", "loss", "accuracy", "contexts", "errorInTime", "effectiveRank", "populations"] {
      // As text: errors of so few networks are no numbers, which are equal to nothing.
      #expect(large.json[key] != nil && large.json[key]?.text() == small.json[key]?.text(), "\(key)")
    }
    let words = large.text(.plain).text().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(words.contains("Overlaps of pairs of networks are left out: \(reason)."))
    #expect(!words.contains("neurons matched by"))
    #expect(!small.text(.plain).text().contains("left out"))
  }

  /// What is left out is what matching refuses, and no more.
  @Test func theLimitIsThatOfMatching() {
    let most = NeuronMatching.maximumNeurons
    #expect(RecurrentOverlaps.leftOut(neurons: most) == nil)
    #expect(RecurrentOverlaps.leftOut(neurons: most + 1)?.contains("\(most + 1)") == true)
    let neurons = Matrix(rows: most + 1, columns: 1)
    #expect(throws: StatisticsError.self) { _ = try NeuronMatching(neurons, neurons) }
  }
}
