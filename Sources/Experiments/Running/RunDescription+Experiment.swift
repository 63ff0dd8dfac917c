// What a run of an experiment is made of: its text, its identity, and what `run.json` tells besides.

import JSON
import Sampling
import Storage

extension RunDescription {
  /// Counts changes of this program that make equal specs draw other numbers.
  private static let drawsVersion = 3

  /// The description of a run of `experiment`.
  ///
  /// Its identity leaves out which chains are in it, so that parts can be merged.
  ///
  /// - Parameter imported: where networks come from that were not drawn.
  init(
    _ experiment: Experiment, _ solution: ModelSolution?, _ choice: SamplerChoice, _ warmStart: WarmStart?,
    imported: RunFact? = nil
  ) {
    let inputs = RunInputs(experiment)
    let resolved = inputs.relocated
    let modelHash = Self.modelHash(resolved, inputs)
    let identity = RunIdentity(
      [
        RunFact("model hash", modelHash), RunFact("experiment", resolved.withoutChains.text()),
        RunFact("sampler", choice.kind.rawValue), RunFact("generator", experiment.sampler.generator),
        RunFact("GSL version", GSL.version), RunFact("draws version", String(Self.drawsVersion)),
      ] + inputs.facts + [solution?.fact, warmStart?.fact, imported].compactMap { $0 })
    let recording: NetworkRecording =
      switch experiment.record.weights {
      case .all: .all
      case .atMost(let count): .evenlyThinned(count, planned: experiment.sampler.draws)
      }
    self.init(
      experiment: resolved.text() + "\n", identity: identity, chains: Array(experiment.sampler.chains.range),
      recording: recording,
      about: [
        .init("program_version", .string(Version.current)), .init("commit", .string(Version.commit)),
        .init("sampler", choice.json), .init("generator", .string(experiment.sampler.generator)),
        .init("gsl_version", .string(GSL.version)), .init("seed", .integer(Int(experiment.sampler.seed))),
        .init("model_hash", .string(modelHash)), .init("machine", .string(ProcessInfo.processInfo.hostName)),
        .init("system", .string(ProcessInfo.processInfo.operatingSystemVersionString)),
        .init("created", .string(Date().formatted(.iso8601))),
      ] + (imported.map { [.init("imported", .string($0.value))] } ?? []))
  }

  /// The SHA-256 of everything that defines the target distribution: what is sampled, not how.
  private static func modelHash(_ resolved: JSONValue, _ inputs: RunInputs) -> String {
    var hash = SHA256()
    for key in ["task", "network", "weights", "ensemble", "stimuli"] {
      hash.update(resolved[key]?.text(.compact) ?? "")
    }
    for fact in inputs.facts { hash.update(fact.value) }
    return hash.hexDigest
  }
}

extension JSONValue {
  /// The experiment without its chains.
  fileprivate var withoutChains: JSONValue {
    guard case .object(var members) = content else { return self }
    for index in members.indices where members[index].key == "sampler" {
      if case .object(let sampler) = members[index].value.content {
        members[index].value = .object(sampler.filter { $0.key != "chains" })
      }
    }
    return .object(members)
  }
}
