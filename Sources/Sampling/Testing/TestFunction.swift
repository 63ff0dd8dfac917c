// The functions of a position whose laws the tests of kernels compare.

/// A real function of a position.
public struct TestFunction: Sendable {
  /// The name, as reports give it.
  public let name: String
  /// The function.
  public let value: @Sendable ([Double]) -> Double

  /// A named function of a position.
  public init(_ name: String, _ value: @escaping @Sendable ([Double]) -> Double) {
    self.name = name
    self.value = value
  }
}

extension LogDensity {
  /// Test functions that suit most targets: the log density, of every block its mean square and its first coordinates with
  /// their squares, and the products of neighbours among these coordinates.
  ///
  /// Their laws see shifts, wrong scales and wrong dependences, between blocks too. Binary blocks have a mean in place of
  /// the squares.
  ///
  /// - Parameter coordinates: of every block, at most.
  public func standardTestFunctions(coordinates: Int = 3) -> [TestFunction] {
    var functions = [
      TestFunction("log density") { position in
        var workspace = makeWorkspace()
        return logDensity(at: position.span, using: &workspace)
      }
    ]
    var chosen: [Int] = []
    for block in layout.blocks where block.count > 0 {
      let range = block.range
      let isReal = block.kind == .real
      functions.append(
        TestFunction(isReal ? "mean square of \(block.name)" : "mean of \(block.name)") { position in
          position[range].reduce(0) { $0 + $1 * $1 } / Double(range.count)
        })
      for j in range.prefix(coordinates) {
        let name = layout.name(ofCoordinate: j)
        functions.append(TestFunction(name) { $0[j] })
        if isReal { functions.append(TestFunction("\(name)²") { $0[j] * $0[j] }) }
        chosen.append(j)
      }
    }
    for (i, j) in zip(chosen, chosen.dropFirst()) {
      functions.append(
        TestFunction("\(layout.name(ofCoordinate: i)) \(layout.name(ofCoordinate: j))") { $0[i] * $0[j] })
    }
    return functions
  }
}
