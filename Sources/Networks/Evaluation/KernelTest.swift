// Tests of a user's own experiment: is the kernel exact for this ensemble, is the gradient the density's?

import Sampling

extension GainModulatedLinearEnsemble {
  /// Tests whether a kernel leaves this ensemble invariant, without running a long chain.
  ///
  /// Product ensemble: chains from exact draws against exact draws (``InvarianceTest``). Gibbs ensemble: Geweke's joint test
  /// (``GewekeTest``), for which the target varies; its own plays no part.
  ///
  /// - Parameters:
  ///   - transitions: of every chain; in Geweke's test they are spread over four targets, one each at least.
  ///   - rule: sample sizes and the false-alarm rate.
  ///   - makeKernel: the kernel under test for a density of this ensemble. It must be the same, tuning included, whatever the
  ///     density's target.
  /// - Precondition: at least one transition.
  /// - Throws: ``MaxEntropyError`` if the product ensemble's multipliers do not exist; ``StartError``; ``GSLError``.
  public func testKernel<Kernel: PointKernel>(
    transitions: Int = 12, rule: SequentialTest = SequentialTest(), using stream: inout RandomStream,
    makeKernel: (GainModulatedLinearDensity) throws -> Kernel
  ) throws -> KernelTestReport {
    precondition(transitions >= 1, "a test of a kernel needs at least one transition")
    switch ensemble {
    case .product:
      let target = try ProductEnsembleDensity(self)
      let kernel = try makeKernel(target.density)
      let functions = JointTestFunctions(target.density, seesTarget: false)
      var workspace = target.makeWorkspace()
      func values(_ position: [Double]) -> [Double] {
        functions.values(at: position, of: target.density, target: task.target)
      }
      return try rule.compare(functions.names, using: &stream) { stream in
        values(target.drawPosition(workspace: &workspace, using: &stream))
      } chain: { _, stream in
        let start = target.drawPosition(workspace: &workspace, using: &stream)
        var state = try kernel.initialState(at: start)
        for _ in 0..<transitions { _ = kernel.step(&state, using: &stream) }
        return ChainEnds(start: values(start), end: values(state.position))
      }
    case .gibbs:
      let rounds = min(4, transitions)
      return try GewekeTest(density(), rounds: rounds, transitions: max(1, transitions / rounds), rule: rule)
        .run(using: &stream, makeKernel: makeKernel)
    }
  }

  /// Compares the density's gradient with central differences at draws of the prior.
  ///
  /// - Throws: ``MaxEntropyError`` if the product ensemble's multipliers do not exist.
  public func testGradient(
    positions: Int = 5, test: GradientTest = GradientTest(), using stream: inout RandomStream
  ) throws -> GradientReport {
    var draws: [[Double]] = []
    for _ in 0..<positions { draws.append(try startingPosition(using: &stream)) }
    return test.run(try density(), at: draws)
  }
}
