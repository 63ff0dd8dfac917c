// What a phase diagram holds: order parameters over the grid, where they cross over, and the sampled points.

import JSON
import Networks
import Sampling
import Storage

/// Order parameters over contexts and weight scales.
package struct PhaseDiagramReport: StudyReport {
  /// Order parameters of drawn networks at one point.
  package struct Sampled: Sendable {
    package let contexts: Int
    /// Of the second axis.
    package let value: Double
    fileprivate let axis: PhaseAxis
    let found: SampledPoint

    /// By the names of ``PhaseDiagramReport/orders``.
    package var values: [String: Estimate] { found.values }
    /// Of the point's run; nil if it was never judged.
    var diagnosis: RunDiagnosis? { found.diagnosis }
    /// Whether the point can be compared: its run has converged, or was never judged.
    package var isFit: Bool { diagnosis?.converged ?? true }

    var name: String { "K = \(contexts), \(axis.words(value))" }

    init(contexts: Int, value: Double, axis: PhaseAxis, found: SampledPoint) {
      self.contexts = contexts
      self.value = value
      self.axis = axis
      self.found = found
    }
  }

  /// The order parameters: names in JSON, titles, and how to read them.
  package static let orders: [(name: String, title: String, value: @Sendable (OrderParameters) -> Double)] = [
    ("specialisedShare", "c_1", { $0.specialisedShare }), ("meanStructure", "<rho>", { $0.meanStructure }),
    ("patternKL", "KL", { $0.patternKL }), ("meanActiveContexts", "active contexts", { $0.meanActiveContexts }),
  ]

  let experiment: Experiment
  package let convention: WeightConvention
  let activeProbability: Double
  package let points: [PhasePoint]
  /// The second axis.
  package let axis: PhaseAxis
  package let structureCrossovers: [(contexts: Int, value: Double?)]
  package let contextCrossovers: [(value: Double, crossover: PhaseDiagram.ContextCrossover?)]
  /// Contexts up to which crossovers were looked for.
  package let mostContexts: Int
  package let sampled: [Sampled]

  package var title: String { "\(experiment.name): phase diagram" }

  package var judgement: StudyJudgement { StudyJudgement(points: sampled.map { ($0.name, $0.diagnosis) }) }

  package var isProduct: Bool { experiment.ensemble == .product }

  /// The theory's value where a point was sampled.
  package func theory(_ sample: Sampled, _ order: (OrderParameters) -> Double) -> Double? {
    points.first { $0.contexts == sample.contexts && $0.value == sample.value }?.order.map(order)
  }

  package var json: JSONValue {
    [
      "ensemble": .string(isProduct ? "product" : "gibbs"), "theory": .string(isProduct ? "exact" : "N -> infinity"),
      "convention": .string(convention.rawValue), "axis": .string(axis.name),
      "activeProbability": .number(activeProbability),
      "points": .array(
        points.map { point in
          .object(
            [
              ("contexts", .integer(point.contexts)), (axis.name, .number(point.value)),
              ("feasible", .bool(point.isFeasible)),
            ]
              + Self.orders.map { order in (order.name, .number(point.order.map(order.value))) })
        }),
      "structureCrossovers": .array(
        structureCrossovers.map { .object([("contexts", .integer($0.contexts)), (axis.name, .number($0.value))]) }),
      "contextCrossovers": .array(
        contextCrossovers.map {
          .object([
            (axis.name, .number($0.value)), ("contexts", $0.crossover.map { .integer($0.contexts) } ?? .null),
            ("interpolated", .number($0.crossover?.interpolated)),
          ])
        }),
      "sampled": .array(
        sampled.map { sample in
          .object(
            [("contexts", .integer(sample.contexts)), (axis.name, .number(sample.value))]
              + Self.orders.map { order in
                (
                  order.name,
                  [
                    "value": .number(sample.values[order.name]?.value),
                    "standardError": .number(sample.values[order.name]?.standardError),
                    "theory": .number(theory(sample, order.value)),
                  ]
                )
              } + RunDiagnosis.members(sample.diagnosis))
        }),
    ]
  }

  package var tables: [(file: String, csv: String)] {
    [
      (
        "phase-diagram.csv",
        CSV.text(
          ["contexts", axis.column] + Self.orders.map(\.name),
          points.map { point in
            [.number(Double(point.contexts)), .number(point.value)]
              + Self.orders.map { order in point.order.map { .number(order.value($0)) } ?? .empty }
          })
      )
    ]
      + (sampled.isEmpty
        ? []
        : [
          (
            "phase-diagram-sampled.csv",
            CSV.text(
              ["contexts", axis.column]
                + Self.orders.flatMap { [$0.name, $0.name + "_standard_error", $0.name + "_theory"] }
                + RunDiagnosis.columns,
              sampled.map { sample in
                [.number(Double(sample.contexts)), .number(sample.value)]
                  + Self.orders.flatMap { order in
                    [
                      .number(sample.values[order.name]?.value ?? .nan),
                      .number(sample.values[order.name]?.standardError ?? .nan),
                      .number(theory(sample, order.value) ?? .nan),
                    ]
                  } + RunDiagnosis.cells(sample.diagnosis)
              })
          )
        ])
  }
}
