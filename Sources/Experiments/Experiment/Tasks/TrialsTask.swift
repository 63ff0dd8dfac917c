// "trials": a task in time whose trials a file or a folder gives.

import JSON
import Networks
import Sampling

/// Trials in time from NumPy's arrays, in a file or a folder.
package struct TrialsTask: TaskKind {
  package static let kind = "trials"
  package static let keys = [
    SpecKey(
      "path", .pathOrFolder,
      "an .npz file, or a folder of .npy files, with the arrays inputs, targets, mask [trial, time, channel] (mask of 0 and 1; left out: ones) and context [trial] (left out: 0)"
    ).example("task.npz"),
    SpecKey(
      "contexts", .orNull(.integer(1...TaskSection.mostContexts)), .defaultsTo(.null),
      "K: how many contexts there are; null: one more than the largest that trials name"),
    SpecKey(
      "decision", .orNull(.integers(0...TrialSettings.mostSteps, maximumCount: 2)), .defaultsTo(.null),
      "the first and the last step whose outputs are a trial's decision, from 0 (one number: one step); null: trials have none"
    ),
    SpecKey(
      "heldOut", .orNull(.pathOrFolder), .defaultsTo(.null),
      "such a file or folder of trials that evaluate uses, or null"),
  ]

  let file: TrialFile
  private let givenContexts: Int?
  private let decision: ClosedRange<Int>?
  let heldOut: TrialFile?

  package init(from reader: SpecReader) throws(SpecError) {
    givenContexts = try reader.integerOrNull("contexts")
    let steps = try reader.integersOrNull("decision")
    if let steps {
      guard let first = steps.first, let last = steps.last, first <= last else {
        throw reader.error(at: "decision", "found \(steps); allowed: the first and the last step, such as [20, 21]")
      }
      decision = first...last
    } else {
      decision = nil
    }
    file = try reader.source.trials(
      try reader.path("path"), at: reader.path + "path", contexts: givenContexts, decision: decision)
    guard let location = try reader.pathOrNull("heldOut") else {
      heldOut = nil
      return
    }
    let held = try reader.source.trials(
      location, at: reader.path + "heldOut", contexts: file.batch.contexts, decision: decision)
    let (own, other) = (file.batch.shape, held.batch.shape)
    guard own.inputChannels == other.inputChannels, own.outputChannels == other.outputChannels else {
      throw reader.error(
        at: "heldOut",
        "\(location.path) has \(other.inputChannels) input and \(other.outputChannels) output channels; allowed: \(own.inputChannels) and "
          + "\(own.outputChannels), those of \(file.location.path)")
    }
    heldOut = held
  }

  package var json: JSONValue {
    [
      "kind": .string(Self.kind), "path": .string(file.location.path),
      "contexts": givenContexts.map { .integer($0) } ?? .null,
      "decision": decision.map { .integers([$0.lowerBound, $0.upperBound]) } ?? .null,
      "heldOut": heldOut.map { .string($0.location.path) } ?? .null,
    ]
  }

  package var contexts: Int { file.batch.contexts }
  package var features: Int { file.batch.inputChannels }
  package var sizePath: JSONPath { ["task", "path"] }
  package var isLinear: Bool { false }
  package static var isInTime: Bool { true }
  package var trialShape: TrialShape? { file.batch.shape }
  package var dataFiles: [(key: [String], file: any InputData)] {
    [(["task", "path"], file)] + (heldOut.map { [(["task", "heldOut"], $0)] } ?? [])
  }

  package func trials(of experiment: Experiment) -> TrialTask? {
    TrialTask(training: file.batch, heldOut: heldOut?.batch)
  }

  package func learningTask() throws -> LearningTask { throw TrialSettings.noStimuli(Self.kind) }
}
