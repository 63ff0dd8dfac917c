// Independence Metropolis: proposals that do not depend on where the chain is.

/// Metropolis with independent proposals over all coordinates, real and binary.
///
/// Proposes x' ~ q and accepts with probability min(1, p(x') q(x)/(p(x) q(x'))). Uniformly ergodic if p/q is bounded
/// (Mengersen & Tweedie 1996); useless if q has lighter tails than p. One evaluation of p and two of q a step.
public struct IndependenceMetropolis<Target: LogDensity, Proposal: DrawableLogDensity>: PointKernel {
  public var target: Target
  /// q.
  public let proposal: Proposal

  /// - Precondition: target and proposal have one dimension.
  public init(_ target: Target, proposal: Proposal) {
    precondition(target.dimension == proposal.dimension, "target and proposal have different dimensions")
    self.target = target
    self.proposal = proposal
  }

  public var isReversible: Bool { true }

  public func makeScratch() -> WorkspaceScratch<Proposal.Workspace> {
    WorkspaceScratch(workspace: proposal.makeWorkspace())
  }

  @inlinable
  public func step(
    _ point: inout PointState<Target>, scratch: inout WorkspaceScratch<Proposal.Workspace>,
    using stream: inout RandomStream
  ) -> Transition {
    var transition = Transition()
    transition.evaluations = point.current.evaluate(target, using: &point.workspace)
    Self.draw(proposal, into: &point.proposed.position, workspace: &scratch.workspace, using: &stream)
    point.proposed.invalidate()
    transition.evaluations += point.proposed.evaluate(target, using: &point.workspace)
    transition.steps = 1
    let forth = proposal.logDensity(at: point.proposed.position.span, using: &scratch.workspace)
    let back = proposal.logDensity(at: point.current.position.span, using: &scratch.workspace)
    transition.setLogRatio(
      point.proposed.logDensity - point.current.logDensity + back - forth,
      isFinite: point.proposed.logDensity.isFinite)
    transition.finish(&point, using: &stream)
    return transition
  }

  /// Takes the position apart from the point, which exclusivity checking would not let be reached through it.
  @inlinable @inline(__always)
  static func draw(
    _ proposal: Proposal, into position: inout [Double], workspace: inout Proposal.Workspace,
    using stream: inout RandomStream
  ) {
    var span = position.mutableSpan
    proposal.draw(into: &span, workspace: &workspace, using: &stream)
  }
}

/// The workspace of a density that a kernel evaluates besides its target.
public struct WorkspaceScratch<Workspace: Sendable>: KernelScratch {
  /// Scratch memory of the proposal's density.
  public var workspace: Workspace

  /// Scratch memory that is there already.
  @inlinable
  public init(workspace: Workspace) { self.workspace = workspace }
}
