// Runs that are split over the tasks of a job array come together again as the run of one job.

import Foundation
import Testing

@testable import Experiments
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

  /// The scripts of docs/cluster.md themselves, with stand-ins for Slurm's commands.
  @Test func theDocumentedScriptsRun() throws {
    let runner = try ProgramRunner()
    let page = try String(
      contentsOf: ProgramRunner.package.appendingPathComponent("docs/cluster.md"), encoding: .utf8)
    let scripts = page.split(separator: "```sh\n").dropFirst().map {
      $0.prefix(upTo: $0.firstRange(of: "```")!.lowerBound)
    }
    try #require(scripts.count == 4)
    try runner.write(String(scripts[0]), to: "array.sh")
    try runner.write(String(scripts[1]), to: "merge.sh")
    let stands = """
      mkdir bin
      printf '#!/bin/sh\\nexec "$@"\\n' > bin/srun
      printf '#!/bin/sh\\necho requeue "$2" >> requeued\\n' > bin/scontrol
      cat > bin/mcmc-run <<'END'
      #!/bin/sh
      "$program" "$@" & pid=$!
      if [ -n "$stop" ]; then
        until [ -d "$stop" ]; do sleep 0.01; done
        kill -USR1 $pid
      fi
      wait $pid
      END
      chmod +x bin/*

      """
    #expect(try runner.shell(stands).status == 0)
    // Sends SIGUSR1, as Slurm does before the end, as soon as the folder `stop` is there.
    func task(_ number: Int, stop: String = "", script: String = "array.sh") throws -> Int32 {
      try runner.shell(
        "PATH=$PWD/bin:$PATH SLURM_ARRAY_TASK_ID=\(number) SLURM_JOB_ID=9\(number) stop='\(stop)' exec sh \(script)"
      ).status
    }
    #expect(try task(0) == 65, "there is no experiment yet: the job must not count as done")
    try runner.write(
      SpecText.with {
        $0.ensemble = SpecText.gibbs
        $0.sampler = #"{ "warmup": 200, "draws": 8000, "seed": 3 }"#
      }, to: "experiment.json")
    #expect(try task(0) == 0)
    #expect(!runner.exists("requeued"))
    #expect(try task(1, stop: "chains/array-1/chain-0004") == 75)
    #expect(try String(contentsOfFile: runner.path("requeued"), encoding: .utf8) == "requeue 91\n")
    #expect(try task(1) == 0, "what is requeued goes on")
    let merge = try runner.shell("PATH=$PWD/bin:$PATH exec sh merge.sh")
    #expect(merge.status == 0, "\(merge.text)")
    try SurviveTests.succeed(runner, "sample", "experiment.json", "--chains", "8", "--out", "whole", "--quiet")
    #expect(try SurviveTests.digest(runner, "chains/all") == SurviveTests.digest(runner, "whole"))
    // The script of one MPI job, as one rank.
    try runner.write(String(scripts[3]), to: "mpi.sh")
    #expect(try task(2, stop: "chains/mpi/chain-0000", script: "mpi.sh") == 75)
    #expect(try String(contentsOfFile: runner.path("requeued"), encoding: .utf8).hasSuffix("requeue 92\n"))
    #expect(try task(2, script: "mpi.sh") == 0)
    try SurviveTests.succeed(runner, "sample", "experiment.json", "--out", "four", "--quiet")
    #expect(try SurviveTests.digest(runner, "chains/mpi") == SurviveTests.digest(runner, "four"))
  }

  @Test(arguments: ["", "x", "-1", "4194304", "9223372036854775807"]) func anArrayTaskWithoutAUsableNumberIsRefused(
    task: String
  ) throws {
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
