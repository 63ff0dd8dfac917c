// finite-size: ensembles of several widths, every observable against N, fitted and held against theory.

import JSON
import Networks
import Sampling

/// The finite-size study of an experiment.
struct FiniteSizeStudy: Study {
  static let name = "finite-size"
  static let tables = ["finite-size.csv"]

  let folder: StudyFolder
  /// The widths, ascending.
  let neurons: [Int]
  /// How close to its limit an observable has to be, relative to the limit (absolute where the limit is zero).
  let accuracy: Double

  init(_ folder: StudyFolder) throws {
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
    if case .gainModulatedLinear(_, .fixed) = folder.experiment.network {
      throw StudyError(
        "network.gains: given gains belong to one number of neurons; say \"binary\" or \"continuous\" gains for a study of the size"
      )
    }
  }

  static func options(neurons: [Int], accuracy: Double) -> JSONValue {
    ["neurons": .integers(neurons), "accuracy": .number(accuracy)]
  }

  func answer(_ context: CommandContext) throws -> any StudyReport {
    // What theory cannot say is refused before anything is drawn.
    let theory = try theory()
    let parts = try folder.parts(neurons.map { "N\($0)" }, context) { index, context in
      context.say("N = \(neurons[index]): \(index + 1) of \(neurons.count) widths")
      return try measure(neurons[index], context)
    }
    var points: [String: [FiniteSizeReport.Point]] = [:]
    var names: [String] = []
    var diagnoses: [RunDiagnosis?] = []
    for (width, part) in zip(neurons, parts) {
      let diagnosis = try part.part("diagnosis").map { try RunDiagnosis($0) }
      diagnoses.append(diagnosis)
      // A wanted loss has another tightness at every width.
      let own =
        try part.part("tightness").map { try self.theory(width: width, tightness: $0.number("value")) } ?? theory
      // Parts of earlier versions hold the observables alone.
      for (name, observable) in try (part.part("observables") ?? part).members() {
        if points[name] == nil { names.append(name) }
        let theory = own?.expansions[name]?.value(neurons: width)
        points[name, default: []].append(
          .init(
            neurons: width, estimate: try observable.estimate(),
            standardDeviation: try observable.numberOrNaN("standardDeviation"), theory: theory,
            exact: own?.isExact == true ? theory : observable.json["exact"]?.realNumber, diagnosis: diagnosis))
      }
    }
    return try FiniteSizeReport(
      experiment: folder.experiment, neurons: neurons, diagnoses: diagnoses, names: names, points: points,
      theory: theory, accuracy: accuracy)
  }

  /// The experiment at another width; of deep networks all hidden layers have it.
  private func experiment(width: Int) throws -> Experiment {
    if case .deep(let deep) = folder.experiment.network {
      return try folder.experiment(with: [(["network", "widths"], .integers(deep.widths.map { _ in width }))])
    }
    return try folder.experiment(with: [(["network", "neurons"], .integer(width))])
  }

  /// Every observable of the ensemble at one width, the judgement on its run, and what is known exactly at this width.
  private func measure(_ width: Int, _ context: CommandContext) throws -> JSONValue {
    let run = try folder.run("N\(width)", try experiment(width: width), context)
    var exact: [String: Double] = [:]
    for prediction in try run.ensemble.predictions() where prediction.status == .exact {
      if case .scalar(prediction.name) = prediction.quantity { exact[prediction.name] = prediction.expected }
    }
    // The log density is a sum over the network, and its constant is left out.
    let observables = run.draws.names.filter { $0 != "lp" }.map { name -> (String, JSONValue) in
      let series = run.draws.scalars[name]!
      let moments = RunningMoments(series.joined())
      let sd = (moments.squaredDeviations / Double(max(1, moments.count - 1))).squareRoot()
      return (
        name,
        [
          "value": .number(moments.mean), "standardError": .number(Diagnostics.mcseMean(series)),
          "standardDeviation": .number(sd), "exact": .number(exact[name]),
        ]
      )
    }
    let tightness = try ModelSolution(of: run.directory)?.tightness
    return [
      "diagnosis": try RunDiagnosis(run).json,
      "tightness": tightness.map { ["value": .number($0.value), "standardError": .number($0.standardError)] } ?? .null,
      "observables": .object(observables),
    ]
  }

  /// What theory says as N grows; nil where the multipliers have no closed form, or the tightness changes with N.
  private func theory() throws -> FiniteSizeTheory? {
    if case .gibbsAtLoss = folder.experiment.ensemble { return nil }
    return try folder.experiment.gainModulatedLinearEnsemble()?.theory().map { try FiniteSizeTheory($0) }
  }

  /// The same at the tightness that was found at one width.
  private func theory(width: Int, tightness: Double) throws -> FiniteSizeTheory? {
    var solution = ModelSolution()
    solution.tightness = ModelSolution.Estimated(value: tightness, standardError: 0)
    return try experiment(width: width).gainModulatedLinearEnsemble(solution)?.theory().map { try FiniteSizeTheory($0) }
  }
}
