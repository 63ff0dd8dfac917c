// Whole networks of independent neurons as a distribution to propose from.

import Sampling

/// The product ensemble as a distribution that can be drawn exactly and evaluated: what independence Metropolis proposes.
public struct ProductProposal: DrawableLogDensity {
  private let density: GainModulatedLinearDensity
  private let law: NeuronLaw

  /// Networks of `neurons` independent neurons with the law of a solution (of a Gibbs problem, its N → ∞ limit).
  ///
  /// - Precondition: an active probability below 1.
  public init(_ solution: MaxEntropySolution, neurons: Int) {
    law = NeuronLaw(solution)
    density = GainModulatedLinearDensity(
      neurons: neurons, potential: .multipliers(solution.multipliers), outputPrecision: solution.outputPrecision,
      inputPrecision: solution.inputPrecision,
      gains: .drawn(activeProbability: solution.problem.activeProbability))
  }

  /// The density's workspace and room for the drawn neurons.
  public struct Workspace: Sendable {
    var density: GainModulatedLinearDensity.Workspace
    var neurons: NeuronChunk
  }

  public var layout: ParameterLayout { density.layout }

  public func makeWorkspace() -> Workspace {
    Workspace(density: density.makeWorkspace(), neurons: law.makeChunk(neurons: density.neurons))
  }

  public func logDensity(at position: Span<Double>, using workspace: inout Workspace) -> Double {
    density.logDensity(at: position, using: &workspace.density)
  }

  public func draw(
    into position: inout MutableSpan<Double>, workspace: inout Workspace, using stream: inout RandomStream
  ) {
    law.draw(into: &workspace.neurons, using: &stream)
    var next = 0
    for part in [\NeuronChunk.outputWeight, \.inputWeights, \.gain] {
      for value in workspace.neurons[keyPath: part] {
        position[next] = value
        next += 1
      }
    }
  }
}
