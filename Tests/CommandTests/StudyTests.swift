// Studies end to end: finite size, phase diagrams, training, comparison and findings, interrupted, resumed and refused.

import Foundation
import Testing

@Suite struct StudyTests {
  private static let product = SpecText.with {
    $0.sampler = #"{ "chains": 4, "draws": 1000, "seed": 7 }"#
    $0.record = #"{ "weights": 50 }"#
  }
  private static let gibbs = SpecText.with {
    $0.ensemble = SpecText.gibbs
    $0.sampler = #"{ "chains": 2, "warmup": 300, "draws": 4000, "seed": 7 }"#
  }

  private func runner(_ spec: String) throws -> ProgramRunner {
    let runner = try ProgramRunner()
    try runner.write(spec, to: "spec.json")
    return runner
  }

  private func succeed(_ runner: ProgramRunner, _ arguments: String...) throws -> ProgramResult {
    let result = try runner.run(arguments)
    try #require(result.status == 0, "\(arguments): \(result.errors)")
    return result
  }

  // MARK: - Finite size

  /// THEORY 4: E[L] = c_1/N at every N. Fixed seed; a fresh one would be outside with probability 5e-4.
  @Test func finiteSizeOfIndependentNeuronsIsKnown() throws {
    let runner = try runner(Self.product)
    let result = try succeed(
      runner, "finite-size", "spec.json", "--neurons", "5,10,20,40", "--out", "study", "--json", "--quiet")
    #expect(result.errors == "", "--quiet is silent")
    let json = try result.json()
    #expect(
      json.keys == [
        "neurons", "accuracy", "ensemble", "points", "observables", "converged", "notConverged", "failures",
        "folder",
      ])
    #expect(json["neurons"].numbers == [5, 10, 20, 40])
    let loss = json["observables"]["loss"]
    #expect(
      loss["points"].array.allSatisfy {
        $0.keys == [
          "neurons", "value", "standardError", "standardDeviation", "theory", "exact", "converged", "smallestESS",
          "largestRHat", "findings",
        ]
      })
    #expect(loss["fit"]["order"].number == 1, "theory has no second power")
    let c1 = loss["fit"]["c1"]
    let theory = loss["theory"]["c1"].number
    #expect(abs(theory - 9.8023) < 1e-4, "K = D = 2, sigma 1 (docs/theory.md)")
    #expect(c1["standardError"].number < 0.05 * theory)
    #expect(abs(c1["value"].number - theory) < 3.5 * c1["standardError"].number)
    #expect(json["observables"]["lp"].keys.isEmpty, "the log density grows with N")
    // The limit is 0: the loss is within 0.05 of it from N = c_1/0.05 on.
    let needed = loss["fit"]["neuronsNeeded"]["value"].number
    #expect(abs(needed - c1["value"].number / 0.05) < 1, "\(needed)")
    let csv = try String(contentsOfFile: runner.path("study/finite-size.csv"), encoding: .utf8)
    #expect(csv.hasPrefix("observable,neurons,value,standard_error,standard_deviation,fit,theory,exact,converged,"))

    // Asked again, it reads what is there; asked something else, it refuses; told to, it replaces.
    let again = try succeed(
      runner, "finite-size", "spec.json", "--neurons", "40,20,10,5", "--out", "study", "--json", "--quiet")
    #expect(again.output == result.output)
    let other = try runner.run("finite-size", "spec.json", "--neurons", "5,10,20", "--out", "study", "--quiet")
    #expect(other.status == 65)
    #expect(try other.refusal().contains("holds a study with another question"))
    _ = try succeed(runner, "finite-size", "spec.json", "--neurons", "5,10,20", "--out", "study", "--quiet", "--force")
    // A folder of one letter, which Foundation's paths do not survive.
    _ = try succeed(runner, "finite-size", "spec.json", "--neurons", "5,10,20", "--out", "s", "--quiet")
  }

  /// Interacting neurons: the fit has a second power, and c_1 is the analytic one (THEORY 5).
  @Test func finiteSizeOfInteractingNeuronsIsKnown() throws {
    let runner = try runner(Self.gibbs)
    let json = try succeed(
      runner, "finite-size", "spec.json", "--neurons", "10,20,40,80", "--draws", "8000", "--json", "--quiet"
    ).json()
    let loss = json["observables"]["loss"]
    #expect(loss["fit"]["order"].number == 2)
    for (found, expected) in [("limit", "limit"), ("c1", "c1")] {
      let estimate = loss["fit"][found]
      #expect(abs(estimate["value"].number - loss["theory"][expected].number) < 3.5 * estimate["standardError"].number)
    }
    #expect(abs(loss["theory"]["limit"].number - 0.0066247) < 1e-7)
    #expect(abs(loss["theory"]["c1"].number - 0.21555) < 1e-4)
  }

  @Test func anInterruptedStudyGoesOnToTheSameResult() throws {
    let runner = try runner(Self.gibbs)
    let arguments = ["--neurons", "10,20,40", "--draws", "3000", "--json"]
    let whole = try runner.run(["finite-size", "spec.json", "--out", "whole", "--quiet"] + arguments)
    try #require(whole.status == 0, "\(whole.errors)")
    let command = ["finite-size", "spec.json", "--out", "parts"] + arguments
    let stopped = try runner.run(command, signal: SIGTERM) { runner.exists("parts/parts/N10.json") }
    #expect(stopped.status == 75, "\(stopped.errors)")
    #expect(stopped.errors.contains("the same command goes on with it"))
    #expect(try stopped.json()["error"]["exitStatus"].number == 75)
    let rest = try runner.run(command)
    #expect(rest.status == 0, "\(rest.errors)")
    #expect(rest.answer == whole.answer)
    #expect(try rest.json()["folder"].string == "parts")
    #expect(!rest.errors.contains("N = 10:"), "what is done is not done again")
  }

  // MARK: - Phase diagram

  /// THEORY section 3's table, to its digits, and drawn networks over it.
  @Test func thePhaseDiagramIsTheory() throws {
    let runner = try runner(Self.product)
    let json = try succeed(
      runner, "phase-diagram", "spec.json", "--contexts", "2,3,4,8", "--weight-scales",
      "0.31622776601683794,1,4.47213595499958", "--sampled", "1", "--json", "--quiet"
    ).json()
    let table: [(Double, [[Double]])] = [
      (2, [[0.7814, 0.8835, 0.1217], [0.7424, 0.5335, 0.0244], [0.6688, 0.0128, 0.0000]]),
      (3, [[0.0717, 0.8857, 0.1667], [0.2923, 0.6275, 0.0267], [0.3747, 0.0213, 0.0000]]),
      (4, [[0.0074, 0.8952, 0.1899], [0.0904, 0.6792, 0.0278], [0.1983, 0.0298, 0.0000]]),
      (8, [[0.0001, 0.9341, 0.1791], [0.0021, 0.7913, 0.0225], [0.0132, 0.0622, 0.0000]]),
    ]
    for (contexts, rows) in table {
      let points = json["points"].array.filter { $0["contexts"].number == contexts }
      #expect(points.count == 3)
      for (point, row) in zip(points, rows) {
        for (name, expected) in zip(["specialisedShare", "meanStructure", "patternKL"], row) {
          #expect(abs(point[name].number - expected) <= 5.001e-5, "K = \(contexts), \(name)")
        }
      }
    }
    #expect(json["contextCrossovers"].array.map { $0["contexts"].number } == [3, 3, 4])
    #expect(json["sampled"].array.count == 4)
    for sample in json["sampled"].array {
      let structure = sample["meanStructure"]
      #expect(abs(structure["value"].number - structure["theory"].number) < 5 * structure["standardError"].number)
    }
  }

  @Test func whatIsInfeasibleIsSaid() throws {
    let runner = try runner(SpecText.with { $0.weights = #"{ "convention": "moment", "output": 1.0, "input": 1.0 }"# })
    let json = try succeed(
      runner, "phase-diagram", "spec.json", "--contexts", "2", "--weight-scales", "1,2", "--json", "--quiet"
    ).json()
    // sigma_w sigma_m sqrt(D) > 1.93185 (THEORY 2): sigma = 1 gives 1.41.
    #expect(json["points"].array.map { $0["feasible"].bool } == [false, true])
  }

  // MARK: - Training and comparison

  @Test func trainingDoesNotDependOnThreads() throws {
    let runner = try runner(Self.product)
    let arguments = ["train", "spec.json", "--networks", "6", "--json", "--quiet"]
    let one = try runner.run(arguments + ["--out", "one", "--threads", "1"])
    let two = try runner.run(arguments + ["--out", "two", "--threads", "3"])
    #expect(one.status == 0 && two.status == 0, "\(one.errors)\(two.errors)")
    #expect(one.answer == two.answer)
    let json = try one.json()
    #expect(json["reachedLossBound"].number == 6)
    #expect(json["networks"]["loss"]["value"].number <= 1e-6)
    // Gradient flow stops at 1e-6; run to 1e-12 the correlation is 0.989 (THEORY 7).
    #expect(abs(json["flow"]["correlationWithMaximumEntropy"].number - 0.989) < 0.002)
    #expect(json["flow"]["loss"].number <= 1e-6)
    let positions = try (0..<6).map { number in
      try String(contentsOfFile: runner.path("one/parts/network-\(number).json"), encoding: .utf8)
    }
    #expect(Set(positions).count == 6, "networks differ")
  }

  @Test func batchesAndRulesTrain() throws {
    let runner = try runner(
      """
      {
        "task": { "kind": "inputSelection", "contexts": 2 },
        "network": { "kind": "twoLayer", "neurons": 20, "activation": "tanh" },
        "ensemble": { "kind": "gibbs", "tightness": 10 }, "stimuli": { "kind": "sampled", "count": 16, "seed": 1 }
      }
      """)
    for rule in [
      ["--rule", "sgd", "--batch-size", "4"], ["--rule", "adam", "--batch-size", "4"], ["--rule", "adam"], [],
    ] {
      let out = "study" + rule.joined()
      let result = try runner.run(
        [
          "train", "spec.json", "--networks", "2", "--steps", "400", "--loss", "0.05", "--out", out, "--json",
          "--quiet",
        ] + rule)
      // Networks that stop above the loss that was asked for are marked.
      let reached = try result.json()["reachedLossBound"].number
      #expect(result.status == (reached == 2 ? 0 : 1), "\(rule): \(result.errors)")
      let loss = try result.json()["networks"]["loss"]["value"].number
      // Without weights the loss is the target's, about 1.
      #expect(loss < 0.5, "\(rule): \(loss)")
    }
  }

  @Test func comparisonsReproduceTheCorrelations() throws {
    let runner = try runner(Self.product)
    let result = try succeed(
      runner, "compare", "spec.json", "--contexts", "2,4", "--weight-scales", "0.31622776601683794,1", "--networks",
      "6",
      "--json", "--quiet")
    let json = try result.json()
    let expected = [(2.0, 0.968), (2, 0.989), (4, 0.792), (4, 0.917)]
    #expect(json["regimes"].array.count == 4)
    for (regime, (contexts, correlation)) in zip(json["regimes"].array, expected) {
      #expect(regime["contexts"].number == contexts)
      #expect(abs(regime["flow"]["correlationMatched"].number - correlation) < 0.002)
      #expect(regime["sets"].keys == ["trained", "matched", "initial", "lossMatched"])
      let (trained, matched) = (regime["sets"]["trained"], regime["sets"]["matched"])
      for moment in ["outputSecondMoment", "inputSecondMoment"] {
        #expect(abs(matched[moment].number / trained[moment].number - 1) < 0.5, "matched on average")
      }
      for other in ["matched", "initial", "lossMatched"] {
        for distance in ["energy", "slicedWasserstein"] {
          let found = regime["distances"][other][distance]
          #expect(found.keys == ["value", "standardError", "nullMean", "pValue"])
          #expect((0...1).contains(found["pValue"].number))
          #expect(distance == "energy" ? found["standardError"].number > 0 : found["standardError"].isNull)
        }
      }
    }
  }

  // MARK: - Populations

  @Test func evaluateLooksForPopulations() throws {
    let runner = try runner(Self.product)
    _ = try succeed(runner, "sample", "spec.json", "--out", "run", "--quiet")
    let populations = try succeed(runner, "evaluate", "run", "--json", "--quiet").json()["populations"]
    #expect(
      populations.keys == [
        "networks", "occupancy", "clusters", "ePAIRS", "mixtures", "taskVariance", "accuracy", "overlap", "notes",
      ])
    #expect(populations["occupancy"]["consistent"].bool == true)
    #expect(populations["occupancy"]["patterns"].array.map { $0["pattern"].string } == ["00", "01", "10", "11"])
    #expect(populations["clusters"]["byGap"].number == 4 && populations["clusters"]["bySilhouette"].number == 4)
    #expect(populations["ePAIRS"].keys == ["A", "B"])
    let mixtures = populations["mixtures"].array
    let (one, most) = (try #require(mixtures.first), try #require(mixtures.last))
    #expect(one["components"].number == 1)
    #expect(most["accuracy"]["value"].number > one["accuracy"]["value"].number + 0.1, "populations carry the task")
    let accuracy = populations["accuracy"]
    #expect(accuracy["incongruent"]["value"].number <= accuracy["congruent"]["value"].number)
    // A run that kept nothing has no populations to look at, and says so with null.
    try runner.write(SpecText.with { $0.record = #"{ "weights": 0 }"# }, to: "none.json")
    _ = try succeed(runner, "sample", "none.json", "--out", "none", "--quiet")
    #expect(try succeed(runner, "evaluate", "none", "--json", "--quiet").json()["populations"].isNull)
  }

  // MARK: - Pages

  @Test(.enabled(if: ReportPageTests.canBrowse, "gnuplot and Chromium are not both on the PATH"))
  func pagesOfStudiesAreWholeInABrowser() throws {
    let runner = try runner(Self.product)
    let browser = try #require(Browser.installed)
    _ = try succeed(
      runner, "phase-diagram", "spec.json", "--contexts", "2,3,4", "--weight-scales", "0.3:4:9", "--sampled", "3",
      "--out", "map", "--quiet")
    _ = try succeed(runner, "finite-size", "spec.json", "--neurons", "5,10,20", "--out", "size", "--quiet")
    _ = try succeed(runner, "train", "spec.json", "--networks", "4", "--out", "trained", "--quiet")
    _ = try succeed(
      runner, "compare", "spec.json", "--contexts", "2,3", "--weight-scales", "1,3", "--networks", "4", "--out",
      "compared", "--quiet")
    try runner.write(Self.gibbs, to: "gibbs.json")
    // Whether it passes is not the question here.
    _ = try runner.run("sbc", "gibbs.json", "--replicas", "20", "--draws", "9", "--out", "ranked", "--quiet")
    for (study, pictures) in [("map", 6), ("size", 4), ("trained", 1), ("compared", 5), ("ranked", 10)] {
      _ = try succeed(runner, "report", study)
      let page = try String(contentsOfFile: runner.path("\(study)/report/index.html"), encoding: .utf8)
      for width in [1280, 400] {
        let (layout, _) = try browser.layout(of: page, width: width, in: runner.url)
        #expect(layout.content <= layout.window, "\(study): nothing is wider than \(width) pixels")
        #expect(layout.pictures.count >= pictures, "\(study): \(layout.pictures.map(\.name))")
        for picture in layout.pictures {
          #expect(picture.label.count > 20)
          #expect(picture.shapes > 2 && picture.across > 0.5 && picture.down > 0.3, "\(study): \(picture) is empty")
          #expect(picture.collisions == [], "\(study): \(picture.name), \(width) pixels")
          #expect(runner.exists("\(study)/report/figures/\(picture.name).csv"))
        }
      }
    }
  }

  @Test(.enabled(if: ReportPageTests.canBrowse, "gnuplot and Chromium are not both on the PATH"))
  func aFindingIsOnItsPage() throws {
    let runner = try ProgramRunner()
    let specs = ProgramRunner.package.appendingPathComponent("experiments/findings").path
    let result = try succeed(runner, "findings", specs, "--only", "contexts", "--out", "findings", "--json", "--quiet")
    let finding = try result.json()["findings"][0]
    #expect(finding["name"].string == "contexts")
    #expect(finding["claims"].array.count == 5)
    #expect(finding["claims"].array.allSatisfy { $0.keys == ["statement", "expected", "found", "reproduced"] })
    #expect(finding["claims"].array.allSatisfy { $0["reproduced"].bool == true })
    let page = try String(contentsOfFile: runner.path("findings/index.html"), encoding: .utf8)
    let (layout, _) = try #require(Browser.installed).layout(of: page, width: 400, in: runner.url)
    #expect(layout.content <= layout.window)
    #expect(layout.pictures.allSatisfy { $0.shapes > 2 && $0.collisions.isEmpty }, "\(layout.pictures)")
    let empty = try runner.run("findings", ".", "--quiet")
    #expect(empty.status == 65)
    #expect(try empty.refusal().contains("populations.json"), "the missing spec is named")
  }

  // MARK: - Refusals

  @Test(arguments: [
    (["finite-size", "spec.json", "--neurons", "10,20"], Int32(64), "at least 3"),
    (["finite-size", "spec.json", "--neurons", "10,10,20"], 64, "different whole numbers"),
    (["finite-size", "spec.json", "--neurons", "0,10,20"], 64, "from 1 to"),
    (["finite-size", "spec.json", "--neurons", ""], 64, "--neurons"),
    (
      ["finite-size", "spec.json", "--neurons", "1,2,4", "--set", #"ensemble={kind: "hard"}"#], 65,
      "N = 1: 1 neuron with drawn gains"
    ),
    (
      ["sweep", "spec.json", "--over", "ensemble.tightness=1,hard", "--over", "network.neurons=1,20"], 65,
      "1 neuron with drawn gains"
    ),
    (["ensembles", "spec.json", "--neurons", "20,1"], 65, "N = 1: 1 neuron with drawn gains"),
    (["finite-size", "fixed.json"], 65, "given gains belong to one number of neurons"),
    (["phase-diagram", "spec.json", "--weight-scales", "4:0.3:12"], 64, "lo < hi"),
    (["phase-diagram", "spec.json", "--weight-scales", "0.3:4:1"], 64, "2 <= n"),
    (["phase-diagram", "spec.json", "--weight-scales", "-1,2"], 64, "all from 1e-6 to 1e6"),
    (["phase-diagram", "spec.json", "--contexts", "2,,3"], 64, "different whole numbers"),
    (["phase-diagram", "deep.json"], 65, "inputSelection"),
    (["phase-diagram", "spec.json", "--contexts", "12", "--sampled", "2"], 64, "at most 8 contexts"),
    (["train", "spec.json", "--rule", "sgd"], 64, "--batch-size"),
    (["train", "spec.json", "--batch-size", "4"], 64, "all stimuli at once"),
    (["train", "spec.json", "--rule", "sgd", "--batch-size", "4"], 64, "gaussian stimuli is an expectation"),
    (["train", "deep.json", "--rule", "sgd", "--batch-size", "400"], 65, "1 ... 8"),
    (["train", "spec.json", "--learning-rate", "1e5", "--networks", "1"], 65, "diverged"),
    (["train", "smooth.json"], 65, "train of smooth: stimuli.kind"),
    (["compare", "smooth.json"], 65, "compare of smooth: stimuli.kind"),
    (["compare", "deep.json"], 65, "no cloud of their own"),
    (["compare", "spec.json", "--networks", "2"], 64, "at least 4"),
    (["finite-size", "spec.json", "--out", "."], 65, "is no study"),
    (["report", "nowhere"], 65, "no such file or folder"),
  ])
  func whatCannotBeAskedIsRefused(arguments: [String], status: Int32, words: String) throws {
    let runner = try runner(Self.product)
    try runner.write("1,0\n0,1\n1,1\n", to: "gains.csv")
    try runner.write(
      """
      { "task": { "kind": "inputSelection", "contexts": 2 },
        "network": { "kind": "gainModulatedLinear", "neurons": 3, "gains": { "kind": "fixed", "path": "gains.csv" } },
        "ensemble": { "kind": "gibbs", "tightness": 10 } }
      """, to: "fixed.json")
    try runner.write(
      """
      { "task": { "kind": "inputSelection", "contexts": 2 },
        "network": { "kind": "deep", "widths": [8, 8], "activation": "tanh" },
        "ensemble": { "kind": "gibbs", "tightness": 10 }, "stimuli": { "kind": "sampled", "count": 8, "seed": 1 } }
      """, to: "deep.json")
    // Independent neurons are drawn on gaussian stimuli; their loss, which training needs, has no closed form there.
    try runner.write(
      """
      { "task": { "kind": "inputSelection", "contexts": 2 },
        "network": { "kind": "twoLayer", "neurons": 3, "activation": "tanh" } }
      """, to: "smooth.json")
    let result = try runner.run(arguments + ["--quiet"])
    #expect(result.status == status, "\(result.errors)")
    #expect(try result.refusal().contains(words))
    #expect(result.output == "")
    // A study that is refused for what it asks leaves no folder that would refuse the next one.
    if words != "diverged" { #expect(!runner.exists("chains"), "\(runner.listing())") }
  }
}
