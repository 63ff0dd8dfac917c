// The recorded scalars of a single network.

import Networks
import Sampling

extension Observables {
  /// All recorded scalars of one network.
  func values(at position: [Double], of density: some NetworkDensity) -> [String: Double] {
    let names = variables.flatMap(\.scalarNames)
    var memory = makeWorkspace()
    var densityMemory = density.makeWorkspace()
    let logDensity = density.logDensity(at: position.span, using: &densityMemory)
    var values = [Double](repeating: 0, count: names.count)
    var span = values.mutableSpan
    evaluate(at: position.span, logDensity: logDensity, into: &span, using: &memory)
    return Dictionary(uniqueKeysWithValues: zip(names, values).filter { $0.0 != "lp" })
  }
}
