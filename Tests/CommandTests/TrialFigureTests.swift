// Pictures of trials in time show the numbers that they are given.

import Foundation
import Networks
import Sampling
import Testing

@testable import mcmc_run

@Suite struct TrialFigureTests {
  private static func batch(_ trials: Int = 6) throws -> TrialBatch {
    var stream = try RandomStream(StreamKey(seed: 1, chain: 0, purpose: .trials))
    return try DecisionTrials(
      periods: TrialPeriods(step: 100, durations: [100, 200, 0, 100]), modalities: 2, choices: 2, coherences: [50],
      noise: 1, wantsFixation: false
    ).draw(trials, using: &stream)
  }

  private func line(_ panel: Panel, _ name: String) -> (x: [Double], y: [Double])? {
    for series in panel.series where series.name == name {
      switch series.mark {
      case .line(let x, let y): return (x, y)
      case .points(let x, let y, _, _): return (x, y)
      default: continue
      }
    }
    return nil
  }

  @Test func examplesShowInputsWantedAndProducedOutputs() throws {
    let batch = try Self.batch()
    let networks = (0..<5).map { network in batch.targets.indices.map { Double($0) + Double(network) } }
    let figure = TrialFigures.examples(batch, outputs: networks, words: "held-out trials")
    #expect(figure.stacks.count == TrialFigures.mostTrials && figure.stacks.allSatisfy { $0.count == 2 })
    #expect(!figure.isEmpty && figure.caption.contains("5 networks make"))
    for trial in 0..<TrialFigures.mostTrials {
      let (inputs, outputs) = (figure.stacks[trial][0], figure.stacks[trial][1])
      #expect(inputs.title == "trial \(trial), context \(trial % 2)")
      #expect(try #require(line(inputs, "input 1")).y == (0..<4).map { batch.inputs[(trial * 4 + $0) * 5 + 1] })
      let wanted = try #require(line(outputs, "wanted")).y
      #expect(wanted[3] == batch.targets[trial * 4 + 3] && wanted[..<3].allSatisfy(\.isNaN))
      #expect(try #require(line(outputs, "median output")).y == (0..<4).map { Double(trial * 4 + $0) + 2 })
    }
    let single = TrialFigures.examples(try Self.batch(1), outputs: [[1, 2, 3, 4]], words: "the task's own trials")
    #expect(single.stacks.count == 1 && !single.isEmpty && single.caption.contains("a network makes"))
  }

  /// Activities in a plane of many dimensions lie in the figure as they do in the plane, up to turns: distances are kept.
  @Test func trajectoriesKeepTheDistancesOfAPlane() throws {
    let batch = try Self.batch(2)
    let (a, b) = ([0.6, 0, 0.8, 0, 0], [0, 1.0, 0, 0, 0])
    let places = (0..<8).map { (Double($0), cos(Double($0))) }
    let activities = places.flatMap { place in (0..<5).map { place.0 * a[$0] + place.1 * b[$0] + 3 } }
    let figure = try #require(try TrialFigures.trajectories(batch, activities: activities, neurons: 5))
    let lines = try (0..<2).map { try #require(line(figure.panels[0], "trial \($0)")) }
    let (x, y) = (lines.flatMap(\.x), lines.flatMap(\.y))
    for i in 0..<8 {
      for j in 0..<8 {
        let wanted = hypot(places[i].0 - places[j].0, places[i].1 - places[j].1)
        #expect(abs(hypot(x[i] - x[j], y[i] - y[j]) - wanted) < 1e-9)
      }
    }
    // What varies in one direction, or not at all, has no plane.
    let flat = (0..<40).map { Double($0 / 5) }
    #expect(try TrialFigures.trajectories(batch, activities: flat, neurons: 5) == nil)
    #expect(try TrialFigures.trajectories(batch, activities: [Double](repeating: 1, count: 40), neurons: 5) == nil)
    #expect(try TrialFigures.trajectories(batch, activities: [Double](repeating: 1, count: 8), neurons: 1) == nil)
  }

  @Test func theSpectrumHasItsCircle() throws {
    let figure = TrialFigures.spectra([[(0.5, 0.2), (0.5, -0.2), (-2, 0)], [(1, 0)]], radius: 1.5)
    #expect(figure.panels.count == 2)
    let panel = figure.panels[0]
    let circle = try #require(line(panel, "circle"))
    #expect(zip(circle.x, circle.y).allSatisfy { abs(hypot($0, $1) - 1.5) < 1e-12 })
    #expect(try #require(line(panel, "eigenvalues of network 0")).x == [0.5, 0.5, -2])
    #expect(panel.x.low == panel.y.low && panel.x.high == panel.y.high && panel.x.high! >= 2)
    #expect(figure.caption.contains("1 of 4 lie outside"))
  }

  @Test func examplesTakeContextsInTurn() throws {
    let batch = try TrialBatch(
      trials: 5, times: 1, inputChannels: 1, outputChannels: 1, inputs: [0, 1, 2, 3, 4], targets: [0, 1, 2, 3, 4],
      mask: [1, 1, 1, 1, 1], contextOfTrial: [0, 0, 0, 1, 1], contexts: 3)
    #expect(batch.examples(atMost: 3).inputs == [0, 1, 3])
    #expect(batch.examples(atMost: 4).contextOfTrial == [0, 0, 1, 1])
    #expect(batch.examples(atMost: 99) == batch)
    #expect(batch.examples(atMost: 1).maskedEntries == 1)
  }
}
