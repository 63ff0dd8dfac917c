// Networks with several loadings as a density that whole networks are drawn from.

import Sampling

/// A ``LoadingDensity`` with exact draws: what the kernels that sample the same density are tested against.
public struct LoadingProposal: DrawableLogDensity {
  /// The density that draws are weighed by.
  public let density: LoadingDensity
  private let law: LoadingLaw

  /// - Throws: ``GSLError`` if a covariance is not positive definite in double precision.
  init(_ density: LoadingDensity) throws {
    self.density = density
    law = try LoadingLaw(density.solution)
  }

  /// A network's neurons.
  public struct Workspace: Sendable {
    fileprivate var density: LoadingDensity.Workspace
    fileprivate var chunk: LoadingChunk
  }

  public var layout: ParameterLayout { density.layout }

  public func makeWorkspace() -> Workspace {
    Workspace(density: density.makeWorkspace(), chunk: law.makeChunk(neurons: density.neurons))
  }

  public func logDensity(at position: Span<Double>, using workspace: inout Workspace) -> Double {
    density.logDensity(at: position, using: &workspace.density)
  }

  public func draw(
    into position: inout MutableSpan<Double>, workspace: inout Workspace, using stream: inout RandomStream
  ) {
    law.draw(into: &workspace.chunk, using: &stream)
    let count = workspace.chunk.loadings.count
    for k in 0..<count { position[k] = workspace.chunk.loadings[k] }
    for k in 0..<layout.binaryRange.count { position[count + k] = workspace.chunk.gains[k] }
  }
}
