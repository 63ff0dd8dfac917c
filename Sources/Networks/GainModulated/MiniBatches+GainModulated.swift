// Batches of stimuli for gain-modulated linear networks, whose loss sees stimuli through their second moment.

import Sampling

extension MiniBatches where Density == GainModulatedLinearDensity {
  /// Batches for gain-modulated linear networks on sampled stimuli [stimulus, feature]: S becomes the batch's second moment.
  ///
  /// - Throws: ``TrainingError`` for a batch size out of range, or a density that is not bound to its task by a loss.
  public init(of density: GainModulatedLinearDensity, stimuli: Matrix, batchSize: Int) throws {
    guard case .loss(let tightness, let target, _) = density.potential, stimuli.columns == target.columns else {
      throw TrainingError.invalidShape(
        what: "the density to train", found: "one without a loss, or for other stimuli",
        allowed: "a loss on these stimuli")
    }
    try self.init(stimuli: stimuli.rows, batchSize: batchSize) { numbers in
      GainModulatedLinearDensity(
        neurons: density.neurons,
        potential: .loss(
          tightness: tightness, target: target,
          stimulusCovariance: GaussianStimuli.secondMoment(of: Matrix(numbers.map(stimuli.row)))),
        outputPrecision: density.outputPrecision, inputPrecision: density.inputPrecision, gains: density.gains)
    }
  }
}
