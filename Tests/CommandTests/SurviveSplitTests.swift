// Runs that are split over the tasks of a job array come together again as the run of one job.

import Foundation
import Testing

@testable import mcmc_run

@Suite struct SurviveSplitTests {
  /// What docs/cluster-array.md does, with every task stopped early once and started again.
  @Test func tasksOfAnArrayMakeTheRunOfOneJob() throws {
    let runner = try ProgramRunner()
    try runner.write(SurviveTests.gibbs, to: "spec.json")
    try SurviveTests.succeed(runner, "sample", "spec.json", "--out", "whole", "--draws", "3000", "--quiet")
    for task in 0..<2 {
      let result = try runner.run(
        ["sample", "spec.json", "--chains", "2", "--draws", "3000", "--slurm-array", "--quiet"],
        environment: ["SLURM_ARRAY_TASK_ID": String(task)], signal: SIGUSR1
      ) { runner.exists("chains/small-\(2 * task)/chain-000\(2 * task)") }
      #expect([0, 75].contains(result.status), "\(result.errors)")
      try SurviveTests.succeed(runner, "resume", "chains/small-\(2 * task)", "--quiet")
    }
    try SurviveTests.succeed(runner, "merge", "chains/small-0", "chains/small-2", "--out", "all")
    #expect(try SurviveTests.digest(runner, "all") == SurviveTests.digest(runner, "whole"))
  }

  @Test(arguments: ["", "x", "-1", "4194304"]) func anArrayTaskWithoutAUsableNumberIsRefused(task: String) throws {
    let runner = try ProgramRunner()
    try runner.write(SurviveTests.gibbs, to: "spec.json")
    let refused = try runner.run(
      "sample", "spec.json", "--slurm-array", environment: ["SLURM_ARRAY_TASK_ID": task])
    #expect(refused.status == 64)
    #expect(try refused.refusal().contains("--slurm-array"))
    #expect(runner.listing() == ["spec.json"])
  }

  /// Every part keeps the same ends of the run that it starts from, and so does the merged run.
  @Test func partsThatStartWarmAreMergedAndGoOn() throws {
    let runner = try ProgramRunner()
    try runner.write(SurviveTests.gibbs, to: "spec.json")
    let warm = ["sample", "spec.json", "--warm-start", "first", "--seed", "8", "--quiet", "--draws", "200"]
    try SurviveTests.succeed(runner, "sample", "spec.json", "--out", "first", "--chains", "3", "--quiet")
    for (out, chains) in [("whole", "4"), ("a", "0..0"), ("b", "1..3")] {
      #expect(try runner.run(warm + ["--out", out, "--chains", chains]).status == 0)
    }
    try SurviveTests.succeed(runner, "merge", "b", "a", "--out", "all")
    #expect(try SurviveTests.digest(runner, "all") == SurviveTests.digest(runner, "whole"))
    for run in ["all", "whole"] { try SurviveTests.succeed(runner, "resume", run, "--draws", "400", "--quiet") }
    #expect(try SurviveTests.digest(runner, "all") == SurviveTests.digest(runner, "whole"))
  }
}
