// End to end: recurrent networks, drawn and trained, are compared on held-out trials.

import Foundation
import Testing

@Suite struct EndToEndRecurrentComparisonTests {
  /// Different numbers of inputs, outputs and contexts, so that none can stand for another.
  private static let decide = """
    { "task": { "kind": "contextDecision", "contexts": 2, "dt": 100, "fixation": 0, "stimulus": 300, "delay": 0, "decision": 100,
                "trials": 6 },
      "network": { "kind": "recurrent", "neurons": 6, "activation": "tanh" }, "ensemble": { "kind": "gibbs", "tightness": 20 },
      "sampler": { "draws": 60, "warmup": 60, "chains": 2 }, "record": { "weights": 3 }, "evaluation": { "count": 10 } }
    """
  private static let bits = """
    { "task": { "kind": "flipFlop", "bits": 2, "steps": 3, "trials": 3 },
      "network": { "kind": "recurrent", "neurons": 5, "activation": "tanh" }, "ensemble": { "kind": "gibbs", "tightness": 20 },
      "sampler": { "draws": 60, "warmup": 60, "chains": 2 }, "record": { "weights": 3 }, "evaluation": { "count": 10 } }
    """
  private static let training = ["--networks", "6", "--rule", "adam", "--loss", "1e-2", "--steps", "3000"]

  private func json(_ runner: ProgramRunner, _ arguments: [String]) throws -> JSONTree {
    let result = try runner.run(arguments + ["--json", "--quiet"])
    // Whether so few draws are fit for use is not the question here.
    try #require(result.status <= 1, "\(result.errors)")
    return try result.json()
  }

  /// What stands in the comparison is what `train` and `evaluate` say of the same networks.
  @Test(arguments: [decide, bits]) func setsAreWhatTheirNetworksAre(spec: String) throws {
    let runner = try ProgramRunner()
    try runner.write(spec, to: "spec.json")
    let arguments = ["compare", "spec.json", "--weight-scales", "0.5", "--out", "compared"] + Self.training
    let compared = try json(runner, arguments)
    let regime = compared["regimes"][0]
    #expect(compared["training"]["rule"].string == "adam")
    #expect(regime["sets"].keys == ["trained", "ensemble", "lossMatched"])
    let scales = ["--set", "weights.output=0.5", "--set", "weights.input=0.5"]
    let trained = try json(runner, ["train", "spec.json", "--out", "trained"] + scales + Self.training)
    let run = try #require(
      try FileManager.default.contentsOfDirectory(atPath: runner.path("compared/runs")).first.map {
        "compared/runs/\($0)"
      })
    let drawn = try json(runner, ["evaluate", run])
    for (name, trials) in [("trained", trained["trials"]), ("ensemble", drawn["trials"])] {
      let set = regime["sets"][name]
      #expect(set["networks"].number == 6 && set["trials"].number == 10 && set["trialsFrom"].string == "heldOut")
      let pairs = [
        (set["loss"], trials["loss"]), (set["signAccuracy"], trials["accuracy"]),
        (set["effectiveRank"], trials["effectiveRank"]), (set["trajectoryDimension"], trials["trajectoryDimension"]),
      ]
      for (found, wanted) in pairs + zip(set["patternShare"].array, trials["populations"].array.map { $0["share"] }) {
        #expect(abs(found["value"].number - wanted["mean"].number) < 1e-12 * (1 + abs(wanted["mean"].number)))
      }
      #expect(set["patternShare"].array.count == trials["populations"].array.count)
      #expect(abs(set["patternShare"].array.reduce(0) { $0 + $1["value"].number } - 1) < 1e-12)
      #expect(set["overlap"]["pairs"].number == 3)
      let contexts = trials["contexts"].array
      #expect(set["contexts"].array.count == contexts.count && contexts.count == (spec == Self.decide ? 2 : 1))
      for (found, wanted) in zip(set["contexts"].array, contexts) {
        #expect(found["context"].number == wanted["context"].number)
        for key in ["accuracy", "meanSquaredError"] {
          let mean = wanted[key]["mean"].number
          #expect(abs(found[key]["value"].number - mean) < 1e-12 * (1 + mean), "\(name), \(key)")
        }
      }
    }
    // The moments are those that are recorded: of each channel, neuron or sum as `train` has them.
    let set = regime["sets"]["trained"]
    for name in ["outputSecondMoment", "inputSecondMoment"] {
      #expect(abs(set[name].number / trained["networks"][name]["value"].number - 1) < 1e-12, "\(name)")
    }
    let rows = try String(contentsOfFile: runner.path("trained/networks.csv"), encoding: .utf8).split(separator: "\n")
      .map { $0.split(separator: ",") }
    for (name, column) in [
      ("recurrentSecondMoment", "recurrent_second_moment"), ("contextSecondMoment", "context_second_moment"),
      ("spectralRadius", "spectral_radius"),
    ] {
      let place = try #require(rows[0].firstIndex(of: Substring(column)))
      let mean = rows.dropFirst().reduce(0) { $0 + (Double($1[place]) ?? .nan) } / 6
      let found = name == "spectralRadius" ? set[name]["value"].number : set[name].number
      #expect(abs(found / mean - 1) < 1e-10, "\(name): \(found) for \(mean)")
    }
    for other in ["ensemble", "lossMatched"] {
      let found = regime["distances"][other]
      #expect(found.keys == ["energy", "slicedWasserstein", "overlap"])
      #expect((0...1).contains(found["energy"]["pValue"].number))
      // A common start would make neurons with the same number alike, as they stand.
      #expect(found["overlap"]["pairs"].number == 6 && abs(found["overlap"]["unmatchedOuter"].number) < 0.6)
      #expect(found["overlap"]["outer"].number > found["overlap"]["unmatchedOuter"].number)
    }
    // Read back, and by other threads: the same.
    #expect(try json(runner, arguments).canonicalText() == compared.canonicalText())
    var alone = arguments + ["--threads", "1"]
    alone[alone.firstIndex(of: "compared")!] = "alone"
    #expect(try json(runner, alone)["regimes"].canonicalText() == compared["regimes"].canonicalText())
  }

  @Test func tablesHaveRecurrentNetworks() throws {
    let runner = try ProgramRunner()
    try runner.write(Self.decide, to: "spec.json")
    let result = try runner.run(
      ["compare", "spec.json", "--weight-scales", "1", "--out", "compared", "--quiet"] + Self.training)
    #expect(result.status <= 1, "\(result.errors)")
    for words in ["Adam", "rank of J", "spectral radius", "10 held-out trials", "w, I and B", "Choices by context"] {
      #expect(result.output.contains(words), "\(words): \(result.output)")
    }
    #expect(!result.output.contains("not computed"))
    let rows = try String(contentsOfFile: runner.path("compared/recurrent.csv"), encoding: .utf8)
      .split(separator: "\n")
    #expect(rows[0] == "contexts,weight_scale,set,figure,value,standard_error")
    #expect(rows.count == 1 + 3 * (13 + 4 + 2 * 2))
    #expect(rows.contains { $0.hasPrefix("2.0,1.0,lossMatched,pattern_share_01,") })
    #expect(rows.contains { $0.hasPrefix("2.0,1.0,ensemble,accuracy_context_1,") })
    #expect(rows.contains { $0.hasPrefix("2.0,1.0,trained,mean_squared_error_context_0,") })
  }

  /// Recurrent networks have trials, not stimuli, and inputs of their own name.
  @Test func trainingNamesTrials() throws {
    let runner = try ProgramRunner()
    try runner.write(Self.bits, to: "bits.json")
    try #require(try runner.run("trials", "bits.json", "--quiet").status == 0)
    try runner.write(
      Self.bits.replacingOccurrences(
        of: #"{ "kind": "flipFlop", "bits": 2, "steps": 3, "trials": 3 }"#,
        with: #"{ "kind": "trials", "path": "bits.npz" }"#), to: "own.json")
    for (name, words) in [("bits", "held-out trials"), ("own", "the task's own trials")] {
      let result = try runner.run("train", "\(name).json", "--networks", "2", "--steps", "3", "--quiet")
      #expect(result.status <= 1, "\(result.errors)")
      for title in ["loss, \(words)", "accuracy, \(words)", "mean |I|^2"] {
        #expect(result.output.contains(title), "\(title): \(result.output)")
      }
      for title in ["stimuli", "|m|", "sign accuracy"] { #expect(!result.output.contains(title), "\(title)") }
    }
  }

  @Test(arguments: [
    (["--contexts", "3"], 64, "contextDecision"), (["--networks", "3"], 64, "at least 4"),
    (["--set", "record.weights=0"], 65, "record.weights"), (["--set", "network.neurons=5001"], 65, "at most 5000"),
    (["--set", "network.activation=\"sign\""], 65, "no gradients"), (["--trained", "run"], 65, "leave the option out"),
    (["--rule", "sgd"], 64, "full-batch"),
  ])
  func whatCannotBeComparedIsRefused(arguments: [String], status: Int32, words: String) throws {
    let runner = try ProgramRunner()
    try runner.write(Self.bits, to: "bits.json")
    if arguments[0] == "--trained" { _ = try runner.run("sample", "bits.json", "--out", "run", "--quiet") }
    let result = try runner.run(["compare", "bits.json"] + arguments + ["--quiet"])
    #expect(result.status == status, "\(result.errors)")
    #expect(try result.refusal().contains(words), "\(result.errors)")
    #expect(!runner.exists("chains"))
  }
}
