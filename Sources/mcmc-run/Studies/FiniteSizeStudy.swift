// finite-size: ensembles of several widths, every observable against N, fitted and held against theory.

import JSON
import Networks
import Sampling

/// The finite-size study of an experiment.
struct FiniteSizeStudy: Study {
  static let name = "finite-size"

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
    var points: [String: [FiniteSizeReport.Point]] = [:]
    var names: [String] = []
    let parts = try folder.parts(neurons.map { "N\($0)" }, context) { index, context in
      context.say("N = \(neurons[index]): \(index + 1) of \(neurons.count) widths")
      return try measure(neurons[index], context)
    }
    for (width, part) in zip(neurons, parts) {
      guard case .object(let members) = part.content else { continue }
      for member in members {
        if points[member.key] == nil { names.append(member.key) }
        guard let estimate = member.value.estimate, let sd = member.value["standardDeviation"]?.realNumber else {
          continue
        }
        points[member.key, default: []].append(
          .init(neurons: width, estimate: estimate, standardDeviation: sd))
      }
    }
    return try FiniteSizeReport(
      experiment: folder.experiment, names: names, points: points, theory: try theory(), accuracy: accuracy)
  }

  /// The experiment at another width; of deep networks all hidden layers have it.
  private func experiment(width: Int) throws -> Experiment {
    if case .deep(let deep) = folder.experiment.network {
      return try folder.experiment(with: [(["network", "widths"], .integers(deep.widths.map { _ in width }))])
    }
    return try folder.experiment(with: [(["network", "neurons"], .integer(width))])
  }

  /// Every observable of the ensemble at one width.
  private func measure(_ width: Int, _ context: CommandContext) throws -> JSONValue {
    let run = try folder.run("N\(width)", try experiment(width: width), context)
    return .object(
      // The log density is a sum over the network, and its constant is left out.
      run.draws.names.filter { $0 != "lp" }.map { name in
        let series = run.draws.scalars[name]!
        let moments = RunningMoments(series.joined())
        let sd = (moments.squaredDeviations / Double(max(1, moments.count - 1))).squareRoot()
        return (
          name,
          [
            "value": .number(moments.mean), "standardError": .number(Diagnostics.mcseMean(series)),
            "standardDeviation": .number(sd),
          ]
        )
      })
  }

  /// What theory says as N grows; nil where the multipliers have no closed form, or the tightness changes with N.
  private func theory() throws -> FiniteSizeTheory? {
    if case .gibbsAtLoss = folder.experiment.ensemble { return nil }
    guard let ensemble = try folder.experiment.gainModulatedLinearEnsemble() else { return nil }
    return try FiniteSizeTheory(ensemble.solve())
  }
}
