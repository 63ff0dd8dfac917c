// Experiments read: contents, defaults, the resolved spec, overrides, files on disk.

import Foundation
import JSON
import Sampling
import Testing

@testable import Experiments
@testable import mcmc_run

@Suite struct ExperimentTests {
  @Test func readsEveryKey() throws {
    let experiment = try ExperimentSamples.read(ExperimentSamples.complete)
    #expect(experiment.name == "two-contexts")
    #expect(
      experiment.task.task as? LinearReadoutTask == LinearReadoutTask(target: Matrix([[1, 0], [0, 0.5], [0, 0]])))
    #expect(experiment.task.contexts == 3 && experiment.task.features == 2)
    #expect(
      experiment.network.model as? GainModulatedLinearModel
        == GainModulatedLinearModel(neurons: 100, gains: .binary(activeProbability: 0.5)))
    #expect(
      experiment.weights.convention == .moment && experiment.weights.output == 2 && experiment.weights.input == 1.5)
    #expect(experiment.ensemble == .product)
    #expect(experiment.stimuli == .gaussian(covariance: Matrix([[2, 0.5], [0.5, 1]])))
    #expect(experiment.sampler.kind == .exact && experiment.sampler.draws == 1000)
    #expect(experiment.record.weights == .all)
    #expect(experiment.evaluation.count == 1000 && experiment.evaluation.seed == 2)
  }

  @Test func readsTheOtherKinds() throws {
    let gibbs = try ExperimentSamples.read(ExperimentSamples.gibbs)
    #expect(gibbs.ensemble == .gibbs(tightness: 20) && gibbs.stimuli == .sampled(count: 64, seed: 7))
    #expect(gibbs.sampler.chains.range == 4...7 && gibbs.sampler.stepSize == 0.1 && gibbs.record.weights == .atMost(0))
    let continuous = try ExperimentSamples.read(ExperimentSamples.continuousGains)
    #expect(
      continuous.network.model as? GainModulatedLinearModel
        == GainModulatedLinearModel(neurons: 50, gains: .continuous(.relu)))
    #expect(continuous.ensemble == .gibbsAtLoss(0.01))
    let twoLayer = try ExperimentSamples.read(ExperimentSamples.twoLayer)
    #expect(twoLayer.network.model as? TwoLayerModel == TwoLayerModel(neurons: 100, activation: .tanh))
    #expect(twoLayer.sampler.leapfrogSteps == 10 && twoLayer.sampler.metric == .dense)
    let targets = try ExperimentSamples.read(ExperimentSamples.targets)
    #expect((targets.task.task as? TargetsTask)?.file.table == Matrix([[1, 2], [-0.5, 3]]))
    #expect(targets.task.contexts == 2 && targets.task.features == 2 && targets.stimulusCount == 2)
    #expect((targets.task.task as? TargetsTask)?.heldOut?.targets.table == Matrix([[1, 2], [-0.5, 3]]))
    #expect(targets.sampler.start.entries.count == 2 && targets.sampler.start.entries[0] == .prior)
    let teacher = try ExperimentSamples.read(ExperimentSamples.teacher)
    let task = try #require(teacher.task.task as? TeacherTask)
    #expect(task.noise == 0.25 && task.seed == 4 && task.weights?.input == 2 && task.network == teacher.network)
    #expect(teacher.ensemble == .gibbs(tightness: 8 / (4 * 0.25)) && teacher.tightnessIsBayes)
    #expect(teacher.sampler.start.entries == [.teacher])
    let deep = try ExperimentSamples.read(ExperimentSamples.deep)
    let network = DeepModel(
      widths: [32, 32], activation: .tanh, readoutScaling: .standard, contextLayers: .all)
    #expect(deep.network.model as? DeepModel == network && deep.sampler.seed == UInt64(Int.max))
  }

  @Test func readsTheTablesThatItNames() throws {
    let experiment = try ExperimentSamples.read(ExperimentSamples.fixedGains)
    guard let model = experiment.network.model as? GainModulatedLinearModel, model.neurons == 3,
      case .fixed(let gains) = model.gains,
      case .file(let stimuli) = experiment.stimuli
    else {
      Issue.record("wrong kinds")
      return
    }
    #expect(gains.table == Matrix([[1, 0], [0, 1], [1, 1]]))
    #expect(stimuli.table == Matrix([[0.5, -1], [1e-3, 2]]))
    #expect(stimuli.location.path == "data/stimuli.csv")
    #expect(stimuli.location.absolutePath == "/specs/data/stimuli.csv")
  }

  @Test func defaultsAreThoseOfTheTable() throws {
    let experiment = try ExperimentSamples.read(ExperimentSamples.minimal)
    #expect(experiment.name == "spec")
    let resolved = experiment.resolvedJSON
    // Nothing is written of observables where none are asked for, nor of where chains start if that is the prior.
    #expect(resolved["observables"] == nil && resolved["sampler"]?["start"] == nil)
    let absent = ["", "observables", "task.heldOut", "task.constraints", "network.lowRank"]
    for section in SpecSchema.sections where !absent.contains(section.path) {
      let object = section.path.split(separator: ".").reduce(resolved) { $0[String($1)] ?? .null }
      var kind: String?
      if case .string(let name)? = object["kind"]?.content, !section.kinds.isEmpty { kind = name }
      for key in section.keys(kind: kind) {
        if case .defaultsTo(let value) = key.presence, key.form != .object,
          !["start", "loading", "recurrent"].contains(key.name)
        {
          #expect(object[key.name] == value, "\(section.path).\(key.name)")
        }
      }
    }
    #expect(experiment.sampler.generator == RandomStream.vectorGenerator)
  }

  /// The resolved spec has the keys of the table, in its order: decoding, writing and documentation agree.
  @Test(arguments: ExperimentSamples.all) func resolvedKeysAreThoseOfTheTable(text: String) throws {
    let resolved = try ExperimentSamples.read(text).resolvedJSON
    for section in SpecSchema.sections {
      let object = section.path.split(separator: ".").reduce(resolved) { $0[String($1)] ?? .null }
      if section.path == "observables" {
        for case .object(let members) in (object.array ?? []).map(\.content) {
          #expect(members.map(\.key) == section.keys(kind: nil).map(\.name))
        }
        continue
      }
      guard case .object(let members) = object.content else {
        #expect(["network.gains", "network.lowRank", "task.heldOut", "task.constraints"].contains(section.path))
        continue
      }
      var kind: String?
      if case .string(let name)? = object["kind"]?.content, !section.kinds.isEmpty { kind = name }
      // What follows from nothing else is not written where the file does not say it.
      let isLeftOut: [String] =
        section.path == "network"
        ? ["readout", "path", "readoutSeed", "weightKind", "lowRank"]
        : ["observables", "start", "loading", "recurrent"]
      let known = section.keys(kind: kind).map(\.name).filter { !isLeftOut.contains($0) || object[$0] != nil }
      let written = members.map(\.key)
      if section.path == "ensemble", kind == "gibbs" {
        #expect(written.count == 2 && written.allSatisfy(known.contains))
      } else {
        #expect(written == known, "\(section.path)")
      }
    }
  }

  @Test(arguments: ExperimentSamples.all) func theResolvedSpecReadsBackEqual(text: String) throws {
    let experiment = try ExperimentSamples.read(text)
    for style in [JSONWriter.Style.pretty, .compact] {
      let resolved = experiment.resolvedJSON.text(style)
      let again = try ExperimentSamples.read(resolved)
      #expect(again == experiment)
      #expect(again.resolvedJSON.text(style) == resolved)
    }
  }

  @Test func theTableHasNoDuplicatesAndEveryKeyIsDocumented() {
    for section in SpecSchema.sections {
      for kind in section.kinds.isEmpty ? [nil] : section.kinds.map({ Optional($0.name) }) {
        let names = section.keys(kind: kind).map(\.name)
        #expect(Set(names).count == names.count)
      }
      #expect(section.allKeys.allSatisfy { !$0.meaning.isEmpty })
    }
  }

  @Test func overridesStandInPlaceOfTheFile() throws {
    let overrides = Self.overrides(("seed", 5), ("chains", "2..3"), ("warmup", 0), ("draws", 7))
    let experiment = try ExperimentSamples.read(ExperimentSamples.complete, overrides: overrides)
    #expect(experiment.sampler.seed == 5 && experiment.sampler.chains.range == 2...3)
    #expect(experiment.sampler.warmup == 0 && experiment.sampler.draws == 7)
    #expect(experiment.sampler.kind == .exact)  // the rest of the section stays
    let added = try ExperimentSamples.read(ExperimentSamples.minimal, overrides: overrides)
    #expect(added.sampler.draws == 7)
    let tree = try JSONReader.read(ExperimentSamples.complete)
    #expect(try SpecOverrides().applied(to: tree, file: "") == tree)
  }

  /// Values of the sampler section, each under the option of its name.
  private static func overrides(_ values: (key: String, value: JSONValue)...) -> SpecOverrides {
    var overrides = SpecOverrides()
    for entry in values { overrides.set(["sampler", .key(entry.key)], to: entry.value, by: "--\(entry.key)") }
    return overrides
  }

  @Test func anyKeyCanBeSet() throws {
    var overrides = SpecOverrides()
    for text in [
      "network.neurons=7", "weights.output=1e-3", "ensemble={kind: \"gibbs\", tightness: 3}", "sampler.kind=nuts",
      "name=other", "network.neurons=8", "record.weights=all", "task.contexts=3",
    ] {
      let setting = try #require(SpecSetting(text))
      #expect(setting.fault(in: SpecSchema.sections) == nil, "\(text)")
      overrides.set(setting.path, to: setting.value, by: "--set \(setting.path)")
    }
    let experiment = try ExperimentSamples.read(ExperimentSamples.minimal, overrides: overrides)
    #expect(experiment.network.json["neurons"] == 8 && experiment.weights.output == 1e-3)
    #expect(experiment.ensemble == .gibbs(tightness: 3) && experiment.sampler.kind == .nuts)
    #expect(experiment.name == "other" && experiment.record.weights == .all && experiment.task.contexts == 3)
  }

  @Test func anElementOfAListCanBeSet() throws {
    let text = """
      { "task": { "kind": "linearReadout", "target": [[1, 0], [0, 1]] },
        "network": { "kind": "deep", "widths": [3, 2], "activation": "tanh" }, "stimuli": { "kind": "sampled", "count": 4 },
        "ensemble": { "kind": "gibbs", "tightness": 1 } }
      """
    func overrides(_ text: String) throws -> SpecOverrides {
      let setting = try #require(SpecSetting(text))
      var overrides = SpecOverrides()
      overrides.set(setting.path, to: setting.value, by: "--set \(setting.path)")
      return overrides
    }
    #expect(
      try ExperimentSamples.read(text, overrides: overrides("task.target[0][1]=0.5")).learningTask().target.elements
        == [1, 0.5, 0, 1])
    let error = ExperimentSamples.refusal(of: text, overrides: try overrides("network.widths[2]=4"))
    #expect(error?.description == "--set network.widths[2]: there is no such element; found a list of 2")
  }

  @Test func settingsThatLeadNowhereAreNamed() {
    for text in ["", "=3", "network", "network.=3", "a..b=1", "a[x]=1", "a[0=1", "a]=1", "[0]=1"] {
      #expect(SpecSetting(text) == nil, "\(text)")
    }
    #expect(
      SpecSetting("network.neurns=3")?.fault(in: SpecSchema.sections)?.contains("(did you mean \"neurons\"?)") == true)
    #expect(
      SpecSetting("netwrk.neurons=3")?.fault(in: SpecSchema.sections)?.contains("(did you mean \"network\"?)") == true)
    #expect(SpecSetting("task.network.gains.kind=fixed")?.fault(in: SpecSchema.sections) == nil)
    #expect(SpecSetting("task.heldOut.stimuli=x.csv")?.fault(in: SpecSchema.sections) == nil)
    #expect(SpecSetting("task.weights.inpt=3")?.fault(in: SpecSchema.sections)?.contains("\"input\"") == true)
    #expect(SpecSetting("task.ensemble.kind=hard")?.fault(in: SpecSchema.sections) != nil)
    #expect(SpecSetting("task.contexts.deep=3")?.fault(in: SpecSchema.sections) != nil)
    #expect(SpecSetting("ensemble={kind: gibbs}")?.fault(in: SpecSchema.sections)?.hasPrefix("column 8 of ") == true)
  }

  @Test func anOverrideOutOfRangeIsNamedAsItsOption() {
    for (overrides, option) in [
      (Self.overrides(("seed", -3)), "--seed"), (Self.overrides(("warmup", -1)), "--warmup"),
      (Self.overrides(("draws", 0)), "--draws"), (Self.overrides(("kind", "gibs")), "--kind"),
    ] {
      let error = ExperimentSamples.refusal(of: ExperimentSamples.complete, overrides: overrides)
      #expect(error?.place == .option(option))
      #expect(error?.description.hasPrefix("\(option): found ") == true)
      #expect(error?.kind == .usage)
    }
  }

  @Test func anOverrideDoesNotHideAFaultInTheFile() {
    let text = ExperimentSamples.minimal.dropLast() + ",\n \"sampler\": 3}"
    let error = ExperimentSamples.refusal(of: String(text), overrides: Self.overrides(("seed", 1)))
    #expect(error?.place == .text(line: 2, column: 13))
  }

  @Test func chainNumbers() {
    #expect(ChainNumbers(count: 4)?.range == 0...3)
    #expect(ChainNumbers("0..3") == ChainNumbers(count: 4))
    #expect(ChainNumbers("4..7")?.json == "4..7" && ChainNumbers("0..3")?.json == 4)
    #expect(ChainNumbers("0..4194303")?.count == StreamKey.maximumChains)
    for text in ["", "..", "3", "1..", "..2", "3..2", "-1..2", "1..+2", "0..4194304", "1...2", "1..2..3", "a..b"] {
      #expect(ChainNumbers(text) == nil, "\(text)")
    }
    #expect(ChainNumbers(count: 0) == nil && ChainNumbers(count: StreamKey.maximumChains + 1) == nil)
  }

  @Test func aNameComesFromTheFileIfNoneIsGiven() throws {
    for (file, name) in [
      ("a/b/two-contexts.json", "two-contexts"), ("my spec!.json", "my-spec-"), (".json", "json"),
      ("/dev/fd/63", "63"), ("...", "experiment"),
    ] {
      let experiment = try Experiment(Array(ExperimentSamples.minimal.utf8), file: file, folder: "/")
      #expect(experiment.name == name)
    }
  }
}

@Suite struct ExperimentFileTests {
  /// Runs `body` in a fresh folder.
  private func inFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  private func refusal(reading path: String) -> SpecError? {
    do {
      _ = try Experiment.read(path: path)
      return nil
    } catch { return error }
  }

  @Test func relativePathsStartAtTheSpecsFolder() throws {
    try inFolder { folder in
      let spec = folder.appendingPathComponent("fixed.json")
      try Data(ExperimentSamples.fixedGains.utf8).write(to: spec)
      #expect(
        refusal(reading: spec.path)?.description.contains("network.gains.path: gains.csv: there is no such file")
          == true)
      try FileManager.default.createDirectory(
        at: folder.appendingPathComponent("data"), withIntermediateDirectories: true)
      for (path, text) in ExperimentSamples.files {
        try Data(text.utf8).write(to: folder.appendingPathComponent(path))
      }
      let experiment = try Experiment.read(path: spec.path)
      #expect(experiment.name == "fixed")
      // The resolved spec lies elsewhere, and is read with the folder of the original.
      let run = folder.appendingPathComponent("run")
      try FileManager.default.createDirectory(at: run, withIntermediateDirectories: true)
      let resolved = run.appendingPathComponent("experiment.json")
      try Data(experiment.resolvedJSON.text().utf8).write(to: resolved)
      #expect(try Experiment.read(path: resolved.path, folder: folder.path) == experiment)
      #expect(try RunInput(path: run.path).experimentFile == resolved.path)
      #expect(try RunInput(path: spec.path) == .experiment(spec.path))
    }
  }

  @Test func pathsThatCannotBeReadAreRefused() throws {
    try inFolder { folder in
      #expect(refusal(reading: folder.path)?.message == "this is a folder, not a file")
      #expect(refusal(reading: folder.path + "/none.json")?.message == "there is no such file")
      #expect(refusal(reading: folder.path + "/none.json")?.kind == .input)
      #expect(refusal(reading: "")?.message == "there is no such file")
      #expect(refusal(reading: "a\0b")?.message.contains("U+0000") == true)
      #expect(throws: SpecError.self) { try RunInput(path: folder.path) }
      #expect(throws: SpecError.self) { try RunInput(path: folder.path + "/none") }
      #expect(throws: SpecError.self) { try RunInput(path: "") }
    }
    for path in ["/dev/zero", "/dev/null", "/dev/random"] {
      #expect(refusal(reading: path)?.message.contains("not a regular file") == true)
    }
  }
}
