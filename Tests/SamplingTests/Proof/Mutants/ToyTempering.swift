// Two tempered Langevin chains that swap, and the mistakes of swaps and of tempered proposals.

import Foundation
import Sampling

/// Two rungs of ``TemperedModes`` at inverse temperatures 0.3 and 1, each moved by MALA, then a proposed swap.
struct ToyTempering: Sendable {
  enum Defect: CaseIterable {
    /// The swap's log ratio has the wrong sign.
    case wrongSign
    /// The hot rung's proposal uses the tempered gradient, its proposal density the untempered one.
    case proposalForgetsTemperature
    /// The swap's log ratio is that of whole log densities at t = 1.
    case forgetsHotDensity
    /// The hot rung accepts by the untempered density.
    case hotRungAtTargetTemperature
  }

  let stepSize = 1.2
  let defect: Defect?

  func langevin(_ target: TemperedModes, _ x: inout [Double], _ stream: inout RandomStream) {
    let cold = target.tempered(to: 1)
    let forgets = defect == .proposalForgetsTemperature
    let slope = target.slope(x)
    let proposed = sum(sum(x, 0.5 * stepSize * stepSize, slope), stepSize, stream.normals(2))
    let accepted = defect == .hotRungAtTargetTemperature ? cold : target
    var ratio = accepted.value(proposed) - accepted.value(x)
    let back = forgets ? cold.slope(proposed) : target.slope(proposed)
    let forth = forgets ? cold.slope(x) : slope
    ratio += ToyLangevin<TemperedModes>.logProposal(x, proposed, back, stepSize)
    ratio -= ToyLangevin<TemperedModes>.logProposal(proposed, x, forth, stepSize)
    if stream.accepts(ratio) { x = proposed }
  }

  /// Moves a cold position from an exact start, with a hot companion from one of its own.
  func move(_ start: [Double], transitions: Int, using stream: inout RandomStream) -> [Double] {
    let (cold, hot) = (TemperedModes(), TemperedModes(inverseTemperature: 0.3))
    var workspace: Void = ()
    var x = start
    var y = hot.drawPosition(workspace: &workspace, using: &stream)
    for _ in 0..<transitions {
      langevin(cold, &x, &stream)
      langevin(hot, &y, &stream)
      var ratio = cold.value(y) - cold.value(x)
      if defect != .forgetsHotDensity { ratio += hot.value(x) - hot.value(y) }
      if defect == .wrongSign { ratio = -ratio }
      if stream.accepts(ratio) { swap(&x, &y) }
    }
    return x
  }
}
