// Specs of tasks in time: what they mean, what is refused, and files of trials that are damaged.

import Foundation
import JSON
import Networks
import Sampling
import Storage
import Testing

@testable import Experiments
@testable import mcmc_run

@Suite struct TrialSpecTests {
  private static func spec(_ task: String, _ more: String = "") -> String {
    """
    { "task": \(task), "network": { "kind": "recurrent", "neurons": 3, "activation": "tanh" },
      "ensemble": { "kind": "gibbs", "tightness": 2 }\(more) }
    """
  }

  private static func read(_ text: String, files: [String: [UInt8]] = [:]) throws(SpecError) -> Experiment {
    try Experiment(Array(text.utf8), file: "spec.json", folder: "/specs") {
      (location: DataFile.Location) throws(SpecError) -> [UInt8] in
      guard let bytes = files[location.path] else {
        throw SpecError(file: location.path, place: .file, message: "there is no such file")
      }
      return bytes
    }
  }

  private static func refusal(_ text: String, files: [String: [UInt8]] = [:]) -> SpecError? {
    do {
      _ = try read(text, files: files)
      return nil
    } catch { return error }
  }

  private static func archive(_ arrays: [NPZFile.Entry]) throws -> [UInt8] { try NPZFile.bytes(arrays, by: "test") }

  private static let inputs: NPZFile.Entry = ("inputs", [2, 3, 1], [1, 0, 0, -1, 0, 0], .real)
  private static let targets: NPZFile.Entry = ("targets", [2, 3, 2], (0..<12).map { Double($0) }, .real)

  /// Defaults are neurogym's: periods, coherences, noise.
  @Test func builtInTasksHaveTheirDefaults() throws {
    let perceptual = try Self.read(Self.spec(#"{"kind": "perceptualDecision"}"#))
    #expect(
      perceptual.task.task.trialShape
        == TrialShape(trials: 64, times: 22, inputChannels: 3, outputChannels: 1, contexts: 1))
    let context = try Self.read(Self.spec(#"{"kind": "contextDecision"}"#))
    #expect(
      context.task.task.trialShape
        == TrialShape(trials: 64, times: 17, inputChannels: 5, outputChannels: 1, contexts: 2))
    #expect(context.task.contexts == 2 && context.task.features == 5)
    let comparison = try Self.read(Self.spec(#"{"kind": "delayedComparison"}"#))
    #expect(comparison.task.task.trialShape?.times == 26 && comparison.task.task.trialShape?.inputChannels == 2)
    let bits = try Self.read(Self.spec(#"{"kind": "flipFlop", "bits": 8, "steps": 5, "trials": 1}"#))
    #expect(
      bits.task.task.trialShape
        == TrialShape(trials: 1, times: 5, inputChannels: 8, outputChannels: 8, contexts: 1))
    let sine = try Self.read(Self.spec(#"{"kind": "sine"}"#))
    #expect(sine.task.task.trialShape?.times == 20)
  }

  /// Held-out trials come from a stream of their own, by `evaluation`; both follow from their seeds alone.
  @Test func trialsFollowFromTheirSeeds() throws {
    func trials(_ task: String, _ more: String = #", "evaluation": {"count": 5}"#) throws -> TrialTask {
      try #require(try Self.read(Self.spec(task, more)).trialTask())
    }
    let task = #"{"kind": "contextDecision", "trials": 5, "seed": 2}"#
    let one = try trials(task)
    #expect(try trials(task) == one)
    #expect(one.training.trials == 5 && one.heldOut?.trials == 5)
    #expect(one.heldOut?.inputs != one.training.inputs)
    #expect(try trials(#"{"kind": "contextDecision", "trials": 5, "seed": 3}"#).training != one.training)
    #expect(try trials(#"{"kind": "contextDecision", "trials": 5, "seed": 3}"#).heldOut == one.heldOut)
    let other = try trials(task, #", "evaluation": {"count": 5, "seed": 9}"#)
    #expect(other.training == one.training && other.heldOut != one.heldOut)
    let chains = try trials(task, #", "evaluation": {"count": 5}, "sampler": {"seed": 8, "chains": 2}"#)
    #expect(chains == one)
  }

  private static let refusals: [(text: String, keyPath: String, fragment: String)] = [
    (spec(#"{"kind": "flipFlop", "bits": 0}"#), "task.bits", "found 0; allowed: a whole number from 1"),
    (spec(#"{"kind": "flipFlop", "probability": 1.1}"#), "task.probability", "found 1.1"),
    (spec(#"{"kind": "flipFlop", "steps": 0}"#), "task.steps", "found 0"),
    (spec(#"{"kind": "flipFlop", "steps": 1e9}"#), "task.steps", "allowed"),
    (spec(#"{"kind": "flipFlop", "cohs": [1]}"#), "task.cohs", "\"perceptualDecision\""),
    (spec(#"{"kind": "flipFlop", "trials": 0}"#), "task.trials", "found 0"),
    (
      spec(#"{"kind": "flipFlop", "bits": 100, "steps": 1000, "trials": 10000}"#), "task.trials",
      "10000 trials of 1000 steps and 100 + 100 channels are 3.0e+09 numbers; allowed: 1e9"
    ),
    (
      spec(#"{"kind": "flipFlop", "steps": 100000}"#, #", "evaluation": {"count": 100000}"#), "evaluation.count",
      "allowed: 1e9. Say fewer or shorter trials"
    ),
    (spec(#"{"kind": "perceptualDecision", "choices": 1}"#), "task.choices", "found 1"),
    (spec(#"{"kind": "perceptualDecision", "cohs": []}"#), "task.cohs", "a list of 1 to 100 numbers"),
    (spec(#"{"kind": "perceptualDecision", "cohs": [1, -1]}"#), "task.cohs[1]", "found -1"),
    (spec(#"{"kind": "perceptualDecision", "cohs": 5}"#), "task.cohs", "found 5; allowed: a list"),
    (spec(#"{"kind": "perceptualDecision", "sigma": -1}"#), "task.sigma", "found -1"),
    (spec(#"{"kind": "perceptualDecision", "dt": 0}"#), "task.dt", "found 0"),
    (
      spec(#"{"kind": "perceptualDecision", "decision": 99}"#), "task.decision",
      "99.0 ms have no step of 100.0 ms (dt); allowed: at least one step"
    ),
    (spec(#"{"kind": "contextDecision", "dt": 1e-50}"#), "task.fixation", "more than 100000 steps"),
    (spec(#"{"kind": "contextDecision", "stimulus": 1e50, "dt": 1e40}"#), "task.stimulus", "more than 100000 steps"),
    (spec(#"{"kind": "contextDecision", "mask": "none"}"#), "task.mask", "allowed: \"decision\", \"all\""),
    (spec(#"{"kind": "contextDecision", "contexts": 1}"#), "task.contexts", "found 1"),
    (spec(#"{"kind": "delayedComparison", "vpairs": [[1, 2, 3]]}"#), "task.vpairs", "found rows of 3"),
    (spec(#"{"kind": "delayedComparison", "vpairs": [[1, 2], [3, 3]]}"#), "task.vpairs", "pair 1 are equal"),
    (spec(#"{"kind": "sine", "frequencies": [1, 11]}"#), "task.frequencies[1]", "less than 10.0 Hz at this dt"),
    (spec(#"{"kind": "sine", "frequencies": [10]}"#), "task.frequencies[0]", "no sine is seen"),
    (
      spec(#"{"kind": "flipFlop"}"#, #", "weights": {"hidden": 2}"#), "weights.hidden",
      "weights.recurrent; leave this key out"
    ),
    (spec(#"{"kind": "sine", "duration": 10}"#), "task.duration", "no step"),
    (spec(#"{"kind": "trials"}"#), "task.path", "this key is missing"),
    (spec(#"{"kind": "trials", "path": 3}"#), "task.path", "found 3; allowed: the path of a file or folder"),
    (
      spec(#"{"kind": "trials", "path": "no.npz", "heldOut": []}"#), "task.path", "no.npz: there is no such file"
    ),
    (spec(#"{"kind": "trials", "path": "no.npz"}"#), "task.path", "no.npz: there is no such file"),
    (
      spec(#"{"kind": "flipFlop"}"#, #", "stimuli": {"kind": "sampled", "count": 4}"#), "stimuli.kind",
      "leave the section out"
    ),
    (
      #"{"task": {"kind": "flipFlop"}, "network": {"kind": "twoLayer", "neurons": 4, "activation": "tanh"}}"#,
      "network.kind", "\"twoLayer\" networks answer one stimulus at a time; say {\"kind\": \"recurrent\""
    ),
    (
      #"{"task": {"kind": "sine"}, "network": {"kind": "gainModulatedLinear", "neurons": 4}}"#, "network.kind",
      "say {\"kind\": \"recurrent\""
    ),
    (
      #"{"task": {"kind": "inputSelection", "contexts": 2}, "network": {"kind": "recurrent", "neurons": 4, "activation": "tanh"}}"#,
      "task.kind", "\"flipFlop\""
    ),
    (
      #"{"task": {"kind": "flipFlop"}, "network": {"kind": "recurrent", "neurons": 4, "activation": "tanh"}}"#,
      "ensemble.kind", "say {\"kind\": \"gibbs\""
    ),
  ]

  @Test(arguments: refusals) func whatHasNoMeaningIsRefused(text: String, keyPath: String, fragment: String) throws {
    let error = try #require(Self.refusal(text), "\(text)")
    #expect(error.keyPath == keyPath, "\(error)")
    #expect(error.message.contains(fragment), "\(error)")
  }

  @Test func trialsOfAFileAreThoseOfTheFile() throws {
    let mask: NPZFile.Entry = ("mask", [2, 3, 2], [0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1], .boolean)
    let context: NPZFile.Entry = ("context", [2], [1, 0], .integer)
    let files = [
      "all.npz": try Self.archive([Self.targets, context, mask, Self.inputs, ("notes", [1], [7], .real)]),
      "few.npz": try Self.archive([Self.inputs, Self.targets]),
    ]
    let all = try Self.read(
      Self.spec(#"{"kind": "trials", "path": "all.npz", "decision": [1, 2], "heldOut": "few.npz"}"#), files: files)
    let task = try #require(try all.trialTask())
    #expect(task.training.inputs == Self.inputs.values && task.training.targets == Self.targets.values)
    #expect(task.training.mask == mask.values && task.training.contextOfTrial == [1, 0])
    #expect(task.training.contexts == 2 && task.training.decision == 1..<3 && all.task.contexts == 2)
    #expect(task.heldOut?.mask == [Double](repeating: 1, count: 12) && task.heldOut?.contexts == 2)
    #expect(all.contextsWithoutTrials == nil)
    let one = try Self.read(Self.spec(#"{"kind": "trials", "path": "few.npz", "decision": [2]}"#), files: files)
    #expect(try one.trialTask()?.training.decision == 2..<3)
    let few = try Self.read(
      Self.spec(#"{"kind": "trials", "path": "few.npz", "contexts": 3}"#), files: files)
    let fewTrials = try few.trialTask()
    #expect(few.contextsWithoutTrials == "note: no trial is in contexts 1, 2; K = 3 counts them in the loss")
    let turns = try Self.read(Self.spec(#"{"kind": "contextDecision", "contexts": 3, "trials": 2}"#))
    #expect(turns.contextsWithoutTrials == "note: no trial is in context 2; K = 3 counts it in the loss")
    #expect(few.task.contexts == 3 && fewTrials?.training.decision == nil)
    // Written and read back: the same trials to the bit, and the same identity of a run.
    let again = try Self.read(
      Self.spec(#"{"kind": "trials", "path": "all.npz", "decision": [1, 2], "heldOut": "few.npz"}"#),
      files: ["all.npz": try task.training.npz(), "few.npz": try #require(task.heldOut).npz()])
    #expect(try again.trialTask() == task)
    #expect(RunInputs(again).facts == RunInputs(all).facts && RunInputs(all).facts.count == 2)
    #expect(RunInputs(all).relocated["task"]?["path"] == "inputs/trials.npz")
    #expect(RunInputs(all).relocated["task"]?["heldOut"] == "inputs/heldOut-trials.npz")
    var other = Self.inputs
    other.values[3] = 1
    let changed = try Self.read(
      Self.spec(#"{"kind": "trials", "path": "all.npz", "decision": [1, 2], "heldOut": "few.npz"}"#),
      files: ["all.npz": try Self.archive([other, Self.targets, mask, context]), "few.npz": files["few.npz"]!])
    #expect(RunInputs(changed).facts[0] != RunInputs(all).facts[0])
    #expect(RunInputs(changed).facts[1] == RunInputs(all).facts[1])
  }

  @Test func theResolvedSpecReadsBackEqual() throws {
    let files = ["x.npz": try Self.archive([Self.inputs, Self.targets])]
    for keys in ["", #", "contexts": 2, "decision": [1, 2], "heldOut": "x.npz""#] {
      let experiment = try Self.read(Self.spec(#"{"kind": "trials", "path": "x.npz"\#(keys)}"#), files: files)
      let resolved = experiment.resolvedJSON
      #expect(try Self.read(resolved.text(.compact), files: files) == experiment)
      guard case .object(let members)? = resolved["task"]?.content else {
        Issue.record("no task")
        return
      }
      #expect(members.map(\.key) == ["kind"] + TrialsTask.keys.map(\.name))
    }
  }

  @Test func filesThatDoNotFitAreRefusedInWords() throws {
    func fault(_ arrays: [NPZFile.Entry], _ keys: String = "") throws -> String {
      let error = try #require(
        Self.refusal(
          Self.spec(#"{"kind": "trials", "path": "x.npz"\#(keys)}"#), files: ["x.npz": try Self.archive(arrays)]))
      return "\(error.keyPath): \(error.message)"
    }
    #expect(try fault([Self.targets]).hasPrefix("task.path: x.npz: it has no array \"inputs\" (it has \"targets\")"))
    #expect(try fault([]).contains("(it has none)"))
    #expect(
      try fault([Self.inputs, Self.targets, ("masks", [2, 3, 2], [Double](repeating: 1, count: 12), .real)])
        .contains("did you mean \"mask\"?"))
    #expect(
      try fault([("inputs", [2, 3], [1, 2, 3, 4, 5, 6], .real), Self.targets]).contains(
        "inputs has the shape [2, 3]; allowed: [trial, time, channel]"))
    #expect(
      try fault([("inputs", [2, 0, 1], [], .real), Self.targets]).contains("inputs has the shape [2, 0, 1]"))
    #expect(
      try fault([("inputs", [0, 3, 1], [], .real), ("targets", [0, 3, 1], [], .real)]).contains(
        "at least one of each"))
    #expect(
      try fault([Self.inputs, ("targets", [3, 2, 2], Self.targets.values, .real)]).contains(
        "targets has the shape [3, 2, 2]; allowed: [2, 3, channels]"))
    #expect(
      try fault([Self.inputs, Self.targets, ("mask", [2, 3, 1], [1, 1, 1, 1, 1, 1], .boolean)]).contains(
        "mask has the shape [2, 3, 1]; allowed: [2, 3, 2], that of targets"))
    #expect(
      try fault([Self.inputs, Self.targets, ("mask", [2, 3, 2], (0..<12).map { $0 == 7 ? 2 : 1 }, .real)]).contains(
        "mask[1, 0, 1] is 2.0; allowed: 1 where"))
    #expect(
      try fault([Self.inputs, Self.targets, ("mask", [2, 3, 2], (0..<12).map { $0 < 6 ? 0 : 1 }, .real)]).contains(
        "mask[0] is 0 everywhere"))
    let late: NPZFile.Entry = ("mask", [2, 3, 2], (0..<12).map { $0 % 6 < 2 ? 1 : 0 }, .real)
    #expect(
      try fault([Self.inputs, Self.targets, late], #", "decision": [1, 2]"#).contains(
        "mask has only 0 in the decision (steps 1 to 2)"))
    #expect(
      try fault([Self.inputs, Self.targets], #", "decision": [2, 3]"#).contains("its trials have the steps 0 to 2"))
    #expect(
      try fault([("inputs", [2, 3, 1], [1, 2, .nan, 4, 5, 6], .real), Self.targets]).contains("inputs[0, 2, 0] is nan"))
    #expect(
      try fault([("inputs", [2, 3, 1], [1, 2, 3, 4, -1e60, 6], .real), Self.targets]).contains(
        "inputs[1, 1, 0] is -1e+60; allowed: a number from -1e+50"))
    #expect(
      try fault([Self.inputs, Self.targets, ("context", [2], [0, 0.5], .real)]).contains("context[1] is 0.5"))
    #expect(try fault([Self.inputs, Self.targets, ("context", [2], [0, -1], .real)]).contains("context[1] is -1.0"))
    #expect(
      try fault([Self.inputs, Self.targets, ("context", [2], [0, 2], .real)], #", "contexts": 2"#).contains(
        "context[1] is 2.0; allowed: whole numbers from 0 to 1"))
    #expect(
      try fault([Self.inputs, Self.targets, ("context", [1, 2], [0, 1], .real)]).contains(
        "context has the shape [1, 2]; allowed: [2]"))
    #expect(try fault([Self.inputs, Self.targets], #", "decision": [2, 1]"#).hasPrefix("task.decision: found [2, 1]"))
    #expect(try fault([Self.inputs, Self.targets], #", "decision": [3]"#).contains("(steps 3 to 3) has others"))
    let csv = Self.refusal(
      Self.spec(#"{"kind": "trials", "path": "x.csv"}"#), files: ["x.csv": Array("1, 2\n".utf8)])
    #expect(csv?.message.contains("no file of arrays") == true)
    let held = try #require(
      Self.refusal(
        Self.spec(#"{"kind": "trials", "path": "x.npz", "heldOut": "y.npz"}"#),
        files: [
          "x.npz": try Self.archive([Self.inputs, Self.targets]),
          "y.npz": try Self.archive([Self.inputs, ("targets", [2, 3, 1], [1, 2, 3, 4, 5, 6], .real)]),
        ]))
    #expect(held.keyPath == "task.heldOut" && held.message.contains("1 input and 1 output channels; allowed: 1 and 2"))
  }

  /// 20,000 archives with changed bytes and lengths: each is read or refused in words of at most 1500 bytes.
  @Test(.timeLimit(.minutes(2))) func mutatedFilesAreReadOrRefused() throws {
    let original = try Self.archive([
      Self.inputs, Self.targets, ("mask", [2, 3, 2], (0..<12).map { $0 == 5 || $0 == 11 ? 1 : 0 }, .boolean),
      ("context", [2], [0, 1], .integer),
    ])
    let text = Self.spec(#"{"kind": "trials", "path": "x.npz", "decision": [2, 2]}"#)
    var stream = try RandomStream(StreamKey(seed: 24, chain: 0, purpose: .testing))
    var (accepted, refused) = (0, 0)
    for _ in 0..<20_000 {
      var bytes = original
      for _ in 0...stream.integer(below: 3) {
        guard !bytes.isEmpty else { break }
        let place = stream.integer(below: bytes.count)
        switch stream.integer(below: 5) {
        case 0: bytes[place] = UInt8(stream.integer(below: 256))
        case 1: bytes[place] ^= 1 << UInt8(stream.integer(below: 8))
        case 2: bytes.removeLast(stream.integer(below: bytes.count))
        case 3: bytes.removeSubrange(place..<min(bytes.count, place + 1 + stream.integer(below: 8)))
        default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 16)], at: place)
        }
      }
      do {
        let batch = try #require(try Self.read(text, files: ["x.npz": bytes]).trialTask()).training
        try #require(batch.inputs.allSatisfy(\.isFinite) && batch.targets.allSatisfy(\.isFinite))
        accepted += 1
      } catch {
        let error = try #require(error as? SpecError)
        try #require(error.keyPath == "task.path" && error.description.utf8.count < 1500, "\(error)")
        refused += 1
      }
    }
    #expect(accepted > 500 && refused > 10_000, "\(accepted) accepted, \(refused) refused")
  }

  /// Numbers whose bytes are changed and whose checksum is right: NaN, infinities and what no mask may hold are found wherever they are.
  @Test func changedNumbersAreFound() throws {
    var stream = try RandomStream(StreamKey(seed: 25, chain: 0, purpose: .testing))
    let bad = [Double.nan, .infinity, -.infinity, 1e60, -1e200]
    for _ in 0..<300 {
      var (inputs, targets) = (Self.inputs, Self.targets)
      var mask: NPZFile.Entry = ("mask", [2, 3, 2], [Double](repeating: 1, count: 12), .real)
      let value = bad[stream.integer(below: bad.count)]
      let name: String
      switch stream.integer(below: 3) {
      case 0: (inputs.values[stream.integer(below: 6)], name) = (value, "inputs[")
      case 1: (targets.values[stream.integer(below: 12)], name) = (value, "targets[")
      default: (mask.values[stream.integer(below: 12)], name) = (value, "mask[")
      }
      let error = Self.refusal(
        Self.spec(#"{"kind": "trials", "path": "x.npz"}"#), files: ["x.npz": try Self.archive([inputs, targets, mask])])
      #expect(error?.message.contains(name) == true, "\(String(describing: error))")
    }
  }
}
