// The functions of a network, and of its task's data where these are drawn too, whose laws tests of kernels compare.

import Sampling

/// Test functions of networks: those of single weights and gains, the log density, the ensemble's observables (sixteen scalars at
/// most, without those that the task decides) and, where the task's data are drawn too, these (four at most) and the log likelihood.
struct JointTestFunctions<Ensemble: SampledEnsemble>: Sendable {
  private static var maximumObservables: Int { 16 }
  private static var maximumData: Int { 4 }
  let names: [String]
  private let weights: [TestFunction]
  private let observables: Ensemble.Seen
  /// Which of the observables; the first is the log density that it is given.
  private let chosen: [Int]
  private let scalars: Int
  private let data: Int

  init(_ ensemble: Ensemble, _ density: Ensemble.Density, seesTask: Bool) {
    // The first standard function is the log density, of this density only.
    weights = Array(density.standardTestFunctions(coordinates: 2).dropFirst())
    observables = ensemble.observables(of: density)
    let scalarNames = observables.variables.flatMap(\.scalarNames)
    scalars = scalarNames.count
    let decided = observables.variables.flatMap { variable in
      variable.scalarNames.map { _ in ensemble.decidedByTask.contains(variable.name) }
    }
    chosen = Array((1..<scalars).filter { !decided[$0] }.prefix(Self.maximumObservables))
    data = seesTask ? min(Self.maximumData, density.taskData.count) : 0
    names =
      weights.map(\.name) + ["log density"] + chosen.map { scalarNames[$0] }
      + (seesTask ? ["log likelihood"] + (0..<data).map { "task[\($0)]" } : [])
  }

  /// The values in the order of the names.
  func values(at position: [Double], of density: Ensemble.Density) -> [Double] {
    var workspace = density.makeWorkspace()
    var values = weights.map { $0.value(position) }
    let logDensity = density.logDensity(at: position.span, using: &workspace)
    values.append(logDensity)
    var seen = [Double](repeating: 0, count: scalars)
    var observing = observables.makeWorkspace()
    var span = seen.mutableSpan
    observables.evaluate(at: position.span, logDensity: logDensity, into: &span, using: &observing)
    values += chosen.map { seen[$0] }
    if names.count > values.count {
      values.append(density.temperatureSlope(at: position.span, using: &workspace))
      values += density.taskData.prefix(data)
    }
    return values
  }
}
