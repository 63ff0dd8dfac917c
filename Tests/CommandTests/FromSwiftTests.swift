// Experiments as a Swift user has them: by what is public alone.

import Experiments
import Foundation
import Sampling
import Testing

@Suite struct FromSwiftTests {
  /// A folder with an experiment file, removed when the suite is done with it.
  private final class Place {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("from-swift-\(UUID().uuidString)").path
    let spec: String

    init() throws {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      spec = folder + "/interacting.json"
      try """
      { "task": { "kind": "inputSelection", "contexts": 2 }, "network": { "kind": "gainModulatedLinear", "neurons": 10 },
        "ensemble": { "kind": "gibbs", "tightness": 20 },
        "sampler": { "kind": "hmc", "chains": 2, "warmup": 100, "draws": 300, "seed": 3 } }
      """.write(toFile: spec, atomically: true, encoding: .utf8)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }
  }

  private func kind(_ work: () throws -> Void) -> FailureKind? {
    do { try work() } catch { return Failure(error).kind }
    return nil
  }

  /// A run that was asked to stop keeps what it has, and goes on to the draws of one that nobody stopped.
  @Test func aStopIsKeptAndResumed() throws {
    let place = try Place()
    let experiment = try Experiment(contentsOf: place.spec)
    let whole = try Execution(threads: 2).sample(experiment, at: place.folder + "/whole")
    #expect(whole.isComplete && whole.stopReason == nil)
    let stop = StopFlag()
    stop.raise(.request)
    let stopped = try Execution(threads: 2, stop: stop).sample(experiment, at: place.folder + "/stopped")
    #expect(!stopped.isComplete && stopped.stopReason == .request)
    #expect(throws: (any Error).self) { try LoadedRun(path: stopped.path) }
    let resumed = try Execution(threads: 1).resume(stopped.path)
    #expect(resumed.isComplete)
    let (left, right) = (try LoadedRun(path: whole.path), try LoadedRun(path: resumed.path))
    #expect(try left.draws.table().scalars == right.draws.table().scalars && left.draws.draws == 600)
    #expect(try DiagnoseReport(left).summaries.count == left.draws.names.count)
    #expect(try CheckReport(left).check.results.count > 5 && left.unfinished == nil)
    #expect(try EvaluateReport(left).performance.loss.mean > 0)
  }

  /// Errors say what they mean, and nothing is written before the last of them.
  @Test func errorsHaveKinds() throws {
    let place = try Place()
    let folder = place.folder + "/refused"
    let experiment = try Experiment(contentsOf: place.spec, setting: ["sampler.draws=50", "network.neurons=4"])
    var options = SessionOptions()
    #expect(kind { _ = try Execution(threads: 0).sample(experiment, at: folder) } == .usage)
    options.rule = StoppingRule(draws: 0)
    #expect(kind { _ = try Execution().sample(experiment, at: folder, options) } == .usage)
    options.rule = StoppingRule(ess: .nan)
    #expect(kind { _ = try Execution().sample(experiment, at: folder, options) } == .usage)
    options = SessionOptions()
    options.warmStart = folder
    #expect(kind { _ = try Execution().sample(experiment, at: folder, options) } == .input)
    #expect(kind { _ = try Execution().resume(folder) } == .input)
    #expect(kind { _ = try LoadedRun(path: folder) } == .input)
    #expect(!FileManager.default.fileExists(atPath: folder))
    for setting in ["sampler.draws", "sampler.drws=5", "sampler.draws=x", "=3"] {
      let found = kind { _ = try Experiment(contentsOf: place.spec, setting: [setting]) }
      #expect(found == .usage, "\(setting)")
    }
    #expect(kind { _ = try Experiment(contentsOf: place.folder + "/none.json") } == .input)
  }

  /// What there is to solve is a value.
  @Test func solutionsAreTyped() throws {
    let place = try Place()
    let product = try Experiment(
      contentsOf: place.spec, setting: ["ensemble={kind: \"product\"}", "sampler.kind=auto"])
    guard case .closedForm(let solution, _) = try Execution().solve(product) else {
      Issue.record("independent neurons with binary gains have a closed form")
      return
    }
    #expect(abs(solution.readout[0, 0] - 1) < 1e-9 && abs(solution.readout[0, 1]) < 1e-9)
  }
}
