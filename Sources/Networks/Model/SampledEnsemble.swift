// What every ensemble of networks offers, whatever its model: a density, observables, predictions.

import Sampling

/// An ensemble of networks under one model, as something to sample and to check.
public protocol SampledEnsemble: Sendable {
  /// The log density of a network's position.
  associatedtype Density: NetworkDensity
  /// What is recorded with every draw.
  associatedtype Seen: Observables
  /// What is collected from positions, which are not kept.
  associatedtype Accumulator: PositionAccumulator
  /// The law that independence proposals are drawn from.
  associatedtype Proposal: DrawableLogDensity

  /// What the networks have to compute.
  var task: LearningTask { get }
  /// The number of neurons that are read out.
  var neurons: Int { get }
  /// Whether every gain is one of a few values, so that neurons of one gain vector are a population: given gains, and those of
  /// activations whose gain is a step. False by default.
  var hasDiscreteGains: Bool { get }

  /// The log density of a whole network.
  ///
  /// - Throws: ``MaxEntropyError`` if the ensemble does not exist.
  func density() throws -> Density
  /// The functions of a network that are recorded with every draw.
  func observables(of density: Density) -> Seen
  /// What watches all positions without keeping them.
  ///
  /// - Parameter heldOut: what conditional readouts are compared at; nil for none.
  func accumulator(of density: Density, heldOut: HeldOutReadout?) -> Accumulator
  /// Everything that theory says of the draws.
  ///
  /// - Throws: ``MaxEntropyError`` or ``GSLError``.
  func predictions() throws -> [Prediction]
  /// The predictions that can be computed, and why others cannot.
  func theory() -> Theory

  /// The law of one neuron in closed form (Gibbs: as N → ∞), with its solution; nil, the default, where there is none.
  ///
  /// - Throws: ``MaxEntropyError``.
  func neuronLaw() throws -> NeuronLaw?
  /// The neurons of networks at some positions with their binary or given gains; nil, the default, for models without such gains.
  ///
  /// - Throws: ``MaxEntropyError`` if the ensemble does not exist.
  func neuronChunks(at positions: [[Double]]) throws -> [NeuronChunk]?
  /// The task's loss on batches of a list of stimuli [stimulus, feature]; nil, the default, for models that are trained on all
  /// stimuli at once.
  ///
  /// - Throws: ``TrainingError`` for a batch size out of range; ``MaxEntropyError`` if the ensemble does not exist.
  func miniBatches(of stimuli: Matrix, batchSize: Int) throws -> MiniBatches<Density>?

  /// A starting point of a chain; a draw of the prior by default.
  ///
  /// - Throws: ``MaxEntropyError`` if the ensemble does not exist.
  func startingPosition(using stream: inout RandomStream) throws -> [Double]
  /// Recorded variables that the task alone decides, or weights that are given: the same in every draw, but for rounding. None by default.
  var decidedByTask: Set<String> { get }

  /// All weights of the network at a position, those included that are given and not drawn, and where they are. By default the position
  /// and its layout.
  ///
  /// - Throws: ``MaxEntropyError`` if the ensemble does not exist.
  func allWeights(at position: [Double]) throws -> (layout: ParameterLayout, values: [Double])

  /// What the network at a position answers to stimuli [stimulus, feature]; nil for networks that respond linearly, of which the
  /// recorded readout tells all.
  ///
  /// - Throws: ``MaxEntropyError`` if the ensemble does not exist.
  func response(at position: [Double], stimuli: Matrix) throws -> NetworkResponse?
  /// Its outputs alone, y_c(x_p), [context, stimulus]; nil for networks that respond linearly.
  ///
  /// - Throws: ``MaxEntropyError`` if the ensemble does not exist.
  func outputs(at position: [Double], stimuli: Matrix) throws -> Matrix?
  /// The data that the ensemble is the posterior of; nil, the default, where what binds networks to the task is no likelihood of data.
  func taskLikelihood() -> TaskLikelihood?

  /// ln of the mean over the prior of what binds networks to the task, exp(−n V), in nats; nil where no formula is known.
  ///
  /// - Throws: ``MaxEntropyError`` or ``GSLError``.
  func logEvidence() throws -> QuadratureValue?

  /// ln of the prior density at what networks of a hard ensemble are conditioned on, estimated with its error; nil, the default, for other
  /// ensembles.
  ///
  /// - Throws: ``MaxEntropyError``, ``RandomStreamError``; whatever says that there is no such ensemble.
  func estimateTargetDensity(_ settings: DensityEstimation) throws -> EvidenceEstimate?

  /// Networks that can be drawn exactly, of about this ensemble's law: proposals of independence Metropolis.
  ///
  /// - Throws: ``MaxEntropyError``.
  func proposal() throws -> Proposal
  /// Whether ``proposal()`` is the ensemble itself.
  var isDrawnExactly: Bool { get }
  /// The source of a chain's exact draws, for an ensemble of independent neurons whose law is known in closed form.
  ///
  /// - Parameter observables: that are recorded behind the model's own, given what these are.
  /// - Throws: ``MaxEntropyError``; whatever `observables` throws.
  func exactSource(
    chain: Int, stream: consuming RandomStream,
    observables: (_ recorded: [ObservableVariable]) throws -> ExpressionObservables?
  ) throws -> ProductSource?
  /// Hands what makes a chain's source of exact draws to a visitor; nil where there are none. By default the sources are those of
  /// ``SampledEnsemble/exactSource(chain:stream:observables:)``.
  ///
  /// - Throws: ``MaxEntropyError``; whatever the visitor and the closures throw.
  func visitExactSources<Visitor: ExactSourceVisitor>(
    _ visitor: Visitor, stream: @escaping @Sendable (_ chain: Int) throws -> RandomStream,
    observables: @escaping @Sendable (_ recorded: [ObservableVariable]) throws -> ExpressionObservables?
  ) throws -> Visitor.Result?
}

/// Does something with sources of exact draws whose type only an ensemble knows.
public protocol ExactSourceVisitor {
  /// What the visitor makes of the source.
  associatedtype Result
  /// - Parameter make: makes the source of a chain.
  func visit<Source: DrawSource & SendableMetatype & ~Copyable>(
    _ make: @escaping @Sendable (_ chain: Int) throws -> Source
  ) throws -> Result
}

extension SampledEnsemble {
  public var isDrawnExactly: Bool { false }

  public var hasDiscreteGains: Bool { false }

  public func neuronLaw() throws -> NeuronLaw? { nil }

  public func neuronChunks(at positions: [[Double]]) throws -> [NeuronChunk]? { nil }

  public func miniBatches(of stimuli: Matrix, batchSize: Int) throws -> MiniBatches<Density>? { nil }

  public func theory() -> Theory {
    var theory = Theory()
    theory.add("all predictions") { try predictions() }
    return theory
  }

  public func response(at position: [Double], stimuli: Matrix) throws -> NetworkResponse? { nil }

  public func outputs(at position: [Double], stimuli: Matrix) throws -> Matrix? { nil }

  public func taskLikelihood() -> TaskLikelihood? { nil }

  public func logEvidence() throws -> QuadratureValue? { nil }

  public func estimateTargetDensity(_ settings: DensityEstimation) throws -> EvidenceEstimate? { nil }

  public func exactSource(
    chain: Int, stream: consuming RandomStream,
    observables: (_ recorded: [ObservableVariable]) throws -> ExpressionObservables?
  ) throws -> ProductSource? { nil }

  public func visitExactSources<Visitor: ExactSourceVisitor>(
    _ visitor: Visitor, stream: @escaping @Sendable (_ chain: Int) throws -> RandomStream,
    observables: @escaping @Sendable (_ recorded: [ObservableVariable]) throws -> ExpressionObservables?
  ) throws -> Visitor.Result? {
    guard isDrawnExactly else { return nil }
    return try visitor.visit { chain in
      guard let source = try exactSource(chain: chain, stream: try stream(chain), observables: observables) else {
        preconditionFailure("exact draws of an ensemble that has none")
      }
      return source
    }
  }

  public var decidedByTask: Set<String> { [] }

  public func allWeights(at position: [Double]) throws -> (layout: ParameterLayout, values: [Double]) {
    (try density().layout, position)
  }

  public func startingPosition(using stream: inout RandomStream) throws -> [Double] {
    try density().drawPrior(using: &stream)
  }
}

extension SampledEnsemble where Proposal == ProductReference {
  /// Draws of the prior.
  public func proposal() throws -> ProductReference {
    let density = try density()
    return ProductReference(layout: density.layout, scales: density.priorScales)
  }
}

extension SampledEnsemble {
  /// What watches all positions, but for conditional readouts.
  public func accumulator(of density: Density) -> Accumulator { accumulator(of: density, heldOut: nil) }
}
