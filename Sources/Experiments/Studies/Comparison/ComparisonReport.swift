// Where maximum entropy and gradient descent agree, regime by regime, and where they do not.

import JSON
import Networks
import Storage

/// Drawn and trained networks, compared.
package struct ComparisonReport: StudyReport {
  /// One number of contexts and one weight scale.
  package struct Regime: Sendable {
    package let contexts: Int
    package let weightScale: Double
    let found: ComparedRegime

    /// Of the ensemble's run, if there is one, and of the training; nil if they were never judged.
    var diagnosis: RunDiagnosis? { found.diagnosis }
    /// The networks, the trained ones first.
    package var sets: [ComparedSet] { found.sets }
    /// How far the other sets' neurons are from the trained networks'.
    package var distances: [CloudDistances] { found.distances }
    /// What could not be computed, and why.
    package var notes: [String] { found.notes }
    /// Gradient flow; nil where it is no exact equation, or has no correlation with maximum entropy.
    package var flow: ComparedFlow? { found.flow.flatMap { $0.correlationMatched.isNaN ? nil : $0 } }

    package func title(_ set: String) -> String { sets.first { $0.name == set }?.title ?? set }

    /// The distances of a set from the trained networks; nil for these themselves.
    package func distances(_ set: String) -> CloudDistances? { distances.first { $0.name == set } }

    /// Whether populations agree: correlation of their readouts at least 0.99, 0.95, or less.
    package var verdict: String {
      guard let correlation = flow?.correlationMatched ?? distances("ensemble")?.populationCorrelation else {
        return ""
      }
      return correlation >= 0.99 ? "agree" : correlation >= 0.95 ? "nearly agree" : "differ"
    }
  }

  let experiment: Experiment
  let settings: TrainingSettings
  package let regimes: [Regime]
  package let isClosedForm: Bool

  package var title: String { "\(experiment.name): maximum entropy and \(settings.words)" }

  package var judgement: StudyJudgement {
    StudyJudgement(
      points: regimes.map {
        ("K = \($0.contexts), scale \(NumberText.significant($0.weightScale, digits: 4))", $0.diagnosis)
      })
  }

  package var json: JSONValue {
    [
      "training": settings.json,
      "regimes": .array(
        regimes.map { regime in
          var members: [(String, JSONValue)] = [
            ("contexts", .integer(regime.contexts)), ("weightScale", .number(regime.weightScale)),
            ("verdict", .string(regime.verdict)),
          ]
          members += RunDiagnosis.members(regime.diagnosis) + regime.found.figures
          return .object(members)
        }),
    ]
  }

  package var tables: [(file: String, csv: String)] {
    [
      (
        ComparisonStudy.tables[0],
        CSV.text(
          [
            "contexts", "weight_scale", "correlation_matched", "correlation_initial", "set", "energy", "energy_p",
            "sliced_wasserstein", "sliced_wasserstein_p",
          ] + RunDiagnosis.columns,
          regimes.flatMap { regime in
            regime.distances.map { distance in
              [
                .number(Double(regime.contexts)), .number(regime.weightScale),
                .number(regime.found.flow?.correlationMatched ?? .nan),
                .number(regime.found.flow?.correlationInitial ?? .nan), .text(distance.name),
                .number(distance.energy.value), .number(distance.energy.pValue),
                .number(distance.slicedWasserstein.value), .number(distance.slicedWasserstein.pValue),
              ] + RunDiagnosis.cells(regime.diagnosis)
            }
          })
      )
    ] + recurrentTable
  }

  /// A row per figure of each set of recurrent networks; no table for other networks.
  private var recurrentTable: [(file: String, csv: String)] {
    let rows = regimes.flatMap { regime in
      regime.sets.flatMap { set in
        set.recurrentFigures.map { figure -> [CSV.Cell] in
          [
            .number(Double(regime.contexts)), .number(regime.weightScale), .text(set.name), .text(figure.name),
            .number(figure.value?.value ?? .nan), .number(figure.value?.standardError ?? .nan),
          ]
        }
      }
    }
    guard !rows.isEmpty else { return [] }
    return [
      (
        ComparisonStudy.tables[1],
        CSV.text(["contexts", "weight_scale", "set", "figure", "value", "standard_error"], rows)
      )
    ]
  }
}
