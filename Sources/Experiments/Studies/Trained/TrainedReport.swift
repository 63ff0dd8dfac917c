// What is told of networks from elsewhere.

import JSON
import Networks
import Storage

/// Networks from elsewhere against an experiment's ensemble.
package struct TrainedReport: StudyReport {
  package let experiment: Experiment
  /// The run that holds the networks.
  package let run: String
  package let found: TrainedComparison

  package var title: String {
    "\(found.networks) \(found.networks == 1 ? "network" : "networks") against maximum entropy: \(experiment.name)"
  }

  package var judgement: StudyJudgement {
    StudyJudgement(points: found.diagnosis.map { [("the experiment's ensemble", $0)] } ?? [])
  }

  package var json: JSONValue { .object([("trained", .string(run))] + found.figures) }

  package var tables: [(file: String, csv: String)] {
    var tables = [
      (
        file: TrainedStudy.tables[0],
        csv: CSV.text(
          ["test", "statistic", "df1", "df2", "p_value", "adjusted_p_value", "testable_networks"],
          found.tests.map { test in
            [
              .text(test.name), .number(test.statistic ?? .nan),
              .number(test.degreesOfFreedom.first.map(Double.init) ?? .nan),
              .number(test.degreesOfFreedom.dropFirst().first.map(Double.init) ?? .nan), .number(test.pValue ?? .nan),
              .number(test.adjustedPValue ?? .nan), .number(Double(test.testableNetworks)),
            ]
          })
      )
    ]
    if !found.populations.isEmpty {
      tables.append(
        (
          file: TrainedStudy.tables[1],
          csv: CSV.text(
            ["population", "neurons", "quantity", "observed", "predicted", "low", "high"],
            found.populations.flatMap { population in
              rows(population).map { name, value in
                [
                  .text(population.name), .number(Double(population.neurons)), .text(name), .number(value.observed),
                  .number(value.predicted), .number(value.low), .number(value.high),
                ]
              }
            })
        ))
    }
    return tables
  }

  /// The moments of a population, named.
  package func rows(_ population: MatchedPopulation) -> [(name: String, value: MatchedValue)] {
    [("w^2", population.outputSecondMoment), ("|m|^2", population.inputSecondMoment)]
      + population.covariance.enumerated().map { ("w m_\($0)", $1) }
  }
}
