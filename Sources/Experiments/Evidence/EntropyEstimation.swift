// The normalising constant of an experiment's ensemble, exact where there is a closed form and estimated where not.

import Networks
import Sampling

extension Execution {
  /// ln Z and the relative entropy of an experiment's ensemble; both exact for independent neurons in closed form.
  ///
  /// - Parameters:
  ///   - annealedRuns: of annealed importance sampling; nil for the default.
  ///   - rungs: of the ladder; nil for as many as it needs.
  /// - Throws: whatever says that the ensemble does not exist.
  package func entropy(of experiment: Experiment, annealedRuns: Int?, rungs: Int?) throws -> EntropyReport {
    if experiment.isDrawnExactly, let ensemble = try experiment.closedFormEnsemble() {
      return EntropyReport(experiment, try ensemble.solve(), neurons: ensemble.neurons)
    }
    if experiment.ensemble.isHard { return try hardEntropy(of: experiment) }
    var settings = EvidenceSettings()
    settings.chains = experiment.sampler.chains.count
    settings.draws = experiment.sampler.draws
    settings.rungs = rungs
    settings.annealedRuns = annealedRuns ?? settings.annealedRuns
    settings.seed = experiment.sampler.seed
    settings.generator = experiment.sampler.generator
    settings.threads = threads
    let ensemble = try ensemble(experiment)
    func estimates(_ ensemble: some SampledEnsemble) throws -> EvidenceEstimates {
      let visitor = Estimation(
        experiment: experiment, density: try ensemble.density(), settings: settings, progress: EvidenceMessages(self))
      return try KernelCatalogue(experiment, ensemble, SamplerChoice(experiment)).rung(visit: visitor)
    }
    return EntropyReport(experiment, try estimates(ensemble), exact: try ensemble.logEvidence())
  }

  /// ln p_N of a hard ensemble's target, estimated, and exact where there is a formula.
  private func hardEntropy(of experiment: Experiment) throws -> EntropyReport {
    var settings = DensityEstimation()
    settings.chains = experiment.sampler.chains.count
    settings.draws = experiment.sampler.draws
    settings.seed = experiment.sampler.seed
    settings.generator = experiment.sampler.generator
    settings.threads = threads
    let ensemble = try ensemble(experiment)
    guard let estimate = try ensemble.estimateTargetDensity(settings) else {
      throw UnsupportedExperiment("ensemble.kind", "no estimate of the target's density is known for these networks")
    }
    return EntropyReport(
      experiment, hard: estimate, exact: try experiment.closedFormEnsemble()?.hardPrediction())
  }
}

/// Runs the estimates with the kernel that the experiment's ladders have on every rung.
private struct Estimation<Density: NetworkDensity>: KernelVisitor {
  let experiment: Experiment
  let density: Density
  let settings: EvidenceSettings
  let progress: EvidenceMessages

  func visit<Kernel: TunableKernel>(
    tunable make: @escaping KernelMaker<Density, Kernel>
  ) throws -> EvidenceEstimates where Kernel.Target == Density {
    return try estimateEvidence(
      try make(density), warmup: experiment.sampler.adaptation(), settings: settings, progress: { progress.say($0) },
      drawReference: { density.drawPrior(using: &$0) })
  }

  func visit<Kernel: PointKernel>(
    plain make: @escaping KernelMaker<Density, Kernel>
  ) throws -> EvidenceEstimates where Kernel.Target == Density {
    let warmup = NoAdaptation<Kernel>(transitions: experiment.sampler.warmup)
    return try estimateEvidence(
      try make(density), warmup: warmup, settings: settings, progress: { progress.say($0) },
      drawReference: { density.drawPrior(using: &$0) })
  }
}

/// Tells how estimates of a normalising constant go on, a line for every tenth.
private struct EvidenceMessages: Sendable {
  let execution: Execution

  init(_ execution: Execution) { self.execution = execution }

  func say(_ progress: EvidenceProgress) {
    switch progress {
    case .ladder(let rungs, let rate):
      execution.say("ladder of \(rungs) rungs: mean swap rejection \(NumberText.significant(rate, digits: 2))")
    case .sampling(let done, let all): tenth("replica exchange", done, all)
    case .trial(let temperatures): execution.say("annealed runs of \(temperatures) temperatures are tried")
    case .annealing(let done, let all): tenth("annealed runs", done, all)
    }
  }

  private func tenth(_ what: String, _ done: Int, _ all: Int) {
    let step = max(1, all / 10)
    if done % step == 0 { execution.say("\(what): \(min(100, 100 * done / all)) %") }
  }
}
