// finite-size: ensembles of several widths, every observable against N, fitted and held against theory.

import JSON
import Networks
import Sampling

/// The finite-size study of an experiment.
package struct FiniteSizeStudy: Study {
  package static let name = "finite-size"
  package static let tables = ["finite-size.csv"]

  package let folder: StudyFolder
  /// The widths, ascending.
  let neurons: [Int]
  /// How close to its limit an observable has to be, relative to the limit (absolute where the limit is zero).
  let accuracy: Double

  package init(_ folder: StudyFolder) throws {
    self.folder = folder
    neurons = folder.numbers("neurons").map { Int($0) }
    accuracy = folder.options["accuracy"]?.realNumber ?? 0.05
    try validate()
  }

  private func validate() throws {
    guard neurons.count >= 3 else {
      throw StudyError(
        "--neurons: found \(neurons.count) widths; allowed: at least 3, for a fit in 1/N and its test", .usage)
    }
    if folder.experiment.network.model.keys(width: neurons[0]) == nil {
      throw StudyError(folder.experiment.sizeIsGiven)
    }
    for width in neurons { try experiment(width: width).requireExistence("N = \(width)") }
  }

  package static func options(neurons: [Int], accuracy: Double) -> JSONValue {
    ["neurons": .integers(neurons), "accuracy": .number(accuracy)]
  }

  /// Numbers of things in a network, which grow with it and have no limit: of real eigenvalues as √N.
  private static let growing: Set<String> = ["real_eigenvalues"]

  package func answer(_ execution: Execution) throws -> FiniteSizeReport {
    // What theory cannot say is refused before anything is drawn; what it cannot compute is left out.
    let theory = try theory(execution)
    let parts: [EnsemblePoint] = try folder.parts(
      neurons.map { "N\($0)" }, execution, costs: neurons.map(Double.init)
    ) { index, execution in
      execution.say("N = \(neurons[index]): \(index + 1) of \(neurons.count) widths")
      return try measure(neurons[index], execution)
    }
    var points: [String: [FiniteSizeReport.Point]] = [:]
    var names: [String] = []
    for (width, measured) in zip(neurons, parts) {
      // A wanted loss has another tightness at every width.
      let own = try measured.tightness.map { try self.theory(width: width, tightness: $0.value) } ?? theory
      for observable in measured.observables where !Self.growing.contains(observable.name) {
        let name = observable.name
        if points[name] == nil { names.append(name) }
        let theory = own?.expansions[name]?.value(neurons: width)
        points[name, default: []].append(
          .init(
            neurons: width, estimate: observable.estimate, standardDeviation: observable.standardDeviation,
            theory: theory, exact: own?.isExact == true ? theory : observable.exact, diagnosis: measured.diagnosis))
      }
    }
    return try FiniteSizeReport(
      experiment: folder.experiment, neurons: neurons, diagnoses: parts.map(\.diagnosis), names: names, points: points,
      theory: theory, accuracy: accuracy)
  }

  /// The experiment at another width; of deep networks all hidden layers have it.
  private func experiment(width: Int) throws -> Experiment {
    try folder.experiment(with: folder.experiment.network.model.keys(width: width) ?? [])
  }

  /// Every observable of the ensemble at one width, the judgement on its run, and what is known exactly at this width.
  private func measure(_ width: Int, _ execution: Execution) throws -> EnsemblePoint {
    try EnsemblePoint(
      folder.run("N\(width)", try experiment(width: width), execution), threads: execution.threads)
  }

  /// What theory says as N grows; nil where it says nothing, or the tightness changes with N.
  private func theory(_ execution: Execution) throws -> FiniteSizeTheory? {
    if case .gibbsAtLoss = folder.experiment.ensemble { return nil }
    do {
      return try theory(folder.experiment, nil)
    } catch let reason as NotComputed {
      execution.say("without theory of wide networks: \(reason)")
      return nil
    }
  }

  /// The same at the tightness that was found at one width.
  private func theory(width: Int, tightness: Double) throws -> FiniteSizeTheory? {
    var solution = ModelSolution()
    solution.tightness = ModelSolution.Estimated(value: tightness, standardError: 0)
    do { return try theory(try experiment(width: width), solution) } catch is NotComputed { return nil }
  }

  private func theory(_ experiment: Experiment, _ solution: ModelSolution?) throws -> FiniteSizeTheory? {
    // Laws that only sampling finds have no expansion either.
    guard solution != nil || !experiment.needsSampledSolution else { return nil }
    return try (try experiment.networkEnsemble(solution) as? any ExpandedEnsemble)?.finiteSizeTheory()
  }
}
