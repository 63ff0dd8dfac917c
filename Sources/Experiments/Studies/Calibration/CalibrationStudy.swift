// sbc: is the sampler of an experiment calibrated? Networks of the prior, data given them, and their ranks among the sampler's draws.

import JSON
import Networks
import Sampling

/// How much is drawn, as the command line says it.
package struct CalibrationSettings: Sendable, Equatable {
  package var replicas = 200
  /// L: draws per replica.
  package var draws = 49
  /// Transitions per draw; nil: found by pilots.
  package var thin: Int?
  /// α: the probability that a right sampler fails.
  package var falseAlarmRate = 0.01

  package init() {}

  /// Reads what ``json`` wrote; what is missing has its default.
  init(_ json: JSONValue) {
    self.init()
    replicas = json["replicas"]?.wholeNumber ?? replicas
    draws = json["draws"]?.wholeNumber ?? draws
    thin = json["thin"]?.wholeNumber
    falseAlarmRate = json["falseAlarmRate"]?.realNumber ?? falseAlarmRate
  }

  package var json: JSONValue {
    [
      "replicas": .integer(replicas), "draws": .integer(draws), "thin": thin.map { .integer($0) } ?? .null,
      "falseAlarmRate": .number(falseAlarmRate),
    ]
  }
}

/// Simulation-based calibration of an experiment's sampler.
package struct CalibrationStudy: Study {
  package static let name = "sbc"
  package static let tables = ["sbc.csv"]
  /// Pilots have the last numbers, which no replica reaches.
  package static let mostReplicas = 1_000_000
  /// Replicas are kept in so many parts: an interrupt loses at most those that were being computed.
  private static let parts = 50

  package let folder: StudyFolder
  let settings: CalibrationSettings

  package init(_ folder: StudyFolder) throws {
    self.folder = folder
    settings = CalibrationSettings(folder.options)
    try folder.experiment.requireCalibration()
  }

  package func answer(_ execution: Execution) throws -> CalibrationReport {
    let experiment = folder.experiment
    let sampler = try experiment.calibrationSampler(try execution.ensemble(experiment))
    let pilots = settings.thin == nil ? try pilots(sampler, execution) : nil
    let thin = settings.thin ?? pilots!.thin
    let replicas = try replicas(sampler, thin: thin, execution)
    return CalibrationReport(
      experiment: experiment, settings: settings, thin: thin, pilots: pilots, names: sampler.quantities,
      replicas: replicas)
  }

  private func pilots(_ sampler: CalibrationSampler, _ execution: Execution) throws -> CalibrationPilots {
    try folder.parts(["pilots"], execution) { _, execution in
      execution.say("\(CalibrationPilots.chains) pilots, for the transitions that a draw takes")
      let pilots = try parallelMap(CalibrationPilots.chains, threads: execution.threads) { index in
        try sampler.pilot(StreamKey.maximumChains - 1 - index, CalibrationPilots.draws) { !execution.isStopped }
      }
      let complete = pilots.compactMap { $0 }
      guard complete.count == pilots.count else { return nil }
      return CalibrationPilots(complete, quantities: sampler.quantities)
    }[0]
  }

  private func replicas(
    _ sampler: CalibrationSampler, thin: Int, _ execution: Execution
  ) throws -> [CalibrationReplica] {
    let (count, draws) = (settings.replicas, settings.draws)
    let size = max(1, count / Self.parts)
    let firsts = Array(stride(from: 0, to: count, by: size))
    let names = firsts.map { "replicas-\($0)" }
    let parts: [CalibrationReplicas] = try folder.parts(names, execution, threads: execution.threads) {
      part, execution in
      var replicas: [CalibrationReplica] = []
      for number in firsts[part]..<min(count, firsts[part] + size) {
        guard let replica = try sampler.replica(number, draws, thin, { !execution.isStopped }) else { return nil }
        replicas.append(replica)
      }
      return CalibrationReplicas(replicas)
    }
    for (name, part) in zip(names, parts) {
      let isRight = part.replicas.allSatisfy { replica in
        replica.ranks.count == sampler.quantities.count && replica.correlations.count == replica.ranks.count
          && replica.ranks.allSatisfy { $0 <= draws }
      }
      guard isRight else {
        throw folder.malformed(name, "its ranks are not those of \(sampler.quantities.count) quantities")
      }
    }
    let replicas = parts.flatMap(\.replicas)
    guard replicas.count == count else { throw folder.malformed(names[0], "replicas are missing from some part") }
    return replicas
  }
}
