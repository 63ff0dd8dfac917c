// Does a kernel leave its target invariant? Chains from exact draws must stay exact.

/// The exact-start invariance test, for any kernel: a chain that starts with an exact draw has the target's law after any
/// number of transitions.
///
/// Compares the laws of test functions after `transitions` transitions with those of exact draws, by Kolmogorov–Smirnov
/// and the sequential rule; a kernel that never changes a test function is rejected as well. Cost: `sampleSize` chains of
/// `transitions` transitions in most cases.
public struct InvarianceTest<Target: DrawableLogDensity>: Sendable {
  /// What the kernel should leave invariant.
  public var target: Target
  /// What is compared.
  public var functions: [TestFunction]
  /// Transitions from an exact draw to the position that is compared.
  public var transitions: Int
  /// How the decision is made.
  public var rule: SequentialTest

  /// - Parameter functions: nil for the target's standard ones.
  /// - Precondition: at least one transition.
  public init(
    _ target: Target, functions: [TestFunction]? = nil, transitions: Int = 10, rule: SequentialTest = SequentialTest()
  ) {
    precondition(transitions >= 1, "an invariance test needs at least one transition")
    self.target = target
    self.functions = functions ?? target.standardTestFunctions()
    self.transitions = transitions
    self.rule = rule
  }

  /// Tests a kernel.
  ///
  /// - Throws: ``StartError`` if the kernel cannot start at an exact draw.
  public func run<Kernel: MarkovKernel>(
    _ kernel: Kernel, using stream: inout RandomStream
  ) throws -> KernelTestReport {
    try run(using: &stream) { position, _, stream in
      var state = try kernel.initialState(at: position)
      for _ in 0..<transitions { _ = kernel.step(&state, using: &stream) }
      return state.position
    }
  }

  /// Tests whatever moves a position: `move` returns the end of chain `number` from an exact draw.
  public func run(
    using stream: inout RandomStream,
    move: (_ position: [Double], _ number: Int, inout RandomStream) throws -> [Double]
  ) rethrows -> KernelTestReport {
    var workspace = target.makeWorkspace()
    return try rule.compare(functions.map(\.name), using: &stream) { stream in
      let position = target.drawPosition(workspace: &workspace, using: &stream)
      return functions.map { $0.value(position) }
    } chain: { number, stream in
      let start = target.drawPosition(workspace: &workspace, using: &stream)
      let end = try move(start, number, &stream)
      return ChainEnds(start: functions.map { $0.value(start) }, end: functions.map { $0.value(end) })
    }
  }
}

extension DrawableLogDensity {
  /// An independent exact draw.
  public func drawPosition(workspace: inout Workspace, using stream: inout RandomStream) -> [Double] {
    var position = [Double](repeating: 0, count: dimension)
    var span = position.mutableSpan
    draw(into: &span, workspace: &workspace, using: &stream)
    return position
  }
}
