// Networks of independent neurons with several loadings as something to solve, to sample and to check.

import Sampling

/// The product ensemble of a problem of loadings (THEORY section 12).
public struct LoadingEnsemble: SampledEnsemble {
  /// What is collected from positions: moments of the loadings within populations.
  public typealias Accumulator = LoadingAccumulator
  /// What is recorded with every draw.
  public typealias Seen = ObservableList<LoadingPositionView>

  /// The loadings and the averages that they must have.
  public let problem: LoadingProblem
  public let neurons: Int
  private let solution = Once<LoadingSolution>()

  /// An ensemble; nothing is solved before it is asked for.
  public init(_ problem: LoadingProblem, neurons: Int) {
    self.problem = problem
    self.neurons = neurons
  }

  /// The law of a neuron, solved once for all copies of this value.
  ///
  /// - Throws: ``LoadingError``, ``MaxEntropyError``.
  public func solve() throws -> LoadingSolution { try solution { try problem.solve() } }

  /// No outputs are asked for: zero readouts of the loadings.
  public var task: LearningTask {
    // A matrix of zeros is a task.
    try! LearningTask(target: Matrix(rows: problem.contexts, columns: problem.loadings.count))
  }

  public var hasDiscreteGains: Bool { true }

  public func density() throws -> LoadingDensity { try LoadingDensity(solve(), neurons: neurons) }

  public func observables(of density: LoadingDensity) -> Seen {
    let problem = problem
    return ObservableList(Observable.ofLoadings(problem)) {
      LoadingPositionView(sums: LoadingSums(problem, counting: .patterns), density: density)
    }
  }

  public func accumulator(of density: LoadingDensity, heldOut: HeldOutReadout?) -> LoadingAccumulator {
    LoadingAccumulator(density)
  }

  public func predictions() throws -> [Prediction] {
    _ = try density()
    return theory().predictions
  }

  public func theory() -> Theory {
    var theory = Theory()
    theory.add("averages of independent neurons") { Prediction.loadings(try solve(), neurons: neurons) }
    theory.add("laws of the overlaps") { try Prediction.overlapLaws(solve(), neurons: neurons) }
    return theory
  }

  public func proposal() throws -> LoadingProposal { try LoadingProposal(density()) }

  public var isDrawnExactly: Bool { true }

  /// N log Z, exact.
  public func logEvidence() throws -> QuadratureValue? {
    let value = try Double(neurons) * solve().logNormaliser
    return QuadratureValue(value: value, error: 1e-12 * abs(value))
  }

  public func visitExactSources<Visitor: ExactSourceVisitor>(
    _ visitor: Visitor, stream: @escaping @Sendable (_ chain: Int) throws -> RandomStream,
    observables: @escaping @Sendable (_ recorded: [ObservableVariable]) throws -> ExpressionObservables?
  ) throws -> Visitor.Result? {
    let density = try density()
    let law = try LoadingLaw(density.solution)
    return try visitor.visit { chain in
      try LoadingSource(law, density, chain: chain, stream: try stream(chain), observables: observables)
    }
  }
}
