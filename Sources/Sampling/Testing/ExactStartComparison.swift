// The comparison behind all invariance tests: chains that start exactly, against exact draws.

/// The values of the test functions along one chain.
public struct ChainEnds: Sendable {
  /// At the chain's exact start.
  public let start: [Double]
  /// At its end.
  public let end: [Double]

  /// The values of all test functions at a chain's start and end, in one order.
  public init(start: [Double], end: [Double]) {
    self.start = start
    self.end = end
  }
}

extension SequentialTest {
  /// Compares the law of test functions at the end of chains that start with an exact draw with that of exact draws.
  ///
  /// If whatever runs between start and end leaves the law of the start invariant, the two laws are equal, after any number of
  /// transitions: nothing has to converge. Two-sample Kolmogorov–Smirnov for each function.
  ///
  /// - Parameters:
  ///   - names: of the test functions.
  ///   - draw: makes an exact draw and returns its test functions.
  ///   - chain: makes an exact draw, runs chain `number` from it, and returns the test functions at both ends. No two
  ///     chains of the test have one number.
  public func compare(
    _ names: [String], using stream: inout RandomStream, draw: (inout RandomStream) throws -> [Double],
    chain: (_ number: Int, inout RandomStream) throws -> ChainEnds
  ) rethrows -> KernelTestReport {
    var chainsRun = 0
    return try run { count in
      let empty = [Double](repeating: 0, count: count)
      var exact = [[Double]](repeating: empty, count: names.count)
      var reached = exact
      var changes = [Int](repeating: 0, count: names.count)
      for index in 0..<count {
        let drawn = try draw(&stream)
        let ends = try chain(chainsRun, &stream)
        chainsRun += 1
        for k in names.indices {
          exact[k][index] = drawn[k]
          reached[k][index] = ends.end[k]
          if ends.start[k] != ends.end[k] { changes[k] += 1 }
        }
      }
      return names.indices.map { k in
        let distance = KolmogorovSmirnov.distance(exact[k], reached[k])
        return KernelTestReport.Function(
          name: names[k], distance: distance,
          pValue: KolmogorovSmirnov.twoSamplePValue(distance: distance, count: count),
          changedFraction: Double(changes[k]) / Double(count),
          isStuck: changes[k] == 0 && exact[k].contains { $0 != exact[k][0] })
      }
    }
  }
}
