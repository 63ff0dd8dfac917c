// Exact starts for replica exchange: every rung at an exact draw of its own tempered density.

extension ReplicaExchange {
  /// A state with every rung at a position of its own, from the hottest to the coldest.
  ///
  /// - Precondition: a position for every rung.
  /// - Throws: ``StartError``; ``RandomStreamError`` for an unknown generator.
  public func initialState(atRungs positions: [[Double]]) throws -> State {
    precondition(positions.count == rungs.count, "a position for every rung")
    var state = try initialState(at: positions[positions.count - 1])
    for (index, position) in positions.enumerated() {
      state.rungStates[index] = try rungs[index].initialState(at: position)
    }
    return state
  }
}

extension InvarianceTest {
  /// Tests replica exchange: all rungs start at exact draws of their tempered densities, so that the rungs together are
  /// stationary, and the coldest one is compared with exact draws of the target.
  ///
  /// - Parameter makeKernel: the kernel for chain `number`, which names its streams.
  /// - Throws: ``StartError``; ``RandomStreamError``.
  public func run<Rung: PointKernel>(
    using stream: inout RandomStream, makeKernel: (_ number: Int) throws -> ReplicaExchange<Rung>
  ) throws -> KernelTestReport where Rung.Target: DrawableLogDensity {
    try run(using: &stream) { position, number, stream in
      let kernel = try makeKernel(number)
      var positions = kernel.rungs.dropLast().map { rung in
        var workspace = rung.target.makeWorkspace()
        return rung.target.drawPosition(workspace: &workspace, using: &stream)
      }
      positions.append(position)
      var state = try kernel.initialState(atRungs: positions)
      for _ in 0..<transitions { _ = kernel.step(&state, using: &stream) }
      return state.position
    }
  }
}
