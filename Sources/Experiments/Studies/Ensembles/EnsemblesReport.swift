// What the three ensembles have in common, and what tells them apart at finite N.

import JSON
import Networks
import Sampling
import Storage

/// The three ensembles of a task at several widths.
package struct EnsemblesReport: StudyReport {
  /// The ensembles, from the loosest to the tightest.
  package enum Kind: String, Sendable, CaseIterable {
    case product, gibbs, hard
  }

  /// One ensemble at one width.
  package struct Point: Sendable {
    package let neurons: Int
    package let kind: Kind
    let drawn: EnsemblesPart.Drawn
    /// ⟨ρ⟩, the neurons of all networks pooled.
    package var structure: Estimate { drawn.structure }
    /// Of the networks' neurons from independent ones of the limit's law.
    package var distance: Estimate { drawn.distance }
    /// That both have one law, by permuting networks.
    package var pValue: Double { drawn.pValue }

    package func observable(_ name: String) -> EnsemblePoint.Observable? {
      drawn.point.observables.first { $0.name == name }
    }
  }

  package let experiment: Experiment
  package let tightness: Double
  /// The law of a neuron that all ensembles tend to.
  package let limit: MaxEntropySolution
  package let points: [Point]

  package var title: String { "\(experiment.name): product, Gibbs and hard ensemble" }

  package var judgement: StudyJudgement {
    StudyJudgement(points: points.map { ("\($0.kind.rawValue), N = \($0.neurons)", $0.drawn.point.diagnosis) })
  }

  /// The observables that are told: moments, and how many neurons have each pattern.
  package var names: [String] {
    let all = points[0].drawn.point.observables.map(\.name)
    return all.filter {
      ["loss", "output_second_moment", "input_second_moment"].contains($0) || $0.hasPrefix("population_fraction")
    }
  }

  /// What an observable is as N grows, by the law of a neuron; nil for others.
  package func limit(of name: String) -> Double? {
    switch name {
    case "loss": return 0
    case "output_second_moment": return limit.outputSecondMoment
    case "input_second_moment": return limit.inputSecondMoment
    default: break
    }
    guard limit.problem.gains.areDrawn else { return nil }
    let populations = limit.populations
    return populations.indices.first { name == "population_fraction[\($0)]" }.map { populations[$0].weight }
  }

  package var json: JSONValue {
    [
      "tightness": .number(tightness),
      "limit": .object(
        names.compactMap { name in limit(of: name).map { (name, .number($0)) } }
          + [("structure", .number(limit.meanStructure))]),
      "points": .array(
        points.map { point in
          .object(
            [
              ("neurons", .integer(point.neurons)), ("ensemble", .string(point.kind.rawValue)),
              (
                "observables",
                .object(
                  names.compactMap { name in
                    point.observable(name).map {
                      (
                        name,
                        [
                          "mean": .number($0.estimate.value), "mcse": .number($0.estimate.standardError),
                          "theory": .number($0.theory), "exact": .bool($0.exact != nil),
                        ] as JSONValue
                      )
                    }
                  })
              ), ("structure", .estimate(point.structure)), ("distance", .estimate(point.distance)),
              ("pValue", .number(point.pValue)),
            ] + RunDiagnosis.members(point.drawn.point.diagnosis))
        }),
    ]
  }

  package var tables: [(file: String, csv: String)] {
    func cells(_ estimate: Estimate) -> [CSV.Cell] {
      [.number(estimate.value), .number(estimate.standardError ?? .nan)]
    }
    let rows = points.flatMap { point -> [[CSV.Cell]] in
      func row(_ name: String, _ estimate: Estimate, _ theory: Double?, _ limit: Double?) -> [CSV.Cell] {
        [.number(Double(point.neurons)), .text(point.kind.rawValue), .text(name)] + cells(estimate)
          + [.number(theory ?? .nan), .number(limit ?? .nan)]
      }
      return names.compactMap { name in
        point.observable(name).map { row(name, $0.estimate, $0.theory, limit(of: name)) }
      } + [
        row("structure", point.structure, nil, limit.meanStructure), row("distance", point.distance, nil, 0),
      ]
    }
    return [
      (
        "ensembles.csv",
        CSV.text(["N", "ensemble", "quantity", "mean", "standard_error", "theory", "limit"], rows)
      )
    ]
  }
}
