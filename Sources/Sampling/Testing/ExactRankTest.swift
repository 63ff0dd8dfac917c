// Is a kernel reversible with respect to its target? The rank of an exact draw along its own chain is uniform.

/// The exact rank test, for reversible kernels (Besag & Clifford 1989; Gandy & Scott 2020, section 3.2).
///
/// An exact draw takes a uniformly random place in a chain of `length` states, which is run from it forwards and, the kernel
/// being its own reverse, backwards with the same kernel. The states are then exchangeable with respect to the place, so the
/// draw's rank among them under any test function is uniform. Ranks, made continuous by a uniform number within rank and
/// ties, are compared with the uniform law by Kolmogorov–Smirnov, as they are and folded at their middle. Sees failures
/// of detailed balance that leave the target invariant. Cost: `sampleSize` chains of `length` − 1 transitions in most cases.
public struct ExactRankTest<Target: DrawableLogDensity>: Sendable {
  /// What the kernel should be reversible with respect to.
  public var target: Target
  /// What the ranks are of.
  public var functions: [TestFunction]
  /// The number of states of a chain.
  public var length: Int
  /// How the decision is made.
  public var rule: SequentialTest

  /// - Parameter functions: nil for the target's standard ones.
  /// - Precondition: at least two states.
  public init(
    _ target: Target, functions: [TestFunction]? = nil, length: Int = 10, rule: SequentialTest = SequentialTest()
  ) {
    precondition(length >= 2, "a rank needs at least two states")
    self.target = target
    self.functions = functions ?? target.standardTestFunctions()
    self.length = length
    self.rule = rule
  }

  /// Tests a kernel.
  ///
  /// - Throws: ``RankTestError`` for a kernel that does not claim to be reversible; ``StartError``.
  public func run<Kernel: MarkovKernel>(
    _ kernel: Kernel, using stream: inout RandomStream
  ) throws -> KernelTestReport {
    guard kernel.isReversible else { throw RankTestError() }
    var workspace = target.makeWorkspace()
    return try rule.run { count in
      let empty = [Double](repeating: 0, count: count)
      var ranks = [[Double]](repeating: empty, count: functions.count)
      var changes = [Int](repeating: 0, count: functions.count)
      var starts = ranks
      for index in 0..<count {
        let position = target.drawPosition(workspace: &workspace, using: &stream)
        let start = functions.map { $0.value(position) }
        var below = [Int](repeating: 0, count: functions.count)
        var ties = below
        let place = stream.integer(below: length)
        for transitions in [place, length - 1 - place] {
          var state = try kernel.initialState(at: position)
          for _ in 0..<transitions {
            _ = kernel.step(&state, using: &stream)
            let reached = state.position
            for k in functions.indices {
              let value = functions[k].value(reached)
              if value < start[k] { below[k] += 1 }
              if value == start[k] { ties[k] += 1 }
            }
          }
        }
        for k in functions.indices {
          let within = Double(ties[k] + 1) * stream.uniform()
          starts[k][index] = start[k]
          ranks[k][index] = (Double(below[k]) + within) / Double(length)
          if ties[k] < length - 1 { changes[k] += 1 }
        }
      }
      return functions.indices.flatMap { k in
        let isStuck = changes[k] == 0 && starts[k].contains { $0 != starts[k][0] }
        return [("rank of \(functions[k].name)", ranks[k]), ("folded rank of \(functions[k].name)", folded(ranks[k]))]
          .map { name, values in
            let distance = KolmogorovSmirnov.distanceFromUniform(values)
            return KernelTestReport.Function(
              name: name, distance: distance,
              pValue: KolmogorovSmirnov.oneSamplePValue(distance: distance, count: count),
              changedFraction: Double(changes[k]) / Double(count), isStuck: isStuck)
          }
      }
    }
  }

  /// |2u − 1|, uniform if u is.
  private func folded(_ ranks: [Double]) -> [Double] { ranks.map { abs(2 * $0 - 1) } }
}

/// A rank test of a kernel that is not reversible.
public struct RankTestError: Error, Sendable, Equatable, CustomStringConvertible {
  public var description: String {
    "the exact rank test is for reversible kernels, and this one does not claim to be; use the invariance test"
  }
}
