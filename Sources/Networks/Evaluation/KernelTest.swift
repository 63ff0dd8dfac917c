// Tests of a user's own experiment: is the kernel exact for this ensemble, is the gradient the density's?

import Sampling

extension SampledEnsemble {
  /// Tests whether a kernel leaves this ensemble invariant, without running a long chain.
  ///
  /// Where the ensemble can be drawn exactly, chains from exact draws end at what is held against exact draws
  /// (``InvarianceTest``). Otherwise Geweke's joint test (``GewekeTest``), for which the task varies; its own plays no part. Nil
  /// where neither is possible.
  ///
  /// - Parameters:
  ///   - transitions: of every chain; in Geweke's test they are spread over four tasks, one each at least.
  ///   - rule: sample sizes and the false-alarm rate.
  ///   - makeKernel: the kernel under test for a density of this ensemble. It must be the same, tuning included, whatever the
  ///     density's task.
  /// - Precondition: at least one transition.
  /// - Throws: ``MaxEntropyError`` if the ensemble does not exist; ``StartError``; ``GSLError``.
  public func testKernel<Kernel: PointKernel>(
    transitions: Int = 12, rule: SequentialTest = SequentialTest(), using stream: inout RandomStream,
    makeKernel: (Density) throws -> Kernel
  ) throws -> KernelTestReport? {
    precondition(transitions >= 1, "a test of a kernel needs at least one transition")
    guard isDrawnExactly else {
      let rounds = min(4, transitions)
      return try GewekeTest(self, rounds: rounds, transitions: max(1, transitions / rounds), rule: rule)?
        .run(using: &stream, makeKernel: makeKernel)
    }
    let target = try proposal()
    let density = try density()
    let kernel = try makeKernel(density)
    let functions = JointTestFunctions(self, density, seesTask: false)
    var workspace = target.makeWorkspace()
    return try rule.compare(functions.names, using: &stream) { stream in
      functions.values(at: target.drawPosition(workspace: &workspace, using: &stream), of: density)
    } chain: { _, stream in
      let start = target.drawPosition(workspace: &workspace, using: &stream)
      var state = try kernel.initialState(at: start)
      for _ in 0..<transitions { _ = kernel.step(&state, using: &stream) }
      return ChainEnds(
        start: functions.values(at: start, of: density), end: functions.values(at: state.position, of: density))
    }
  }

  /// Compares the density's gradient with central differences at draws of the prior.
  ///
  /// - Throws: ``MaxEntropyError`` if the ensemble does not exist.
  public func testGradient(
    positions: Int = 5, test: GradientTest = GradientTest(), using stream: inout RandomStream
  ) throws -> GradientReport {
    var draws: [[Double]] = []
    for _ in 0..<positions { draws.append(try startingPosition(using: &stream)) }
    return test.run(try density(), at: draws)
  }
}
