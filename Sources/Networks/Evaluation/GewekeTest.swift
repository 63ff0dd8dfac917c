// Geweke's joint test of kernels on Gibbs ensembles, whose networks cannot be drawn exactly.

import Sampling

/// Geweke's joint distribution test (Geweke 2004) with exact starts, of kernels on a Gibbs density.
///
/// What the task asks for is treated as data: with networks Θ from the prior and data from their likelihood given Θ
/// (``NetworkDensity/withTask(drawnGiven:using:)``), the law of Θ given the data is the Gibbs density with these data. A chain
/// starts at an exact draw of Θ, then alternates between drawing data given Θ and `transitions` transitions of the kernel on
/// the density with those data. Both leave the joint law invariant, so the end must have the law of a fresh pair, which test
/// functions of both compare.
public struct GewekeTest<Ensemble: SampledEnsemble>: Sendable {
  /// The Gibbs density; its data are not used.
  public let density: Ensemble.Density
  /// Draws of the data between start and end.
  public let rounds: Int
  /// Transitions for every one of them.
  public let transitions: Int
  /// How the decision is made.
  public let rule: SequentialTest
  private let functions: JointTestFunctions<Ensemble>

  /// A test of kernels on the ensemble's density; nil if its task has no likelihood.
  ///
  /// - Throws: ``MaxEntropyError`` if the ensemble does not exist; ``RandomStreamError``.
  /// - Precondition: at least one round and transition.
  public init?(
    _ ensemble: Ensemble, rounds: Int = 4, transitions: Int = 3, rule: SequentialTest = SequentialTest()
  ) throws {
    precondition(rounds >= 1 && transitions >= 1)
    density = try ensemble.density()
    self.rounds = rounds
    self.transitions = transitions
    self.rule = rule
    functions = JointTestFunctions(ensemble, density, seesTask: true)
    var probe = try RandomStream(StreamKey(seed: 0, chain: 0, purpose: .testing))
    let position = density.drawPrior(using: &probe)
    guard density.withTask(drawnGiven: position.span, using: &probe) != nil else { return nil }
  }

  /// Tests the kernel that `makeKernel` makes for a density.
  ///
  /// - Throws: ``StartError`` if the kernel cannot start at a draw of the prior; what `makeKernel` throws.
  public func run<Kernel: PointKernel>(
    using stream: inout RandomStream, makeKernel: (Ensemble.Density) throws -> Kernel
  ) throws -> KernelTestReport {
    try rule.compare(functions.names, using: &stream) { stream in
      let position = density.drawPrior(using: &stream)
      return functions.values(at: position, of: withTask(drawnGiven: position, using: &stream))
    } chain: { _, stream in
      var position = density.drawPrior(using: &stream)
      var start: [Double] = []
      var end: [Double] = []
      for round in 0..<rounds {
        let conditional = withTask(drawnGiven: position, using: &stream)
        if round == 0 { start = functions.values(at: position, of: conditional) }
        let kernel = try makeKernel(conditional)
        var state = try kernel.initialState(at: position)
        for _ in 0..<transitions { _ = kernel.step(&state, using: &stream) }
        position = state.position
        if round == rounds - 1 { end = functions.values(at: position, of: conditional) }
      }
      return ChainEnds(start: start, end: end)
    }
  }

  /// Never nil: the initialiser tried.
  private func withTask(drawnGiven position: [Double], using stream: inout RandomStream) -> Ensemble.Density {
    density.withTask(drawnGiven: position.span, using: &stream)!
  }
}
