// The product ensemble as a density that whole networks can be drawn from.

import Sampling

/// A product ensemble's log density over whole networks, with exact draws neuron by neuron (THEORY section 4).
///
/// What the kernels that sample the same density are tested against, and a proposal for independence Metropolis.
public struct ProductEnsembleDensity: DrawableLogDensity {
  /// The density that kernels sample.
  public let density: GainModulatedLinearDensity
  private let law: NeuronLaw

  /// Networks of `neurons` independent neurons with a solution's law (of a Gibbs problem, its N → ∞ limit).
  ///
  /// - Throws: ``MaxEntropyError`` if the solution's gains are given for another number of neurons.
  public init(_ solution: MaxEntropySolution, neurons: Int) throws {
    law = NeuronLaw(solution)
    density = GainModulatedLinearDensity(
      neurons: neurons, potential: .multipliers(solution.multipliers), outputPrecision: solution.outputPrecision,
      inputPrecision: solution.inputPrecision,
      gains: try solution.problem.gains.binaryGains(contexts: law.contexts, neurons: neurons))
  }

  /// The density of a product ensemble.
  ///
  /// - Throws: ``MaxEntropyError`` if the multipliers do not exist.
  /// - Precondition: a product ensemble.
  public init(_ ensemble: GainModulatedLinearEnsemble) throws {
    precondition(ensemble.ensemble == .product, "only the product ensemble's networks can be drawn neuron by neuron")
    try self.init(try ensemble.solve(), neurons: ensemble.neurons)
  }

  /// Scratch memory of the density, and a network.
  public struct Workspace: Sendable {
    var density: GainModulatedLinearDensity.Workspace
    var network: NeuronChunk
  }

  public var layout: ParameterLayout { density.layout }

  public func makeWorkspace() -> Workspace {
    Workspace(density: density.makeWorkspace(), network: law.makeChunk(neurons: density.neurons))
  }

  public func logDensity(at position: Span<Double>, using workspace: inout Workspace) -> Double {
    density.logDensity(at: position, using: &workspace.density)
  }

  public func draw(
    into position: inout MutableSpan<Double>, workspace: inout Workspace, using stream: inout RandomStream
  ) {
    law.draw(into: &workspace.network, using: &stream)
    let n = density.neurons
    for i in 0..<n { position[i] = workspace.network.outputWeight[i] }
    let inputs = n * law.features
    for i in 0..<inputs { position[n + i] = workspace.network.inputWeights[i] }
    // Fixed gains are no coordinates.
    for i in 0..<layout.binaryRange.count { position[n + inputs + i] = workspace.network.gain[i] }
  }
}
