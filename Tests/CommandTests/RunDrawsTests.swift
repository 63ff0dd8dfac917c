// The scalars of a run on disk: the same whether they fit into memory together or come one at a time.

import Foundation
import Networks
import Sampling
import Storage
import Testing

@testable import Experiments

@Suite struct RunDrawsTests {
  @Test func scalarsOneAtATimeAreThoseOfTheTable() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("run-draws-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try """
    { "task": { "kind": "inputSelection", "contexts": 2 }, "network": { "kind": "gainModulatedLinear", "neurons": 10 },
      "ensemble": { "kind": "gibbs", "tightness": 20 },
      "sampler": { "kind": "hmc", "chains": 3, "warmup": 100, "draws": 200, "seed": 3 } }
    """.write(toFile: folder + "/spec.json", atomically: true, encoding: .utf8)
    let experiment = try Experiment(contentsOf: folder + "/spec.json")
    let run = try LoadedRun(path: try Execution(threads: 2).sample(experiment, at: folder + "/run").path)
    let reader = RunReader(run.directory)
    let schema = try #require(try reader.schema())
    let table = try run.draws.table()
    #expect(table.scalars["loss"] == (try reader.observables(["loss"]))[0])
    // Room for no scalar at all, for five, for all.
    for bytes in [1, 5 * 8 * 600, 1 << 20] {
      let few = RunDraws(
        reader, schema, draws: 200, streaming: run.draws.streaming, areIndependent: false, bytes: bytes)
      #expect(few.groups.joined().elementsEqual(few.names.indices))
      #expect(bytes > 1 || few.groups.allSatisfy { $0.count == 1 })
      #expect(try few.table().scalars == table.scalars)
      #expect(
        try few.values(of: ["loss", "lp", "loss"])
          == [table["loss"], table["lp"], table["loss"]].map { Array($0.joined()) })
      let (task, stimuli) = (try experiment.learningTask(), try experiment.heldOutStimuli())
      let covariance = try experiment.heldOutCovariance()
      #expect(
        try TaskPerformance(few, task: task, stimuli: stimuli, covariance: covariance, threads: 2)
          == TaskPerformance(table, task: task, stimuli: stimuli, covariance: covariance))
      #expect(try few.scalar("no such scalar") == nil)
      for threads in [1, 3] {
        #expect(try few.summaries(threads: threads) == table.summaries)
        let predictions = run.ensemble.theory().predictions
        let (left, right) = (try Check(predictions, against: few, threads: threads), Check(predictions, against: table))
        #expect(left.results == right.results && left.worstRHat == right.worstRHat && left.doubts == right.doubts)
      }
    }
  }
}
