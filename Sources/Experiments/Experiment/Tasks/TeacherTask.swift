// "teacher": a network drawn from its prior answers the stimuli, with noise.

import JSON
import Networks
import Sampling

/// Wanted outputs that a teacher gives: Y_cp = y_θ*,c(x_p) + √T ξ_cp, θ* a draw of its prior (THEORY section 10).
///
/// Teacher and noise have random streams of their own, so that the teacher and the first labels are the same however many stimuli
/// there are.
package struct TeacherTask: TaskKind {
  package static let kind = "teacher"
  package static let keys = [
    SpecKey("contexts", .integer(1...TaskSection.mostContexts), "K: number of contexts"),
    SpecKey("features", .integer(1...TaskSection.mostContexts), "D: dimension of the stimulus"),
    SpecKey("noise", .number(.zeroOrPositive), "T: variance of the noise of each wanted output; 0: none")
      .example(0.1),
    SpecKey("seed", .integer(0...Int.max), .defaultsTo(1), "of the teacher and its noise"),
    SpecKey(
      "network", .orNull(.object), .defaultsTo(.null), "the teacher's model, as the key network; null: the student's"),
    SpecKey(
      "weights", .orNull(.object), .defaultsTo(.null),
      "standard deviations of the teacher's weights, as the key weights; null: the student's"),
  ]

  package let contexts: Int
  package let features: Int
  /// T.
  package let noise: Double
  package let seed: UInt64
  /// nil: the student's.
  let network: NetworkSection?
  /// nil: the student's.
  let weights: WeightsSection?

  package init(from reader: SpecReader) throws(SpecError) {
    contexts = try reader.integer("contexts")
    features = try reader.integer("features")
    noise = try reader.number("noise")
    seed = UInt64(try reader.integer("seed"))
    network = try reader.sectionOrNull("network", as: NetworkSection.schema).map {
      [contexts] section throws(SpecError) in try NetworkSection(from: section, contexts: contexts)
    }
    weights = try reader.sectionOrNull("weights", as: WeightsSection.schema).map { section throws(SpecError) in
      try WeightsSection(from: section, loadings: nil)
    }
    if let weights, weights.convention == .moment {
      throw reader.source.error(
        at: reader.path + "weights" + "convention",
        "a teacher is drawn from its prior, which second moments do not give; allowed: \"prior\"")
    }
  }

  package var json: JSONValue {
    [
      "kind": .string(Self.kind), "contexts": .integer(contexts), "features": .integer(features),
      "noise": .number(noise), "seed": .integer(Int(seed)), "network": network?.json ?? .null,
      "weights": weights?.json ?? .null,
    ]
  }

  package var sizePath: JSONPath { ["task", "contexts"] }
  package var isLinear: Bool { false }
  package var isData: Bool { true }

  package var dataFiles: [(key: [String], file: any InputData)] {
    (network?.model.dataFiles ?? []).map { (["task"] + $0.key, $0.file) }
  }

  package func wantedOutputs(of experiment: Experiment) throws -> Matrix { try experiment.teacher()!.labels }

  package func taskElsewhere(of experiment: Experiment) throws -> LearningTask? {
    try experiment.teacher()?.task()
  }

  package static let rules: [MeaningRule] = [
    MeaningRule(refuses: "teachers of more than 1e9 numbers") { experiment in
      guard let network = (experiment.task.task as? TeacherTask)?.network else { return nil }
      let count = network.model.positionCount(experiment.task)
      guard count > MeaningRule.mostNumbers else { return nil }
      return MeaningRule.Fault(
        path: JSONPath([.key("task")] + network.model.sizePath.steps),
        message:
          "a teacher of about \(NumberText.significant(count, digits: 2)) numbers; allowed: 1e9. Say fewer neurons")
    }
  ]
}
