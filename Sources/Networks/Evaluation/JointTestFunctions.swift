// The functions of a network, and of its target where that is drawn too, whose laws tests of kernels compare.

import Sampling

/// Test functions of networks: those of single weights and gains, the log density, and of the readout its entries (four at most),
/// its square, and with a target the target's entries and both's inner product.
struct JointTestFunctions: Sendable {
  private static let maximumEntries = 4
  let names: [String]
  private let weights: [TestFunction]
  private let entries: Int
  private let seesTarget: Bool

  init(_ density: GainModulatedLinearDensity, seesTarget: Bool) {
    // The first standard function is the log density, of this density only.
    let weights = Array(density.standardTestFunctions(coordinates: 2).dropFirst())
    let entries = min(Self.maximumEntries, density.contexts * density.features)
    self.weights = weights
    self.entries = entries
    self.seesTarget = seesTarget
    func entryNames(_ name: String) -> [String] {
      (0..<entries).map { "\(name)[\($0 / density.features),\($0 % density.features)]" }
    }
    names =
      weights.map(\.name) + ["log density", "square of readout"] + entryNames("readout")
      + (seesTarget ? ["readout times target"] + entryNames("target") : [])
  }

  /// The values in the order of the names. O(N K D).
  func values(at position: [Double], of density: GainModulatedLinearDensity, target: Matrix) -> [Double] {
    var workspace = density.makeWorkspace()
    let readout = density.readout(at: position.span).elements
    var values = weights.map { $0.value(position) }
    values.append(density.logDensity(at: position.span, using: &workspace))
    values.append(readout.reduce(0) { $0 + $1 * $1 })
    values += readout.prefix(entries)
    if seesTarget {
      values.append(zip(readout, target.elements).reduce(0) { $0 + $1.0 * $1.1 })
      values += target.elements.prefix(entries)
    }
    return values
  }
}
