// "moments": averages of products of a neuron's loadings, gated by its gains.

import JSON
import Networks
import Sampling

/// Wanted averages ⟨g_c θ_a θ_b⟩ of named loadings θ (THEORY section 12); no outputs are asked for.
package struct MomentsTask: TaskKind {
  package static let kind = "moments"
  static let mostContexts = 1000
  static let mostLoadings = 32
  static let mostConstraints = 200
  package static let keys = [
    SpecKey(
      "contexts", .integer(1...mostContexts), .defaultsTo(1),
      "K: how many gains a neuron has; drawn binary gains in up to \(LoadingProblem.maximumContexts)"),
    SpecKey(
      "loadings", .names(1...mostLoadings), "the names of a neuron's loadings, such as [\"n\", \"m\", \"I0\", \"w\"]"
    )
    .example(["n", "m"]),
    SpecKey(
      "constraints", .objects("{of, context, value}", maximum: mostConstraints),
      "the averages that the networks must have on average"
    ).example([["of": ["n", "m"], "value": 0.8]]),
  ]

  static let constraintSchema = SpecSection(
    path: "task.constraints",
    common: [
      SpecKey("of", .names(2...2), "the two loadings whose product is averaged; the same twice for a second moment"),
      SpecKey(
        "context", .orNull(.integer(0...mostContexts - 1)), .defaultsTo(.null),
        "the context whose gain multiplies the product; null: no gain does"),
      SpecKey("value", .number(.entries), "what the average must be"),
    ])

  package let contexts: Int
  let names: [String]
  package let constraints: [LoadingConstraint]

  package init(from reader: SpecReader) throws(SpecError) {
    contexts = try reader.integer("contexts")
    names = try reader.names("loadings")
    for (index, name) in names.enumerated() {
      let isReserved = ["K", "D", "pi"].contains(name) || name.wholeMatch(of: /g[0-9]*/) != nil
      guard !isReserved, !names[..<index].contains(name) else {
        throw reader.source.error(
          at: reader.path + "loadings" + index,
          isReserved
            ? "\"\(name)\" has a meaning of its own in expressions; allowed: another name"
            : "\"\(name)\" is there twice; allowed: another name")
      }
    }
    var list: [LoadingConstraint] = []
    for (index, element) in try reader.list("constraints", atMost: Self.mostConstraints).enumerated() {
      let path = reader.path + "constraints" + index
      let constraint = try Self.constraint(
        try SpecReader(reader.source, path, element, as: Self.constraintSchema), names: names, contexts: contexts)
      if let other = list.firstIndex(where: {
        $0.first == constraint.first && $0.second == constraint.second && $0.context == constraint.context
      }) {
        throw reader.source.error(
          at: path,
          "\(constraint.words(names)) is constrained already, by constraint \(other); allowed: each average once")
      }
      list.append(constraint)
    }
    constraints = list
  }

  private static func constraint(
    _ reader: SpecReader, names: [String], contexts: Int
  ) throws(SpecError) -> LoadingConstraint {
    var places: [Int] = []
    for (index, name) in try reader.names("of").enumerated() {
      guard let place = names.firstIndex(of: name) else {
        throw reader.source.error(
          at: reader.path + "of" + index,
          "found \"\(name)\"\(Spelling.suggestion(for: name, among: names)); allowed: \(names.map { "\"\($0)\"" }.joined(separator: ", "))"
        )
      }
      places.append(place)
    }
    let context = try reader.integerOrNull("context")
    if let context, context >= contexts {
      throw reader.error(
        at: "context", "found \(context); allowed: 0 to \(contexts - 1) (task.contexts is \(contexts)), or null")
    }
    return LoadingConstraint(places[0], places[1], context: context, value: try reader.number("value"))
  }

  package var json: JSONValue {
    [
      "kind": .string(Self.kind), "contexts": .integer(contexts), "loadings": .array(names.map { .string($0) }),
      "constraints": .array(
        constraints.map {
          [
            "of": .array([.string(names[$0.first]), .string(names[$0.second])]),
            "context": $0.context.map { .integer($0) } ?? .null, "value": .number($0.value),
          ]
        }),
    ]
  }

  package var features: Int { names.count }
  package var sizePath: JSONPath { ["task", "contexts"] }
  package var loadings: [String]? { names }

  package func learningTask() throws -> LearningTask {
    throw UnsupportedExperiment(
      "task.kind",
      "\"moments\" asks for averages of loadings and not for outputs, so that there is no task to be judged, trained or predicted on "
        + "stimuli; check holds the draws against the averages, and export hands the loadings on")
  }
}
