// "ensemble": neurons drawn independently, or whole networks, weighted by their loss or conditioned on their task.

import JSON

/// What is exact in networks of a hard ensemble.
package enum HardConstraint: String, SpecChoice {
  case outputs, readout
}

/// The ensemble of an experiment.
package enum EnsembleSection: Sendable, Equatable {
  /// Neurons are independent draws of the maximum-entropy law of one neuron.
  case product
  /// Networks weigh exp(-beta N L): beta given.
  case gibbs(tightness: Double)
  /// Networks weigh exp(-beta N L): beta such that the mean loss is the given one.
  case gibbsAtLoss(Double)
  /// Networks that solve the task exactly.
  case hard(on: HardConstraint)

  static let schema = SpecSection(
    path: "ensemble", kindMeaning: "neurons drawn one by one, or networks drawn whole, bound softly or exactly",
    presence: .defaultsTo("product"),
    kinds: [
      ("product", []),
      (
        "gibbs",
        [
          SpecKey(
            "tightness", .orNull(.number(.zeroOrPositive)), .defaultsTo(.null),
            "beta: how strongly the task binds; 0: the prior"
          ).example(10),
          SpecKey(
            "expectedLoss", .orNull(.number(.zeroOrPositive)), .defaultsTo(.null),
            "mean loss, above 0, instead of tightness; a loss of 0 is the kind hard"),
        ]
      ),
      (
        "hard",
        [
          SpecKey(
            "on", .choice(of: HardConstraint.self), .defaultsTo("outputs"),
            "what is exact: all outputs (gainModulatedLinear: the readout, which decides them), or the readout alone")
        ]
      ),
    ])

  /// A Gibbs ensemble whose tightness follows from the teacher's noise.
  static let jsonOfBayes: JSONValue = ["kind": "gibbs", "tightness": .null]

  /// The section, and whether its tightness follows from the teacher.
  static func read(
    from reader: SpecReader, _ teacher: TeacherTask?, _ network: NetworkSection, _ stimuli: StimuliSection
  ) throws(SpecError) -> (EnsembleSection, Bool) {
    guard let teacher, reader.kind == "gibbs", try reader.numberOrNull("tightness") == nil,
      try reader.numberOrNull("expectedLoss") == nil
    else { return (try EnsembleSection(from: reader), false) }
    guard let tightness = teacher.bayesTightness(network: network, stimuli: stimuli) else {
      throw reader.source.error(
        at: reader.path,
        "a teacher without noise (task.noise 0) says no tightness; allowed: tightness, "
          + NumberRange.zeroOrPositive.words)
    }
    guard NumberRange.zeroOrPositive.contains(tightness) else {
      throw reader.source.error(
        at: ["task", "noise"],
        "so little noise means a tightness of \(JSONValue.number(tightness).text()); allowed: at most 1e50. Say more noise"
      )
    }
    return (.gibbs(tightness: tightness), true)
  }

  init(from reader: SpecReader) throws(SpecError) {
    guard reader.kind == "gibbs" else {
      self = reader.kind == "hard" ? .hard(on: try reader.choice("on")) : .product
      return
    }
    switch (try reader.numberOrNull("tightness"), try reader.numberOrNull("expectedLoss")) {
    case (let tightness?, nil): self = .gibbs(tightness: tightness)
    case (nil, 0):
      throw reader.error(
        at: "expectedLoss",
        "found 0; allowed: above 0. Networks without any loss are another ensemble, {\"kind\": \"hard\"}, which all but \"recurrent\" networks have"
      )
    case (nil, let loss?): self = .gibbsAtLoss(loss)
    case (nil, nil):
      throw reader.source.error(
        at: reader.path,
        "a gibbs ensemble needs one of tightness and expectedLoss; allowed: \(NumberRange.zeroOrPositive.words)")
    case (_?, _?):
      throw reader.error(
        at: "expectedLoss", "tightness and expectedLoss are both given, but either sets the other; allowed: one of them"
      )
    }
  }

  /// The word for it, whatever its numbers.
  package var name: String {
    switch self {
    case .product: "product"
    case .gibbs, .gibbsAtLoss: "gibbs"
    case .hard: "hard"
    }
  }

  /// Whether networks are drawn whole and weighted by their loss.
  var isGibbs: Bool { name == "gibbs" }
  /// Whether networks are conditioned on their task.
  package var isHard: Bool { name == "hard" }

  var json: JSONValue {
    switch self {
    case .product: ["kind": "product"]
    case .gibbs(let tightness): ["kind": "gibbs", "tightness": .number(tightness)]
    case .gibbsAtLoss(let loss): ["kind": "gibbs", "expectedLoss": .number(loss)]
    case .hard(let constraint): ["kind": "hard", "on": .string(constraint.rawValue)]
    }
  }
}
