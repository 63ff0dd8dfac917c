// What simulation-based calibration ranks: functions of a network, and of the data that it is conditioned on.

import Sampling

/// The quantities whose ranks must be uniform.
///
/// `lp` and `loss` are functions of a network and of the replica's own data: of all they see most (Modrák et al. 2023). The others are the
/// ensemble's observables, but for those that are judged by their mean alone (identities and residuals, which hold the spec's target) and
/// those that the data decide, `loss` among them.
struct CalibrationQuantities<Ensemble: SampledEnsemble>: Sendable {
  private static var leftOut: Set<String> {
    ["lp", "loss", "weight_identity", "gain_residual", "sign_residual", "hard_residual", "target_distance"]
  }

  let names: [String]
  private let observables: Ensemble.Seen
  private let scalars: Int
  private let chosen: [Int]
  private let seesLoss: Bool

  init(_ ensemble: Ensemble, _ density: Ensemble.Density) {
    observables = ensemble.observables(of: density)
    var chosen: [Int] = []
    seesLoss = !ensemble.decidedByTask.contains("loss")
    var names = seesLoss ? ["lp", "loss"] : ["lp"]
    let leftOut = Self.leftOut.union(ensemble.decidedByTask)
    var next = 0
    for variable in observables.variables {
      if !leftOut.contains(variable.name) {
        chosen += next..<next + variable.count
        names += variable.scalarNames
      }
      next += variable.count
    }
    self.chosen = chosen
    self.names = names
    scalars = next
  }

  /// The memory of one replica.
  struct Workspace {
    fileprivate var seen: [Double]
    fileprivate var observing: Ensemble.Seen.Workspace
    fileprivate var density: Ensemble.Density.Workspace
  }

  func makeWorkspace(_ density: Ensemble.Density) -> Workspace {
    Workspace(
      seen: [Double](repeating: 0, count: scalars), observing: observables.makeWorkspace(),
      density: density.makeWorkspace())
  }

  /// The values in the order of the names; `loss` as n β L, which has the same ranks.
  func values(at position: [Double], of density: Ensemble.Density, using workspace: inout Workspace) -> [Double] {
    let logDensity = density.logDensity(at: position.span, using: &workspace.density)
    let loss = -density.temperatureSlope(at: position.span, using: &workspace.density)
    Self.evaluate(observables, at: position, logDensity, into: &workspace.seen, using: &workspace.observing)
    return (seesLoss ? [logDensity, loss] : [logDensity]) + chosen.map { workspace.seen[$0] }
  }

  /// Takes the arrays apart: exclusivity checking would not let both be reached through one workspace.
  private static func evaluate(
    _ observables: Ensemble.Seen, at position: [Double], _ logDensity: Double, into values: inout [Double],
    using memory: inout Ensemble.Seen.Workspace
  ) {
    var span = values.mutableSpan
    observables.evaluate(at: position.span, logDensity: logDensity, into: &span, using: &memory)
  }
}
