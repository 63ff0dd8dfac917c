// Tests of an experiment's sampler: whether it leaves the ensemble invariant.

import Networks
import Sampling

extension Execution {
  /// Many short chains from exact draws, whose ends must have the law of exact draws.
  ///
  /// - Parameters:
  ///   - transitions: of a chain.
  ///   - rule: the test, which is repeated with growing samples.
  /// - Throws: ``UnsupportedExperiment`` where no test can start from the ensemble's law.
  package func testKernel(
    of experiment: Experiment, _ choice: SamplerChoice, transitions: Int, rule: SequentialTest
  ) throws -> KernelTestReport {
    if let advice = choice.kind.row.untestable { throw UnsupportedExperiment("sampler.kind", advice) }
    func test(_ ensemble: some SampledEnsemble) throws -> KernelTestReport? {
      try KernelCatalogue(experiment, ensemble, choice).visit(
        Test(experiment: experiment, ensemble: ensemble, transitions: transitions, rule: rule))
    }
    guard let report = try test(try ensemble(experiment)) else {
      throw UnsupportedExperiment(
        "ensemble.kind",
        "this ensemble has neither exact draws nor data to draw anew, so that no test can start from its law; "
          + "test the kernel with {\"kind\": \"gibbs\"} and sampled stimuli, and use check for these draws")
    }
    return report
  }
}

/// Tunes a kernel on the experiment's own target, and tests it with that tuning.
private struct Test<Ensemble: SampledEnsemble>: KernelVisitor {
  package typealias Density = Ensemble.Density
  let experiment: Experiment
  let ensemble: Ensemble
  let transitions: Int
  let rule: SequentialTest

  func visit<Kernel: TunableKernel>(
    tunable make: @escaping KernelMaker<Density, Kernel>
  ) throws -> KernelTestReport? where Kernel.Target == Density {
    guard experiment.sampler.stepSize == nil else { return try visit(plain: make) }
    let warmup: WindowedAdaptation<Kernel> = experiment.sampler.adaptation(
      transitions: max(200, experiment.sampler.warmup))
    var start = try stream(.start)
    var chain = try Chain(
      number: 0, kernel: make(ensemble.density()), warmup: warmup,
      start: try ensemble.startingPosition(using: &start), stream: try stream(.transitions))
    while chain.isWarmingUp { _ = chain.advance() }
    let tuning = chain.kernel.tuning
    return try visit(plain: {
      var kernel = try make($0)
      kernel.tuning = tuning
      return kernel
    })
  }

  func visit<Kernel: PointKernel>(
    plain make: @escaping KernelMaker<Density, Kernel>
  ) throws -> KernelTestReport? where Kernel.Target == Density {
    var testing = try stream(.testing)
    return try ensemble.testKernel(transitions: transitions, rule: rule, using: &testing, makeKernel: make)
  }

  private func stream(_ purpose: StreamPurpose) throws -> RandomStream {
    try RandomStream(
      StreamKey(seed: experiment.sampler.seed, chain: 0, purpose: purpose), generator: experiment.sampler.generator)
  }
}
