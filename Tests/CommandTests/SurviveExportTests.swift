// What is exported, opened by the programs that it is for: ArviZ of both lines, a reader of CmdStan's files, NumPy.

import Foundation
import Testing

@testable import Experiments
@testable import mcmc_run

@Suite struct SurviveExportTests {
  /// The Python of an environment that `scripts/arviz-venv.sh` made; nil, and a loud notice, without one.
  private static func python(_ environment: String) -> String? {
    let path = ProgramRunner.package.appendingPathComponent(".venv/\(environment)/bin/python").path
    if FileManager.default.isExecutableFile(atPath: path) { return path }
    FileHandle.standardError.write(
      Data("*** NO PYTHON ENVIRONMENT .venv/\(environment): ArviZ tests SKIPPED; run scripts/arviz-venv.sh ***\n".utf8))
    return nil
  }

  private static let environments = ["arviz0", "arviz1"].filter { python($0) != nil }

  /// A run of four chains, with stimuli that are a list and 20 whole networks a chain.
  private func makeRun() throws -> ProgramRunner {
    let runner = try ProgramRunner()
    try runner.write(
      SpecText.with {
        $0.ensemble = SpecText.gibbs
        $0.stimuli = #"{ "kind": "sampled", "count": 16, "seed": 3 }"#
        $0.sampler = #"{ "chains": 4, "warmup": 200, "draws": 1000, "seed": 3 }"#
        $0.record = #"{ "weights": 20 }"#
      }, to: "spec.json")
    try SurviveTests.succeed(runner, "sample", "spec.json", "--out", "run", "--quiet")
    return runner
  }

  /// What a Python script prints on its last line, as JSON.
  private func read(_ runner: ProgramRunner, with python: String, _ script: String) throws -> JSONTree {
    try runner.write(script, to: "script.py")
    let result = try runner.shell("exec '\(python)' -W ignore script.py")
    try #require(result.status == 0, "\(result.text)")
    return JSONTree(try JSONSerialization.jsonObject(with: Data(try #require(result.lines.last).utf8)))
  }

  /// ArviZ 1 takes its tail quantiles from `stats.ci_prob`: 0.95 makes them 5 % and 95 %, as in ArviZ 0 and here.
  @Test(arguments: environments) func arvizSummarisesAsDiagnoseDoes(environment: String) throws {
    let runner = try makeRun()
    try SurviveTests.succeed(runner, "export", "run", "--out", "run.nc", "--networks")
    let found = try read(
      runner, with: Self.python(environment)!,
      """
      import arviz as az, json
      if not az.__version__.startswith("0."):
          az.rcParams["stats.ci_prob"] = 0.95
      data = az.from_netcdf("run.nc")
      table = az.summary(data, round_to="none")
      groups = ["posterior", "sample_stats", "warmup_posterior", "warmup_sample_stats", "observed_data", "constant_data",
                "networks"]
      print(json.dumps({
          "dims": {group: {str(name): list(data[group][name].dims) for name in data[group].data_vars} for group in groups},
          "sizes": {group: {str(name): data[group].sizes[name] for name in data[group].sizes} for group in groups},
          "dtypes": {str(name): str(data["sample_stats"][name].dtype) for name in data["sample_stats"].data_vars},
          "chains": [int(chain) for chain in data["posterior"]["chain"].values],
          "target": data["observed_data"]["target"].values.tolist(),
          # An index has a blank after each comma there.
          "summary": {name.replace(", ", ","): {key: float(value) for key, value in row.items()}
                      for name, row in table.iterrows()},
      }))
      """)
    let own = try runner.run("diagnose", "run", "--json").json()["observables"]
    #expect(own.keys.count >= 13)
    #expect(found["summary"].keys == own.keys)
    for name in own.keys {
      for (key, theirs) in [
        ("mean", "mean"), ("sd", "sd"), ("mcse", "mcse_mean"), ("mcseSd", "mcse_sd"), ("essBulk", "ess_bulk"),
        ("essTail", "ess_tail"), ("rHat", "r_hat"),
      ] {
        let (a, b) = (own[name][key].number, found["summary"][name][theirs].number)
        #expect(abs(a - b) <= 1e-6 * max(abs(b), 1e-6), "\(name) \(key): \(a), ArviZ \(b)")
      }
    }
    let dims = found["dims"]
    func axes(_ group: String, _ name: String) -> [String] { dims[group][name].array.compactMap(\.string) }
    for group in ["posterior", "warmup_posterior"] {
      #expect(axes(group, "lp") == ["chain", "draw"])
      #expect(axes(group, "readout") == ["chain", "draw", "context", "feature"])
      #expect(axes(group, "population_fraction") == ["chain", "draw", "pattern"])
    }
    for group in ["sample_stats", "warmup_sample_stats"] {
      let names = [
        "lp", "acceptance_rate", "step_size", "n_steps", "diverging", "energy", "energy_error", "tree_depth",
      ]
      for name in names { #expect(axes(group, name) == ["chain", "draw"], "\(group) \(name)") }
    }
    #expect(found["dtypes"]["diverging"].string == "bool" && found["dtypes"]["n_steps"].string == "int64")
    #expect(found["chains"].numbers == [0, 1, 2, 3])
    #expect(
      found["sizes"]["posterior"]["draw"].number == 1000 && found["sizes"]["warmup_posterior"]["draw"].number == 200)
    #expect(found["sizes"]["networks"]["draw"].number == 20)
    #expect(axes("constant_data", "stimuli") == ["stimulus", "feature"])
    #expect(found["sizes"]["constant_data"]["stimulus"].number == 16)
    #expect(found["target"].numbers == [1, 0, 0, 1])
  }

  /// The three formats hold the same numbers, under each format's names.
  @Test(.enabled(if: python("arviz0") != nil, "there is no .venv/arviz0: run scripts/arviz-venv.sh"))
  func cmdStanAndNumPyReadTheSameNumbers() throws {
    let runner = try makeRun()
    try SurviveTests.succeed(runner, "export", "run", "--out", "run.nc", "--networks")
    try SurviveTests.succeed(runner, "export", "run", "--format", "csv", "--out", "csv")
    try SurviveTests.succeed(runner, "export", "run", "--format", "npy", "--out", "npy", "--networks")
    let found = try read(
      runner, with: Self.python("arviz0")!,
      """
      import arviz as az, glob, json, numpy as np
      data = az.from_netcdf("run.nc")
      files = sorted(glob.glob("csv/*.csv"))
      stan = az.from_cmdstan(files, save_warmup=True)
      compared = 0
      for group in ("posterior", "warmup_posterior", "sample_stats", "warmup_sample_stats"):
          for name in data[group].data_vars:
              values = data[group][name].values
              np.testing.assert_array_equal(np.load(f"npy/{group}/{name}.npy"), values, name)
              if name == "lp" and group.endswith("posterior"):
                  continue  # CmdStan's lp__ is a statistic
              np.testing.assert_array_equal(stan[group][name].values.astype(float), values.astype(float), name)
              compared += 1
      for name in data["networks"].data_vars:
          np.testing.assert_array_equal(np.load(f"npy/networks/{name}.npy"), data["networks"][name].values, name)
          compared += 1
      header = [line for line in open(files[0]) if not line.startswith("#")][0].strip().split(",")
      print(json.dumps({"files": files, "header": header, "compared": compared}))
      """)
    #expect(found["files"].array.compactMap(\.string) == (0..<4).map { "csv/chain-000\($0).csv" })
    let header = found["header"].array.compactMap(\.string)
    #expect(
      header.prefix(7) == [
        "lp__", "accept_stat__", "stepsize__", "treedepth__", "n_leapfrog__", "divergent__", "energy__",
      ])
    for name in ["loss", "readout.1.1", "readout.2.1", "readout.2.2", "population_fraction.4"] {
      #expect(header.contains(name))
    }
    #expect(found["compared"].number >= 2 * (7 + 12) + 3)
  }

  @Test func anExportThatCannotBeMadeLeavesNothing() throws {
    let runner = try ProgramRunner()
    try runner.write(SurviveTests.gibbs, to: "spec.json")
    try SurviveTests.succeed(runner, "sample", "spec.json", "--draws", "20", "--out", "run", "--quiet")
    try runner.write("thesis", to: "kept")
    let before = runner.listing()
    for (arguments, status, words) in [
      (["--out", "kept"], 65, "is there already"), (["--format", "npy", "--out", "kept"], 65, "is there already"),
      (["--out", "no/such/run.nc"], 74, "no/such/run.nc"),
      (["--format", "csv", "--networks"], 64, "--networks: csv has no place"),
    ] as [([String], Int32, String)] {
      let refused = try runner.run(["export", "run"] + arguments)
      #expect(refused.status == status, "\(arguments)")
      #expect(try refused.refusal().contains(words))
      #expect(runner.listing() == before)
    }
  }
}
