// Gain-modulated linear networks as something to sample, and their closed form where there is one.

import Sampling

extension GainModulatedLinearEnsemble: SampledEnsemble {
  public func observables(of density: GainModulatedLinearDensity) -> GainModulatedLinearObservables {
    GainModulatedLinearObservables(
      density: density, target: task.target, stimulusCovariance: stimulusCovariance)
  }

  public func accumulator(
    of density: GainModulatedLinearDensity, heldOut: HeldOutReadout?
  ) -> AccumulatorPair<PopulationAccumulator, ConditionalReadout?> {
    let gains: GainModulatedReadout.Gains =
      if case .fixed(let matrix) = density.gains { .given(matrix) } else { .drawn(at: density.layout.realCount) }
    return AccumulatorPair(
      PopulationAccumulator(density: density),
      ConditionalReadout(heldOut) {
        GainModulatedReadout(
          neurons: neurons, potential: density.potential, gains: gains,
          outputScale: density.weightPrior.blocks[0].scale,
          heldOut: $0)
      })
  }

  public var hasDiscreteGains: Bool { true }

  public func neuronLaw() throws -> NeuronLaw? { NeuronLaw(try solve()) }

  public func neuronChunks(at positions: [[Double]]) throws -> [NeuronChunk]? {
    let density = try density()
    return positions.map { NeuronChunk(of: density, at: $0) }
  }

  public func miniBatches(of stimuli: Matrix, batchSize: Int) throws -> MiniBatches<GainModulatedLinearDensity>? {
    try MiniBatches(of: density(), stimuli: stimuli, batchSize: batchSize)
  }

  /// Independent neurons of the product ensemble's law; of a Gibbs ensemble, of its N → ∞ limit.
  public func proposal() throws -> ProductEnsembleDensity { try ProductEnsembleDensity(solve(), neurons: neurons) }

  public var isDrawnExactly: Bool { ensemble == .product }

  /// Exact where ``GibbsPrediction`` is.
  public func logEvidence() throws -> QuadratureValue? {
    guard case .gibbs(let tightness) = ensemble, tightness > 0, (try? Cholesky(stimulusCovariance)) != nil else {
      return nil
    }
    return try GibbsPrediction(problem(), neurons: neurons).map {
      QuadratureValue(value: $0.logEvidence, error: $0.logEvidenceError)
    }
  }

  public func taskLikelihood() -> TaskLikelihood? {
    guard case .gibbs(let tightness) = ensemble else { return nil }
    return TaskLikelihood(readoutsUnder: stimulusCovariance, weight: tightness * Double(neurons))
  }

  public func exactSource(
    chain: Int, stream: consuming RandomStream,
    observables: (_ recorded: [ObservableVariable]) throws -> ExpressionObservables?
  ) throws -> ProductSource? {
    guard isDrawnExactly else { return nil }
    return try ProductSource(
      NeuronLaw(try solve()), neurons: neurons, stimulusCovariance: stimulusCovariance, chain: chain, stream: stream,
      observables: observables)
  }
}

extension GainModulatedLinearEnsemble {
  /// The closed form (``solve()``: exact at every N for the product ensemble, N → ∞ for Gibbs); nil where there is none: for a singular
  /// stimulus covariance (THEORY section 5).
  ///
  /// - Throws: ``MaxEntropyError``.
  public func theory() throws -> MaxEntropySolution? {
    if case .gibbs = ensemble, (try? Cholesky(stimulusCovariance)) == nil { return nil }
    return try solve()
  }
}
